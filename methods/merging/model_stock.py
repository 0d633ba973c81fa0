"""Model Stock: shorten the mean change the more, the less the experts' changes agree.

For each tensor, with t_i = theta_i - theta_0 and c the mean cosine of t_i and t_j over all pairs,
theta = theta_0 + r mean_i t_i, r = K c / (1 + (K - 1) c).
Source: Jang et al., the interpolation ratio extended to K models: the point of the plane through
theta_0 and the experts that lies nearest to the centre which they scatter around. There all pairs
have one angle; where they differ, the derivation adds up scalar products, so the cosines are
averaged here (as in mergekit; fusion-bench averages the angles, which is the same for K = 2).
Where the experts' unit changes cancel, 1 + (K - 1) c = 0 and the tensor stays pretrained; a
negative c gives a negative r, as the formula says. The paper merges fine-tunings of one task: the
changes of different tasks are nearly orthogonal, and then little is left of their mean.
2KP + 2K^2 P FLOPs.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import split_task_vectors
from suites.merging.vectors import State, copy_state


@method(
    name="model_stock",
    title="Model Stock",
    paper=("Model Stock", 2024, "https://arxiv.org/abs/2403.19522"),
    needs=["pretrained"],
)
def model_stock(problem: MergingProblem) -> State:
    """Scale each tensor's mean change by the ratio that the experts' angles give."""
    count = len(problem.experts)
    merged = copy_state(problem.pretrained)
    change: State = {}
    products: dict[str, Tensor] = {}
    for name, where, changes in split_task_vectors(problem):
        if name not in change:
            change[name] = torch.empty_like(merged[name].view(-1))
            products[name] = torch.zeros(count, count, dtype=torch.float64)
        precise = changes.double()  # squares of float32 may be out of its range
        products[name] += precise @ precise.T
        torch.sum(changes, 0, out=change[name][where])
    for name, total in change.items():
        merged[name].view(-1).add_(total, alpha=interpolation_ratio(products[name]) / count)
    return merged


def interpolation_ratio(products: Tensor) -> float:
    """r of the experts' changes of one tensor.

    Args:
        products: their scalar products t_i . t_j, shape (experts, experts).
    """
    count = len(products)
    if count == 1:
        return 1.0
    norms = products.diagonal().sqrt()
    lengths = torch.outer(norms, norms)
    cosines = torch.where(lengths > 0, products / lengths, 0.0)
    cosine = float((cosines.sum() - cosines.trace()) / (count * (count - 1)))
    denominator = 1 + (count - 1) * cosine
    return count * cosine / denominator if denominator > 1e-6 else 0.0
