"""The toy suite's one data source."""

DIGEST = "a" * 64
