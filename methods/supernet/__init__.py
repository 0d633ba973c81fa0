"""Methods that rank architectures; suites.supernet.problem says what they are given."""
