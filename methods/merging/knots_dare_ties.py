"""KnOTS with DARE-TIES: drop at random in the basis that all experts share, then elect and merge.

As KnOTS-TIES (methods.merging.knots_ties): [t_1 ... t_K] = U diag(s) [V_1^T ... V_K^T] for each
matrix. Of the coordinates diag(s) V_i^T, together one vector an expert, each entry is dropped with
probability `drop` and the others are divided by 1 - drop (methods.merging.dare); signs are elected,
those that agree are averaged, and t is U times what comes of it. Nothing is trimmed. Other tensors
enter that vector as they are. theta = theta_0 + scale * t.
Source: Stoica et al., KnOTS-DARE-TIES, by their released code, github.com/gstoica27/KnOTS
(`SVDMerger.merge` drops from the coordinates; configs/vitB_r16_knots_dare_ties.py: drop .1, keep
all, signs by the sum, the mean, scale .7). Read its row over three seeds at least.
"""

import torch

from bench import method
from methods.merging.dare import drop_and_rescale
from methods.merging.knots_ties import align
from methods.merging.ties import elect_and_average, pieces_of
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="knots_dare_ties",
    title="KnOTS-DARE-TIES",
    paper=("Model merging with SVD to tie the Knots", 2024, "https://arxiv.org/abs/2410.19735"),
    needs=["pretrained"],
    params={"drop": 0.1, "scale": 0.7},
    space={"drop": [0.1, 0.3, 0.5, 0.7, 0.9], "scale": [0.3, 0.7, 1.2, 2.0]},
    traits=["random"],
)
def knots_dare_ties(problem: MergingProblem, *, drop: float, scale: float) -> State:
    """Align, drop and rescale, elect, merge; add `scale` times the result."""
    aligned = [
        align([expert[name] for expert in problem.experts], start, name)
        for name, start in problem.pretrained.items()
        if start.is_floating_point() and start.numel()
    ]
    vectors = torch.cat([part.coordinates.reshape(len(problem.experts), -1) for part in aligned], 1)
    dropped = drop_and_rescale(vectors, drop, problem.generator)
    change = elect_and_average(pieces_of(dropped), torch.empty_like(vectors[0]))
    merged = {name: start.clone() for name, start in problem.pretrained.items()}
    pieces = change.split([part.coordinates[0].numel() for part in aligned])
    for part, piece in zip(aligned, pieces, strict=True):
        own = piece.view(part.coordinates.shape[1:]).to(part.coordinates.dtype)
        merged[part.name].add_(own if part.basis is None else part.basis @ own, alpha=scale)
    return merged
