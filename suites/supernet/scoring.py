"""A run's figures from its predictions, in the scorer's process, which alone has the truth.

Here: predictions laid beside each of the task's lists, without the pool of labels, and what is kept
of them. Not here: the figures (suites.supernet.figures).
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from bench.contract.job import Assets, ContractError, Output, Run, Scores
from suites.supernet import figures, measures
from suites.supernet.figures import ListTruth
from suites.supernet.given import FACT, as_rows
from suites.supernet.metrics import CURVES, RANK_BINS
from suites.supernet.spaces.space import digits

Floats = NDArray[np.float64]


def score_run(run: Run, output: Output, assets: Assets) -> Scores:
    """Score a run's predictions against the truth.

    Raises:
        ContractError: a budget's predictions aren't one number an architecture.
        Diverged: a prediction is NaN.
    """
    settings = run.settings
    rows = as_rows(assets["list"])
    ranked = np.delete(np.arange(len(rows)), assets["pool"].tensors["rows"].numpy())
    largest = str(settings["budgets"][-1])
    metrics: dict[str, float] = {}
    details: dict[str, Any] = {"lists": {}}
    lists = assets["list"].data["lists"]
    for name, listed in lists.items():
        places = np.isin(ranked, np.asarray(listed))
        truth = truth_of(assets, name, ranked[places], settings)
        label = name if len(lists) > 1 else ""
        if "from_truth" in output.data:
            generator = run.shared_generator(f"ties/{name}")
            if output.data["from_truth"] == "random":
                found = random_figures(truth, generator)
            else:
                again = assets["answers"].tensors["validation"].numpy()[ranked[places]]
                found = trained_once(truth, again, generator)
            metrics |= figures.named(found, label) | _curves(found, label, settings["budgets"])
            continue
        for budget, predicted in _predictions(output, len(ranked), settings["budgets"]).items():
            generator = run.shared_generator(f"ties/{name}")
            found = figures.list_figures(predicted[places], truth, generator)
            metrics |= _curves(found, label, [int(budget)])
            if budget == largest:
                metrics |= figures.named(found, label)
                metrics |= _ranks(predicted[places], truth, label, run.shared_generator("ranks"))
                details["lists"][name or "all"] = _details(predicted, places, rows[ranked], truth)
    declared = [metric.name for metric in run.task.metrics]
    kept = {}
    if largest in output.tensors and run.kind == "method":
        kept["predicted.csv"] = _table(rows[ranked], output.tensors[largest].numpy())
    return Scores(
        metrics={name: metrics[name] for name in declared if name in metrics},
        details=details,
        artefacts=kept,
    )


def random_figures(truth: ListTruth, generator: Generator) -> dict[str, float]:
    """The floor: what orders drawn at random get, the mean over ORDERS of them."""
    count = len(truth.accuracy)
    found: dict[str, list[float]] = {}
    for _ in range(ORDERS):
        order = torch.randperm(count, generator=generator).double().numpy()
        for name, value in figures.list_figures(order, truth, generator).items():
            found.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in found.items()}


ORDERS = 100
"""Random orders that the floor is the mean of: one alone is as noisy as any ranking."""


def trained_once(truth: ListTruth, validation: Floats, generator: Generator) -> dict[str, float]:
    """The ceiling: what one training of each architecture tells of the others of its own.

    Where the truth is a mean whose seeds aren't told apart it is the validation accuracy.

    Args:
        validation: accuracy of each seed, (n, seeds).
    """
    if truth.accuracy.shape[1] > 1:
        return figures.one_seed_figures(truth, generator)
    return figures.list_figures(validation[:, 0], truth, generator)


def truth_of(
    assets: Assets, listed: str, rows: NDArray[np.int64], settings: Mapping[str, Any]
) -> ListTruth:
    """What is known of those architectures of a list, by their numbers among all."""
    facts, answers = assets["list"].tensors, assets["answers"].tensors
    chain = facts.get(f"{FACT}chain")
    loss = answers.get("loss") if settings.get("by_loss") else None
    accuracy = answers.get(f"accuracy/{listed}", answers.get("accuracy"))
    assert accuracy is not None
    return ListTruth(
        accuracy=of_most(accuracy.numpy()[rows]),
        parameters=facts[f"{FACT}parameters"].numpy()[rows],
        within=settings.get("equal_within", 0.0),
        chain=None if chain is None else chain.numpy()[rows][:, None],
        loss=None if loss is None else of_most(loss.numpy()[rows]),
    )


def of_most(seeds: Floats) -> Floats:
    """The seeds that at least half of a list's architectures have, (n, seeds).

    An architecture that is on a list of more seeds too would else stand for the others where the
    ceiling holds one of these seeds against the rest.
    """
    return seeds[:, (~np.isnan(seeds)).mean(axis=0) >= 0.5]


def _predictions(output: Output, count: int, budgets: list[int]) -> dict[str, Floats]:
    unknown = set(output.tensors) - {str(budget) for budget in budgets}
    if unknown or not output.tensors:
        raise ContractError(
            f"the run's predictions are for the budgets {sorted(output.tensors)}; expected some "
            f"of {budgets}"
        )
    found = {}
    for budget, tensor in output.tensors.items():
        if tuple(tensor.shape) != (count,):
            raise ContractError(
                f"the predictions have shape {tuple(tensor.shape)}; expected ({count},)"
            )
        found[budget] = tensor.double().numpy()
    return found


def _curves(found: Mapping[str, float], label: str, budgets: list[int]) -> dict[str, float]:
    """A list's points at each of those budgets."""
    return {
        f"{name}_{budget}": value
        for name, value in figures.named(
            {figure: found[figure] for figure in CURVES if figure in found}, label
        ).items()
        for budget in budgets
    }


def _ranks(predicted: Floats, truth: ListTruth, label: str, generator: Any) -> dict[str, float]:
    true = measures.mean_truth(truth.accuracy)
    joint = measures.joint_ranks(predicted, true, RANK_BINS, generator)
    return {
        f"{'ranks_' + label if label else 'ranks'}_{row + 1}_{column + 1}": float(share)
        for row, shares in enumerate(joint)
        for column, share in enumerate(shares)
    }


def _details(
    predicted: Floats, places: NDArray[np.bool_], rows: NDArray[np.int8], truth: ListTruth
) -> dict[str, Any]:
    """The predicted best of a list and the true best, and how many pairs each tau is over."""
    own, true = rows[places], measures.mean_truth(truth.accuracy)
    picked, best = int(predicted[places].argmax()), int(true.argmax())
    return {
        "architectures": int(places.sum()),
        "pairs": figures.pair_counts(truth),
        "picked": {"architecture": digits(own[picked]), "accuracy": float(true[picked])},
        "best": {"architecture": digits(own[best]), "accuracy": float(true[best])},
    }


def _table(rows: NDArray[np.int8], predicted: Floats) -> bytes:
    lines = [f"{digits(row)},{value:.7g}" for row, value in zip(rows, predicted, strict=True)]
    return "\n".join(["architecture,predicted", *lines, ""]).encode()
