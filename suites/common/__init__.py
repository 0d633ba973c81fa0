"""What suites share: data sources, networks, the trainer of many networks, random draws."""
