"""The rows of rankings, heat maps and cost plots as the templates want them.

Here: what a page adds to a table's rows. Not here: the tables (reports.tables), whole pages
(leaderboard.pages), geometry (leaderboard.drawing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

from bench.contract.metric import column_metrics
from bench.contract.suite import Task
from leaderboard import drawing
from reports.board import Board, Cell, row_name
from reports.frame import Table
from reports.ranking import ranking, reference_score
from reports.tables import heat_map, quality_against_cost

MANY = 24
"""From more points than these quality against cost is drawn larger."""


def table_lines(table: Table, board: Board | None) -> list[dict[str, Any]]:
    """A table's rows as the templates want them: folded, with the tie group's bracket and needs.

    Of a method's variants the first to come stands in the ranking; the other is folded below it,
    with `of` naming the first, and `fold` there naming the other.
    """
    lines = table.rows()
    for line in lines:
        line["name"] = row_name(line["method"], line["variant"])
        line.setdefault("coverage", "")
    lines = _folded(lines)
    _bracket(lines)
    _place_references(lines)
    needs = {n.name: n for n in board.suite.needs} if board else {}
    rows = {r.method: r for r in (*board.rows, *board.references)} if board else {}
    for line in lines:
        line["needed"] = [needs[n] for n in (line["needs"] or "").split() if n in needs]
        row = rows.get(line["method"])
        line["paper"] = row.declared.paper if row and row.declared else None
        line["meaning"] = row.meaning if row else ""
    return lines


def _folded(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each method's variants together, the first to come first; sets `of` and `fold`."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    groups: list[list[dict[str, Any]]] = []
    for line in lines:
        line["of"], line["fold"], line["other"] = "", "", None
        own = first.setdefault((line["track"], line["method"]), line)
        if own is line:
            groups.append([line])
            continue
        line["of"], own["fold"], own["other"] = own["name"], line["variant"], line
        next(group for group in groups if group[0] is own).append(line)
    return [line for group in groups for line in group]


def _bracket(lines: Sequence[dict[str, Any]]) -> None:
    """Set `group`: where a row stands in the bracket of those that share its rank.

    References and folded rows between two rows of a bracket continue it.
    """
    ranked = [line for line in lines if line["rank"] is not None and not line["of"]]
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
    inside = False
    for line in lines:
        if line["rank"] is None or line["of"]:
            line["group"] = "g-mid" if inside else ""
        else:
            inside = line["group"] in ("g-first", "g-mid")


def _place_references(lines: Sequence[dict[str, Any]]) -> None:
    """Set how far each reference's score is from its track's lead; nothing without a score."""
    for line in lines:
        lead = next((x for x in lines if x["track"] == line["track"] and x["rank"]), None)
        if line["kind"] == "reference" and lead and line["score"] is not None:
            line["behind"] = line["score"] - lead["score"]


def constant(lines: Sequence[dict[str, Any]], columns: Sequence[str]) -> dict[str, Any]:
    """Which of those columns say the same of every row that competes, and what they say.

    A column of one row alone isn't called constant: it has nothing to differ from.
    """
    own = [line for line in lines if line["kind"] != "reference"]
    if len(own) < 2:
        return {}
    values = {column: {line[column] for line in own} for column in columns}
    return {column: found.pop() for column, found in values.items() if len(found) == 1}


def strip(cell: Cell | None) -> dict[str, Any] | None:
    """One square of the task strip."""
    if cell is None:
        return None
    whole = cell.failed == len(cell.seeds)
    return {"task": cell.task, "score": float(cell.scores.mean()), "failed": cell.failed,
            "seeds": len(cell.seeds), "whole": whole, "skipped": cell.skipped,
            "statuses": cell.statuses}  # fmt: skip


def heat_rows(board: Board, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The heat map's rows, with the best mean on each task marked, and what they can't do.

    Args:
        lines: of the ranking, as `table_lines` gives them: what is folded there is folded here.
    """
    rows = heat_map(board).rows()
    ranked = {line["name"]: line for line in lines}
    skipped = {
        row.name: [task for task in board.scored if row.cells[task].skipped] for row in board.rows
    }
    for row in rows:
        row["name"] = name = row_name(row["method"], row["variant"])
        row["title"], row["of"], row["fold"] = (ranked[name][k] for k in ("title", "of", "fold"))
        row["skipped"] = skipped[name]
    for task in board.scored:
        best = max((row[task] for row in rows if task not in row["skipped"]), default=None)
        for row in rows:
            row[f"{task}_best"] = task not in row["skipped"] and row[task] == best
    below = {row["of"]: row for row in rows if row["of"]}
    heads = [row for row in rows if not row["of"]]
    return [each for row in heads for each in (row, below.get(row["name"])) if each]


def at_rank_one(board: Board) -> dict[str, int]:
    """How many rows share rank 1 on each task by itself, as the task's page has it."""
    return {
        task: sum(one.place.rank == 1 for one in ranking(board, [task])) for task in board.scored
    }


def metric_shades(
    task: Task, lines: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str, str], str]:
    """How each figure of a task's table is shaded: by where it lies from floor to ceiling.

    A metric in which the ceiling isn't better than the floor shades nothing.

    Returns:
        (method, variant, metric) -> class of the heat map.
    """
    by_method = {line["method"]: line for line in lines if line["kind"] == "reference"}
    floor, ceiling = by_method.get(task.floor), by_method.get(task.ceiling)
    shades: dict[tuple[str, str, str], str] = {}
    if floor is None or ceiling is None:
        return shades
    for metric in column_metrics(task.metrics):
        column = f"metric.{metric.name}"
        low, high = floor[column], ceiling[column]
        if None in (low, high) or not (high > low if metric.better == "high" else high < low):
            continue
        for line in lines:
            if line["kind"] != "reference" and line[column] is not None:
                place = line["method"], line["variant"], metric.name
                shades[place] = drawing.heat((line[column] - low) / (high - low))
    return shades


def cost_plots(
    board: Board, tasks: Sequence[str], lines: Sequence[Mapping[str, Any]]
) -> list[drawing.Plot]:
    """Quality against cost for wide and for narrow screens; none without any cost.

    Args:
        lines: of the ranking: a row that is folded there is a lesser point here.
    """
    folded = {line["name"] for line in lines if line["of"]}
    failed = {(r.method, r.variant): any(r.cells[t].failed for t in tasks) for r in board.rows}
    points = [
        drawing.CostPoint(
            name=row_name(row["method"], row["variant"]),
            method=row["method"],
            label=row["label"],
            cost=row["flops"] if row["flops"] is not None else nan,
            score=row["score"],
            low=row["score_low"] if row["score_low"] is not None else nan,
            high=row["score_high"] if row["score_high"] is not None else nan,
            front=bool(row["pareto"]),
            hollow=failed[row["method"], row["variant"]],
            folded=row_name(row["method"], row["variant"]) in folded,
        )
        for row in quality_against_cost(board, tasks).rows()
    ]
    everywhere = [row for row in board.references if all(task in row.cells for task in tasks)]
    scales = [row for row in everywhere if row.role == "scale"]
    levels = [(row.title, reference_score(row, tasks).mean) for row in scales]
    levels = [(title, score) for title, score in levels if isfinite(score)]
    sizes = ((1060, 520), (350, 420)) if len(points) > MANY else ((720, 440), (350, 360))
    return [plot for w, h in sizes if (plot := drawing.cost_plot(points, w, h, levels)) is not None]
