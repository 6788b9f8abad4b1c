"""What the Python tests share: the programs and services they start, and how they look at what came of it."""
