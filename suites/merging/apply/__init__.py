"""Merging one's own checkpoints: what `python -m bench apply` asks of this suite.

Here: the names that it is asked by. Not here: the steps (suites.merging.apply.merging).
"""

from suites.merging.apply.checkpoints import CheckpointError
from suites.merging.apply.merging import Applied, Request, apply

__all__ = ["Applied", "CheckpointError", "Request", "apply"]
