"""Zero-cost proxies: each against a case worked out by hand, and what they do with the networks."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch

from methods.supernet.jacov import independence
from methods.supernet.naswot import agreements
from methods.supernet.wpca import components
from methods.supernet.zen import expressivity
from tests.methods.supernet.invented import ask, invented, network_of, scorer_of, scores_of

PROXIES = ("synflow", "snip", "grad_norm", "naswot", "jacov", "zen", "wpca")
TASKS = ("micro201", "macro", "pooling")

DEAD = np.zeros((1, 6), dtype=np.int8)


def test_naswot_counts_at_how_many_relus_two_images_agree():
    # codes 1 0 1 and 1 1 0: all three agree with themselves, the two images at the first alone;
    # 0 counts as not positive. log det [[3, 1], [1, 3]] = log 8
    relus = [torch.tensor([[2.0, -1.0], [0.5, 3.0]]), torch.tensor([[1.0], [0.0]])]
    kernel = agreements(relus)
    assert kernel.tolist() == [[3.0, 1.0], [1.0, 3.0]]
    assert torch.logdet(kernel).item() == pytest.approx(log(8))


def test_naswots_kernel_is_that_of_its_paper():
    """c c' + (1 - c)(1 - c)', summed ReLU by ReLU."""
    draws = torch.Generator().manual_seed(0)
    relus = [torch.randn(5, 3, 2, 2, generator=draws), torch.randn(5, 7, generator=draws)]
    expected = torch.zeros(5, 5)
    for x in relus:
        code = (x.flatten(1) > 0).float()
        expected += code @ code.T + (1 - code) @ (1 - code).T
    assert torch.equal(agreements(relus), expected)


def test_jacov_is_highest_where_jacobians_do_not_resemble_each_other():
    # k = 1. Opposite Jacobians: correlations [[1, -1], [-1, 1]], eigenvalues 0 and 2:
    # - (log 1 + 1 + log 3 + 1/3). Uncorrelated ones: eigenvalues 1, 1: - 2 (log 2 + 1/2).
    opposite = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    apart = torch.tensor([[1.0, -2.0, 1.0], [1.0, 0.0, -1.0]])
    assert independence(opposite, 1.0) == pytest.approx(-(1 + log(3) + 1 / 3))
    assert independence(apart, 1.0) == pytest.approx(-2 * (log(2) + 0.5))


def test_zen_adds_back_what_batchnorm_divides_away():
    # features move by |3| + |-1| = 4 and by 0: 2 on average. Channels' variances 1 and 7: the
    # second BatchNorm's mean is 4, the first's 1. log 2 + (log 1 + log 4) / 2 = log 4
    one, other = torch.zeros(2, 2), torch.tensor([[3.0, -1.0], [0.0, 0.0]])
    root = 7**0.5
    first = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
    second = torch.tensor([[1.0, root], [-1.0, -root]])
    assert expressivity(one, other, [first, second]) == pytest.approx(log(4))


def test_wpca_takes_components_until_the_share_is_exceeded():
    # three channels, uncorrelated, of variances 98, 1.5 and 0.5: shares .98, .995, 1
    signs = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).double()
    channels = signs * torch.tensor([98.0, 1.5, 0.5]).double().sqrt()
    maps = channels.T.reshape(1, 3, 2, 2)
    assert components(maps, 0.97) == 1
    assert components(maps, 0.99) == 2
    assert components(maps, 0.999) == 3


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize("task", TASKS)
def test_a_proxy_answers_alike_in_any_order_within_what_scoring_may_cost(task, name):
    problem = invented(task, name)
    scorer = scorer_of(problem, name)
    scores = ask(problem, scorer, problem.architectures)
    backwards = ask(problem, scorer, problem.architectures[::-1])
    assert np.array_equal(backwards[::-1], scores)
    assert np.isfinite(scores).all()
    # 1.5 passes over the thousand validation images, asked twice
    forward = sum(network_of(problem).flops(row, 1000) for row in problem.architectures)
    assert problem._meter.uncharged["scoring"]["flops"] < 2 * 1.5 * forward
    assert problem.progress < 0.01


@pytest.mark.parametrize("name", PROXIES)
def test_another_draw_of_weights_gives_other_scores(name):
    one, other = (scores_of(invented("micro201", name, seed=seed), name) for seed in (0, 1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", PROXIES)
def test_a_dead_network_is_never_thought_better_than_a_live_one(name):
    problem = invented("micro201", name)
    scorer = scorer_of(problem, name)
    dead = ask(problem, scorer, DEAD)
    assert not np.isnan(dead).any()
    assert dead[0] < ask(problem, scorer, problem.architectures).min()


def test_wpca_is_components_times_parameters():
    problem = invented("pooling", "wpca", rows=4)
    scores = scores_of(problem, "wpca")
    parameters = problem.space.count_parameters(problem.architectures)
    layers = 10  # stem and nine blocks, each of 8 channels
    shares = scores / parameters
    assert np.array_equal(shares, shares.round())
    assert ((shares >= layers) & (shares <= 8 * layers)).all()


def test_synflow_looks_at_no_data():
    one, other = (invented("micro201", "synflow") for _ in range(2))
    other._training = None
    assert np.array_equal(scores_of(one, "synflow"), scores_of(other, "synflow"))
