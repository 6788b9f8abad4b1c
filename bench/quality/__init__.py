"""How good the models are, beside other libraries."""
