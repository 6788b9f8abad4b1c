"""The parts of ../als.py."""
