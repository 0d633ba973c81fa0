"""WUDI: from the sum of changes, steps of Adam that lower what disturbs the experts' own outputs.

For each matrix, with t_i = theta_i - theta_0, from t = sum_i t_i: `steps` of Adam on
sum_i |(t - t_i) t_i^T|^2 / |t_i|^2. Other tensors: (1/K) sum_i t_i. theta = theta_0 + scale * t.
Source: Cheng et al., section 4, and their code: Adam at 1e-5, 300 steps, no decay. Rescaled: an
entry of t moves by at most 300 x 1e-5 = .003 there, which is what the changes of a large network
are; here the t_i are divided by their root mean square first, and the rate is 1e-5 / .001 = .01,
so that it has as far to go in any network. The minimum itself: methods.merging.wudi_exact.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State


@method(
    name="wudi",
    title="WUDI (rate rescaled)",
    paper=("Whoever Started the Interference", 2025, "https://arxiv.org/abs/2503.08099"),
    needs=["pretrained"],
    params={"steps": 300, "rate": 0.01, "scale": 1.0},
    space={"scale": [0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7]},
)
def wudi(problem: MergingProblem, *, steps: int, rate: float, scale: float) -> State:
    """Descend for each matrix; add `scale` times the result."""
    change = problem.remember(
        ("wudi", steps, rate),
        lambda: merge_matrices(problem, lambda changes, _noise: descend(changes, steps, rate)),
    )
    return add_change(problem.pretrained, change, scale)


def descend(changes: list[Tensor], steps: int, rate: float) -> Tensor:
    """Adam from the sum of one matrix's changes, shape (outputs, inputs); the gradient is exact.

    Args:
        changes: one an expert, shape (outputs, inputs).
        steps: of Adam.
        rate: in root mean squares of the changes.
    """
    changed = [change for change in changes if change.any()]
    if not changed:
        return torch.zeros_like(changes[0])
    stacked = torch.stack(changed)
    size = stacked.square().mean().sqrt()
    stacked = stacked / size
    sizes = stacked.square().sum((1, 2), keepdim=True)
    squares = stacked.transpose(1, 2) @ stacked / sizes
    total, wanted = squares.sum(0), (stacked @ squares).sum(0)
    found = stacked.sum(0)
    optimiser = torch.optim.Adam([found], lr=rate)
    for _ in range(steps):
        found.grad = 2 * (found @ total - wanted)
        optimiser.step()
    return found * size
