"""What the engine costs: the meter, a child process, a cold run, a served one, starting up.

    python tests/perf/bench_engine.py

Prints milliseconds and, where there is something to compare with, the ratio of two things that
were timed in turns in this one process. Not a test: machines differ, so nothing is asserted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from torch import nn  # noqa: E402

from bench.metering.budget import Budget  # noqa: E402
from bench.metering.meter import Meter  # noqa: E402

TOY = ROOT / "tests" / "bench" / "toy"


def in_turns(works: dict[str, Callable[[], None]], rounds: int, repeats: int) -> dict[str, float]:
    """Best milliseconds of each work, the works taking turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            for _ in range(repeats):
                work()
            best[name] = min(best[name], (time.perf_counter() - start) / repeats * 1e3)
    return best


def meter_overhead(side: int, batch: int) -> None:
    """A small convolutional network's training step, with the meter and without."""
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01)
    images, labels = torch.randn(batch, 1, side, side), torch.randint(10, (batch,))
    meter = Meter(Budget())

    def step() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimiser.step()

    def metered() -> None:
        with meter:
            step()

    step()
    best = in_turns({"plain": step, "metered": metered}, rounds=7, repeats=20)
    print(
        f"meter, {side}x{side} batch {batch}: step {best['plain']:.2f} ms, metered "
        f"{best['metered']:.2f} ms, ratio {best['metered'] / best['plain']:.2f}"
    )


def runs(count: int = 50) -> None:
    """Cold and served runs of a trivial suite, and the start of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        shutil.copytree(TOY, checkout)
        shutil.copytree(ROOT / "bench", checkout / "bench")
        environment = {**os.environ, "WEIGHHOUSE_HOME": str(checkout / "home")}

        def bench(*arguments: str) -> float:
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "bench", *arguments],
                cwd=checkout, env=environment, check=True, capture_output=True,
            )  # fmt: skip
            return time.perf_counter() - start

        methods = [
            part for name in ("half", "noisy", "zero", "truth") for part in ("--method", name)
        ]
        few = ("run", "--tier", "smoke", *methods, "--seeds", "2", "--jobs", "2")
        many = ("run", "--tier", "smoke", *methods, "--seeds", str(count), "--jobs", "2")
        bench(*many)  # build the assets of every seed first
        small = min(bench(*few, "--fresh") for _ in range(3))
        large = min(bench(*many, "--fresh") for _ in range(3))
        per_run = (large - small) / (5 * (count - 2)) * 1e3
        print(f"a cold run: {per_run:.1f} ms of wall time with 2 jobs (solve and score children)")
        print(f"the first cold run: {small:.2f} s (dask, and torch in the forkserver)")
        small = min(bench(*few) for _ in range(5))
        large = min(bench(*many) for _ in range(5))
        print(f"a served run: {(large - small) / (5 * (count - 2)) * 1e3:.2f} ms")
        for arguments in (("list",), ("plan", "--tier", "smoke"), few):
            best = min(bench(*arguments) for _ in range(5))
            served = " (all served)" if arguments == few else ""
            print(f"start of `{arguments[0]}`{served}: {best:.2f} s")


def real_start() -> None:
    """The real command line's start, in this checkout."""
    home = os.environ.get("WEIGHHOUSE_HOME", str(ROOT / ".weighhouse"))
    for arguments in (
        ("list", "methods"),
        ("plan", "--tier", "small"),
        ("table", "--suite", "merging", "--published"),
    ):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "bench", *arguments],
                cwd=ROOT,
                capture_output=True,
                check=False,
            )
            times.append(time.perf_counter() - start)
        print(
            json.dumps(
                {
                    "command": " ".join(arguments),
                    "seconds": round(min(times), 2),
                    "exit": done.returncode,
                    "home": home,
                }
            )
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    meter_overhead(side=28, batch=128)
    meter_overhead(side=8, batch=32)
    runs()
    real_start()
