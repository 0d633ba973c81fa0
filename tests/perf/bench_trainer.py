"""How fast the trainer of many networks is, against the loop that one would write.

    python tests/perf/bench_trainer.py [--repeats N] [--chunks]

Prints, for several networks, milliseconds a network and step of suites.common.trainer and of a
plain loop (a copy of the same network in torch's own layers, `F.cross_entropy`, fused AdamW, one
network after the other), and their ratio; above 1 the trainer is faster. Both are measured in one
run, turn by turn, best of the repeats; tracing is left in. Not a test: figures depend on what else
the machine does.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from suites.common.draws import generator
from suites.common.networks import MLP, VisionTransformer
from suites.common.trainer import (
    Recipe,
    chunk_size,
    classification_loss,
    initialise_many,
    train,
)


@dataclass(frozen=True)
class Case:
    """One size: our network, torch's own of the same shape, and what they are trained on."""

    name: str
    ours: nn.Module
    plain: nn.Module
    inputs: tuple[int, ...]
    classes: int
    networks: int
    batch: int
    steps: int


class PlainAttention(nn.Module):
    """Attention as one writes it for one network: torch's fused kernel."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        q, k, v = (
            f(x).view(n, tokens, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        return self.out(mixed.reshape(n, tokens, width))


def in_torch_layers(network: nn.Module) -> nn.Module:
    """The same network with torch's own Linear, LayerNorm and attention."""
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, nn.Linear(child.in_features, child.out_features))
            elif isinstance(child, nn.LayerNorm):
                setattr(parent, name, nn.LayerNorm(child.normalized_shape))
            elif type(child).__name__ == "Attention":
                width = child.q.in_features
                setattr(parent, name, PlainAttention(width, child.heads))
    return network


def mlp(hidden: int, networks: int, steps: int) -> Case:
    """A perceptron 64-h-h-10, as hypernetworks generate."""
    ours = MLP([64, hidden, hidden, 10])
    count = sum(p.numel() for p in ours.parameters())
    name = f"MLP {count:,} x {networks}"
    return Case(name, ours, in_torch_layers(ours), (64,), 10, networks, 64, steps)


def transformer(networks: int, steps: int) -> Case:
    """The merging suite's network."""
    ours = VisionTransformer(64)
    count = sum(p.numel() for p in ours.parameters())
    name = f"ViT {count:,} x {networks}"
    return Case(name, ours, in_torch_layers(ours), (20, 20), 64, networks, 32, steps)


def plain_loop(case: Case, inputs: Tensor, labels: Tensor) -> None:
    """Train one network after the other."""
    for r in range(case.networks):
        network = copy.deepcopy(case.plain)
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
        for t in range(case.steps):
            optimiser.zero_grad()
            F.cross_entropy(network(inputs[r, t]), labels[r, t]).backward()
            optimiser.step()


def seconds(run: Callable[[], object]) -> float:
    """CPU time of one call: other processes on the machine disturb it less than wall time."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def measure(case: Case, repeats: int, chunks: bool) -> None:
    """Print one line for the case, or one a chunk."""
    draws = generator(0, "bench")
    shape = (case.networks, case.steps, case.batch)
    inputs = torch.randn(*shape, *case.inputs, generator=draws)
    labels = torch.randint(case.classes, shape, generator=draws)
    start = initialise_many(case.ours, [draws] * case.networks)
    loss = classification_loss(case.ours)

    def batches(first: int, last: int, step: int) -> tuple[Tensor, ...]:
        return inputs[first:last, step], labels[first:last, step]

    def ours(chunk: int | None) -> None:
        rates = [1e-3] * case.networks
        train(loss, start, batches, rates, Recipe(case.steps), chunk=chunk)

    chosen = chunk_size(loss, start, batches(0, 1, 0))
    sizes: list[int] = [chosen]
    if chunks:
        sizes += [c for c in (1, 2, 4, 8, 16, 32, 64, 128) if c <= case.networks and c != chosen]
    best = {chunk: float("inf") for chunk in sizes}
    plain = float("inf")
    for _ in range(repeats):
        plain = min(plain, seconds(lambda: plain_loop(case, inputs, labels)))
        for chunk in sizes:
            best[chunk] = min(best[chunk], seconds(lambda chunk=chunk: ours(chunk)))  # type: ignore[misc]
    scale = 1e3 / case.networks / case.steps
    for chunk in sizes:
        mark = "*" if chunk == chosen else " "
        print(
            f"{case.name:<22} chunk {chunk:>3}{mark} plain {plain * scale:7.3f} ms  "
            f"ours {best[chunk] * scale:7.3f} ms  ratio {plain / best[chunk]:5.2f}",
            flush=True,
        )


def warm_up() -> None:
    """Import what tracing imports on its first use."""
    case = mlp(2, 1, 1)
    start = initialise_many(case.ours, [generator(0, "warm up")])
    loss = classification_loss(case.ours)
    batch = (torch.zeros(1, 1, 64), torch.zeros(1, 1, dtype=torch.int64))
    train(loss, start, lambda first, last, step: batch, [1e-3], Recipe(1))


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--chunks", action="store_true", help="also other chunk sizes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warm_up()
    for case in (
        mlp(24, 125, 50),
        mlp(64, 32, 100),
        mlp(256, 16, 60),
        mlp(512, 8, 60),
        transformer(1, 120),
        transformer(16, 40),
    ):
        measure(case, arguments.repeats, arguments.chunks)


if __name__ == "__main__":
    main()
