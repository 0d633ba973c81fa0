"""Rows that are no competitors but fix the scale of the supernet tables.

They are handed the problem with all that the task offers, and answer for all its architectures at
once. Here: guessing, one training, and the count that every table must be read beside. Not here:
methods (methods/supernet), the ceiling's figures (suites.supernet.figures).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench import reference
from suites.supernet.problem import SupernetProblem

Scores = NDArray[np.float64]
"""One number for each of the problem's architectures, higher for what is thought better."""


@reference(
    name="random",
    title="Random order",
    role="floor",
    meaning="an order drawn at random",
)
def random(problem: SupernetProblem) -> Scores:
    """No knowledge at all."""
    return problem.random.permutation(len(problem.architectures)).astype(np.float64)


@reference(
    name="one_seed",
    title="Trained once",
    role="ceiling",
    meaning="each architecture's own training from one seed, against the mean of the other seeds",
)
def one_seed(_problem: SupernetProblem) -> None:
    """Its answers are the truth's, which no process that solves may hold: scoring makes them."""


@reference(
    name="params",
    title="Parameters",
    role="scale",
    meaning="the number of weights: what a ranking must be above to know more than size",
)
def params(problem: SupernetProblem) -> Scores:
    """Larger is better."""
    return problem.facts("parameters", problem.architectures)
