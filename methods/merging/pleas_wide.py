"""PLeaS (wider, closed form): merge the channels that match, keep the others of both networks.

As methods.merging.pleas, but of each hidden layer the `share` of channels whose activations are
least correlated with those that they are aligned with isn't merged: the layer is 1 + share times as
wide, and what one network keeps apart reads merged channels and its own alone. Then each layer's
least squares, within those bounds. At share 0 it is `pleas`, at 1 the mean of the experts' logits.
Source: Nasery et al., section 3, and github.com/SewoongLab/PLeaS-Merging (`partial_matching.py`),
who divide a budget of FLOPs among the layers by a quadratic programme; here all have one share.
What runs is a router that needs no task. The suite counts a router's deployed parameters as all
experts'; of two experts' a hidden layer has (1 + 2 share - share^2) / 2 here.
"""

import torch
from torch import Tensor
from torch.func import functional_call

from bench import method
from methods.merging.pleas import aligned_states
from suites.merging.channels import read_structure
from suites.merging.permutations import moments_of
from suites.merging.problem import MergingProblem, Router
from suites.merging.repair import remeasure, union_of_inputs
from suites.merging.vectors import State
from suites.merging.widening import fit_wide, part, places_of, wide_template, widen


@method(
    name="pleas_wide",
    title="PLeaS (wider, one share, closed form)",
    paper=("PLeaS", 2025, "https://arxiv.org/abs/2407.02447"),
    track="multi",
    needs=["apart", "unlabeled", "extra_parameters"],
    traits=["order_matters", "recalibrates"],
    params={"share": 0.5, "ridge": 0.1, "examples": 256},
    space={"share": [0.25, 0.5, 0.75], "ridge": [0.01, 0.1, 1.0]},
)
def pleas_wide(problem: MergingProblem, *, share: float, ridge: float, examples: int) -> Router:
    """A router that runs the wider network."""
    inputs = union_of_inputs(problem, examples)
    aligned = aligned_states(problem, inputs)
    state = merge_partly(problem, aligned, inputs, share, ridge)
    model = wide_template(problem.model, state)
    state = remeasure(model, state, inputs)

    def route(images: Tensor, task: int) -> Tensor:
        answer: Tensor = functional_call(model, state, (images,))
        return answer

    return route


def merge_partly(
    problem: MergingProblem, aligned: list[State], inputs: Tensor, share: float, ridge: float
) -> State:
    """The wider network's state, BatchNorm's running statistics as the experts have them."""
    groups = read_structure(problem.model, aligned[0]).groups
    similarity = [torch.zeros(group.size, dtype=torch.float64) for group in groups]
    for other in aligned[1:]:
        moments = moments_of(problem.model, aligned[0], other, groups, inputs)
        for total, moment in zip(similarity, moments, strict=True):
            total += moment.correlation().diagonal()
    parts = [part(alike, share, len(aligned)) for alike in similarity]
    places = places_of(groups, parts)
    start = widen(aligned, places)
    return fit_wide(problem.model, start, aligned, inputs, places, ridge)
