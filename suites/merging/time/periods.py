"""The one problem of a run of `time`, and its figures by where a period lies in time.

Here: which experts answer for a period without one, and figures of the periods with an expert,
between two of them, and after the last. A task asks for it with the setting `periods`. Not here:
the choice of this way (suites.merging.problems), running a method and measuring it
(suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from bench.contract.job import Assets, Scores
from suites.merging.compose.grid import load_grid
from suites.merging.grid import GridPart


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """The grid, each of its periods without an expert answered for by the nearest in time."""
    grid = load_grid(assets)
    trained = [period for period, cell in enumerate(grid.cells) if cell.held_in]
    cells = [
        replace(cell, experts=nearest_experts(trained, period))
        for period, cell in enumerate(grid.cells)
    ]
    return [GridPart("", replace(grid, cells=cells), assets, {"experts": len(trained)})]


def nearest_experts(trained: Sequence[int], period: int) -> tuple[int, ...]:
    """Numbers of the experts whose periods are nearest to one, in order; two where it is between.

    Args:
        trained: the experts' periods.
        period: any.
    """
    distance = min(abs(own - period) for own in trained)
    return tuple(i for i, own in enumerate(trained) if abs(own - period) == distance)


def axis_of(trained: Sequence[int], period: int) -> str:
    """Where a period lies: `held_in` with an expert, `interpolation` between two of them,
    `extrapolation` after the last."""
    if period in trained:
        return "held_in"
    return "interpolation" if period < max(trained) else "extrapolation"


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A run's metrics from the accuracy in each period.

    Returns:
        The mean accuracy over the periods of each axis, and divided by that of the nearest experts
        (`_normalised`); the lowest of all periods (`worst_period`); each period's, counted from 1
        (`period_1`).
    """
    ((part, scores),) = measured
    accuracies = [float(cell["accuracy"]) for cell in scores.details["cells"]]
    trained = [period for period, cell in enumerate(part.grid.cells) if cell.held_in]
    axes: dict[str, list[int]] = {"held_in": [], "interpolation": [], "extrapolation": []}
    for period in range(len(accuracies)):
        axes[axis_of(trained, period)].append(period)
    metrics = {axis: fmean(accuracies[i] for i in own) for axis, own in axes.items()}
    for axis, own in axes.items():
        shares = [accuracies[i] / part.grid.expert_accuracies[i] for i in own]
        metrics[f"{axis}_normalised"] = fmean(shares)
    metrics["worst_period"] = min(accuracies)
    return metrics | {f"period_{i + 1}": value for i, value in enumerate(accuracies)}
