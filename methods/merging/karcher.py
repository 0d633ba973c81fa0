"""Karcher mean: the point of the sphere from which the experts' directions balance.

For each tensor, u_i = theta_i / |theta_i|, mu the normalised mean of the u_i; then, 10 times:
v = mean_i log_mu(u_i), log_mu(u) = w / sin(w) (u - cos(w) mu), w the angle between u and mu;
mu <- cos |v| mu + sin |v| v / |v|. theta = mean_i |theta_i| * mu.
Every mu and v is a sum of the u_i, so the steps are taken on its coefficients: of the weights no
more is asked than the experts' scalar products.
Source: Karcher (1977), the Riemannian centre of mass, on the unit sphere; the steps, ended where
|v| < 1e-5, and the norm as in mergekit's `karcher`. For two experts it is SLERP's midpoint of
directions. Where the u_i cancel (opposite tensors) there is no unique one, and the first is taken.
Experts of one pretrained model are all but parallel, so that it comes close to the average.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from bench import method
from suites.merging.each_tensor import gram
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, sum_tensors

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
        name: centre([expert[name] for expert in problem.experts])
        if first.is_floating_point() and first.numel()
        else first.clone()
        for name, first in problem.experts[0].items()
    }


def centre(points: Sequence[Tensor], steps: int = STEPS) -> Tensor:
    """The mean of points of one shape, as in the module's equation.

    Points of no length have no direction; they count in the norm alone.
    """
    products = gram(points)
    norms = products.diagonal().sqrt()
    known = norms > 0
    if not known.any():
        return torch.zeros_like(points[0])
    between = products[known][:, known] / torch.outer(norms[known], norms[known])
    shares = norms.new_zeros(len(points))
    shares[known] = norms.mean() * centre_of_directions(between, steps) / norms[known]
    return sum_tensors(p * float(share) for p, share in zip(points, shares, strict=True))


def centre_of_directions(between: Tensor, steps: int) -> Tensor:
    """mu as coefficients of the u_i, shape (directions,).

    Args:
        between: u_i . u_j, shape (directions, directions).
        steps: at most so many.
    """

    def length(coefficients: Tensor) -> Tensor:
        return (coefficients @ between @ coefficients).clamp_(min=0).sqrt()

    count = len(between)
    mean = torch.full((count,), 1 / count, dtype=between.dtype)
    first = torch.eye(count, dtype=between.dtype)[0]
    mean = mean / length(mean) if length(mean) > NEAR else first
    for _ in range(steps):
        cosines = (between @ mean).clamp_(-1, 1)
        angles = cosines.acos()
        stretch = torch.where(angles > NEAR, angles / angles.sin(), 1.0)
        step = stretch / count - (stretch * cosines).mean() * mean
        size = length(step)
        if size < NEAR:
            break
        mean = size.cos() * mean + size.sin() * step / size
        mean = mean / length(mean)
    return mean
