"""Facts about the files alone: no program is built and no service runs."""
