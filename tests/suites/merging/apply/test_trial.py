"""What a method needs at a time, found by trying it; each method here is made for one case."""

from __future__ import annotations

import pytest
import torch

from suites.merging.apply.checkpoints import CheckpointError
from suites.merging.apply.trial import ROWS, TENSORS, WHOLE, Trial, try_out
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average


def by_row(problem: MergingProblem) -> State:
    return average(problem.experts)


def by_tensor(problem: MergingProblem) -> State:
    return {name: tensor / (1 + tensor.norm()) for name, tensor in average(problem.experts).items()}


def over_all(problem: MergingProblem) -> State:
    mean = average(problem.experts)
    largest = max(float(tensor.abs().max()) for tensor in mean.values())
    return {name: tensor / largest for name, tensor in mean.items()}


def by_place(problem: MergingProblem) -> State:
    mean = average(problem.experts)
    return {name: tensor * (place + 1) for place, (name, tensor) in enumerate(mean.items())}


def by_another_tensor(problem: MergingProblem) -> State:
    return {n: t + problem.experts[0]["table"].mean() for n, t in average(problem.experts).items()}


def drawn_at_each_weight(problem: MergingProblem) -> State:
    mean = average(problem.experts)
    return {
        n: t * (torch.rand(t.shape, generator=problem.generator) < 0.5) for n, t in mean.items()
    }


def drawn_once(problem: MergingProblem) -> State:
    scale = torch.rand((), generator=problem.generator)
    return {name: tensor * scale for name, tensor in average(problem.experts).items()}


def drawn_as_an_order(problem: MergingProblem) -> State:
    first = int(torch.randperm(len(problem.experts), generator=problem.generator)[0])
    return average([problem.experts[first]])


def one_for_each(problem: MergingProblem) -> list[State]:
    return list(problem.experts)


CASES = {
    by_row: Trial(ROWS, names=False, draws=False, state_each=False),
    by_tensor: Trial(TENSORS, names=False, draws=False, state_each=False),
    by_place: Trial(TENSORS, names=True, draws=False, state_each=False),
    over_all: Trial(WHOLE, names=False, draws=False, state_each=False),
    drawn_at_each_weight: Trial(ROWS, names=False, draws=True, state_each=False),
    drawn_once: Trial(WHOLE, names=False, draws=True, state_each=False),
    drawn_as_an_order: Trial(WHOLE, names=False, draws=True, state_each=False),
    one_for_each: Trial(ROWS, names=False, draws=False, state_each=True),
}


@pytest.mark.parametrize("method", CASES, ids=lambda method: method.__name__)
def test_a_method_needs_the_least_that_gives_what_the_whole_does(method) -> None:
    assert try_out(method, ["pretrained"]) == CASES[method]


def test_a_method_that_fails_on_portions_is_given_the_whole() -> None:
    # it looks for one name, and over all tensors for the largest: of none there is no largest
    for method in (by_another_tensor, over_all):
        assert try_out(method, []).portion == WHOLE


def test_a_method_that_fails_on_the_whole_fails_as_it_would_anyway() -> None:
    def broken(problem: MergingProblem) -> State:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        try_out(broken, [])


def test_a_method_that_gives_a_function_is_refused() -> None:
    def router(_problem: MergingProblem):
        return lambda inputs: inputs

    with pytest.raises(CheckpointError, match="which no file of weights holds"):
        try_out(router, [])
