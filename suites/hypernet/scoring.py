"""A run's figures from its logits: the task's metrics, and details for the run's page.

Here: what is done with the test's labels, outside of the method's process. The learning rate and
the optimiser are chosen by validation loss, of equals the first of the grid; the test is read
once. Not here: the measures themselves (suites.hypernet.measures).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import ContractError, Output, Scores
from suites.hypernet import measures
from suites.hypernet.course import Part
from suites.hypernet.objective import losses_of
from suites.hypernet.training import GridPoint


@dataclass(frozen=True)
class PartScores:
    """One part's figures.

    Attributes:
        losses: final test loss of each point, infinite where it isn't finite; like quality, over
            the conditions that count.
        chosen: the point with the lowest validation loss.
        matrix: accuracy of the chosen point after each stage on each condition, in order.
        points: for the run's page.
    """

    losses: list[float]
    chosen: int
    matrix: list[list[float]]
    points: list[dict[str, Any]]


def scores_of(
    parts: Sequence[Part], output: Output, points: Sequence[GridPoint], settings: Mapping[str, Any]
) -> Scores:
    """The metrics of a run: means over its parts, and curves.

    Raises:
        ContractError: the output's shapes aren't those of the questions.
    """
    told = output.data["parts"]
    scored = [
        _guessed(part, points)
        if told[i].get("unmet")
        else _score_part(part, output.tensors.get(f"{i}/test"), told[i]["points"], points, settings)
        for i, part in enumerate(parts)
    ]
    points = points if "parameters" in told[0] else points[:1]
    metrics = _mean([_metrics(s, p, points, settings) for s, p in zip(scored, parts, strict=True)])
    metrics |= _mean([_diagnostics(s, one) for s, one in zip(scored, told, strict=True)])
    if "parameters" in told[0]:  # a reference has no grid
        metrics |= _curves(scored, parts, points)
    for s, part, one in zip(scored, parts, told, strict=True):
        if not one.get("unmet"):
            metrics |= accuracy_points(s.matrix, part, settings)
        metrics |= group_accuracies(s.matrix[-1], part)
    return Scores(
        metrics=metrics,
        details={
            "parts": [
                {
                    "name": part.name,
                    "parameters": one.get("parameters"),
                    "chosen": s.points[s.chosen],
                    "points": s.points,
                    "accuracy": dict(zip(part.test.names, s.matrix[-1], strict=True)),
                    **({"matrix": s.matrix} if len(part.stages) > 1 else {}),
                    **({"unmet": one["unmet"]} if one.get("unmet") else {}),
                }
                for s, part, one in zip(scored, parts, told, strict=True)
            ]
        },
        cost={"parameters": max(one["parameters"] for one in told)}
        if "parameters" in told[0]
        else {},
    )


def _score_part(
    part: Part,
    logits: Tensor | None,
    told: Sequence[Mapping[str, Any]],
    points: Sequence[GridPoint],
    settings: Mapping[str, Any],
) -> PartScores:
    labels = part.test.labels
    assert labels is not None
    if len(told) == 1 and logits is not None:  # a reference: the same at all stages
        points, logits = points[:1], logits.expand(1, len(part.stages), *logits.shape[2:])
    expected = (len(points), len(part.stages), *labels.shape, part.target.widths[-1])
    if logits is None or tuple(logits.shape) != expected:
        found = None if logits is None else tuple(logits.shape)
        raise ContractError(f"the run's logits have shape {found}; expected {expected}")
    kept = counted(part, settings)
    losses = [_finite(float(losses_of(one[-1], labels)[kept].mean())) for one in logits]
    order = [_finite(one["validation"]) for one in told]
    chosen = order.index(min(order))
    hits = (logits.argmax(-1) == labels).double().mean(-1)
    hits = hits.where(logits.isfinite().all(-1).all(-1), torch.zeros(()).double())
    rows = [
        {
            "optimiser": point.optimiser,
            "rate": point.rate,
            **one,
            "loss": loss if math.isfinite(loss) else None,
            "accuracy": float(hits[i, -1][kept].mean()),
        }
        for i, (point, one, loss) in enumerate(zip(points, told, losses, strict=True))
    ]
    return PartScores(losses, chosen, hits[chosen].tolist(), rows)


def counted(part: Part, settings: Mapping[str, Any]) -> list[int]:
    """The test conditions that failures, quality and sensitivity are over.

    All but those of the groups that `settings["apart"]` names: they are asked out of curiosity,
    and told in a figure of their own.
    """
    apart, groups = settings.get("apart", ()), part.test.groups
    return [i for i in range(len(part.test.names)) if not groups or groups[i] not in apart]


def group_accuracies(accuracies: Sequence[float], part: Part) -> dict[str, float]:
    """Mean accuracy over each group of test conditions: `accuracy_{group}`."""
    found: dict[str, list[float]] = {}
    for group, accuracy in zip(part.test.groups, accuracies, strict=bool(part.test.groups)):
        found.setdefault(group, []).append(accuracy)
    return {f"accuracy_{group}": fmean(values) for group, values in found.items()}


def _guessed(part: Part, points: Sequence[GridPoint]) -> PartScores:
    """A part whose cap the method can't meet: a guess at every point, and a failure."""
    chance = 1 / part.target.widths[-1]
    rows: list[dict[str, Any]] = [
        {
            "optimiser": point.optimiser,
            "rate": point.rate,
            "training": None,
            "loss": None,
            "accuracy": chance,
        }
        for point in points
    ]
    matrix = [[chance] * len(part.test.names) for _ in part.stages]
    return PartScores([math.inf] * len(points), 0, matrix, rows)


def _finite(loss: float | None) -> float:
    return loss if loss is not None and math.isfinite(loss) else math.inf


def _metrics(
    scored: PartScores, part: Part, points: Sequence[GridPoint], settings: Mapping[str, Any]
) -> dict[str, float | None]:
    """Failures, quality, sensitivity and the like of one part."""
    classes = part.target.widths[-1]
    limit = settings["fails_above"] * math.log(classes)
    last = [scored.matrix[-1][i] for i in counted(part, settings)]
    found: dict[str, float | None] = {
        "failures": measures.failure_rate(scored.losses, limit),
        "quality": fmean(last),
        "sensitivity": measures.sensitivity(scored.losses, classes) if len(points) > 1 else None,
        "loss": min(scored.losses[scored.chosen], math.log(classes)),
        "training_loss": scored.points[scored.chosen]["training"],
        "worst_condition": min(last),
    }
    for name in dict.fromkeys(point.optimiser for point in points if len(points) > 1):
        own = [i for i, point in enumerate(points) if point.optimiser == name]
        losses, rates = [scored.losses[i] for i in own], [points[i].rate for i in own]
        found |= {
            f"failures_{name}": measures.failure_rate(losses, limit),
            f"best_{name}": min(*losses, math.log(classes)),
            f"usable_{name}": measures.usable_decades(rates, losses, classes),
            f"area_{name}": measures.area(rates, losses, classes),
        }
    if len(part.stages) > 1:
        found["backward_transfer"] = measures.backward_transfer(scored.matrix)
        found["forgetting"] = measures.forgetting(scored.matrix)
    return found


def _diagnostics(scored: PartScores, told: Mapping[str, Any]) -> dict[str, float | None]:
    chosen = scored.points[scored.chosen]
    return {
        "theta_variation": told.get("theta_variation"),
        "gradient_variation": told.get("gradient_variation"),
        "spikes": chosen.get("spikes"),
        "steps": chosen.get("steps"),
    }


def _mean(found: Sequence[Mapping[str, float | None]]) -> dict[str, float]:
    """Means over parts; a figure that a part lacks is the mean of the others, or absent."""
    means = {}
    for name in dict.fromkeys(name for one in found for name in one):
        values = [value for one in found if (value := one.get(name)) is not None]
        if values:
            means[name] = fmean(values)
    return means


def _curves(
    scored: Sequence[PartScores], parts: Sequence[Part], points: Sequence[GridPoint]
) -> dict[str, float]:
    """Loss at each point of the grid, at most ln C, the mean over parts."""
    return {
        f"loss_{point.optimiser}_{point.rate:g}": fmean(
            min(one.losses[i], math.log(part.target.widths[-1]))
            for one, part in zip(scored, parts, strict=True)
        )
        for i, point in enumerate(points)
    }


def accuracy_points(
    matrix: Sequence[Sequence[float]], part: Part, settings: Mapping[str, Any]
) -> dict[str, float]:
    """Accuracy as points of a curve or entries of a matrix, where the task has them.

    `settings["points"]` names the curve: `conditions`, one point a test condition, named by its
    number in the condition's name; `part`, one point a part; `matrix`, one entry a stage and
    condition seen by then.
    """
    kind, name = settings.get("points", ""), part.name
    if kind == "conditions":
        return {
            f"accuracy_{word.split()[-1]}": accuracy
            for word, accuracy in zip(part.test.names, matrix[-1], strict=True)
        }
    if kind == "part":
        return {f"accuracy_{name}": fmean(matrix[-1])}
    if kind == "matrix":
        return {
            f"{name}_after_{i + 1}_on_{j + 1}": matrix[i][j]
            for i in range(len(matrix))
            for j in range(i + 1)
        }
    return {}
