"""How fast the suite supernet trains architectures alone: on one core, on two, beside a plain loop.

    python tests/perf/bench_supernet.py [--architectures N] [--rounds N]

The plain loop is what one would write without the suite: modules with torch's defaults, a
DataLoader, AdamW, a scheduler; the same architectures, steps and batches. Both end with the test
list's accuracy. The rounds take turns, the best of each counts. Prints trainings a minute and the
ratio. Not a test: machines differ, so nothing is asserted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from suites.supernet.networks import small
from suites.supernet.overlay import overlay
from suites.supernet.recipe import Recipe
from suites.supernet.spaces import macro, micro201, pooling
from suites.supernet.truth.plans import PLANS
from suites.supernet.truth.training import train_alone

Architecture = tuple[int, ...]


def normed(channels: int) -> nn.BatchNorm2d:
    """BatchNorm as the truth has it."""
    return nn.BatchNorm2d(channels, affine=False, track_running_stats=False)


def convolution(into: int, out: int, side: int, stride: int = 1) -> nn.Conv2d:
    """Without a bias, maps keep their size or are halved."""
    return nn.Conv2d(into, out, side, stride, side // 2, bias=False)


class Ends(nn.Module):
    """The stem and the head around a body."""

    def __init__(self, channels: int, stride: int, body: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(2, channels, 3, stride), normed(channels))
        self.body, self.tail = body, normed(channels)
        self.head = nn.Linear(channels, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(F.relu(self.tail(self.body(self.stem(x)))).mean((2, 3)))


class Cell(nn.Module):
    """A cell of NAS-Bench-201."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.edges = nn.ModuleDict()
        for place, choice in enumerate(architecture):
            if choice == micro201.POOL:
                self.edges[str(place)] = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
            elif choice in (micro201.SMALL, micro201.LARGE):
                side = 1 if choice == micro201.SMALL else 3
                self.edges[str(place)] = nn.Sequential(
                    nn.ReLU(), convolution(16, 16, side), normed(16)
                )
            elif choice:
                self.edges[str(place)] = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """The last node."""
        nodes: dict[int, Tensor] = {0: x}
        for place, (end, start) in enumerate(micro201.EDGES):
            if str(place) in self.edges and start in nodes:
                y = self.edges[str(place)](nodes[start])
                nodes[end] = nodes[end] + y if end in nodes else y
        return nodes.get(3, torch.zeros_like(x))


class Residual(nn.Module):
    """x + body(x)."""

    def __init__(self, *body: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x: Tensor) -> Tensor:
        """The sum."""
        return x + self.body(x)


def plain_micro201(architecture: Architecture) -> nn.Module:
    """A network of micro201."""
    return Ends(16, 2, Cell(architecture))


def plain_macro(architecture: Architecture) -> nn.Module:
    """A network of macro."""
    blocks = []
    for choice in architecture:
        if choice:
            side, width = macro.OPTIONS[choice - 1]
            inner = (nn.ReLU(), convolution(16, width, side), normed(width))
            blocks.append(Residual(*inner, nn.ReLU(), convolution(width, 16, 1), normed(16)))
    return Ends(16, 2, nn.Sequential(*blocks))


def plain_pooling(architecture: Architecture) -> nn.Module:
    """A network of pooling."""
    blocks: list[nn.Module] = []
    for block in range(pooling.BLOCKS):
        if block in pooling.PAIRS[architecture[0]]:
            blocks.append(nn.AvgPool2d(2))
        blocks.append(Residual(nn.ReLU(), convolution(8, 8, 3), normed(8)))
    return Ends(8, 1, nn.Sequential(*blocks))


PLAIN: dict[str, Callable[[Architecture], nn.Module]] = {
    "micro201": plain_micro201,
    "macro": plain_macro,
    "pooling": plain_pooling,
}


def train_plainly(network: nn.Module, recipe: Recipe) -> float:
    """The usual loop; the accuracy on the test list."""
    seen, test = overlay("training"), overlay("test")
    loader = DataLoader(
        TensorDataset(seen.images, seen.labels), recipe.batch, shuffle=True, drop_last=True
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=1.0, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, recipe.rate_at)
    step = 0
    while step < recipe.steps:
        for images, labels in loader:
            if step == recipe.steps:
                break
            optimiser.zero_grad()
            F.cross_entropy(network(images), labels).backward()
            optimiser.step()
            schedule.step()
            step += 1
    with torch.no_grad():
        right = [
            int((network(images).argmax(1) == labels).sum())
            for images, labels in zip(test.images.split(1000), test.labels.split(1000), strict=True)
        ]
    return sum(right) / len(test)


def by_suite(name: str, rows: list[Architecture]) -> float:
    """Seconds that the suite takes to train them."""
    torch.set_num_threads(1)
    network, recipe = small(name), PLANS[name].recipe
    begin = time.perf_counter()
    for row in rows:
        train_alone(network, row, recipe, 0)
    return time.perf_counter() - begin


def by_plain_loop(name: str, rows: list[Architecture]) -> float:
    """Seconds that the plain loop takes."""
    begin = time.perf_counter()
    for row in rows:
        train_plainly(PLAIN[name](row), PLANS[name].recipe)
    return time.perf_counter() - begin


def both_cores(pool: ProcessPoolExecutor, name: str, rows: list[Architecture]) -> float:
    """Seconds that two processes take for twice as many."""
    begin = time.perf_counter()
    list(pool.map(by_suite, [name, name], [rows, rows]))
    return time.perf_counter() - begin


def main() -> None:
    """Read the arguments, time, print."""
    parser = argparse.ArgumentParser(description="Trainings a minute, beside a plain loop.")
    parser.add_argument("--architectures", type=int, default=8, metavar="N", help="of each space")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for name in PLAIN:
            every, _seeds = PLANS[name].rows()
            drawn = every[:: max(1, len(every) // asked.architectures)][: asked.architectures]
            rows = [tuple(int(choice) for choice in row) for row in drawn]
            both_cores(pool, name, rows[:1])  # starts the processes
            took = [
                (by_suite(name, rows), by_plain_loop(name, rows), both_cores(pool, name, rows))
                for _ in range(asked.rounds)
            ]
            one, plain, two = (min(times) for times in zip(*took, strict=True))
            a_minute = 60 * len(rows)
            print(
                f"{name:9} one core {a_minute / one:5.0f} a minute, two cores "
                f"{2 * a_minute / two:5.0f}; plain loop {a_minute / plain:5.0f}: ratio "
                f"{plain / one:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
