"""The scores that a suite's page carries, so that a reader's choice is ranked in the browser.

Here: which of a board's figures static/ranking.js is given, as JavaScript. Not here: what it makes
of them, which is what reports.ranking makes of the board.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leaderboard.scripts import finite, holding
from leaderboard.site import SuiteData
from reports.board import Board, Cell, Row
from reports.columns import COSTS
from reports.costs import mean_cost
from reports.criteria import Criterion, worst
from reports.scale import Ground
from reports.statistics import NOTHING_KNOWN, Prior

if TYPE_CHECKING:
    from bench.contract.suite import Task

SPENT = (*COSTS, "parameters")
"""What a reader may have a budget of."""


def script(data: SuiteData) -> str:
    """A script that makes it `weighhouse.carried`."""
    return holding("carried", carried(data))


def carried(data: SuiteData) -> dict[str, Any]:
    """What is carried: names, needs, and of each track its tasks, rows and references."""
    return {
        "suite": data.suite.name,
        "tier": data.scored[0].tier if data.scored else "",
        "needs": [{"name": need.name, "title": need.title} for need in data.suite.needs],
        "tracks": [_track(board) for board in data.scored],
    }


def _track(board: Board) -> dict[str, Any]:
    return {
        "name": board.track.name,
        "title": board.track.title,
        "ranked": [board.scored.index(task) for task in board.ranked],
        "tasks": [_task(board, name) for name in board.scored],
        "rows": [_row(board, row) for row in board.rows],
        "references": [_row(board, row) for row in board.references],
    }


def _task(board: Board, name: str) -> dict[str, Any]:
    """A task: the steps of its rows' values, and what is known of their differences' variance."""
    cells = [row.cells[name] for row in board.rows]
    known = next((cell for cell in cells if cell.whole), next(iter(cells), None))
    task = board.suite.task(name)
    return {
        "name": name,
        "seeds": list(board.seeds[name]),
        "grain": known.grain if known else 0.0,
        "prior": _prior(known.prior if known else NOTHING_KNOWN),
        "ordering": [_criterion(task, one) for one in known.ordering] if known else [],
        "scored_by": [_scored(board.grounds[name], metric) for metric in task.scored_by],
    }


def _scored(ground: Ground, metric: str) -> dict[str, Any]:
    """What a value of a scored metric is placed on, and what a run without one counts as."""
    floors = ground.scale.floors[metric]
    return {
        "name": metric,
        "title": ground.task.metric(metric).title,
        "floors": {str(seed): value for seed, value in floors.items() if seed is not None},
        "floor": floors[None],
        "span": ground.scale.spans[metric],
        "worst": finite(ground.worst[metric]),
    }


def _criterion(task: Task, criterion: Criterion) -> dict[str, Any]:
    scored = criterion.name in task.scored_by
    return {
        "scored": scored,
        "worst": None if scored else finite(worst(task.metric(criterion.name))),
        "name": criterion.name,
        "title": criterion.title,
        "better": criterion.better,
        "grain": criterion.grain,
        "prior": _prior(criterion.prior),
    }


def _prior(prior: Prior) -> dict[str, Any]:
    return {"variance": prior.variance, "freedom": prior.freedom}


def _row(board: Board, row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "method": row.method,
        "variant": row.variant,
        "label": row.label,
        "role": row.role,
        "needs": list(row.needs),
        "cells": [_cell(row, task) for task in board.scored],
    }


def _cell(row: Row, task: str) -> dict[str, Any] | None:
    """One row on one task; None where it wasn't run, or the task lacks what it needs."""
    cell = row.cells.get(task)
    if cell is None or cell.skipped:
        return None
    return {
        "scores": _numbers(cell.scores),
        "ordering": [_numbers(one.values) for one in cell.ordering],
        "parts": {name: finite(float(part.mean())) for name, part in cell.parts.items()},
        "whole": cell.whole,
        "failed": cell.failed,
        "finished": bool(cell.finished),
        "unmetered": sum(bool(r.cost.get("unmetered")) for r in row.records([task])),
        "cost": _costs(row, cell),
    }


def _costs(row: Row, cell: Cell) -> dict[str, float | None]:
    return {name: finite(mean_cost(row, [cell.task], name)) for name in SPENT}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [finite(float(value)) for value in values]
