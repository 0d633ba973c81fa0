"""PLeaS (size 1, closed form): align by activations, then each layer's least squares.

With the experts' channels aligned, Z the mean over experts of a layer's inputs and Y the mean of
its outputs, on unlabelled inputs of both tasks: W = argmin |Z W - Y|^2 + ridge |W - W_0|^2, W_0 the
mean of the weights, for every linear layer and convolution (unfolded), its bias with it; the ridge
is in units of the mean square of an input. Then BatchNorm's running statistics are measured anew.
Source: Nasery et al., section 3, and github.com/SewoongLab/PLeaS-Merging (`pleas_merging.py`), who
take 400 steps of Adam from W_0 instead of the closed form, which the ridge stands for. Their sizes
above 1 keep channels that match badly apart: methods.merging.pleas_wide.
"""

import torch
from torch import Tensor

from bench import method
from methods.merging.activation_matching import by_activations
from suites.merging.least_squares import fit_layers
from suites.merging.permutations import align
from suites.merging.problem import MergingProblem
from suites.merging.repair import remeasure, union_of_inputs
from suites.merging.vectors import State, average


@method(
    name="pleas",
    title="PLeaS (size 1, closed form)",
    paper=("PLeaS", 2025, "https://arxiv.org/abs/2407.02447"),
    needs=["apart", "unlabeled"],
    traits=["order_matters", "recalibrates"],
    params={"ridge": 0.1, "examples": 256},
    space={"ridge": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]},
)
def pleas(problem: MergingProblem, *, ridge: float, examples: int) -> State:
    """Align, average, solve each layer, measure what BatchNorm sees."""
    inputs = union_of_inputs(problem, examples)
    aligned = aligned_states(problem, inputs)
    merged = fit_layers(problem.model, average(aligned), aligned, inputs, ridge)
    return remeasure(problem.model, merged, inputs)


def aligned_states(problem: MergingProblem, inputs: Tensor) -> list[State]:
    """The experts in the first one's channels; the same whatever the ridge."""
    count = len(problem.experts)

    def compute() -> State:
        aligned = align(problem, by_activations(problem, inputs, correlation=False))
        return {f"{i}/{n}": t.clone() for i, state in enumerate(aligned) for n, t in state.items()}

    found = problem.remember(("pleas", len(inputs)), compute)
    names = list(problem.experts[0])
    return [{name: torch.clone(found[f"{i}/{name}"]) for name in names} for i in range(count)]
