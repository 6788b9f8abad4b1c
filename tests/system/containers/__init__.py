"""The stack in containers, in a Docker engine of the tests' own."""
