"""Seeded generators: where every random draw of a suite's assets comes from.

Here: a generator for a seed and a purpose, so that one draw more for one purpose leaves all
others as they were. Not here: a method's own generator (bench.contract.job.Run.generator).
"""

from __future__ import annotations

from hashlib import sha256

import torch


def generator(seed: int, purpose: str) -> torch.Generator:
    """A CPU generator that depends on the seed and the purpose, and on nothing else.

    Args:
        seed: of the task.
        purpose: names what is drawn, e.g. `experts/order/3`.
    """
    digest = sha256(f"{seed}/{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
