"""What the meter adds to an operator, to a small network's step, and to a decomposition.

    python tests/perf/bench_meter.py

Prints microseconds without the meter and with it, timed in turns in this one process, and their
difference for each operator. Not a test: machines differ, so nothing is asserted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from torch import nn  # noqa: E402

from bench.metering.budget import Budget  # noqa: E402
from bench.metering.meter import Meter  # noqa: E402

SMALL = torch.ones(8, 8)
IMAGE, FILTER = torch.ones(1, 1, 8, 8), torch.ones(4, 1, 3, 3)
NETWORK = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.LayerNorm(16), nn.Linear(16, 4))


def step() -> None:
    """One training step's forward and backward."""
    nn.functional.cross_entropy(NETWORK(SMALL), torch.zeros(8, dtype=torch.int64)).backward()


WORKS: dict[str, tuple[Callable[[], object], int]] = {
    # name: (work, how many operators the meter sees)
    "add": (lambda: SMALL + SMALL, 1),
    "mm": (lambda: SMALL @ SMALL, 1),
    "view": (lambda: SMALL.view(64), 1),
    "sum": (lambda: SMALL.sum(0), 1),
    "convolution": (lambda: nn.functional.conv2d(IMAGE, FILTER), 1),
    "svd": (lambda: torch.linalg.svd(SMALL), 1),
    "step": (step, 40),
}


def best(work: Callable[[], object], repeats: int) -> float:
    """Microseconds of one call, over so many."""
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats * 1e6


def main() -> None:
    """Time each work and print it."""
    torch.set_num_threads(1)
    meter = Meter(Budget())
    for name, (work, operators) in WORKS.items():
        repeats = 5000 // operators
        plain = metered = float("inf")
        best(work, 50)
        for _ in range(15):
            plain = min(plain, best(work, repeats))
            with meter:
                metered = min(metered, best(work, repeats))
        print(
            f"{name:12} plain {plain:8.2f} us, metered {metered:8.2f} us, ratio "
            f"{metered / plain:5.2f}, {(metered - plain) / operators:5.2f} us an operator"
        )


if __name__ == "__main__":
    main()
