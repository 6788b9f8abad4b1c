"""Everything together, as people start it."""
