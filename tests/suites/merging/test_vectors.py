"""suites.merging.vectors: a vector and its state are two views of the same numbers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import (
    PIECE,
    add_task_vector,
    merge_each_weight,
    split_task_vector,
    split_task_vectors,
    stack_task_vectors,
    task_vectors,
)
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import (
    LARGE,
    State,
    average,
    count_weights,
    flatten,
    order_statistics,
    order_statistics_of,
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


def test_the_pieces_of_the_task_vectors_make_them_up():
    start = {"p": torch.zeros(PIECE + 5), "steps": torch.tensor(7), "q": torch.ones(2, 3)}
    experts = [{n: t + k for n, t in start.items()} for k in (1, 2)]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    pieces = list(split_task_vectors(problem))
    assert [(name, changes.shape[1]) for name, _where, changes in pieces] == [
        ("p", PIECE),
        ("p", 5),
        ("q", 6),
    ]
    assert torch.equal(torch.cat([c for _n, _w, c in pieces], 1), stack_task_vectors(problem))


def test_task_vectors_come_one_expert_at_a_time():
    problem = tiny_problem()
    assert torch.equal(torch.stack(list(task_vectors(problem))), stack_task_vectors(problem))


def test_merging_each_weight_adds_the_scaled_result():
    # theta_0 + 0.5 * the largest change: 1 + 0.5 * 4 = 3, 2 + 0.5 * 1 = 2.5
    start = {"p": torch.tensor([[1.0, 2.0]]), "steps": torch.tensor(7)}
    changed = (torch.tensor([[5.0, 1.0]]), torch.tensor([[0.0, 3.0]]))
    experts = [{"p": p, "steps": torch.tensor(7)} for p in changed]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = merge_each_weight(problem, lambda changes: changes.amax(0), 0.5)
    assert merged["p"].tolist() == [[3.0, 2.5]]
    assert merged["steps"].item() == 7
    assert start["p"].tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("kind", ["signed", "magnitudes", "mostly zero"])
@pytest.mark.parametrize("count", [9, LARGE + 17, 2 * LARGE])
def test_an_order_statistic_is_the_sorted_vectors_entry(kind, count):
    values = torch.randn(count, generator=torch.Generator().manual_seed(0)) * 1e-4
    if kind == "magnitudes":
        values = values.abs()
    elif kind == "mostly zero":
        values[: count // 3] = 0.0
        values[count // 3 : 2 * count // 3] = -0.0
    ordered = values.sort().values
    ranks = [0, 1, count // 4, count // 2, int(0.8 * count), count - 1]
    assert torch.equal(torch.stack(order_statistics(values, ranks)), ordered[ranks])


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 99))
def test_order_statistics_of_pieces_are_those_of_the_whole(weights, size, seed):
    values = torch.randn(weights, generator=torch.Generator().manual_seed(seed)).round(decimals=1)
    ranks = sorted({0, weights // 3, weights - 1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("suites.merging.vectors.LARGE", 1)  # none is so small that it is sorted
        found = order_statistics_of(lambda: values.split(size), weights, ranks)
    assert [float(value) for value in found] == [float(values.sort().values[r]) for r in ranks]


def test_the_pieces_of_a_task_vector_are_the_whole(monkeypatch):
    monkeypatch.setattr("suites.merging.task_vectors.LARGE", 5)
    problem = tiny_problem()
    for expert, whole in zip(problem.experts, task_vectors(problem), strict=True):
        assert torch.equal(torch.cat([*split_task_vector(problem, expert)]), whole)
