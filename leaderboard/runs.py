"""The runs of a suite as data that its one page of runs draws: a file a method, and one of tasks.

Here: what static/run.js is given of a run, and of the tasks that they are of. What many runs share
(provenance, budget, hyperparameters) stands once a file. Not here: drawing it (static/run.js), the
files that runs keep (leaderboard.kept).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from bench.contract.metric import Metric, column_metrics, curve_groups, matrices
from bench.contract.suite import Task
from bench.records.record import STATUSES, Record
from leaderboard import kept, shown
from leaderboard.figures import x_labels
from leaderboard.scripts import finite, holding
from leaderboard.site import SuiteData
from leaderboard.treemap import PoolMap
from reports.board import Board, Row
from reports.statistics import mean_interval

OWN = ("created", "command")
"""What of a provenance is a run's own."""


def link(root: str, method: str, key: str) -> str:
    """Where a run is read, from a page whose way to its suite's folder is `root`."""
    return f"{root}run.html#{method}/{key}"


def scripts(
    data: SuiteData, carried: Mapping[str, str], pool: Callable[[PoolMap], str]
) -> Iterator[tuple[str, str]]:
    """The files: path from the site's root, and text.

    Args:
        carried: key of a record that other code made -> the proofs, in words.
        pool: draws the map of a pool, as HTML.
    """
    name = data.suite.name
    if data.records:
        yield f"data/{name}-tasks.js", holding("suite", _suite(data))
    for method in dict.fromkeys(record.method for record in data.records):
        runs = _runs_of(data, method, carried, pool)
        yield f"data/{name}-runs/{method}.js", holding("runs", runs)


# ---- a method's runs ----


class _Shared:
    """Values that several runs have, each held once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: Any) -> int:
        """Where it stands."""
        written = json.dumps(value, sort_keys=True)
        if written not in self._places:
            self._places[written] = len(self.values)
            self.values.append(value)
        return self._places[written]


def _runs_of(
    data: SuiteData, method: str, carried: Mapping[str, str], pool: Callable[[PoolMap], str]
) -> dict[str, Any]:
    declared = data.declared.get(method)
    shared = _Shared()
    runs = []
    rows = [row for _board, row in data.places(method)]
    for row in rows:
        for cell in row.cells.values():
            for seed, record, score, status in zip(
                cell.seeds, cell.records, cell.scores, cell.statuses, strict=True
            ):
                run: dict[str, Any] = {"task": cell.task, "variant": row.variant, "seed": seed,
                       "status": status, "score": finite(float(score))}  # fmt: skip
                if record is not None:
                    run |= _run(record, shared)
                    run |= _left(data, record, pool)
                    if record.key in carried:
                        run["carried"] = carried[record.key]
                runs.append(run)
    return {
        "method": method,
        "title": declared.title if declared else method,
        "reference": any(row.kind == "reference" for row in rows),
        "shared": shared.values,
        "runs": runs,
    }


def _run(record: Record, shared: _Shared) -> dict[str, Any]:
    """What a record says of its run; what is empty is left out."""
    origin = {key: value for key, value in record.provenance.items() if key not in OWN}
    told = {
        "key": record.key,
        "standing": record.standing,
        "reason": record.reason,
        "log": record.log,
        "metrics": record.metrics,
        "details": record.details,
        "cost": record.cost,
        **{key: record.provenance.get(key, "") for key in OWN},
    }
    return {key: value for key, value in told.items() if value} | {
        "provenance": shared.place(origin),
        "budget": shared.place(record.budget),
        "params": shared.place(record.params),
    }


def _left(data: SuiteData, record: Record, pool: Callable[[PoolMap], str]) -> dict[str, Any]:
    """The small files that a run left, those that are pictures, and its map as HTML."""
    if not record.artefacts:
        return {}
    drawn = kept.pool_map(record, data.artefact)
    return {
        "kept": kept.files(record),
        "pictures": [asdict(one) for one in kept.pictures(record, data.artefact)],
        "map": pool(drawn) if drawn else "",
    }


# ---- their tasks ----


def _suite(data: SuiteData) -> dict[str, Any]:
    return {
        "counters": [
            {"name": c.name, "title": c.title, "unit": c.unit} for c in data.suite.counters
        ],
        "statuses": STATUSES,
        "tier": data.boards[0].tier,
        "tasks": {task.name: _task(data, task) for task in data.tasks},
    }


def _task(data: SuiteData, task: Task) -> dict[str, Any]:
    board = next(board for board in data.boards if task.name in board.seeds)
    return {
        "page": f"{shown.slug(task.name)}.html",
        "version": task.version,
        "ordered": bool(task.ordered_by),
        "ends": {"floor": task.floor, "ceiling": task.ceiling},
        "scale": {end: _means(board, task, name)
                  for end, name in (("floor", task.floor), ("ceiling", task.ceiling))},
        "metrics": [
            {"name": m.name, "title": m.title, "better": m.better}
            for m in column_metrics(task.metrics)
        ],
        "curves": _curves(task.metrics),
        "matrices": [
            {
                "title": title,
                "axes": [entries[0].row_axis, entries[0].column_axis],
                "entries": [{"name": e.name, "row": e.row, "column": e.column} for e in entries],
            }
            for title, entries in matrices(task.metrics).items()
        ],
    }  # fmt: skip


def _means(board: Board, task: Task, reference: str) -> dict[str, float]:
    """A reference's mean of each metric."""
    row: Row | None = next((row for row in board.references if row.method == reference), None)
    cell = row.cells.get(task.name) if row else None
    if cell is None:
        return {}
    means = {m.name: mean_interval(cell.values(m.name)).mean for m in task.metrics}
    return {name: mean for name, mean in means.items() if isfinite(mean)}


def _curves(metrics: tuple[Metric, ...]) -> list[dict[str, Any]]:
    curves = [curve for group in curve_groups(metrics) for curve in group]
    return [
        {
            "title": curve.title,
            "axis": curve.points[0].axis,
            "points": [
                {"name": point.name, "label": label}
                for point, label in zip(curve.points, x_labels(curve.points), strict=True)
            ],
        }
        for curve in curves
    ]
