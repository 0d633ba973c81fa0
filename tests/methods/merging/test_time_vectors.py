"""methods.merging.time_vectors, against cases worked out by hand."""

import pytest
import torch

from bench.catalogue.registry import catalogue
from methods.merging.time_vectors import time_vectors
from suites.merging.definition import SUITE
from suites.merging.problem import MergingProblem

METHOD = catalogue().methods["merging"]["time_vectors"]


def of_three(first, middle, last):
    states = [{"w": torch.tensor([value, 1.0])} for value in (first, middle, last)]
    return MergingProblem(torch.nn.Identity(), states)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [(0.0, 1.0), (0.25, 2.0), (0.5, 3.0), (1.0, 5.0)],  # 1 + alpha (5 - 1)
)
def test_it_lies_between_the_first_and_the_last(alpha, expected):
    merged = time_vectors(of_three(1.0, 100.0, 5.0), alpha=alpha)
    assert merged["w"].tolist() == [expected, 1.0]


def test_it_adds_the_two_vectors_to_the_pretrained_weights():
    # theta_0 = .5; t_first = .5, t_last = 4.5: .5 + .75 x .5 + .25 x 4.5 = 2, as above
    assert 0.5 + 0.75 * 0.5 + 0.25 * 4.5 == 2.0
    assert time_vectors(of_three(1.0, 9.0, 5.0), alpha=0.25)["w"][0] == 2.0


def test_only_the_task_whose_experts_have_an_order_in_time_offers_it():
    offering = [t.name for t in SUITE.tasks if set(METHOD.needs) <= set(t.offers)]
    assert offering == ["time"]
