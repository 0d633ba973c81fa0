"""SLERP, one expert after the other: interpolate along the sphere, which keeps the weights' norm.

For each tensor, slerp(a, b, s) = sin((1 - s) w) / sin(w) a + sin(s w) / sin(w) b, w the angle
between a and b. theta^(1) = theta_1, theta^(m) = slerp(theta^(m-1), theta_m, 1/m): for two experts
the classic midpoint. Source: Shoemake (1985) for two points; for more, the succession with weight
1/m that Ramé et al. take (WARP, appendix B.3, equation 26), which depends on the experts' order.
Here the weights themselves are interpolated, as in mergekit's and fusion-bench's `slerp`; WARP
interpolates their changes (methods.merging.warp). Experts of one pretrained model are all but
parallel, and then it comes close to the average (WARP, appendix C.1).
Where sin(w) < 1e-6 (parallel, opposite or zero tensors) it is the linear interpolation, its limit;
mergekit and fusion-bench turn to that from cosine 0.9995 on, which differs by at most 1e-4.
"""

from collections.abc import Iterable
from math import acos, sin, sqrt

import torch
from torch import Tensor

from bench import method
from suites.merging.each_tensor import gram
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="slerp",
    title="SLERP, successive",
    paper=(
        "Animating Rotation with Quaternion Curves",
        1985,
        "https://doi.org/10.1145/325165.325242",
    ),
    traits=["order_matters"],
)
def slerp(problem: MergingProblem) -> State:
    """Move from the first expert towards each further one in turn."""
    return {
        name: walk_the_sphere(expert[name] for expert in problem.experts)
        if first.is_floating_point()
        else first.clone()
        for name, first in problem.experts[0].items()
    }


def walk_the_sphere(points: Iterable[Tensor]) -> Tensor:
    """Each point in turn draws the result towards itself by 1/m; tensors of one shape."""
    remaining = iter(points)
    result = next(remaining).clone(memory_format=torch.contiguous_format)
    for m, point in enumerate(remaining, start=2):
        stay, come = slerp_weights(result, point, 1 / m)
        result.mul_(stay).add_(point, alpha=come)
    return result


def slerp_weights(start: Tensor, end: Tensor, share: float) -> tuple[float, float]:
    """By what `start` and `end` are multiplied to go `share` of the way along the sphere."""
    own, product, other = (float(entry) for entry in gram([start, end])[[0, 0, 1], [0, 1, 1]])
    norms = sqrt(own) * sqrt(other)
    angle = acos(max(-1.0, min(1.0, product / norms))) if norms > 0 else 0.0
    if sin(angle) < 1e-6:
        return 1 - share, share
    return sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle)
