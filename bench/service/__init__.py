"""The parts of ../api.py."""
