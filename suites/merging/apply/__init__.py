"""Merging one's own checkpoints: what `python -m bench apply` asks of this suite.

Here: the names that it is asked by. Not here: the steps (suites.merging.apply.merging).
"""

from suites.merging.apply.checkpoints import CheckpointError
from suites.merging.apply.merging import WRITTEN, Applied, Request, apply

__all__ = ["WRITTEN", "Applied", "CheckpointError", "Request", "apply"]
