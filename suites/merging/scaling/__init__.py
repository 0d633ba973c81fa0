"""The task `scaling`: a compositional grid, of whose experts the first 2, 4, 8 are merged."""
