"""D2 pruning's graph and messages, each against a case worked out by hand."""

from __future__ import annotations

from math import exp, pi

import pytest
import torch

from methods.selection.d2 import forward, nearest, take


def on_circle(*degrees: float) -> torch.Tensor:
    """Points of length 3 at these angles."""
    angles = torch.tensor(degrees) * pi / 180
    return 3 * torch.stack([angles.cos(), angles.sin()], 1)


def test_the_graph_joins_examples_of_which_either_is_the_others_nearest():
    # 0 and 10 degrees are each other's nearest; 30 is nearest to 10, which doesn't return it
    start, end, squared = nearest(on_circle(0, 10, 30), 1)
    assert list(zip(start.tolist(), end.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    # |x - z|^2 = 2 - 2 cos of the angle between them
    chords = (2 - 2 * (torch.tensor([10.0, 10, 20, 20]) * pi / 180).cos()).tolist()
    assert squared.tolist() == pytest.approx(chords, abs=1e-6)


def test_no_example_is_its_own_neighbour_even_where_there_are_copies():
    start, end, _ = nearest(torch.ones(5, 2), 3)
    assert (start != end).all()
    assert len(torch.unique(start * 5 + end)) == len(start)


GRAPH = (torch.tensor([0, 1, 1, 2]), torch.tensor([1, 0, 2, 1]), torch.tensor([0.5, 0.5, 1, 1]))
DIFFICULTY = torch.tensor([1.0, 2.0, 0.5])


def test_forward_messages_carry_the_neighbours_difficulty():
    # 1 + e^-.5 2;   2 + e^-.5 1 + e^-1 .5;   .5 + e^-1 2
    expected = [1 + 2 * exp(-0.5), 2 + exp(-0.5) + 0.5 * exp(-1), 0.5 + 2 * exp(-1)]
    assert forward(DIFFICULTY, GRAPH).tolist() == pytest.approx(expected)


def test_reverse_messages_take_from_the_neighbours_of_what_is_chosen():
    # 1 is chosen: 0 has 1 - 2 e^-.5 = -.21, 2 has .5 - 2 e^-1 = -.24
    assert take(DIFFICULTY, GRAPH, 1.0, 3).tolist() == [1, 0, 2]
    # with gamma = 3: 0 has 1 - 2 e^-1.5 = .55, 2 has .5 - 2 e^-3 = .40; 0 has no edge to 2
    assert take(DIFFICULTY, GRAPH, 3.0, 2).tolist() == [1, 0]
    # with gamma = 0 both lose 2: 0 has -1, 2 has -1.5
    assert take(torch.tensor([1.0, 2.0, 1.5]), GRAPH, 0.0, 2).tolist() == [1, 2]


def test_what_is_left_is_taken_by_difficulty_where_nothing_is_near():
    far = (GRAPH[0], GRAPH[1], torch.full((4,), 1e3))
    assert take(DIFFICULTY, far, 1.0, 3).tolist() == [1, 0, 2]
