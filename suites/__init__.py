"""What is measured: one folder a suite, and what suites share in `suites.common`."""
