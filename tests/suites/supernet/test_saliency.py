"""Saliencies of tensors of weights: SNIP's, SynFlow's and the gradient's norm."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from suites.supernet import saliency
from suites.supernet.untrained import Untrained, one_batch
from tests.methods.supernet.invented import invented, network_of


def test_snip_adds_up_weight_times_gradient():
    # |1 x 3| + |-2 x 4| = 11
    weights = {"w": torch.tensor([1.0, -2.0]), "off": torch.ones(2)}
    assert saliency.snip(weights, {"w": torch.tensor([3.0, 4.0])}) == {"w": 11.0}


def test_the_gradients_norm_is_euclidean():
    assert saliency.gradient_norms({"w": torch.tensor([[3.0], [4.0]])}) == {"w": 5.0}


def test_snip_is_how_the_loss_moves_with_a_mask_on_each_weight():
    """As its paper has it: the gradient of masks that are 1."""
    problem = invented("micro201", "snip")
    row = problem.architectures[0]
    weights = Untrained(problem.network, 0).weights(row)
    examples = one_batch(problem, 32)
    masks = {name: torch.ones_like(w).requires_grad_() for name, w in weights.items()}
    masked = {name: masks[name] * w for name, w in weights.items()}
    logits = problem.network.forward(masked, row, examples.images)
    F.cross_entropy(logits, examples.labels).backward()
    expected = {name: mask.grad.abs().sum().item() for name, mask in masks.items()}
    step = problem.step(weights, row, examples.images, examples.labels)
    assert saliency.snip(weights, step.gradients) == pytest.approx(expected, rel=1e-4)


def test_synflow_of_the_smallest_network_is_worked_out_by_hand():
    # macro without blocks: stem (3x3, stride 2), mean, head; all weights 1 or -1, an image of ones.
    # Of 8 pixels a side, windows start at -1, 1, 3, 5 and hold 2, 3, 3, 3 of them, so the 4x4 map
    # sums 2x2 once, 2x3 six times, 3x3 nine times: 4 + 36 + 81 = 121 for each of two channels;
    # the mean of 16 positions is 242 / 16 = 15.125, and 16 channels meet 10 classes: R = 2420.
    problem = invented("macro", "synflow")
    row = (0, 0, 0, 0)
    weights = {
        name: torch.full(shape, -1.0 if name == "stem" else 1.0)
        for name, shape in problem.network.shapes(row).items()
    }
    assert saliency.synflow(problem, weights, row) == {"stem": 2420.0, "head": 2420.0}


@pytest.mark.parametrize("task", ["micro201", "macro", "pooling"])
def test_all_of_synflow_passes_stem_and_head(task):
    problem = invented(task, "synflow")
    for row in problem.architectures:
        flow = saliency.synflow(problem, Untrained(problem.network, 0).weights(row), row)
        assert flow["stem"] == pytest.approx(flow["head"], rel=1e-12)
        assert max(flow.values()) <= flow["head"] * (1 + 1e-12)


def test_synflow_is_charged_for_a_pass_of_one_image():
    problem = invented("micro201", "synflow")
    row = problem.architectures[0]
    before = problem._meter.flops
    saliency.synflow(problem, Untrained(problem.network, 0).weights(row), row)
    assert problem._meter.flops - before == network_of(problem).step_flops(row, 1)
