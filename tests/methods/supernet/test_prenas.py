"""PreNAS: the proxy, who is preferred, what is trained, and how the two rankings are joined."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.supernet.prenas import proxy
from tests.methods.supernet.frame import problem_of, run, watched

TASKS = ("micro201", "macro", "pooling")


def test_the_proxy_adds_up_weights_times_gradients():
    problem = problem_of("macro")
    weights = problem.network.weights(problem.generator)
    noise = torch.randn(4, 2, 8, 8, generator=problem.generator)
    path, step = (3, 0, 7, 1), 1e-3
    # Each weight's own backward pass; and one number's gradient by a difference.
    total = 0.0
    for name in problem.network.used(path):
        leaf = weights[name].clone().requires_grad_()
        logits = problem.network.forward({**weights, name: leaf}, path, noise)
        logits.sum().backward()
        total += float((leaf.detach() * leaf.grad).abs().sum())
    assert proxy(problem, weights, path, noise) == pytest.approx(total, rel=1e-4)
    moved = {**weights, "head": weights["head"].clone()}
    moved["head"][0, 0] += step
    change = (
        problem.network.forward(moved, path, noise).sum()
        - problem.network.forward(weights, path, noise).sum()
    )
    leaf = weights["head"].clone().requires_grad_()
    problem.network.forward({**weights, "head": leaf}, path, noise).sum().backward()
    assert float(change) / step == pytest.approx(float(leaf.grad[0, 0]), rel=0.02)


@pytest.mark.parametrize("task", TASKS)
def test_only_the_eighth_with_the_largest_proxies_are_trained_and_they_stand_first(task):
    problem = problem_of(task, 120, rows=32)
    seen = watched(problem)
    scores = run("prenas", problem).scores
    again = problem_of(task, 900, rows=32)
    weights = again.network.weights(again.generator)
    noise = torch.randn(8, 2, 8, 8, generator=again.generator)
    proxies = np.array([proxy(again, weights, row, noise) for row in again.architectures])
    best = np.argsort(proxies, kind="stable")[-4:]
    trained = {one.path for one in seen}
    assert trained <= {tuple(map(int, row)) for row in problem.architectures[best]}
    rest = np.setdiff1d(np.arange(32), best)
    assert scores[best].min() > 0 > scores[rest].max()
    assert (np.argsort(scores[rest]) == np.argsort(proxies[rest])).all()
