"""What test-connections.py asks, and of whom. Nothing but Python's standard library."""
