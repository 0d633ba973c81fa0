"""Which images the tasks take in each tier, as plain data without torch.

Not here: reading and splitting them (suites.hypernet.examples).
"""

from __future__ import annotations

SMOKE = {"source": "digits", "training": 400, "validation": 60, "test": 60}
SMALL = {"source": "digits", "training": 1197, "validation": 300, "test": 300}
FULL = {"source": "tv:FashionMNIST", "training": 10_000, "validation": 1000, "test": 2000}
