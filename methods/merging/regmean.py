"""RegMean: for each linear layer, the weights that best repeat every expert's outputs.

With G_i = X_i^T X_i / n the Gram matrix of the layer's inputs on expert i's task, its off-diagonal
entries scaled by alpha: W = (sum_i G_i)^-1 sum_i G_i W_i, with W of shape (inputs, outputs); every
other parameter is averaged. Source: Jin et al., equation 2 and section 3.3 (alpha; 0.9 by default,
0.1 for T5); 256 unlabelled examples a task. Biases and normalisation layers are averaged, as
there; so are convolutions (their unfolded form isn't used).
An input that is zero on every example leaves a zero row: it gets the identity's, so that its
weights are averaged. With alpha below 1 the sum is then nonsingular; solved by LU in double
precision (an input that is nearly always zero makes it ill-conditioned) instead of forming the
inverse. Merge: sum over layers of 2/3 d^3 + 2 d^2 m + 2 K d^2 m FLOPs.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average


@method(
    name="regmean",
    title="RegMean",
    paper=("Dataless Knowledge Fusion", 2023, "https://arxiv.org/abs/2212.09849"),
    needs=["gram"],
    params={"alpha": 0.9, "examples": 256},
    space={"alpha": [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99]},
)
def regmean(problem: MergingProblem, *, alpha: float, examples: int) -> State:
    """Solve each linear layer's least squares; average everything else."""
    grams = [problem.gram(i, examples) for i in range(len(problem.experts))]
    merged = average(
        [{n: t for n, t in expert.items() if n not in grams[0]} for expert in problem.experts]
    )
    for name in grams[0]:
        merged[name] = solve_layer(
            [shrink(gram[name], alpha) for gram in grams],
            [expert[name] for expert in problem.experts],
        )
    return {name: merged[name] for name in problem.experts[0]}


def shrink(gram: Tensor, alpha: float) -> Tensor:
    """Scale the off-diagonal entries of a Gram matrix, shape (inputs, inputs), by alpha."""
    shrunk = gram * alpha
    shrunk.diagonal().copy_(gram.diagonal())
    return shrunk


def solve_layer(grams: list[Tensor], weights: list[Tensor]) -> Tensor:
    """(sum_i G_i)^-1 sum_i G_i W_i for one layer.

    Args:
        grams: one an expert, shape (inputs, inputs).
        weights: one an expert, shape (outputs, inputs), as nn.Linear keeps it.
    Returns:
        Shape (outputs, inputs).
    Raises:
        torch.linalg.LinAlgError: the sum is singular, which takes alpha = 1.
    """
    total = torch.zeros_like(grams[0], dtype=torch.float64)
    right = torch.zeros_like(weights[0].T, dtype=torch.float64)
    for gram, weight in zip(grams, weights, strict=True):
        total += gram
        right += gram.double() @ weight.T.double()
    unseen = total.diagonal() == 0
    total.diagonal()[unseen] = 1
    mean = torch.stack([weight[:, unseen] for weight in weights]).mean(0)
    right[unseen] = mean.T.double()
    solved: Tensor = torch.linalg.solve(total, right)
    return solved.T.to(weights[0].dtype).contiguous()
