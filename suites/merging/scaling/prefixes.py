"""Several problems of one run: the grids of the first K of a task's experts.

Here: drawing orders of the experts, the part of a grid that K of them leave, and figures along K.
A task asks for it with the setting `prefixes`: `counts`, the K's, and `orders`, how many. Not here:
the choice of this way (suites.merging.problems), running a method and measuring it on a grid
(suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log2
from statistics import fmean, linear_regression
from typing import Any

import torch

from bench.contract.job import Assets, Scores
from suites.common.draws import generator
from suites.merging.compose.grid import load_grid
from suites.merging.grid import Grid, GridPart

AXES = ("held_in", "held_out")
"""The figures that are followed along K."""


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """The problems that a method is called on, one after the other.

    A count that takes every expert gives the same grid in any order, so only the first order's
    stands here, for all of them.

    Args:
        assets: the run's.
        settings: the task's at its tier.
        seed: of the task; draws the orders.
    """
    grid, asked = load_grid(assets), settings["prefixes"]
    found = []
    for number in range(asked["orders"]):
        order = draw_order(len(grid.experts), seed, number)
        for count in asked["counts"]:
            if number == 0 or count < len(order):
                name = f"order {number}, {count} experts"
                where = {"order": number, "experts": count}
                found.append(GridPart(name, part_of(grid, order[:count]), assets, where))
    return found


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A task's metrics from those of its problems; see `curve_metrics`."""
    return curve_metrics([(part.where["experts"], scores.metrics) for part, scores in measured])


def draw_order(experts: int, seed: int, number: int) -> list[int]:
    """The experts' numbers in a random order that depends on the seed and its own number alone."""
    drawn = torch.randperm(experts, generator=generator(seed, f"scaling/order/{number}"))
    return [int(expert) for expert in drawn]


def part_of(grid: Grid, chosen: Sequence[int]) -> Grid:
    """The grid that is left with some of its experts, in the order given.

    Its cells are those experts' own, held in, and all that no expert of the whole grid has seen,
    held out; the other experts' cells are left out. A held-out cell is answered by those of the
    chosen experts that know its classes, and by all of them where none does.

    Args:
        grid: the whole one; `expert_accuracies` stay those of its experts.
        chosen: numbers of its experts, each at most once.
    """
    place = {expert: i for i, expert in enumerate(chosen)}
    kept, cells = [], []
    for number, cell in enumerate(grid.cells):
        answering = tuple(sorted(place[expert] for expert in cell.experts if expert in place))
        if answering or not cell.held_in:
            kept.append(number)
            cells.append(replace(cell, experts=answering or tuple(range(len(chosen)))))

    def of_cells(values: Sequence[Any]) -> list[Any]:
        return [values[number] for number in kept] if values else []

    return replace(
        grid,
        experts=[grid.experts[expert] for expert in chosen],
        calibration=[grid.calibration[expert] for expert in chosen],
        validation=[grid.validation[expert] for expert in chosen],
        cells=cells,
        test_inputs=of_cells(grid.test_inputs),
        test_labels=of_cells(grid.test_labels),
        expert_accuracies=of_cells(grid.expert_accuracies),
    )


def curve_metrics(found: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """A task's metrics from those of its problems.

    Args:
        found: for each problem the number of its experts, and its figures by name.
    Returns:
        For each of AXES its mean at each K (`held_in_4`), the mean of those over K (`held_in`),
        and its change per doubling of K (`held_in_slope`): the slope of the least-squares line
        through them over log2 K. Every order has the same K's, so that is also the mean of the
        orders' own slopes.
    """
    counts = sorted({count for count, _figures in found})
    metrics = {}
    for axis in AXES:
        curve = [fmean(figures[axis] for k, figures in found if k == count) for count in counts]
        metrics[axis] = fmean(curve)
        metrics[f"{axis}_slope"] = linear_regression([log2(k) for k in counts], curve).slope
        metrics |= {f"{axis}_{k}": value for k, value in zip(counts, curve, strict=True)}
    return metrics
