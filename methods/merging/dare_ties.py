"""DARE with TIES: drop changes at random and rescale, then trim, elect and merge.

t_i' = t_i * m / (1 - drop), m ~ Bernoulli(1 - drop); then TIES on the t_i' (methods.merging.ties).
Source: Yu et al., section 3.3: DARE is a plug-in before any method on task vectors. As in the
authors' code, the trimming to `keep` looks at the sparse vectors: with drop above 1 - keep it
removes nothing. The mean over nonzero entries undoes none of the rescaling, so that scales lie
below those of TIES: the authors search 0.1 to 1.0, here to 1.5. The defaults are those of their
command line (merge_plms_glue.py: weight_mask_rate 0.1, param_value_mask_rate 0.8, that is keep
0.2, scaling_coefficient 1); drop 0.9 is what they show on single models, not merged ones. They
search drop over 0.1, 0.3, ..., 0.9. Read its row over three seeds at least.
"""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from bench import method
from methods.merging.ties import count_kept, elect_and_average
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import split_task_vector, split_task_vectors
from suites.merging.vectors import (
    LARGE,
    State,
    count_weights,
    order_statistics_of,
    unflatten,
    vector_type,
)


@method(
    name="dare_ties",
    title="DARE-TIES",
    paper=("Language Models are Super Mario", 2024, "https://arxiv.org/abs/2311.03099"),
    needs=["pretrained"],
    params={"drop": 0.1, "keep": 0.2, "scale": 1.0},
    space={"drop": [0.1, 0.3, 0.5, 0.7, 0.9], "scale": [0.3, 0.6, 1.0, 1.5]},
    traits=["random"],
)
def dare_ties(problem: MergingProblem, *, drop: float, keep: float, scale: float) -> State:
    """Drop and rescale, trim, elect, merge; add the scaled result to the pretrained model.

    Which entries stay is held, a bit each; their values are computed again for each piece.
    """
    weights, experts = count_weights(problem.pretrained), len(problem.experts)
    stays = draw_stays(weights, experts, drop, problem.generator)
    rank = weights - count_kept(weights, keep)

    def magnitudes(place: int) -> Iterator[Tensor]:
        start = 0
        for change in split_task_vector(problem, problem.experts[place]):
            end = start + len(change)
            yield change.mul_(unpack(stays[:, start:end], slice(place, place + 1))[0]).abs_()
            start = end

    smallest = [
        order_statistics_of(partial(magnitudes, place), weights, [rank])[0]
        for place in range(experts)
    ]
    cutoffs = torch.stack(smallest)[:, None]

    def trimmed() -> Iterator[Tensor]:
        start = 0
        for _name, _where, changes in split_task_vectors(problem):
            end = start + changes.shape[1]
            changes.mul_(unpack(stays[:, start:end], slice(0, experts)))
            yield changes.masked_fill_(changes.abs() < cutoffs, 0).div_(1 - drop)
            start = end

    merged = torch.empty(weights, dtype=vector_type(problem.pretrained))
    return start_from(problem.pretrained, elect_and_average(trimmed, merged), scale)


def start_from(pretrained: State, merged: Tensor, scale: float) -> State:
    """theta_0 + scale * merged, in the memory of `merged`."""
    state = unflatten(merged, pretrained)
    for name, start in pretrained.items():
        if start.is_floating_point():
            torch.add(start, state[name], alpha=scale, out=state[name])
    return state


def draw_stays(weights: int, experts: int, drop: float, generator: torch.Generator) -> Tensor:
    """m ~ Bernoulli(1 - drop) for each entry of each task vector, a bit each.

    Returns:
        Shape (experts / 8 rounded up, weights), uint8: expert i's is bit i % 8 of row i // 8.
    """
    stays = torch.zeros(-(-experts // 8), weights, dtype=torch.uint8)
    for place in range(experts):
        for piece in stays[place // 8].split(LARGE):
            stay = torch.rand(len(piece), generator=generator) >= drop
            piece |= stay.to(torch.uint8) << place % 8
    return stays


def unpack(stays: Tensor, places: slice) -> Tensor:
    """Which entries of some experts stay: 0 or 1, shape (those experts, some weights)."""
    experts = torch.arange(8 * len(stays))[places]
    return stays[experts // 8] >> (experts % 8).to(torch.uint8)[:, None] & 1
