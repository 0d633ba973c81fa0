"""All figures of one list of architectures: what is predicted of it against its truth.

Here: which measures a list has, by the names under which suites.supernet.metrics declares them; a
list's name is added there and by `named`. Figures that don't apply are left out: those of a chain
or of losses where the list has none, and those for which the truth leaves nothing to compare. Not
here: the measures (suites.supernet.measures), the truth itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from suites.supernet import measures
from suites.supernet.measures import Bools, Floats


@dataclass(frozen=True, kw_only=True)
class ListTruth:
    """What is known of a list's n architectures.

    Attributes:
        accuracy: of each seed, fractions, (n, seeds); NaN for one that an architecture lacks.
        parameters: how many each has, (n,).
        within: numbers of parameters that differ by this share count as equal.
        chain: what else is to be equal in the pairs of `tau_equal_chain`, (n, k).
        loss: of each seed, (n, seeds); where the top is to be ranked by it too.
    """

    accuracy: Floats
    parameters: NDArray[Any]
    within: float = 0.0
    chain: NDArray[Any] | None = None
    loss: Floats | None = None

    def of(self, rows: Bools, seeds: list[int]) -> ListTruth:
        """Of some architectures, and some seeds of theirs, alone."""
        return ListTruth(
            accuracy=self.accuracy[rows][:, seeds],
            parameters=self.parameters[rows],
            within=self.within,
            chain=None if self.chain is None else self.chain[rows],
            loss=None if self.loss is None else self.loss[rows][:, seeds],
        )


def list_figures(
    predicted: Floats, truth: ListTruth, generator: torch.Generator
) -> dict[str, float]:
    """Every figure of a list, in the order of its columns.

    Args:
        predicted: one value an architecture, (n,), higher is better.
        generator: breaks ties, for all figures alike.
    Raises:
        Diverged: a prediction is NaN.
    """
    true = measures.mean_truth(truth.accuracy)
    untied = _untied(predicted, generator)
    pairs = measures.equal_pairs(truth.parameters, truth.within)
    found = {
        "tau": measures.tau(predicted, true),
        "tau_equal_parameters": measures.tau(predicted, true, pairs),
    }
    if truth.chain is not None:
        matched = pairs & measures.equal_pairs(truth.chain)
        found["tau_equal_chain"] = measures.tau(predicted, true, matched)
    width = measures.standard_error(truth.accuracy)
    found |= {
        "tau_sparse": measures.sparse_tau(predicted, true, width),
        "spearman": measures.spearman(predicted, true),
        "tau_top25": measures.tau_in_top(predicted, true, 0.25),
        "tau_top10": measures.tau_in_top(predicted, true, 0.10),
    }
    if truth.loss is not None:
        found["tau_top25_by_loss"] = _by_loss(predicted, truth.loss)
    found |= {
        "precision5": measures.precision(untied, true, 0.05, generator),
        "precision10": measures.precision(untied, true, 0.10, generator),
        "best_rank10": measures.best_rank(untied, true, 10, generator),
        "regret1": measures.regret(untied, true, 1, generator),
        "regret10": measures.regret(untied, true, 10, generator),
        "infinities": measures.infinities(predicted),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def one_seed_figures(truth: ListTruth, generator: torch.Generator) -> dict[str, float]:
    """The ceiling: each seed's accuracy against the mean of the others, the mean over seeds.

    By loss, a seed's loss is the prediction.
    """
    found: dict[str, list[float]] = {}
    for seed, others, rows in measures.against_others(truth.accuracy):
        against = truth.of(rows, others)
        figures = list_figures(truth.accuracy[rows, seed], against, generator)
        if truth.loss is not None and against.loss is not None:
            by_loss = _by_loss(-truth.loss[rows, seed], against.loss)
            figures |= {} if by_loss is None else {"tau_top25_by_loss": by_loss}
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in found.items()}


def named(figures: Mapping[str, float], name: str) -> dict[str, float]:
    """A list's figures by the names of its metrics, e.g. `tau_free`; "" adds nothing."""
    return {f"{figure}_{name}" if name else figure: value for figure, value in figures.items()}


def pair_counts(truth: ListTruth) -> dict[str, int]:
    """How many pairs, whose truth differs, each tau over pairs has: for the details of a run."""
    true = measures.mean_truth(truth.accuracy)
    pairs = measures.equal_pairs(truth.parameters, truth.within)
    found = {
        "tau": measures.count_pairs(true),
        "tau_equal_parameters": measures.count_pairs(true, pairs),
    }
    if truth.chain is not None:
        matched = pairs & measures.equal_pairs(truth.chain)
        found["tau_equal_chain"] = measures.count_pairs(true, matched)
    return found


def _by_loss(predicted: Floats, loss: Floats) -> float | None:
    return measures.tau_in_top(predicted, -measures.mean_truth(loss), 0.25)


def _untied(predicted: Floats, generator: torch.Generator) -> Floats:
    """Predictions in one order that is drawn, so that all figures of a top K see the same."""
    found = np.empty(len(predicted))
    found[measures.best_first(predicted, generator)] = -np.arange(len(predicted))
    return found
