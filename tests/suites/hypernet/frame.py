"""A small task and small modules for the tests of the suite's frame."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.hypernet.course import Part
from suites.hypernet.layers import Plain, add_initial, cosine_sine, initialise_fan_out
from suites.hypernet.objective import loss_of
from suites.hypernet.problem import Batch
from suites.hypernet.rotation.drawing import draw
from suites.hypernet.streams import Streams
from suites.hypernet.training import Fit, fit

SETTINGS: dict[str, Any] = {
    "images": {"source": "digits", "training": 200, "validation": 20, "test": 20},
    "target": [64, 8, 8, 10],
    "hidden": [4, 8],
    "steps": 12,
    "batch": 16,
    "angles": 3,
    "rates": {"adam": [1e-3, 1e-2], "sgd": [1e-2, 1e-1]},
    "target_loss": 1.0,
    "fails_above": 2.0 / 2.302585,
}


def part(seed: int = 0) -> Part:
    """Rotation, small."""
    return draw(SETTINGS, seed)[0]


def plain(of: Part, seed: int = 0) -> Plain:
    """MIP's hypernetwork for that part."""
    draws = torch.Generator().manual_seed(seed)
    network = Plain(of.target, 1, of.hidden, encode=cosine_sine, encoded=2)
    initialise_fan_out(network, draws)
    add_initial(network, draws)
    return network


def trained(modules: list[nn.Module], parts: list[Part], chunk: int | None = None, **settings: Any):
    """Every seed's fits on the whole grid."""
    return fit(
        modules,
        parts,
        {**SETTINGS, **settings},
        [Meter(Budget(limits={"flops": 1e15})) for _ in parts],
        [torch.Generator().manual_seed(seed) for seed in range(len(parts))],
        chunk=chunk,
    )


def equal(first: list[list[Fit]], second: list[list[Fit]]) -> bool:
    """Whether two trainings agree in every bit."""
    pairs = [(a, b) for x, y in zip(first, second, strict=True) for a, b in zip(x, y, strict=True)]
    return all(
        torch.equal(getattr(a, name), getattr(b, name))
        for a, b in pairs
        for name in ("losses", "validation", "test")
    )


def step_loss(module: nn.Module, of: Part, clip: float) -> tuple[Any, dict[str, Tensor], Any]:
    """The loss that is trained, the state, and the first batch of one network."""
    streams = Streams([of.stages[0]], [0], None, {})
    loss = loss_of(module, of.target, 0, streams.fields, fixed={}, clip=clip)
    state = {n: p.detach() for n, p in module.named_parameters()}
    return loss, state, [tensor[0] for tensor in streams(0, 1, 0)]


class Noisy(Plain):
    """Adds noise to what it generates."""

    noise = 10

    def forward(self, conditions: Tensor, noise: Tensor | None = None) -> dict[str, Tensor]:
        found = super().forward(conditions)
        if noise is not None:
            found["layers.2.bias"] = found["layers.2.bias"] + noise
        return found


class Remembering(Plain):
    """Is pulled towards what it generated for the first condition after each stage."""

    seen: list[tuple[int, tuple[str, ...]]]

    def keep(self, stage: int) -> dict[str, Tensor]:
        """The output for condition 1."""
        ones = torch.ones(1, 1)
        return {f"stage{stage}": self.target.join(super().forward(ones))}

    def loss(self, batch: Batch) -> Tensor:
        """Only the pull; 1 where there is nothing to remember."""
        self.seen.append((batch.stage, tuple(batch.memory)))
        now = self.target.join(super().forward(torch.ones(1, 1)))
        total = now.square().mean() * 0 + 1
        for kept in batch.memory.values():
            total = total - 1 + (now - kept).square().mean()
        return total
