"""Loads torch's compiler before anything is counted.

Here: one call, for the harness of a suite whose methods take gradients. torch imports its compiler
at the first gradient of a function and at the first step of an optimiser: a second of CPU time,
which the forkserver spends once for all children if the harness calls this where it is imported,
and which a suite without gradients never spends. In an older torch (2.6 to 2.10 at least) that
import runs operators, too, which no method should pay for. Not here: counting
(bench.metering.watch).
"""

from __future__ import annotations

import torch


def load_compiler() -> None:
    """Import what torch imports late, once; later calls cost nothing."""
    torch.func.grad(torch.sum)(torch.zeros(1))
