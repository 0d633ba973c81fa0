"""methods.merging.dare and dare_ties: what dropping and rescaling promise."""

import pytest
import torch

from methods.merging.dare import dare, drop_and_rescale
from methods.merging.dare_ties import dare_ties, draw_stays, unpack
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.ties import ties
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


@pytest.mark.parametrize("drop", [0.1, 0.5, 0.9])
def test_dropping_and_rescaling_is_unbiased(drop):
    # An entry t becomes t / (1 - drop) with probability 1 - drop, else 0: mean t, variance
    # t^2 drop / (1 - drop). The mean of n draws lies within 5 standard errors of t.
    draws = 20_000
    generator = torch.Generator().manual_seed(0)
    change = torch.tensor([2.0, -1.0, 0.5])
    dropped = drop_and_rescale(change.repeat(draws, 1), drop, generator)
    error = (dropped.mean(0) - change).abs()
    assert (error < 5 * change.abs() * (drop / (1 - drop) / draws) ** 0.5).all()


def test_the_stated_share_is_dropped_and_the_rest_is_rescaled():
    dropped = drop_and_rescale(torch.ones(1, 100_000), 0.75, torch.Generator().manual_seed(0))[0]
    kept = dropped[dropped != 0]
    assert set(kept.tolist()) == {4.0}  # 1 / (1 - 0.75)
    assert abs(len(kept) / 100_000 - 0.25) < 0.01


def test_the_mean_over_draws_is_task_arithmetic():
    problem = tiny_problem()
    expected = flatten(task_arithmetic(problem, scale=0.3))
    draws = torch.stack([flatten(dare(problem, drop=0.5, scale=0.3)) for _ in range(400)])
    distance = (draws.mean(0) - expected).norm() / (draws[0] - expected).norm()
    assert distance < 0.07  # 1 / sqrt(400) = 0.05 of one draw's distance


def test_dropping_nothing_is_task_arithmetic_or_ties():
    problem = tiny_problem()
    arithmetic = flatten(task_arithmetic(problem, scale=0.3))
    elected = flatten(ties(problem, keep=0.2, scale=1.0))
    assert torch.allclose(flatten(dare(problem, drop=0.0, scale=0.3)), arithmetic, atol=1e-6)
    undropped = flatten(dare_ties(problem, drop=0.0, keep=0.2, scale=1.0))
    assert torch.allclose(undropped, elected, atol=1e-6)


def test_another_generator_gives_another_draw():
    first = dare(tiny_problem(generator_seed=1), drop=0.5, scale=0.3)
    second = dare(tiny_problem(generator_seed=2), drop=0.5, scale=0.3)
    assert not torch.equal(flatten(first), flatten(second))


def test_which_entries_stay_is_drawn_for_each_of_many_experts_and_held_in_bits():
    # of 11 * 4000 Bernoulli(.7) draws, each expert's share lies within 5 standard errors (.0072)
    stays = draw_stays(4000, 11, 0.3, torch.Generator().manual_seed(0))
    assert stays.dtype == torch.uint8
    assert stays.shape == (2, 4000)
    held = unpack(stays, slice(0, 11))
    assert set(held.unique().tolist()) == {0, 1}
    assert (held.float().mean(1) - 0.7).abs().max() < 5 * 0.0072
    assert len({tuple(row.tolist()) for row in held}) == 11
    assert torch.equal(unpack(stays, slice(9, 10))[0], held[9])


def test_dare_ties_trims_elects_and_averages_what_stays():
    # 100 equal changes of 2: half stay, all as large, so each is kept: 2 / (1 - .5) where an
    # expert's stays, 0 where none does
    start = {"w": torch.zeros(100)}
    experts = [{"w": torch.full((100,), 2.0)} for _ in range(2)]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = dare_ties(problem, drop=0.5, keep=0.2, scale=1.0)["w"]
    assert set(merged.tolist()) == {0.0, 4.0}
    assert 0.6 < float((merged == 4).float().mean()) < 0.9  # 3/4, within 3 standard errors
