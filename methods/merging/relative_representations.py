"""Relative representations: networks that can't be averaged, joined by what they say of anchors.

An image's relative representation in expert i is the cosine of its features e_i(x), the inputs of
the last layer, to those of each anchor: r_i(x) = (cos(e_i(x), e_i(a_1)), ..., cos(e_i(x),
e_i(a_m))). It hardly depends on which network makes it, so a classifier on it fits all: here one
ridge regression is fitted on the first expert's r_1 of the labelled examples of all tasks and
stitched, unchanged, behind every encoder; the answer is the mean of theirs. Source: Moschella et
al., section 3 (anchors, cosine) and 4.2 (zero-shot stitching), and github.com/lucmos/relreps. There
the classifier is trained by gradients along with its own encoder; here the encoders are given, so
it is fitted afterwards. Features are centred on the anchors' mean, without which those behind a
ReLU are all alike. All experts' weights are deployed, and the anchors.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.encoders import features
from suites.merging.permutations import own_states
from suites.merging.problem import MergingProblem, Router


@method(
    name="relative_representations",
    title="Relative representations (ridge)",
    paper=("Relative Representations", 2023, "https://arxiv.org/abs/2209.15430"),
    track="multi",
    needs=["apart", "labels", "extra_parameters"],
    traits=["order_matters", "random"],
    params={"anchors": 128, "ridge": 0.01, "examples": 256},
    space={"anchors": [32, 64, 128, 256], "ridge": [0.001, 0.01, 0.1]},
)
def relative_representations(
    problem: MergingProblem, *, anchors: int, ridge: float, examples: int
) -> Router:
    """A router that asks every encoder and the one classifier."""
    pools = [problem.labeled(i, examples) for i in range(len(problem.experts))]
    inputs, labels = (torch.cat(parts) for parts in zip(*pools, strict=True))
    chosen = torch.randperm(len(inputs), generator=problem.generator)[:anchors]
    model, states = problem.model, own_states(problem)
    marks = [features(model, state, inputs[chosen]) for state in states]
    outputs = int(model(inputs[:1]).shape[1])
    classifier = fit(relative(features(model, states[0], inputs), marks[0]), labels, outputs, ridge)

    def route(images: Tensor, task: int) -> Tensor:
        answers = [
            with_one(relative(features(model, state, images), mark)) @ classifier
            for state, mark in zip(states, marks, strict=True)
        ]
        return torch.stack(answers).mean(0)

    return route


def relative(encoded: Tensor, anchors: Tensor) -> Tensor:
    """Cosines of each row to each anchor, both centred on the anchors' mean.

    Args:
        encoded: shape (examples, features).
        anchors: shape (anchors, features).
    Returns:
        Shape (examples, anchors), in [-1, 1].
    """
    centre = anchors.mean(0)
    unit = torch.nn.functional.normalize(encoded - centre, dim=1)
    return unit @ torch.nn.functional.normalize(anchors - centre, dim=1).T


def fit(rows: Tensor, labels: Tensor, outputs: int, ridge: float) -> Tensor:
    """Ridge regression on one-hot labels, shape (anchors + 1, outputs); the last row is a bias.

    Args:
        rows: shape (examples, anchors).
        labels: int64 (examples,).
        outputs: how many classes there are.
        ridge: added to the mean square of each column.
    """
    design = with_one(rows).double()
    wanted = torch.zeros(len(labels), outputs, dtype=torch.float64)
    wanted[torch.arange(len(labels)), labels] = 1
    gram = design.T @ design / len(rows)
    gram.diagonal()[:-1] += ridge
    solved: Tensor = torch.linalg.solve(gram, design.T @ wanted / len(rows))
    return solved.float()


def with_one(rows: Tensor) -> Tensor:
    """The rows with a 1 behind each."""
    return torch.cat([rows, torch.ones(len(rows), 1)], 1)
