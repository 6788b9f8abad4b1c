"""init.sh and test-connections.py against stand-ins."""
