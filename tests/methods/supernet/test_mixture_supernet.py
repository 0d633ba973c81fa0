"""Mixture-of-Supernets: what a kernel is a mixture of, and what a step moves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from methods.supernet.mixture_supernet import fresh, inputs, kernels, mix
from suites.supernet.networks import small
from tests.methods.supernet.frame import problem_of, run, watched

PATHS = {"micro201": (3, 2, 1, 0, 4, 3), "macro": (1, 0, 7, 8), "pooling": (11,)}


def generator():
    return torch.Generator().manual_seed(0)


def test_an_encoding_has_one_for_each_place():
    encoding = inputs(small("macro"), (1, 0, 7, 8))
    assert encoding.nonzero()[:, 0].tolist() == [1, 9, 25, 35]
    assert encoding.sum() == 4


@pytest.mark.parametrize("task", PATHS)
def test_a_kernel_is_its_experts_in_the_shares_of_its_router(task):
    network, path = small(task), PATHS[task]
    weights = fresh(network, generator(), 2, 8)
    mixed = mix(network, weights, path)
    assert list(mixed) == kernels(network, path)
    for name, kernel in mixed.items():
        first, u, second, v = (weights[f"{name}/router {part}"] for part in "AuBv")
        shares = torch.softmax((inputs(network, path) @ first + u).relu() @ second + v, 0)
        one, two = weights[f"{name}/experts"]
        torch.testing.assert_close(kernel, shares[0] * one + shares[1] * two)
        assert shares.sum() == pytest.approx(1)


def test_architectures_have_other_mixtures_of_the_same_experts():
    network = small("macro")
    weights = fresh(network, generator(), 2, 64)
    one, other = mix(network, weights, (8, 8, 8, 8)), mix(network, weights, (8, 1, 8, 8))
    assert not torch.allclose(one["0/in"], other["0/in"])


def test_a_cell_without_a_connection_has_no_kernels():
    network = small("micro201")
    assert mix(network, fresh(network, generator(), 2, 8), (0, 0, 3, 0, 2, 2)) == {}


def test_a_step_moves_the_paths_experts_and_routers_and_nothing_else():
    problem = problem_of("micro201", 2.2, seed=1)
    seen = watched(problem)
    weights = {}
    step = problem.step

    def watch(given, *rest):
        weights.update(given)
        return step(given, *rest)

    problem.step = watch
    run("mixture_supernet", problem)
    again = problem_of("micro201", seed=1)
    before = fresh(again.network, again.generator, 2, 64)
    moved = {name for name in before if not torch.equal(before[name], weights[name])}
    used = {name for one in seen for name in again.network.used(one.path)}
    expected = {name for name in before if name.split("/experts")[0].split("/router")[0] in used}
    assert 0 < len(expected) < len(before)
    assert moved == expected


def test_gradients_reach_experts_and_routers_as_if_all_were_one_graph():
    network, path = small("macro"), PATHS["macro"]
    problem = problem_of("macro")
    images, labels = next(problem.batches())
    weights = fresh(network, generator(), 2, 8)
    leaves = {name: weight.requires_grad_() for name, weight in weights.items()}
    logits = network.forward({**leaves, **mix(network, leaves, path)}, path, images)
    whole = torch.autograd.grad(
        F.cross_entropy(logits, labels), list(leaves.values()), allow_unused=True
    )
    mixed = mix(network, leaves, path)
    found = problem.step({**weights, **mixed}, path, images, labels).gradients
    parts = torch.autograd.grad(
        list(mixed.values()),
        list(leaves.values()),
        [found[name] for name in mixed],
        allow_unused=True,
    )
    for name, one, other in zip(leaves, whole, parts, strict=True):
        if other is None:
            assert one is None or name in ("stem", "head")
        else:
            torch.testing.assert_close(one, other)


def test_scores_hang_on_an_architecture_alone():
    problem = problem_of("pooling", 40)
    scores = run("mixture_supernet", problem).scores
    assert len(set(scores.tolist())) == len(scores)
    assert np.isfinite(scores).all()
