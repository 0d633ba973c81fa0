"""methods.merging.knots_dare_ties: dropping in a basis that the experts share."""

import torch

from methods.merging.knots_dare_ties import knots_dare_ties
from methods.merging.knots_ties import knots_ties
from suites.merging.problem import MergingProblem

DRAWS = torch.Generator().manual_seed(4)
CHANGES = torch.randn(3, 6, 5, generator=DRAWS)


def problem(changes, seed=0):
    start = {"m": torch.zeros(6, 5), "b": torch.zeros(2)}
    experts = [
        {"m": change, "b": torch.tensor([float(i), 1.0])} for i, change in enumerate(changes)
    ]
    generator = torch.Generator().manual_seed(seed)
    return MergingProblem(torch.nn.Identity(), experts, pretrained=start, generator=generator)


def test_dropping_nothing_is_knots_ties_that_trims_nothing():
    merged = knots_dare_ties(problem(CHANGES), drop=0.0, scale=0.7)
    expected = knots_ties(problem(CHANGES), keep=1.0, scale=0.7)
    assert all(torch.equal(merged[name], tensor) for name, tensor in expected.items())


def test_what_stays_of_a_single_expert_is_its_change_divided_by_the_share_that_stays():
    # One expert elects its own sign everywhere. Of b = (2, 1) each entry is dropped, or twice as
    # large at drop 1/2 and scale 1: 4 or 0, and 2 or 0.
    seen = set()
    for seed in range(20):
        one = MergingProblem(
            torch.nn.Identity(),
            [{"b": torch.tensor([2.0, 1.0])}],
            pretrained={"b": torch.zeros(2)},
            generator=torch.Generator().manual_seed(seed),
        )
        seen.add(tuple(knots_dare_ties(one, drop=0.5, scale=1.0)["b"].tolist()))
    assert seen == {(0.0, 0.0), (4.0, 0.0), (0.0, 2.0), (4.0, 2.0)}


def test_a_change_of_low_rank_is_dropped_in_few_coordinates_and_stays_in_its_span():
    # Rank 1: all rows of U's one column are the same multiple, so what is left has rank 1.
    low = CHANGES[0][:, :1] @ CHANGES[0][:1]
    merged = knots_dare_ties(problem([low]), drop=0.5, scale=1.0)["m"]
    assert torch.linalg.matrix_rank(merged, rtol=1e-4) == 1
    inside = CHANGES[0][:, 0] / CHANGES[0][:, 0].norm()
    assert torch.allclose(inside[:, None] @ (inside @ merged)[None], merged, atol=1e-5)
