"""Trains one method's hypernetworks over all seeds, optimisers and learning rates of a task.

Here: the loop over the grid. Networks that share an optimiser are stacked as far as their state
fits in cache (suites.common.trainer says how many, and gives the same digits however many); all
start a seed from the same parameters and see the same batches. Not here: the loss itself
(suites.hypernet.objective), what is measured of it (suites.hypernet.measures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import grad

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.trainer import Loss, Recipe, State, chunk_size, train
from suites.hypernet.course import Part, Questions
from suites.hypernet.objective import answer, keep, loss_of, with_state
from suites.hypernet.problem import fixed, trainable
from suites.hypernet.stacking import explained
from suites.hypernet.streams import Streams

OPTIMISERS = {"adam": "adamw", "sgd": "sgd"}
"""A grid's names for the trainer's: without weight decay AdamW is Adam. SGD has momentum .9."""

STACKED = 192 * 2**20
"""Bytes of weights, gradients and moments that are trained at once. More than the trainer's own
choice, which is made for networks of many operators: a hypernetwork has few, on long vectors, so
what counts is how often they are called. Measured by tests/perf/bench_hypernet.py."""

UPDATE_FLOPS = {"adam": 14, "sgd": 4}
"""FLOPs that an optimiser takes for each number that it updates, counted in its formula."""


@dataclass(frozen=True)
class GridPoint:
    """One cell of the grid."""

    optimiser: str
    rate: float


@dataclass(frozen=True)
class Fit:
    """What one training gave.

    Attributes:
        losses: of every step before its update, over all stages, shape (steps,).
        validation: logits after each stage, shape (stages, m, examples, classes).
        test: likewise.
    """

    losses: Tensor
    validation: Tensor
    test: Tensor


def grid(settings: Mapping[str, Any]) -> list[GridPoint]:
    """The grid of a task's settings: optimiser -> learning rates."""
    return [GridPoint(name, rate) for name, rates in settings["rates"].items() for rate in rates]


def fit(
    modules: Sequence[nn.Module],
    parts: Sequence[Part],
    settings: Mapping[str, Any],
    meters: Sequence[Meter],
    noises: Sequence[Generator],
    *,
    chunk: int | None = None,
) -> list[list[Fit]]:
    """Train every seed's hypernetwork at every point of the grid.

    Args:
        modules: one a seed, of one structure; they are left as they are.
        parts: one a seed.
        settings: of the task; `rates` is the grid.
        meters: one a seed; charged what its trainings cost before they start.
        noises: one a seed: where its modules' noise is drawn from.
        chunk: networks stacked at once; by default what the trainer chooses.
    Returns:
        For each seed, one Fit a point, in the order of `grid`.
    Raises:
        BudgetExceeded: a seed's trainings would cross its budget.
        ContractError: a module does what can't be recorded or stacked.
    """
    with explained():
        for module, part, meter in zip(modules, parts, meters, strict=True):
            charge(module, part, settings, meter)
    if not same_fixed(modules):
        groups = [[seed] for seed in range(len(modules))]
    else:
        groups = [list(range(len(modules)))]
    fits: list[list[Fit]] = [[] for _ in modules]
    draws = [noise.get_state() for noise in noises]
    for name, rates in settings["rates"].items():
        for noise, state in zip(noises, draws, strict=True):
            noise.set_state(state)  # every optimiser sees the same noise
        for seeds in groups:
            some = _Group(
                [modules[s] for s in seeds],
                [parts[s] for s in seeds],
                name,
                rates,
                [noises[s] for s in seeds],
            )
            with explained():
                trained = some.train(chunk)
            for seed, found in zip(seeds, trained, strict=True):
                fits[seed] += found
    return fits


def same_fixed(modules: Sequence[nn.Module]) -> bool:
    """Whether what isn't trained is equal in all of them, so that they can be stacked."""
    first = fixed(modules[0])
    return all(
        torch.equal(tensor, first[name])
        for module in modules[1:]
        for name, tensor in fixed(module).items()
    )


class _Group:
    """Hypernetworks of some seeds, each at all rates of one optimiser, trained together."""

    def __init__(
        self,
        modules: Sequence[nn.Module],
        parts: Sequence[Part],
        optimiser: str,
        rates: Sequence[float],
        noises: Sequence[Generator],
    ) -> None:
        self.module, self.parts, self.noises = modules[0], parts, noises
        self.optimiser = optimiser
        # Rate by rate, as the optimiser updates neighbours of one learning rate together.
        self.rates = [rate for rate in rates for _ in modules]
        self.seeds = [seed for _ in rates for seed in range(len(modules))]
        starts = [trainable(module) for module in modules]
        self.state: dict[str, Tensor] = {
            name: torch.stack([starts[seed][name] for seed in self.seeds]) for name in starts[0]
        }
        self.frozen = fixed(self.module)

    def train(self, chunk: int | None) -> list[list[Fit]]:
        """All stages in order; for each seed one Fit a rate."""
        losses, validation, test = [], [], []
        memory: dict[str, Tensor] = {}
        stages = len(self.parts[0].stages)
        for number in range(stages):
            self.module.train()
            losses.append(self._stage(number, memory, chunk))
            self.module.eval()
            memory |= self._keep(number) if number + 1 < stages else {}
            validation.append(self._answers("validation"))
            test.append(self._answers("test"))
        along = torch.cat(losses, 1)
        asked, tested = torch.stack(validation, 1), torch.stack(test, 1)
        fits = [Fit(along[i], asked[i], tested[i]) for i in range(len(self.rates))]
        return [fits[seed :: len(self.parts)] for seed in range(len(self.parts))]

    def _stage(self, number: int, memory: Mapping[str, Tensor], chunk: int | None) -> Tensor:
        """Train one stage; its losses, shape (networks, steps)."""
        stages = [part.stages[number] for part in self.parts]
        streams = Streams(stages, self.seeds, self._noise(stages[0].steps), memory)
        target, fields = self.parts[0].target, streams.fields
        loss = partial(loss_of, self.module, target, number, fields, fixed=self.frozen)
        recipe = Recipe(stages[0].steps, OPTIMISERS[self.optimiser], schedule="constant")
        if getattr(self.module, "alone", False):
            chunk = 1
        if chunk is None:  # of the loss itself, as what clips it can't be watched
            chunk = stack_size(loss(), self.state, streams(0, 1, 0))
        clipped = loss(clip=getattr(self.module, "clip", 0.0))
        trained = train(clipped, self.state, streams, self.rates, recipe, chunk=chunk)
        self.state = trained.states
        return trained.losses

    def _noise(self, steps: int) -> list[list[Tensor]] | None:
        count = getattr(self.module, "noise", 0)
        if not count:
            return None
        return [[torch.rand(count, generator=g) for _ in range(steps)] for g in self.noises]

    @torch.no_grad()
    def _answers(self, questions: str) -> Tensor:
        """Logits of every network, shape (networks, m, examples, classes)."""
        found = []
        for i, seed in enumerate(self.seeds):
            part = self.parts[seed]
            asked: Questions = getattr(part, questions)
            given = (part.target, asked.conditions, asked.inputs, asked.masks)
            found.append(with_state(answer, self.module, self._state(i), *given))
        return torch.stack(found)

    @torch.no_grad()
    def _keep(self, number: int) -> dict[str, Tensor]:
        """What the module keeps after a stage, of every network: (networks, ...)."""
        kept = [
            with_state(keep, self.module, self._state(i), number) for i in range(len(self.rates))
        ]
        return {name: torch.stack([one[name] for one in kept]) for name in kept[0]}

    def _state(self, network: int) -> dict[str, Tensor]:
        """All numbers of one network, those that aren't trained too."""
        return self.frozen | {name: tensor[network] for name, tensor in self.state.items()}


def stack_size(loss: Loss, start: State, batch: tuple[Tensor, ...]) -> int:
    """How many networks are trained at once: as many as STACKED holds.

    One where the trainer stacks none: there stacking could change digits, or a network alone fills
    the cache.
    """
    if chunk_size(loss, start, batch) == 1:
        return 1
    numbers = sum(tensor[0].numel() for tensor in start.values())
    return max(1, min(len(next(iter(start.values()))), STACKED // (16 * numbers)))


def charge(module: nn.Module, part: Part, settings: Mapping[str, Any], meter: Meter) -> None:
    """Charge a seed's trainings: one step of each stage is counted, and multiplied.

    A step is what one network's loss and gradient cost, and the optimiser's update.
    """
    numbers = sum(tensor.numel() for tensor in trainable(module).values())
    for number, stage in enumerate(part.stages):
        flops = step_flops(module, part, number)
        for name, rates in settings["rates"].items():
            update = UPDATE_FLOPS[name] * numbers
            meter.charge(stage.steps * len(rates) * (flops + update), f"training with {name}")


def step_flops(module: nn.Module, part: Part, number: int) -> float:
    """What one network's loss and gradient cost at a stage, in FLOPs."""
    count = getattr(module, "noise", 0)
    stage = part.stages[number]
    noise = [[torch.full((count,), 0.5)] * stage.steps] if count else None
    memory: dict[str, Tensor] = {}
    with torch.no_grad():
        for earlier in range(number):
            memory |= keep(module, earlier)
    streams = Streams([stage], [0], noise, {n: t[None] for n, t in memory.items()})
    clip = getattr(module, "clip", 0.0)
    loss = loss_of(module, part.target, number, streams.fields, fixed=fixed(module), clip=clip)
    batch = [tensor[0] for tensor in streams(0, 1, 0)]
    with Meter(Budget()) as counting:
        grad(loss)(trainable(module), *batch)
    return counting.flops
