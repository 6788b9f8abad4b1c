"""What the benchmarks share: places, environments, the machine, the page of results."""
