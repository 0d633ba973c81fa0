"""How fast a grid of hypernetworks trains, against the loop that one would write.

    python tests/perf/bench_hypernet.py [--repeats N] [--steps N]

For hypernetworks of about 10k, 40k, 100k, 320k and 1M trainable numbers, 5 seeds x 5 learning rates
with Adam on rotation's batches: milliseconds a network and step of suites.hypernet.training, and of
a plain loop (torch's own Linear and LeakyReLU, fused Adam, one network after the other). Then the
same with other numbers of networks stacked: whether the chosen one is the fastest. All in one run,
turn by turn, best of the repeats; ratios above 1 mean that the suite's way is faster. Not a test:
figures depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.hypernet.course import Part
from suites.hypernet.layers import Plain, cosine_sine
from suites.hypernet.rotation.drawing import draw
from suites.hypernet.rotation.settings import ADAM
from suites.hypernet.rotation.settings import SETTINGS as ROTATION
from suites.hypernet.training import fit, stack_size
from tests.suites.hypernet.frame import plain, step_loss

SIZES: dict[str, tuple[list[int], list[int]]] = {
    "10k": ([64, 8, 8, 10], [8, 16]),
    "40k": ([64, 12, 12, 12, 10], [16, 32]),
    "100k, as in rotation": ([64, 24, 24, 24, 10], [16, 32]),
    "320k": ([64, 68, 68, 10], [16, 32]),
    "1M": ([64, 140, 140, 10], [16, 32]),
}
"""The target's widths and the hypernetwork's hidden layers."""

SEEDS = 5


class Loop(nn.Module):
    """The same network as one writes it for one run."""

    def __init__(self, like: Plain) -> None:
        super().__init__()
        first, second = like.hidden.layers
        self.layers = nn.Sequential(
            nn.Linear(first.in_features, first.out_features),
            nn.LeakyReLU(),
            nn.Linear(second.in_features, second.out_features),
            nn.LeakyReLU(),
            nn.Linear(like.head.in_features, like.head.out_features),
        )
        self.shapes = list(like.target.shapes.values())
        self.sizes = list(like.target.sizes)

    def forward(self, condition: Tensor, x: Tensor) -> Tensor:
        """One condition (2,) and inputs (examples, features) -> logits."""
        pieces = self.layers(condition).split(self.sizes)
        theta = [piece.view(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]
        for weight, bias in zip(theta[0:-2:2], theta[1:-2:2], strict=True):
            x = F.relu(F.linear(x, weight, bias))
        return F.linear(x, theta[-2], theta[-1])


def by_loop(parts: list[Part], modules: list[Plain], rates: list[float]) -> None:
    """Train run by run."""
    for part, like in zip(parts, modules, strict=True):
        stage = part.stages[0]
        for rate in rates:
            network = Loop(like)
            optimiser = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
            for step in range(stage.steps):
                condition = cosine_sine(stage.conditions[step])[0]
                loss = F.cross_entropy(
                    network(condition, stage.inputs(step)[0]), stage.labels[step, 0]
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()


def stacked(parts: list[Part], modules: list[Plain], rates: list[float], chunk: int | None) -> None:
    """Train as the suite does."""
    fit(
        modules,
        parts,
        {"rates": {"adam": rates}},
        [Meter(Budget()) for _ in parts],
        [generator(seed, "noise") for seed in range(len(parts))],
        chunk=chunk,
    )


def seconds(work: Callable[[], None]) -> float:
    """CPU seconds of this process: what else the machine does counts less in them."""
    start = time.process_time()
    work()
    return time.process_time() - start


def chosen_chunk(part: Part, network: Plain, count: int) -> int:
    """How many of so many networks the suite trains at once."""
    loss, state, batch = step_loss(network, part, 0.0)
    start = {name: tensor.expand(count, *tensor.shape) for name, tensor in state.items()}
    return stack_size(loss, start, tuple(tensor[None] for tensor in batch))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name, (target, hidden) in SIZES.items():
        settings = {
            **ROTATION["small"],
            "target": target,
            "hidden": hidden,
            "steps": options.steps,
            "angles": 1,
            "images": {**ROTATION["small"]["images"], "validation": 4, "test": 4},
        }
        parts = [draw(settings, seed)[0] for seed in range(SEEDS)]
        modules = [plain(part, seed) for seed, part in enumerate(parts)]
        numbers = sum(p.numel() for p in modules[0].parameters())
        chosen = chosen_chunk(parts[0], modules[0], SEEDS * len(ADAM))
        chunks = sorted({1, 2, 5, 12, 25, chosen})
        best = dict.fromkeys(["loop", *map(str, chunks)], float("inf"))
        for _ in range(options.repeats):
            best["loop"] = min(best["loop"], seconds(partial(by_loop, parts, modules, ADAM)))
            for chunk in chunks:
                spent = seconds(partial(stacked, parts, modules, ADAM, chunk))
                best[str(chunk)] = min(best[str(chunk)], spent)
        each = 1000 / (SEEDS * len(ADAM) * options.steps)
        print(f"{name}: {numbers} numbers; loop {best['loop'] * each:.3f} ms a step, ", end="")
        print(f"chosen ({chosen} at once) {best[str(chosen)] * each:.3f} ms: ", end="")
        print(f"ratio {best['loop'] / best[str(chosen)]:.2f}")
        others = ", ".join(f"{c}: {best['loop'] / best[str(c)]:.2f}" for c in chunks)
        print(f"    ratio by how many at once: {others}")


if __name__ == "__main__":
    main()
