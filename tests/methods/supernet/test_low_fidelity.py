"""Short trainings: every architecture alone, on the same images, with the same share."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
import torch

from methods.supernet.low_fidelity import share_of_images
from suites.supernet.problem import UPDATE_FLOPS, Step
from tests.methods.supernet.invented import invented, network_of, scores_of


@pytest.mark.parametrize("task", ["micro201", "macro", "pooling"])
@pytest.mark.parametrize("passes", [60, 150])
def test_the_budget_is_spent_and_no_more(task, passes):
    problem = invented(task, "low_fidelity", passes=passes)
    scores_of(problem, "low_fidelity")
    assert 0.97 < problem.progress <= 1


@pytest.mark.parametrize("task", ["micro201", "macro", "pooling"])
def test_a_budget_of_exactly_so_many_images_pays_for_drawing_weights_too(task):
    problem = invented(task, "low_fidelity", passes=60)
    batches, rows = share_of_images(problem, 10), problem.architectures
    network = network_of(problem)
    images = sum(len(labels) for _, labels in batches)
    weights = sum(prod(shape) for row in rows for shape in network.shapes(row).values())
    flops = images * sum(network.step_flops(row, 1) for row in rows)
    flops += len(batches) * UPDATE_FLOPS * weights
    exact = invented(task, "low_fidelity", passes=problem.as_passes(flops) * (1 + 1e-12))
    scores_of(exact, "low_fidelity")
    assert exact.progress <= 1


def test_every_architecture_is_trained_on_the_same_batches_with_its_own_weights():
    problem = invented("micro201", "low_fidelity", passes=60)
    step = problem.step
    seen: dict[bytes, list[Any]] = {}
    shapes: dict[bytes, dict[str, Any]] = {}

    def watched(weights: Any, row: Any, images: torch.Tensor, labels: torch.Tensor) -> Step:
        seen.setdefault(row.tobytes(), []).append(images)
        shapes[row.tobytes()] = {name: tuple(w.shape) for name, w in weights.items()}
        return step(weights, row, images, labels)

    problem.step = watched  # type: ignore[method-assign]  # a spy: it makes the step
    scores_of(problem, "low_fidelity")
    first = seen[problem.architectures[0].tobytes()]
    for row in problem.architectures:
        assert shapes[row.tobytes()] == network_of(problem).shapes(row)
        assert [id(x) for x in seen[row.tobytes()]] == [id(x) for x in first]


def test_a_step_has_the_tasks_batch_where_that_leaves_enough_steps():
    # 12 architectures and 600 passes of 16 images: some 50 passes, 800 images, 50 steps each
    large = share_of_images(invented("micro201", "low_fidelity", passes=600), 10)
    small = share_of_images(invented("micro201", "low_fidelity", passes=60), 10)
    assert {len(labels) for _, labels in large} <= {16, 17}
    assert len(small) == 10
    assert all(len(labels) < 16 for _, labels in small)


def test_no_image_comes_again_before_all_have_come():
    problem = invented("micro201", "low_fidelity", passes=600)
    images = torch.cat([images for images, _ in share_of_images(problem, 10)])
    count = len(problem.training)
    assert len(images) > count
    assert len(images[:count].flatten(1).unique(dim=0)) == count


def test_a_longer_training_knows_more():
    """By the validation loss of one architecture alone."""
    losses = [
        -scores_of(invented("micro201", "low_fidelity", passes=passes, rows=4), "low_fidelity")
        for passes in (20, 400)
    ]
    assert (losses[1] < losses[0]).all()
    assert np.isfinite(losses).all()
