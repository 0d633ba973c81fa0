"""Karcher mean: the point of the sphere from which the experts' directions balance.

For each tensor, u_i = theta_i / |theta_i|, mu the normalised mean of the u_i; then, 10 times:
v = mean_i log_mu(u_i), log_mu(u) = w / sin(w) (u - cos(w) mu), w the angle between u and mu;
mu <- cos |v| mu + sin |v| v / |v|. theta = mean_i |theta_i| * mu.
Source: Karcher (1977), the Riemannian centre of mass, on the unit sphere; the steps, ended where
|v| < 1e-5, and the norm as in mergekit's `karcher`. For two experts it is SLERP's midpoint of
directions. Where the u_i cancel (opposite tensors) there is no unique one, and the first is taken.
Experts of one pretrained model are all but parallel, so that it comes close to the average.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State

STEPS = 10
NEAR = 1e-5
"""Angles and norms below it count as zero."""


@method(
    name="karcher",
    title="Karcher mean",
    paper=(
        "Riemannian Center of Mass and Mollifier Smoothing",
        1977,
        "https://doi.org/10.1002/cpa.3160300502",
    ),
)
def karcher(problem: MergingProblem) -> State:
    """Each tensor's mean direction on the sphere, at its mean norm."""
    return {
        name: centre(torch.stack([expert[name] for expert in problem.experts]))
        if first.is_floating_point() and first.numel()
        else first.clone()
        for name, first in problem.experts[0].items()
    }


def centre(points: Tensor, steps: int = STEPS) -> Tensor:
    """The mean of points, shape (experts, ...), as in the module's equation; in double precision.

    Points of no length have no direction; they count in the norm alone.
    """
    flat = points.reshape(len(points), -1).double()
    norms = torch.linalg.vector_norm(flat, dim=1)
    units = flat[norms > 0] / norms[norms > 0, None]
    if not len(units):
        return torch.zeros_like(points[0])
    mean = units.mean(0)
    length = torch.linalg.vector_norm(mean)
    mean = mean / length if length > NEAR else units[0]
    for _ in range(steps):
        cosines = (units @ mean).clamp(-1, 1)
        angles = cosines.acos()
        stretch = torch.where(angles > NEAR, angles / angles.sin(), 1.0)
        step = (stretch[:, None] * (units - cosines[:, None] * mean)).mean(0)
        size = torch.linalg.vector_norm(step)
        if size < NEAR:
            break
        mean = size.cos() * mean + size.sin() * step / size
        mean = mean / torch.linalg.vector_norm(mean)
    return (norms.mean() * mean).to(points.dtype).view(points.shape[1:])
