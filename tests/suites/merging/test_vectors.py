"""suites.merging.vectors: a vector and its state are two views of the same numbers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.merging.vectors import (
    State,
    add_task_vector,
    average,
    count_weights,
    flatten,
    stack,
    unflatten,
)

shapes = st.lists(st.lists(st.integers(1, 4), max_size=3), min_size=1, max_size=4)


def draw_state(shapes: list[list[int]], seed: int) -> State:
    generator = torch.Generator().manual_seed(seed)
    state = {f"p{i}": torch.randn(shape, generator=generator) for i, shape in enumerate(shapes)}
    return state | {"steps": torch.tensor(seed)}


@settings(deadline=None)
@given(shapes, st.integers(0, 99))
def test_unflatten_undoes_flatten(shapes, seed):
    state = draw_state(shapes, seed)
    again = unflatten(flatten(state), state)
    assert list(again) == list(state)
    assert all(torch.equal(again[name], state[name]) for name in state)


@settings(deadline=None)
@given(shapes)
def test_a_vector_holds_the_floating_point_numbers_in_the_states_order(shapes):
    state = draw_state(shapes, 0)
    floats = [tensor for tensor in state.values() if tensor.is_floating_point()]
    assert count_weights(state) == sum(tensor.numel() for tensor in floats)
    assert flatten(state).tolist() == [x for tensor in floats for x in tensor.flatten().tolist()]


def test_stack_has_one_row_a_state():
    states = [draw_state([[2, 3], [4]], seed) for seed in range(3)]
    matrix = stack(states)
    assert matrix.shape == (3, 10)
    assert torch.equal(matrix[2], flatten(states[2]))


def test_stack_refuses_states_of_different_names():
    with pytest.raises(ValueError, match=r"state 1 holds \['q'\], but state 0 holds \['p'\]"):
        stack([{"p": torch.zeros(2)}, {"q": torch.zeros(2)}])


def test_unflatten_refuses_a_vector_of_another_length():
    with pytest.raises(ValueError, match=r"shape \(5,\) can't fill 4 weights"):
        unflatten(torch.zeros(5), {"p": torch.zeros(2, 2)})


def test_adding_a_task_vector_scales_it():
    # 1 + 0.5 * 4 = 3, 2 + 0.5 * -2 = 1
    start = {"p": torch.tensor([1.0, 2.0]), "steps": torch.tensor(7)}
    moved = add_task_vector(start, torch.tensor([4.0, -2.0]), 0.5)
    assert moved["p"].tolist() == [3.0, 1.0]
    assert moved["steps"].item() == 7
    assert start["p"].tolist() == [1.0, 2.0]


def test_the_average_is_the_mean_and_leaves_its_arguments_alone():
    # (1 + 3 + 8) / 3 = 4
    states = [{"p": torch.tensor([x]), "steps": torch.tensor(5)} for x in (1.0, 3.0, 8.0)]
    mean = average(states)
    assert mean["p"].tolist() == [4.0]
    assert mean["steps"].item() == 5
    assert [state["p"].item() for state in states] == [1.0, 3.0, 8.0]
