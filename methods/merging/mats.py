"""MaTS: match the experts in the subspaces that their inputs span, by conjugate gradients.

For each linear layer, with G_i = X_i^T X_i / n the Gram matrix of the layer's inputs on expert
i's task and W of shape (inputs, outputs), a given number of steps of conjugate gradients on
(sum_i G_i) W = sum_i G_i W_i, starting from task arithmetic: it moves first along the directions
that the inputs use most, and leaves the start where they use none. Other parameters are averaged.
Source: Tam et al., MaTS, and their released code (src/merging): all of W is one vector for scipy's
`cg`, with scipy's tolerance; 10 to 100 iterations; 100 is the default here, as in their examples.
The paper also takes a Kronecker-factored Fisher matrix in place of the Gram matrix; the suite
offers Gram matrices only, so this is the paper's "RegMean objective".
They start from task arithmetic tuned before; by default this starts from task arithmetic at its own
default scale, and tuning tries the scale of the start along with the iterations; 0 is the
pretrained weights themselves.
Merge: sum over layers of 2 d^2 m (K + 1 + iterations) FLOPs, and 10 d m an iteration for scipy's
vectors, which torch's meter can't see. In double precision.
"""

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, cg
from torch import Tensor

from bench import method
from bench.metering.meter import MethodMeter
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import sum_task_vectors
from suites.merging.vectors import State, average, sum_tensors


@method(
    name="mats",
    title="MaTS (Gram matrices)",
    paper=(
        "Merging by Matching Models in Task Parameter Subspaces",
        2024,
        "https://arxiv.org/abs/2312.04339",
    ),
    needs=["pretrained", "gram"],
    params={"start": 0.3, "iterations": 100, "examples": 256},
    space={"start": [0.0, 0.1, 0.2, 0.3, 0.5], "iterations": [10, 20, 50, 100]},
)
def mats(problem: MergingProblem, *, start: float, iterations: int, examples: int) -> State:
    """Solve each linear layer from task arithmetic on; average everything else."""
    grams = [problem.gram(i, examples) for i in range(len(problem.experts))]
    merged = average(
        [{n: t for n, t in expert.items() if n not in grams[0]} for expert in problem.experts]
    )
    change = sum_task_vectors(problem)
    for name in grams[0]:
        first = problem.pretrained[name].add(change[name], alpha=start)
        total, right = layer_system(
            [gram[name] for gram in grams], [expert[name] for expert in problem.experts]
        )
        solved = conjugate_gradients(total, right, first.T, iterations, problem.meter)
        merged[name] = solved.T.to(first.dtype).contiguous()
    return {name: merged[name] for name in problem.experts[0]}


def layer_system(grams: list[Tensor], weights: list[Tensor]) -> tuple[Tensor, Tensor]:
    """sum_i G_i and sum_i G_i W_i of one layer, in double precision.

    Args:
        grams: one an expert, shape (inputs, inputs).
        weights: one an expert, shape (outputs, inputs), as nn.Linear keeps it.
    Returns:
        Shapes (inputs, inputs) and (inputs, outputs).
    """
    pairs = zip(grams, weights, strict=True)
    return (
        sum_tensors(gram.double() for gram in grams),
        sum_tensors(gram.double() @ weight.T.double() for gram, weight in pairs),
    )


def conjugate_gradients(
    matrix: Tensor,
    right: Tensor,
    start: Tensor,
    iterations: int,
    meter: MethodMeter,
    tolerance: float = 1e-5,
) -> Tensor:
    """Steps from `start` towards the W with matrix @ W = right.

    Args:
        matrix: symmetric, positive semidefinite, shape (inputs, inputs), double precision.
        right, start: shape (inputs, outputs).
        iterations: at most so many steps.
        meter: torch's products are counted by themselves; scipy's two inner products and three
            updates of vectors a step are charged here.
        tolerance: stop where the residual's norm is that share of the norm of `right`.
    Returns:
        Shape (inputs, outputs), double precision.
    """
    shape = right.shape

    def apply(vector: np.ndarray) -> np.ndarray:
        meter.charge(10 * vector.size, "a step of conjugate gradients")
        product = matrix @ torch.from_numpy(vector.reshape(shape))
        return product.numpy().reshape(-1)

    operator = LinearOperator((right.numel(), right.numel()), matvec=apply, dtype=np.float64)
    solved, _not_converged = cg(
        operator,
        right.reshape(-1).numpy(),
        x0=start.double().reshape(-1).numpy(),
        rtol=tolerance,
        maxiter=iterations,
    )
    return torch.from_numpy(solved.reshape(shape))
