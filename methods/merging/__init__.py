"""Methods that combine the weights of experts; suites.merging.problem says what they are given."""
