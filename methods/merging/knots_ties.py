"""KnOTS with TIES: merge in the basis of outputs that all experts' changes share.

For each matrix, with t_i = theta_i - theta_0, shape (outputs, inputs), side by side:
[t_1 ... t_K] = U diag(s) [V_1^T ... V_K^T], so that t_i = U diag(s) V_i^T. TIES
(methods.merging.ties) merges the diag(s) V_i^T of all matrices as one vector an expert, and t = U
times what comes of it. Other tensors enter that vector as they are. theta = theta_0 + scale * t.
Source: Stoica et al., section 4, and github.com/gstoica27/KnOTS (SVDMerger: s on V, side by side
over inputs; configs/vitB_r16_knots_ties.py: keep 20%, signs by the sum, the mean, scale .6). They
merge LoRA experts, so matrices alone; singular values that rounding alone can make count as zero
here.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from bench import method
from methods.merging.ties import elect_and_average, pieces_of, trim
from suites.merging.problem import MergingProblem
from suites.merging.spectral import rounding, thin_svd
from suites.merging.vectors import State


@method(
    name="knots_ties",
    title="KnOTS-TIES",
    paper=("Model merging with SVD to tie the Knots", 2024, "https://arxiv.org/abs/2410.19735"),
    needs=["pretrained"],
    params={"keep": 0.2, "scale": 0.6},
    space={"keep": [0.1, 0.2, 0.5, 1.0], "scale": [0.3, 0.6, 1.0, 1.5, 2.2]},
)
def knots_ties(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Align, trim, elect, merge; add `scale` times the result."""
    aligned = align_all(problem)
    vectors = trim(as_vectors(aligned), keep)
    change = elect_and_average(pieces_of(vectors), torch.empty_like(vectors[0]))
    return add_aligned(problem.pretrained, aligned, change, scale)


@dataclass(frozen=True)
class Aligned:
    """The experts' changes of one tensor, in a basis that they share.

    Attributes:
        name: the tensor's.
        basis: U, shape (outputs, rank); None where the coordinates are the changes.
        coordinates: shape (experts, rank, inputs), or (experts, ...).
    """

    name: str
    basis: Tensor | None
    coordinates: Tensor


def align(experts: list[Tensor], start: Tensor, name: str = "") -> Aligned:
    """Changes of one tensor in the basis of their singular vectors, if it is a matrix.

    Args:
        experts, start: the tensor of each expert and of the pretrained model.
        name: the tensor's.
    """
    changes = torch.stack([expert.double() - start for expert in experts])
    if start.dim() != 2:
        return Aligned(name, None, changes.to(start.dtype))
    noise = sum(rounding(expert) ** 2 for expert in experts) ** 0.5
    left, values, right = thin_svd(torch.cat(list(changes), 1), noise=noise)
    kept = int((values > 0).sum())
    coordinates = values[:kept, None] * right[:kept]
    split = torch.stack(coordinates.split(start.shape[1], 1))
    return Aligned(name, left[:, :kept].to(start.dtype), split.to(start.dtype))


def align_all(problem: MergingProblem) -> list[Aligned]:
    """The experts' changes of every tensor that has numbers, each in its own shared basis."""
    return [
        align([expert[name] for expert in problem.experts], start, name)
        for name, start in problem.pretrained.items()
        if start.is_floating_point() and start.numel()
    ]


def as_vectors(aligned: list[Aligned]) -> Tensor:
    """All coordinates of an expert one after the other, shape (experts, coordinates)."""
    experts = len(aligned[0].coordinates)
    return torch.cat([part.coordinates.reshape(experts, -1) for part in aligned], 1)


def add_aligned(pretrained: State, aligned: list[Aligned], change: Tensor, scale: float) -> State:
    """theta_0 + scale * change.

    Args:
        change: coordinates in the order of `as_vectors`, shape (coordinates,).
    """
    merged = {name: start.clone() for name, start in pretrained.items()}
    pieces = change.split([part.coordinates[0].numel() for part in aligned])
    for part, piece in zip(aligned, pieces, strict=True):
        own = piece.view(part.coordinates.shape[1:]).to(part.coordinates.dtype)
        merged[part.name].add_(own if part.basis is None else part.basis @ own, alpha=scale)
    return merged
