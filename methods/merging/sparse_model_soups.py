"""Sparse Model Soups: prune the soup, retrain copies of it on one mask, average them, repeat.

Phase j of n: in all weight matrices and kernels together the smallest magnitudes are set to zero,
so many that the share 1 - (1 - sparsity)^(j / n) of them is; `copies` retrain what is left on the
labelled examples, each with batches in an order of its own and another weight decay; as all have
the same zeros, so has their average, which the next phase prunes further.
Source: Zimmer et al., figure 2 (its algorithm) and github.com/ZIB-IOL/SMS: iterative magnitude
pruning over all layers together, the soup of each phase uniform, copies that differ in batch order
and weight decay, the rate of retraining falling linearly. They prune a network that they trained;
here that is the experts' average. They retrain for epochs on all training data and recalibrate
BatchNorm; here it is few steps on the experts' labelled examples and the experts' statistics, as
the title says, and so 70% are pruned, where theirs go to 90% and beyond. The result has an expert's
size and mostly zeros, which the count of deployed parameters doesn't show.
phases copies steps images 3 F FLOPs, F for one image's forward pass.
"""

import torch
from torch import Tensor, nn

from bench import method
from suites.merging.fine_tuning import fine_tune
from suites.merging.pools import labelled_pool
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average, order_statistics

PRUNED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
"""Layers whose weights are pruned; biases and normalisation stay."""


@method(
    name="sparse_model_soups",
    title="Sparse Model Soups (of the average, short retraining)",
    paper=("Sparse Model Soups", 2024, "https://arxiv.org/abs/2306.16788"),
    needs=["labels", "gradients"],
    params={
        "sparsity": 0.7,
        "phases": 3,
        "copies": 3,
        "steps": 20,
        "images": 32,
        "rate": 1e-3,
        "decay": 0.01,
        "examples": 256,
    },
    traits=["random"],
)
def sparse_model_soups(
    problem: MergingProblem,
    *,
    sparsity: float,
    phases: int,
    copies: int,
    steps: int,
    images: int,
    rate: float,
    decay: float,
    examples: int,
) -> State:
    """Prune, retrain, average; copy i of m has the weight decay `decay` (i + 1) / m."""
    pool, soup = labelled_pool(problem, examples), average(problem.experts)
    for phase in range(1, phases + 1):
        masks = largest(problem.model, soup, 1 - (1 - sparsity) ** (phase / phases))
        pruned = {n: t * masks[n] if n in masks else t for n, t in soup.items()}
        retrained = [
            fine_tune(
                problem,
                pruned,
                pool,
                steps=steps,
                images=images,
                rate=rate,
                decay=decay * (copy + 1) / copies,
                masks=masks,
            )
            for copy in range(copies)
        ]
        soup = average(retrained)
    return soup


def largest(model: nn.Module, state: State, share: float) -> dict[str, Tensor]:
    """By name, which weights stay where a share of them is pruned, the smallest of all layers.

    Args:
        model: tells which tensors are layers' weights.
        share: pruned, in [0, 1]; rounded to a whole number of weights, at least one stays.
    Returns:
        Bool tensors; what equals the largest pruned magnitude is pruned as well.
    """
    names = [
        f"{name}.weight"
        for name, module in model.named_modules()
        if isinstance(module, PRUNED) and f"{name}.weight" in state
    ]
    magnitudes = torch.cat([state[name].reshape(-1).abs() for name in names])
    dropped = min(round(share * len(magnitudes)), len(magnitudes) - 1)
    if dropped == 0:
        return {name: torch.ones_like(state[name], dtype=torch.bool) for name in names}
    cutoff = order_statistics(magnitudes, [dropped - 1])[0]
    return {name: state[name].abs() > cutoff for name in names}
