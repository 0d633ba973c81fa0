"""Multi-SLERP: the mean of the changes' directions, as long as they are on average.

For each tensor, with t_i = theta_i - theta_0 and u_i = t_i / |t_i|: the u_i are projected to the
sphere's tangent space at their normalised mean mu, averaged there, and mapped back;
theta = theta_0 + scale * mean_i |t_i| * result.
Source: Goddard, and mergekit's `multislerp` with a base model, equal weights. Its tangent step does
nothing: mean_i (u_i - (u_i . mu) mu) = |mean u| mu - |mean u| mu = 0 for any weights, so that the
result is mu itself, and that is what is computed here (`nox -s crosscheck` holds it against
mergekit's). A Karcher mean would repeat the step with logarithms (methods.merging.karcher). scale 1
is theirs.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.each_tensor import merge_each_tensor
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="multi_slerp",
    title="Multi-SLERP of changes",
    paper=(
        "Multi-SLERP (mergekit)",
        2025,
        "https://goddard.blog/posts/multislerp-wow-what-a-cool-idea",
    ),
    needs=["pretrained"],
    params={"scale": 1.0},
    space={"scale": [0.3, 0.5, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0]},
)
def multi_slerp(problem: MergingProblem, *, scale: float) -> State:
    """Add `scale` times the mean direction at the mean length, tensor by tensor."""
    return merge_each_tensor(problem, mean_direction, scale)


def mean_direction(changes: Tensor) -> Tensor:
    """mean_i |t_i| * mu of one tensor, shape (weights,); 0 where the directions cancel.

    Args:
        changes: shape (experts, weights).
    """
    norms = torch.linalg.vector_norm(changes, dim=1, dtype=torch.float64)
    inverse = torch.where(norms > 0, 1 / norms, 0.0)
    mean = inverse @ changes.double()
    length = float(torch.linalg.vector_norm(mean))
    factor = float(norms.mean()) / length if length > 1e-8 else 0.0
    return (mean * factor).to(changes.dtype)
