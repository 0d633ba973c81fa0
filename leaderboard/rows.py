"""The rows of rankings, heat maps and cost plots as the templates want them.

Here: what a page adds to a table's rows. Not here: the tables (reports.tables), whole pages
(leaderboard.pages), geometry (leaderboard.drawing).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

from leaderboard import drawing, shown
from reports.board import Board, Cell
from reports.frame import Table
from reports.tables import heat_map, quality_against_cost


def table_lines(table: Table, board: Board | None) -> list[dict[str, Any]]:
    """A table's rows as the templates want them: with the tie group's bracket and needs."""
    lines = table.rows()
    ranked = [line for line in lines if line["rank"] is not None]
    for i, line in enumerate(ranked):
        same = [
            0 <= j < len(ranked)
            and (ranked[j]["track"], ranked[j]["rank"]) == (line["track"], line["rank"])
            for j in (i - 1, i + 1)
        ]
        line["group"] = {
            (False, False): "g-solo", (False, True): "g-first",
            (True, True): "g-mid", (True, False): "g-last",
        }[same[0], same[1]]  # fmt: skip
    inside = False  # a reference between two rows of a tie group continues its bracket
    for line in lines:
        if line["rank"] is None:
            line["group"] = "g-mid" if inside else ""
        else:
            inside = line["group"] in ("g-first", "g-mid")
    needs = {n.name: n for n in board.suite.needs} if board else {}
    rows = {r.method: r for r in (*board.rows, *board.references)} if board else {}
    for line in lines:
        line["needed"] = [needs[n] for n in (line["needs"] or "").split() if n in needs]
        row = rows.get(line["method"])
        line["paper"] = row.declared.paper if row and row.declared else None
        line["meaning"] = row.meaning if row else ""
        line["name"] = shown.name(line["method"], line["variant"])
    return lines


def strip(cell: Cell | None) -> dict[str, Any] | None:
    """One square of the task strip."""
    if cell is None:
        return None
    whole = cell.failed == len(cell.seeds)
    return {"task": cell.task, "score": float(cell.scores.mean()), "failed": cell.failed,
            "seeds": len(cell.seeds), "whole": whole, "statuses": cell.statuses}  # fmt: skip


def heat_rows(board: Board) -> list[dict[str, Any]]:
    """The heat map's rows, with the best of each task marked."""
    rows = heat_map(board).rows()
    for task in board.scored:
        best = max(row[task] for row in rows) if rows else nan
        for row in rows:
            row[f"{task}_best"] = row[task] == best and row[f"{task}_failed"] == 0
    return rows


def cost_plots(board: Board, tasks: Sequence[str]) -> list[drawing.Plot]:
    """Quality against cost for wide and for narrow screens; none without any cost."""
    failed = {(r.method, r.variant): any(r.cells[t].failed for t in tasks) for r in board.rows}
    points = [
        drawing.CostPoint(
            name=shown.name(row["method"], row["variant"]),
            label=row["label"],
            cost=row["flops"] if row["flops"] is not None else nan,
            score=row["score"],
            low=row["score_low"] if row["score_low"] is not None else nan,
            high=row["score_high"] if row["score_high"] is not None else nan,
            front=bool(row["pareto"]),
            hollow=failed[row["method"], row["variant"]],
        )
        for row in quality_against_cost(board, tasks).rows()
    ]
    sizes = ((720, 440), (350, 360))
    return [plot for w, h in sizes if (plot := drawing.cost_plot(points, w, h)) is not None]
