"""methods.merging.star, against cases worked out by hand."""

import pytest
import torch

from methods.merging.star import star, truncate
from suites.merging.problem import MergingProblem

VALUES = torch.tensor([4.0, 3, 2, 1])


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.4, [10, 0, 0, 0]),  # 4 of 10 is reached by the first: it alone stays
        (0.5, [40 / 7, 30 / 7, 0, 0]),  # 5 is reached by two, whose sum is 7
        (1.0, [4, 3, 2, 1]),
    ],
)
def test_directions_stay_until_their_sum_reaches_the_share_and_keep_the_nuclear_norm(
    share, expected
):
    found = truncate(VALUES.diag(), share)
    assert torch.allclose(found, torch.tensor(expected, dtype=torch.float64).diag(), atol=1e-6)


def test_it_averages_the_truncated_changes_and_the_others_as_they_are():
    start = {"m": torch.zeros(4, 4), "b": torch.zeros(2)}
    experts = [
        {"m": VALUES.diag(), "b": torch.ones(2)},
        {"m": torch.zeros(4, 4), "b": 3 * torch.ones(2)},
    ]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = star(problem, eta=0.4, scale=1.0)
    assert torch.allclose(merged["m"], torch.tensor([5.0, 0, 0, 0]).diag(), atol=1e-6)
    assert merged["b"].tolist() == [2.0, 2.0]
