"""Mimic score: how far an example's step leads towards a clean network.

m(x, y) = <- g(x, y), v> / |v|, g the gradient of the loss by the weights theta, v = theta_ref -
theta, theta_ref the weights of a network that was trained on right labels; highest kept.
Source: Huang et al., and github.com/zihengh1/Grad-Mimic, where theta trains on and m is taken at
each step. Here m is taken once, after epoch `epoch` of a training on the pool (0: before it), as
one directional derivative. Their v is over the last layer alone (`head`), of networks that train
nothing else and so share their features; these don't, and v is over `all` layers. Both were chosen
by AUROC of 20% wrong labels on three draws that no record has: all layers .60, .89, .86, .80 after
0, 1, 3 and 10 epochs; the head .61, .56, .45, .62. (`python -m suites.selection.trial mimic --task
debug-mnist --set layers=all,head --set epoch=0,1,3,10 --seeds 3`.)
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, Examples, SelectionProblem
from suites.selection.scores import easiest


@method(
    name="mimic",
    title="Mimic score (all layers)",
    paper=(
        "Evaluating Sample Utility for Efficient Data Selection by Mimicking Model Weights",
        2025,
        "https://arxiv.org/abs/2501.06708",
    ),
    needs=["images", "labels", "course", "reference"],
    params={"layers": "all", "epoch": 1},
)
def mimic(problem: SelectionProblem, *, layers: str, epoch: int) -> Chosen:
    """Keep the examples whose steps lead to the clean network."""
    course = problem.course
    weights = course.weights[epoch - 1] if epoch else course.start
    examples = Examples(problem.images, problem.labels)
    return easiest(problem, -mimic_scores(problem, weights, examples, layers))


def mimic_scores(
    problem: SelectionProblem, weights: Tensor, examples: Examples, layers: str
) -> Tensor:
    """m of each example at some weights, shape (n,).

    Args:
        layers: `all`, or `head` for the last layer alone.
    Raises:
        ValueError: `layers` is neither.
    """
    if layers not in ("all", "head"):
        raise ValueError(f"layers are 'all' or 'head', not {layers!r}")
    direction = problem.reference.weights - weights
    if layers == "head":
        parts = problem.network.parts(direction)
        head = parts["head.weight"].numel() + parts["head.bias"].numel()
        direction = torch.cat([torch.zeros(len(direction) - head), direction[-head:]])
    length = direction.square().sum().sqrt().clamp(min=1e-12)
    return -problem.along(weights, direction / length, examples)
