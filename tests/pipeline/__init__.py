"""The programs against a real PostgreSQL, as a scheduler runs them."""
