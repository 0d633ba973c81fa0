"""The contract of a merging method, held against it on a tiny problem.

Here: the clauses; `check` holds a method to all of them, for `python -m bench try`;
tests/methods/merging/test_contract.py holds this repository's methods to them one by one. Not here:
what can be told from the declaration alone (bench.catalogue.mistakes).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch

from bench.catalogue.registry import Method
from bench.contract.inputs import Inputs
from bench.contract.job import ContractError
from suites.common.clauses import (
    Checked,
    Contract,
    changes_nothing,
    never_asked_for,
    other_values,
)
from suites.merging.form import check_state, check_states
from suites.merging.outputs import check_finite
from suites.merging.problem import GUARDED, Merged, MergingProblem
from suites.merging.tiny import tiny_apart_problem, tiny_problem
from suites.merging.vectors import flatten

EXPERTS, EXAMPLES = 3, 32
"""How many experts the tiny problem has, and how many examples of each one's task."""

FEWER: Mapping[str, Any] = {"examples": EXAMPLES, "steps": 20}
"""What takes time and changes no clause's answer, where a method has such a hyperparameter."""


@dataclass(frozen=True)
class CheckedMerger(Checked):
    """A merging method under check."""

    def run(self, problem: MergingProblem, **changed: Any) -> Merged:
        """What it returns with its defaults, but for some hyperparameters."""
        fewer = {name: few for name, few in FEWER.items() if name in (self.method.params or {})}
        return self.call(problem, **{**(self.method.params or {}), **fewer, **changed})

    def problem(self, **more: Any) -> MergingProblem:
        """A tiny problem that offers what the method declares."""
        return self.any_problem(EXPERTS, **({"needs": self.method.needs} | more))

    def any_problem(self, experts: int, **more: Any) -> MergingProblem:
        """A tiny problem that offers everything, of the kind that the method is for."""
        make = tiny_apart_problem if "apart" in self.method.needs else tiny_problem
        return make(experts, **more)


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on a tiny problem.

    Args:
        call: its function.
        method: its declaration.
    Raises:
        ContractError: it asked for what it didn't declare.
    """
    return CONTRACT.breaches(CheckedMerger(call, method))


def returns_states(checked: CheckedMerger) -> Iterator[str]:
    """It returns what its track may: one state, one an expert, or a router; all finite."""
    followed = Followed(checked.method)
    problem = checked.problem()
    merged = followed.run(lambda: checked.run(problem))
    try:
        if isinstance(merged, dict):
            check_state(merged, problem.experts[0])
            check_finite(merged)
        elif not callable(merged):
            check_states(merged, problem.experts)
        if checked.method.track == "single" and not isinstance(merged, dict):
            raise ContractError(
                "the method returned more than one state, but its track is 'single'. Declare "
                "track='multi' in its @method line"
            )
    except Exception as error:
        yield f"{checked.at(followed.returned)}: {error}. Mend what is returned there."


def leaves_inputs_alone(checked: CheckedMerger) -> Iterator[str]:
    """It changes nothing of what it is given."""
    problem = checked.problem()
    inputs = Inputs(problem.handed)
    checked.run(problem)
    if not inputs.changed():
        return
    problem = checked.problem()  # again, looking after each line: that is slow
    inputs = Inputs(problem.handed)
    followed = Followed(checked.method, lambda: bool(inputs.changed()))
    followed.run(lambda: checked.run(problem))
    yield (
        f"{checked.at(followed.caught)}: the method changes what it is given: "
        f"{inputs.changed()}. Clone a tensor before writing it."
    )


def is_the_same_twice(checked: CheckedMerger) -> Iterator[str]:
    """Torch's global generator is no source of its draws."""
    torch.manual_seed(0)
    first = checked.run(checked.problem())
    torch.manual_seed(1234)
    if not equal(first, checked.run(checked.problem())):
        yield (
            f"{checked.at()}: the same problem twice gave two results. Draw with "
            "generator=problem.generator, from nothing else."
        )


def draws_where_it_says_so(checked: CheckedMerger) -> Iterator[str]:
    """Another seed of its generator gives another result just where it is declared random."""
    one, other = (checked.run(checked.problem(generator_seed=seed)) for seed in (1, 2))
    same, declared = equal(one, other), "random" in checked.method.traits
    if not same and not declared:
        yield f"{checked.at()}: it draws at random. Declare traits=['random'] in its @method line."
    if same and declared:
        yield f"{checked.at()}: traits holds 'random', but nothing is drawn. Take it out."


def asks_for_all_that_it_declares(checked: CheckedMerger) -> Iterator[str]:
    """Each need that the problem guards is one that it fails without."""
    for need in sorted(GUARDED & set(checked.method.needs)):
        without = [other for other in checked.method.needs if other != need]
        try:
            checked.run(checked.problem(needs=without))
        except ContractError:
            continue
        yield never_asked_for(checked, need)


def order_matters_where_it_says_so(checked: CheckedMerger) -> Iterator[str]:
    """Experts in another order give the same single state, unless it is declared otherwise."""
    if {"order_matters", "random"} & set(checked.method.traits):
        return
    problem = checked.any_problem(experts=4)
    one = checked.run(with_experts(problem, [0, 1, 2, 3]))
    other = checked.run(with_experts(problem, [2, 0, 3, 1]))
    if isinstance(one, dict) and not close(one, other):
        yield (
            f"{checked.at()}: the order of the experts changes the result. Declare "
            "traits=['order_matters'] in its @method line, or mend it."
        )


def each_hyperparameter_counts(checked: CheckedMerger) -> Iterator[str]:
    """Another value of each hyperparameter gives another result: one of its grid, or one near."""
    space: Mapping[str, list[Any]] = checked.method.space or {}
    before = checked.run(checked.problem())
    for name, default in (checked.method.params or {}).items():
        default = FEWER.get(name, default)
        others = [v for v in space.get(name, []) if v != default] or other_values(default)
        if others and all(
            equal(before, checked.run(checked.problem(), **{name: other})) for other in others
        ):
            yield changes_nothing(checked, name, default, others)


def remembers_by_all_it_depends_on(checked: CheckedMerger) -> Iterator[str]:
    """With another hyperparameter, what `problem.remember` gives is no other value's."""
    if "random" in checked.method.traits:
        return  # a second call draws anew
    space: Mapping[str, list[Any]] = checked.method.space or {}
    for name, default in (checked.method.params or {}).items():
        for other in [value for value in space.get(name, []) if value != default][:1]:
            problem = checked.problem()
            checked.run(problem)
            again = checked.run(problem, **{name: other})
            if not equal(again, checked.run(checked.problem(), **{name: other})):
                yield (
                    f"{checked.at()}: after a run with {name}={default!r}, one with {other!r} on "
                    "the same problem gives what it wouldn't have given first. Name every "
                    "hyperparameter that counts in problem.remember((...), ...)."
                )


CONTRACT = Contract(
    ground=(
        returns_states,
        leaves_inputs_alone,
        is_the_same_twice,
        draws_where_it_says_so,
    ),
    others=(
        asks_for_all_that_it_declares,
        order_matters_where_it_says_so,
        each_hyperparameter_counts,
        remembers_by_all_it_depends_on,
    ),
)


class Followed:
    """Runs a function and follows the lines of a method's file in it.

    Attributes:
        returned: the line on which the method returned.
        caught: the line after which `happened` was true; 0 where it never was.
    """

    def __init__(self, method: Method, happened: Callable[[], bool] = lambda: False) -> None:
        self.returned = self.caught = 0
        self._file, self._function = str(method.path), method.function
        self._happened = happened
        self._last = 0

    def run(self, function: Callable[[], Merged]) -> Merged:
        """The function's result."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return function()
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename == self._file else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" or event == "return":
            if not self.caught and self._happened():
                self.caught = self._last
            self._last = frame.f_lineno
        if event == "return" and frame.f_code.co_name == self._function:
            self.returned = frame.f_lineno
        return self._line


def vectors_of(merged: Merged) -> list[torch.Tensor]:
    """What was returned as vectors: one a state, or a router's scores for each task."""
    if callable(merged):
        # many and unlike: a router that picks one expert an input may answer the same to few
        images = torch.randn(64, 8, 8, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            return [merged(images, task).reshape(-1) for task in range(EXPERTS)]
    return [flatten(state) for state in ([merged] if isinstance(merged, dict) else merged)]


def equal(one: Merged, other: Merged) -> bool:
    """Whether two results hold the same numbers."""
    pairs = zip(vectors_of(one), vectors_of(other), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def close(one: Merged, other: Merged) -> bool:
    """Whether two results hold the same numbers up to rounding."""
    pairs = zip(vectors_of(one), vectors_of(other), strict=True)
    return all(torch.allclose(a, b, atol=1e-4) for a, b in pairs)


def with_experts(problem: MergingProblem, order: list[int]) -> MergingProblem:
    """The same problem with its experts taken in that order (an expert may come twice)."""

    def pick(values: list[Any]) -> list[Any]:
        return [values[i] for i in order]

    return MergingProblem(
        problem.model,
        pick(problem.experts),
        pretrained=problem._pretrained,
        calibration=pick(problem._calibration),
        validation=pick(problem._validation),
        test_inputs=pick(problem._test_inputs),
        test_classes=pick(problem._test_classes),
        routing=problem._routing and problem._routing.picked(order),
    )
