"""The contract of a method that makes examples, held against it on a tiny problem.

Here: the clauses, and `check`, which holds a method to all of them. Not here: the other track's
(suites.selection.checks), what can be told from the declaration alone (bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from bench.catalogue.registry import Method
from bench.contract.inputs import Inputs
from bench.contract.job import ContractError, Diverged, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.clauses import (
    Checked,
    Contract,
    changes_nothing,
    never_asked_for,
    other_values,
)
from suites.selection.counters import COUNTERS
from suites.selection.distill.problem import DistillProblem
from suites.selection.distill.scoring import made_output
from suites.selection.tiny import tiny_distill

MOST = 3
"""How far a method goes while it is checked: each of LENGTHS that it has is at most this."""

LENGTHS = frozenset({"iterations", "steps", "steps_of_many", "experts", "epochs"})
"""Hyperparameters that only say how long a method goes on, by their customary names."""

SIZES = (1, 2)
"""Images of each class that are made: some methods do otherwise where there are several."""


@dataclass(frozen=True)
class CheckedMaker(Checked):
    """A method that makes examples, under check.

    Attributes:
        known: what it made as it is declared, by how many of each class and whether at length.
    """

    known: dict[tuple[int, bool], Output] = field(default_factory=dict, compare=False, repr=False)

    def problem(
        self, per_class: int = SIZES[-1], without: str = "", meter: Meter | None = None
    ) -> DistillProblem:
        """The tiny problem.

        Args:
            without: a need that it isn't given, though it declares it.
        """
        needs = tuple(need for need in self.method.needs if need != without)
        return tiny_distill(needs, per_class, meter=meter)

    def made(self, problem: DistillProblem, *, whole: bool = False, **changed: Any) -> Output:
        """What it makes with its defaults, but for some hyperparameters, as plain data.

        Args:
            whole: at full length; else it goes on for MOST of each of LENGTHS at most.
        Raises:
            ContractError, Diverged: it isn't what a method should return.
        """
        params = dict(self.method.params or {})
        if not whole:
            params |= {name: min(MOST, params[name]) for name in LENGTHS & set(params)}
        with problem._meter:
            returned = self.call(problem, **{**params, **changed})
        return made_output(returned, problem)

    def as_declared(self, per_class: int, whole: bool = False) -> Output:
        """What it makes with its defaults, computed once."""
        if (per_class, whole) not in self.known:
            self.known[per_class, whole] = self.made(self.problem(per_class), whole=whole)
        return self.known[per_class, whole]


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on the tiny problem.

    Args:
        call: its function.
        method: its declaration.
    """
    return CONTRACT.breaches(CheckedMaker(call, method))


def returns_what_was_asked_for(checked: CheckedMaker) -> Iterator[str]:
    """It returns as many finite images as are asked for, rightly labelled."""
    for per_class in SIZES:
        try:
            checked.as_declared(per_class)
        except (ContractError, Diverged) as error:
            yield f"{checked.at()}: {error}. Mend what is returned."
            return


def leaves_the_pool_alone(checked: CheckedMaker) -> Iterator[str]:
    """It changes nothing of what it is given."""
    problem = checked.problem()
    inputs = Inputs(problem.handed)
    checked.made(problem)
    if changed := inputs.changed():
        yield (
            f"{checked.at()}: the method changes what it is given: {changed}. Clone a tensor "
            "before writing it."
        )


def makes_the_same_twice(checked: CheckedMaker) -> Iterator[str]:
    """Torch's global generator is no source of its draws."""
    made = []
    for seed in (0, 1234):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made.append(checked.made(checked.problem()))
    if not equal(*made):
        yield (
            f"{checked.at()}: the same problem twice gave two sets. Draw with "
            "generator=problem.generator, from nothing else."
        )


def counts_what_it_computes(checked: CheckedMaker) -> Iterator[str]:
    """It costs something, and can all be counted."""
    meter = Meter(Budget(), COUNTERS)
    checked.made(checked.problem(meter=meter))
    if not meter.flops:
        yield (
            f"{checked.at()}: nothing that the method does is counted. Compute with torch, or "
            "charge what you do otherwise with problem.meter.charge(flops, what)."
        )


def asks_for_all_that_it_declares(checked: CheckedMaker) -> Iterator[str]:
    """Each need is one that it fails without."""
    for need in checked.method.needs:
        try:
            checked.made(checked.problem(without=need))
        except ContractError:
            continue
        yield never_asked_for(checked, need)


def each_hyperparameter_counts(checked: CheckedMaker) -> Iterator[str]:
    """Another value of each hyperparameter makes another set: one of its grid, or one near.

    One that shows only in long runs is tried at full length.
    """
    for name, default in (checked.method.params or {}).items():
        grid = [value for value in (checked.method.space or {}).get(name, []) if value != default]
        others = grid or ([1] if name in LENGTHS else other_values(default))
        if others and not any(
            _counts(checked, name, other, per_class, whole)
            for whole in (False, True)
            for per_class in SIZES
            for other in others
        ):
            yield changes_nothing(checked, name, default, others)


def _counts(checked: CheckedMaker, name: str, other: Any, per_class: int, whole: bool) -> bool:
    problem = checked.problem(per_class)
    try:
        changed = checked.made(problem, whole=whole, **{name: other})
    except (ContractError, Diverged):
        return True
    return not equal(checked.as_declared(per_class, whole), changed)


CONTRACT = Contract(
    ground=(returns_what_was_asked_for, leaves_the_pool_alone, makes_the_same_twice),
    others=(counts_what_it_computes, asks_for_all_that_it_declares, each_hyperparameter_counts),
)


def equal(one: Output, other: Output) -> bool:
    """Whether two sets hold the same numbers, by the same loss and rate."""
    same = all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    return same and one.data == other.data
