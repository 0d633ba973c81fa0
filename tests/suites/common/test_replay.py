"""Recordings: the same digits as the function, and refusals where they couldn't follow it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.func import grad_and_value, vmap

from suites.common.draws import generator
from suites.common.replay import record


def test_a_recording_gives_the_functions_digits_on_other_inputs():
    def loss(weight, x):
        y = F.layer_norm(F.gelu(x @ weight), (4,))
        a, b = y.softmax(-1).split(2, -1)
        return (a * b).sum().square() + y.amax()

    def step(weight, x):
        gradient, value = vmap(grad_and_value(loss))(weight, x)
        return [gradient, value]

    draws = generator(0, "replay")
    first = [torch.randn(3, 5, 4, generator=draws), torch.randn(3, 7, 5, generator=draws)]
    other = [torch.randn(3, 5, 4, generator=draws), torch.randn(3, 7, 5, generator=draws)]
    replay = record(step, first)
    for inputs in (first, other):
        for found, expected in zip(replay(*inputs), step(*inputs), strict=True):
            assert torch.equal(found, expected)


def test_writing_in_place_is_replayed():
    def function(x):
        total = torch.zeros(3)
        total += x
        total[0] *= 2
        return [total]

    replay = record(function, [torch.ones(3)])
    assert replay(torch.tensor([1.0, 2.0, 3.0]))[0].tolist() == [2.0, 2.0, 3.0]
    assert replay(torch.tensor([1.0, 2.0, 3.0]))[0].tolist() == [2.0, 2.0, 3.0]


def test_a_result_that_is_an_input_is_that_input():
    replay = record(lambda x: [x, x.view(4)], [torch.ones(2, 2)])
    x = torch.zeros(2, 2)
    assert replay(x)[0] is x


def test_a_tensor_from_outside_is_read_anew_at_each_replay():
    scale = torch.tensor(2.0)
    replay = record(lambda x: [x * scale], [torch.ones(1)])
    scale.fill_(3)
    assert replay(torch.ones(1))[0].item() == 3


def test_reading_a_value_is_refused():
    with pytest.raises(ValueError, match=r"reads a tensor's value .* torch\.where"):
        record(lambda x: [x + 1 if x.sum() > 0 else x], [torch.ones(2)])
