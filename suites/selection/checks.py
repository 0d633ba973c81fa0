"""The contract of a method that chooses, held against it on the smallest problem.

Here: the clauses; `check` holds a method of either track to all of its own, for `python -m bench
try`; tests/methods/selection/test_contract.py holds this repository's methods to them one by one.
Not here: the other track's clauses (suites.selection.distill.checks), the problems
(suites.selection.tiny), what the declaration alone tells (bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

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
from suites.selection.checking import checked as checked_choice
from suites.selection.checking import to_output
from suites.selection.counters import COUNTERS
from suites.selection.distill import checks as of_makers
from suites.selection.tiny import tiny_problem

UNGUARDED = ("subset_only",)
"""Needs that only say where a method can run; the problem holds a method to all others."""


@dataclass(frozen=True)
class CheckedSelection(Checked):
    """A method that chooses, under check.

    Attributes:
        known: what it returned as it is declared, kept for the clauses that compare with it.
    """

    known: dict[str, Output] = field(default_factory=dict, compare=False, repr=False)

    def as_declared(self) -> Output:
        """What it returns with its defaults and all that it needs, computed once."""
        if "output" not in self.known:
            self.known["output"] = self.returned()
        return self.known["output"]

    def returned(self, without: str = "", changed: Mapping[str, Any] | None = None) -> Output:
        """What it returns on the smallest problem, held against its form.

        Args:
            without: a need that it isn't given, though it declares it.
            changed: hyperparameters that differ from its defaults.
        """
        needs = tuple(need for need in self.method.needs if need != without)
        params = {**(self.method.params or {}), **(changed or {})}
        meter = Meter(Budget(), COUNTERS)
        words = "tokens" in self.method.needs
        problem = tiny_problem(needs, words=words, corruption="noise", meter=meter)
        inputs = Inputs(problem.handed)
        with torch.random.fork_rng(devices=[]), meter:
            torch.manual_seed(0)
            answer = self.call(problem, **params)
        inputs.check()
        output = to_output(answer, problem)
        checked_choice(output, problem.count, problem.sizes)
        return output


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on the smallest problem of its track.

    Args:
        call: its function.
        method: its declaration.
    """
    if method.track == "distill":
        return of_makers.check(call, method)
    return CONTRACT.breaches(CheckedSelection(call, method))


def returns_a_choice(checked: CheckedSelection) -> Iterator[str]:
    """It returns a choice of the right form, and changes nothing that it is given."""
    try:
        checked.as_declared()
    except (ContractError, Diverged) as error:
        yield f"{checked.at()}: {error}"


def is_the_same_twice(checked: CheckedSelection) -> Iterator[str]:
    """The same problem gives the same answer, to the last digit."""
    if not alike(checked.as_declared(), checked.returned()):
        yield (
            f"{checked.at()}: the same problem twice gave two answers. Draw with "
            "generator=problem.generator, from nothing else."
        )


def says_whether_it_scores(checked: CheckedSelection) -> Iterator[str]:
    """It gives scores, or declares that it gives none."""
    scores = "scores" in checked.as_declared().tensors
    if scores == ("subset_only" in checked.method.needs):
        yield f"{checked.at()}: " + (
            "it gives scores, but needs holds 'subset_only'. Take that out."
            if scores
            else "it gives no scores: add 'subset_only' to needs, or return Chosen(..., scores)."
        )


def asks_for_all_that_it_declares(checked: CheckedSelection) -> Iterator[str]:
    """Each need that the problem guards is one that it fails without."""
    for need in sorted(set(checked.method.needs) - {*UNGUARDED}):
        try:
            checked.returned(without=need)
        except ContractError:
            continue
        yield never_asked_for(checked, need)


def each_hyperparameter_counts(checked: CheckedSelection) -> Iterator[str]:
    """Another value of each hyperparameter gives another answer: half of it."""
    for name, default in (checked.method.params or {}).items():
        tried = [*(checked.method.space or {}).get(name, []), *other_values(default)]
        others = [value for value in tried if value != default]
        if others and not any(_counts(checked, name, other) for other in others):
            yield changes_nothing(checked, name, default, others)


def _counts(checked: CheckedSelection, name: str, other: Any) -> bool:
    try:
        return not alike(checked.as_declared(), checked.returned(changed={name: other}))
    except (ContractError, Diverged):
        return True


def alike(first: Output, second: Output) -> bool:
    """Whether two answers are the same, to the last digit."""

    def same(one: Tensor, other: Tensor) -> bool:
        return one.shape == other.shape and bool(torch.equal(one, other))

    return first.tensors.keys() == second.tensors.keys() and all(
        same(tensor, second.tensors[name]) for name, tensor in first.tensors.items()
    )


CONTRACT = Contract(
    ground=(returns_a_choice, is_the_same_twice, says_whether_it_scores),
    others=(asks_for_all_that_it_declares, each_hyperparameter_counts),
)
