"""The contract of a merging method, held against it on a tiny problem.

Here: one check for each clause; a breach is a sentence that starts with file and line. `check` runs
them all, for `python -m bench try`; tests/methods/merging/test_contract.py holds this repository's
methods to them one by one. Not here: what can be told from the declaration alone
(bench.catalogue.mistakes).
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
from suites.merging.outputs import check_finite
from suites.merging.problem import GUARDED, Merged, MergingProblem, check_state, check_states
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

EXPERTS, EXAMPLES = 3, 32
"""How many experts the tiny problem has, and how many examples of each one's task."""


@dataclass(frozen=True)
class Subject:
    """A method under check: its function and its declaration."""

    call: Callable[..., Any]
    entry: Method

    def run(self, problem: MergingProblem, **changed: Any) -> Merged:
        """What it returns with its defaults, but for some hyperparameters."""
        fewer = {"examples": EXAMPLES} if "examples" in (self.entry.params or {}) else {}
        return self.call(problem, **{**(self.entry.params or {}), **fewer, **changed})

    def problem(self, **more: Any) -> MergingProblem:
        """A tiny problem that offers what the method declares."""
        return tiny_problem(EXPERTS, **({"needs": self.entry.needs} | more))

    def at(self, line: int = 0) -> str:
        """The start of a sentence: file and line, by default the function's."""
        return f"{self.entry.path}:{line or self.entry.line}"


Check = Callable[[Subject], Iterator[str]]


def check(call: Callable[..., Any], entry: Method) -> list[str]:
    """Every breach that a method commits on a tiny problem.

    Args:
        call: its function.
        entry: its declaration.
    Raises:
        ContractError: it asked for what it didn't declare.
    """
    subject = Subject(call, entry)
    for clause in CHECKS[:GROUND]:
        if found := list(clause(subject)):
            return found
    return [breach for clause in CHECKS[GROUND:] for breach in clause(subject)]


def returns_states(subject: Subject) -> Iterator[str]:
    """It returns what its track may: one state, one an expert, or a router; all finite."""
    followed = Followed(subject.entry)
    problem = subject.problem()
    merged = followed.run(lambda: subject.run(problem))
    try:
        if isinstance(merged, dict):
            check_state(merged, problem.experts[0])
            check_finite(merged)
        elif not callable(merged):
            check_states(merged, problem.experts)
        if subject.entry.track == "single" and not isinstance(merged, dict):
            raise ContractError(
                "the method returned more than one state, but its track is 'single'. Declare "
                "track='multi' in its @method line"
            )
    except Exception as error:
        yield f"{subject.at(followed.returned)}: {error}. Mend what is returned there."


def leaves_inputs_alone(subject: Subject) -> Iterator[str]:
    """It changes nothing of what it is given."""
    problem = subject.problem()
    inputs = Inputs(problem.handed)
    subject.run(problem)
    if not inputs.changed():
        return
    problem = subject.problem()  # again, looking after each line: that is slow
    inputs = Inputs(problem.handed)
    followed = Followed(subject.entry, lambda: bool(inputs.changed()))
    followed.run(lambda: subject.run(problem))
    yield (
        f"{subject.at(followed.caught)}: the method changes what it is given: "
        f"{inputs.changed()}. Clone a tensor before writing it."
    )


def is_the_same_twice(subject: Subject) -> Iterator[str]:
    """Torch's global generator is no source of its draws."""
    torch.manual_seed(0)
    first = subject.run(subject.problem())
    torch.manual_seed(1234)
    if not equal(first, subject.run(subject.problem())):
        yield (
            f"{subject.at()}: the same problem twice gave two results. Draw with "
            "generator=problem.generator, from nothing else."
        )


def draws_where_it_says_so(subject: Subject) -> Iterator[str]:
    """Another seed of its generator gives another result just where it is declared random."""
    one, other = (subject.run(subject.problem(generator_seed=seed)) for seed in (1, 2))
    same, declared = equal(one, other), "random" in subject.entry.traits
    if not same and not declared:
        yield f"{subject.at()}: it draws at random. Declare traits=['random'] in its @method line."
    if same and declared:
        yield f"{subject.at()}: traits holds 'random', but nothing is drawn. Take it out."


def asks_for_all_that_it_declares(subject: Subject) -> Iterator[str]:
    """Each need that the problem guards is one that it fails without."""
    for need in sorted(GUARDED & set(subject.entry.needs)):
        without = [other for other in subject.entry.needs if other != need]
        try:
            subject.run(subject.problem(needs=without))
        except ContractError:
            continue
        yield f"{subject.at()}: needs holds {need!r}, but it is never asked for. Take it out."


def order_matters_where_it_says_so(subject: Subject) -> Iterator[str]:
    """Experts in another order give the same single state, unless it is declared otherwise."""
    if {"order_matters", "random"} & set(subject.entry.traits):
        return
    problem = tiny_problem(experts=4)
    one = subject.run(with_experts(problem, [0, 1, 2, 3]))
    other = subject.run(with_experts(problem, [2, 0, 3, 1]))
    if isinstance(one, dict) and not close(one, other):
        yield (
            f"{subject.at()}: the order of the experts changes the result. Declare "
            "traits=['order_matters'] in its @method line, or mend it."
        )


def each_hyperparameter_counts(subject: Subject) -> Iterator[str]:
    """Another value of each hyperparameter gives another result: one of its grid, or one near."""
    space: Mapping[str, list[Any]] = subject.entry.space or {}
    before = subject.run(subject.problem())
    for name, default in (subject.entry.params or {}).items():
        default = EXAMPLES if name == "examples" else default
        others = [v for v in space.get(name, []) if v != default] or nearby(default)
        if others and all(
            equal(before, subject.run(subject.problem(), **{name: other})) for other in others
        ):
            tried = ", ".join(map(repr, others))
            yield (
                f"{subject.at()}: the hyperparameter {name!r} changes nothing ({tried} tried "
                f"beside {default!r}). Use it, or take it out of params."
            )


CHECKS: tuple[Check, ...] = (
    returns_states,
    leaves_inputs_alone,
    is_the_same_twice,
    draws_where_it_says_so,
    asks_for_all_that_it_declares,
    order_matters_where_it_says_so,
    each_hyperparameter_counts,
)
"""Every clause."""

GROUND = 4
"""So many clauses are what those after them take for granted; a breach of one ends the check."""


class Followed:
    """Runs a function and follows the lines of a method's file in it.

    Attributes:
        returned: the line on which the method returned.
        caught: the line after which `happened` was true; 0 where it never was.
    """

    def __init__(self, entry: Method, happened: Callable[[], bool] = lambda: False) -> None:
        self.returned = self.caught = 0
        self._file, self._function = str(entry.path), entry.function
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


def nearby(default: Any) -> list[Any]:
    """Other values near a default, for a hyperparameter that tuning doesn't change."""
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default // 2]
    return [default / 2] if isinstance(default, float) else []


def vectors_of(merged: Merged) -> list[torch.Tensor]:
    """What was returned as vectors: one a state, or a router's scores for each task."""
    if callable(merged):
        images = torch.linspace(-1, 1, 4 * 8 * 8).view(4, 8, 8)
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
        pretrained=problem.pretrained,
        calibration=pick(problem._calibration),
        validation=pick(problem._validation),
        test_inputs=pick(problem._test_inputs),
    )
