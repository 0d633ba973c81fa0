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

import torch
from torch import Tensor

from bench import method
from methods.merging.ties import elect_and_average, smallest_kept
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import add_task_vector, split_task_vectors, task_vectors
from suites.merging.vectors import State, count_weights, vector_type


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

    Which entries stay is held, a byte each; their values are computed again for each piece.
    """
    weights = count_weights(problem.pretrained)
    stays = torch.empty(len(problem.experts), weights, dtype=torch.bool)
    smallest = []
    for change, stay in zip(task_vectors(problem), stays, strict=True):
        torch.ge(torch.rand(weights, generator=problem.generator), drop, out=stay)
        smallest.append(smallest_kept(change.mul_(stay).div_(1 - drop), keep))
    cutoffs = torch.stack(smallest)[:, None]

    def trimmed() -> Iterator[Tensor]:
        start = 0
        for _name, _where, changes in split_task_vectors(problem):
            end = start + changes.shape[1]
            changes.mul_(stays[:, start:end]).div_(1 - drop)
            yield changes.masked_fill_(changes.abs() < cutoffs, 0)
            start = end

    merged = torch.empty(weights, dtype=vector_type(problem.pretrained))
    return add_task_vector(problem.pretrained, elect_and_average(trimmed, merged), scale)
