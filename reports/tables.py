"""Records to tables, one function a table; each is also a pandas frame.

Here: which columns each table has and how its cells come about. A row is a (method, variant); a
table holds one tier; tracks are ranked apart. Rows are full precision, and what a terminal or a
page shows of them is `Table.columns`. Not here: single runs (reports.runs), columns that several
tables share (reports.columns), the figures (reports.ranking), the formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import inf, isnan, nan
from typing import Any

from bench.contract.metric import column_metrics
from bench.contract.suite import Task
from reports import summaries
from reports.board import Board, Row, row_name
from reports.columns import (
    COSTS,
    axis_metrics,
    cost_columns,
    interval_values,
    ordering_names,
    ordering_values,
    ranking_columns,
)
from reports.costs import mean_cost, weakest_standing
from reports.criteria import ROUNDED, in_score, ordering_metrics
from reports.frame import Column, Table
from reports.notes import notes as notes_of
from reports.notes import skipped_note
from reports.ranking import Ranked, ordering_means, ranking, reference_score
from reports.sentences import sentences
from reports.statistics import Interval, mean_interval, pareto_front

WHERE = ("suite", "tier", "track")
PLACES = ("rank", "tied", "rank_low", "rank_high")
BEHIND = ("behind", "behind_low", "behind_high", "behind_in")
BEHIND_COLUMN = Column("behind", "Behind the lead", "behind")
MAIN = ("rank", "label", "behind", "coverage", "flops", "seconds", "needs")
"""What a table of rows leads with, beside what they are ranked by."""
MORE = (
    *(Column(name, name.capitalize()) for name in ("suite", "tier", "track")),
    Column("runs", "Runs", "figure", places=0),
    Column("failed", "Failed", "figure", places=0),
)
"""Columns that a table of rows has and shows only where they are asked for."""
IDENTITY = ("method", "variant", "title", "label", "kind", "role")
TAIL = (*COSTS, "needs", "standing", "runs", "failed", "statuses", "unmetered")


def suite_table(boards: Sequence[Board]) -> Table:
    """Every row of a suite over the tasks of its ranking; references stand at their score."""
    board = boards[0]
    axes = axis_metrics(boards)
    rankings = [of_track.ranked_tasks for of_track in boards]
    tasks = [t for t in board.suite.tasks if any(t.name in b.scored for b in boards)]
    names = (
        *WHERE,
        *(*PLACES, "coverage", *IDENTITY),
        *("score", "score_low", "score_high", *BEHIND, "mean_rank"),
        *("new_tasks_low", "new_tasks_high"),
        *ordering_names(rankings),
        *(f"axis.{name}" for name, _ in axes),
        *(f"score.{t.name}" for t in tasks),
        *TAIL,
        "tasks_failed",
        *summaries.names(),
    )
    rows: list[dict[str, Any]] = []
    for of_track in boards:
        cells = partial(_suite_cells, board=of_track, axes=axes)
        summed_up = summaries.columns(ranking(of_track, of_track.ranked), of_track.ranked)
        of_rows = _in_order(of_track, of_track.ranked, cells)
        rows += [
            row | summed_up.get(row_name(row["method"], row["variant"]), {}) for row in of_rows
        ]
    columns = (
        Column("rank", "Rank", "place"),
        Column("label", "Method"),
        *ranking_columns(rankings),
        *([BEHIND_COLUMN] if any("behind" in row for row in rows) else []),
        *([Column("coverage", "Tasks")] if any(row["coverage"] for row in rows) else []),
        Column("mean_rank", "Mean rank", "figure", places=1),
        *(Column(f"axis.{name}", title, "figure") for name, title in axes),
        *(Column(f"score.{t.name}", t.name, "figure") for t in (tasks if len(tasks) > 1 else [])),
        *cost_columns(rows),
    )
    notes = (
        *notes_of(boards, rows),
        *dict.fromkeys(s for b in boards for s in b.unscored.values()),
    )
    title = f"{board.suite.title}, tier {board.tier}, {seeds_phrase(boards)}"
    more = (*MORE, Column("new_tasks", "95% over new tasks", "span"), *summaries.shown_columns())
    ranked_by = [c.name for c in ranking_columns(rankings)]
    main = tuple(c.name for c in columns if c.name in (*MAIN, *ranked_by))

    def said() -> dict[str, list[str]]:
        return {of.track.name: sentences(of, of.ranked) for of in boards}

    return Table(title, names, rows, columns, notes, main, more, *_titles(boards), said=said)


def task_table(boards: Sequence[Board], task: Task) -> Table:
    """Every row of one task: score and each metric with Student's interval over its seeds.

    Points of curves are in the rows, but in no column that is shown; nor is a metric twice.
    """
    boards = [b for b in boards if task.name in b.seeds]
    scored = any(task.name in b.scored for b in boards)
    estimates = ["score", *(f"metric.{m.name}" for m in task.metrics)]
    names = (
        *("suite", "task", "tier", "track", *PLACES, *IDENTITY),
        *(*ordering_names([[task]]), *BEHIND),
        *(f"{name}{end}" for name in estimates for end in ("", "_low", "_high")),
        *TAIL,
    )
    rows: list[dict[str, Any]] = []
    for board in boards:
        ranked_tasks = [task.name] if scored else []
        cells = partial(_task_cells, task=task)
        rows += _in_order(board, ranked_tasks, cells, shown=[task.name])
    rows = [{"task": task.name, **row} for row in rows]
    ranked_by = {c.name: c for c in ranking_columns([[task]])} if scored else {}
    columns = (
        *([Column("rank", "Rank", "place")] if scored else []),
        Column("label", "Method"),
        *ranked_by.values(),
        *([BEHIND_COLUMN] if any("behind" in row for row in rows) else []),
        *(
            Column(f"metric.{m.name}", m.title, "estimate")
            for m in column_metrics(task.metrics)
            if f"order.{m.name}" not in ranked_by
        ),
        *cost_columns(rows),
    )
    notes = [
        *notes_of(boards, rows, task),
        *(b.unscored[task.name] for b in boards[:1] if not scored),
    ]
    if any(row["failed"] for row in rows):
        notes.append(
            "Metrics average the seeds that finished; what rows are ranked by counts the others."
        )
    notes.append(skipped_note(boards[0].suite, task, rows))
    title = f"{task.title}, tier {boards[0].tier}, {seeds_phrase(boards, task.name)}"
    main = [c.name for c in columns if c.name in MAIN or c.name in ranked_by]
    main += [] if scored else [f"metric.{name}" for name in task.scored_by]
    shown = tuple(note for note in notes if note)

    def said() -> dict[str, list[str]]:
        return {of.track.name: sentences(of, [task.name]) for of in boards if scored}

    return Table(title, names, rows, columns, shown, tuple(main), MORE, *_titles(boards), said=said)


def _titles(boards: Sequence[Board]) -> tuple[dict[str, str], dict[str, str]]:
    """Name -> title of a table's tracks, and of all that the suite's methods may need."""
    tracks = {board.track.name: board.track.title for board in boards}
    return tracks, {need.name: need.title for need in boards[0].suite.needs}


def heat_map(board: Board) -> Table:
    """One track's score of each row on each task, best row first, with counts of failed seeds.

    Rows that can't do every task of the ranking come last, without a mean.
    """
    tasks = board.scored
    ends = ("", "_low", "_high", "_failed", "_seeds", "_statuses")
    names = (*WHERE, *IDENTITY, *(f"{t}{end}" for t in tasks for end in ends), "mean")
    means = {ranked.row.name: ranked.score.mean for ranked in ranking(board, board.ranked)}
    own = {row.name: row for row in board.rows}
    rows = []
    for name in dict.fromkeys((*means, *own)):
        row: dict[str, Any] = _where(board) | _identity(own[name]) | {"mean": means.get(name, nan)}
        for task in tasks:
            cell = own[name].cells[task]
            if cell.skipped:
                continue
            row |= interval_values(task, mean_interval([float(s) for s in cell.scores]))
            row[f"{task}_failed"] = cell.failed
            row[f"{task}_seeds"] = len(cell.seeds)
            row[f"{task}_statuses"] = _count(s for s in cell.statuses if s != "ok")
        rows.append(row)
    columns = (
        Column("label", "Method"),
        *(Column(task, task, "figure") for task in tasks),
        Column("mean", "Mean", "figure"),
    )
    title = f"{board.suite.title}: score on each task"
    return Table(title, names, rows, columns, part="tasks")


def quality_against_cost(board: Board, tasks: Sequence[str], cost: str = "flops") -> Table:
    """One track's score against what a run costs, and which rows are on the Pareto front.

    Args:
        tasks: names of scored tasks.
        cost: the name of a cost; see `reports.ranking.mean_cost`.
    """
    names = (*WHERE, *IDENTITY, cost, "score", "score_low", "score_high", "pareto")
    rows = []
    for ranked in ranking(board, tasks):
        row = _where(board) | _identity(ranked.row) | {cost: mean_cost(ranked.row, tasks, cost)}
        rows.append(row | interval_values("score", ranked.score))
    front = pareto_front([r[cost] for r in rows], [r["score"] for r in rows])
    for row, on in zip(rows, front, strict=True):
        row["pareto"] = on
    columns = (
        Column("label", "Method"),
        Column(cost, cost.replace("_", " "), cost if cost in ("flops", "seconds") else "figure"),
        Column("score", "Score", "estimate", least=1),
        Column("pareto", "On the Pareto front"),
    )
    title = f"{board.suite.title}: quality against cost"
    return Table(title, names, rows, columns, part="cost")


def seeds_phrase(boards: Sequence[Board], task: str | None = None) -> str:
    """`5 seeds`, or `2 to 5 seeds` where tasks differ."""
    counts = [len(s) for b in boards for t, s in b.seeds.items() if task in (None, t)]
    low, high = min(counts), max(counts)
    count = f"{low}" if low == high else f"{low} to {high}"
    return f"{count} seed{'' if high == 1 else 's'}"


def statuses(row: Row, tasks: Sequence[str]) -> str:
    """How often each status other than ok occurs, e.g. `over_budget:5 timeout:2`."""
    cells = (row.cells[t] for t in tasks if t in row.cells)
    return _count(s for cell in cells for s in cell.statuses if s != "ok")


def _count(words: Iterable[str]) -> str:
    occurring = list(words)
    return " ".join(f"{word}:{occurring.count(word)}" for word in sorted(set(occurring)))


def _in_order(
    board: Board,
    tasks: Sequence[str],
    cells: Callable[[Row], dict[str, Any]],
    shown: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Ranked rows with the references at their place on the scale; then those without a rank.

    Without a scale all rows are by name.

    Args:
        tasks: of the ranking.
        shown: the table's, if not those: a reference that stands on none of them has no row.
    """
    ranked_rows = ranking(board, tasks) if tasks else []
    rows = [_identity(ranked.row) | cells(ranked.row) | _places(ranked) for ranked in ranked_rows]
    has_rank = {ranked.row.name for ranked in ranked_rows}
    others = [row for row in board.rows if row.name not in has_rank]
    of_ranking = [task for task in board.tasks if task.name in tasks]
    ordered = bool(ordering_metrics(of_ranking))
    references = [
        _identity(row)
        | cells(row)
        | {"score": reference_score(row, tasks).mean}
        | ordering_values(ordering_means(row, tasks) if ordered else (), intervals=False)
        for row in board.references
        if set(shown or [task.name for task in board.tasks]) & set(row.cells)
    ]
    references.sort(key=lambda r: (-r["score"] if not isnan(r["score"]) else 0, r["method"]))
    for reference in references:
        rows.insert(_place(reference, rows, of_ranking), reference)
    rows += [_identity(row) | cells(row) | {"score": nan} for row in others]
    return [_where(board) | row for row in rows]


def _place(
    reference: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], tasks: Sequence[Task]
) -> int:
    """Where a reference stands: before the first row that is worse by what rows are ranked by.

    A reference without the first of several metrics stands by its score.
    """
    metrics = ordering_metrics(tasks)
    if not metrics or isnan(reference[f"order.{metrics[0].name}"]):
        score = reference["score"]
        return next((i for i, r in enumerate(rows) if r["score"] < score), len(rows))

    def standing(row: Mapping[str, Any]) -> list[float]:
        signs = [-1 if m.better == "low" and not in_score(tasks, m) else 1 for m in metrics]
        means = [row[f"order.{m.name}"] for m in metrics]
        return [
            -inf if isnan(mean) else round(sign * mean, ROUNDED)
            for sign, mean in zip(signs, means, strict=True)
        ]

    own = standing(reference)
    return next((i for i, r in enumerate(rows) if standing(r) < own), len(rows))


def _where(board: Board) -> dict[str, Any]:
    return {"suite": board.suite.name, "tier": board.tier, "track": board.track.name}


def _identity(row: Row) -> dict[str, Any]:
    return {
        "method": row.method,
        "variant": row.variant,
        "title": row.title,
        "label": row.label,
        "kind": row.kind,
        "role": row.role,
        "needs": " ".join(row.needs),
    }


def _places(ranked: Ranked) -> dict[str, Any]:
    return {
        "rank": ranked.place.rank,
        "tied": ranked.place.tied,
        "rank_low": ranked.place.rank,
        "rank_high": ranked.place.last,
        "mean_rank": ranked.mean_rank,
        "new_tasks_low": ranked.new_tasks.low,
        "new_tasks_high": ranked.new_tasks.high,
        **interval_values("score", ranked.score),
        **_behind(ranked),
        **ordering_values(ranked.ordering),
    }


def _behind(ranked: Ranked) -> dict[str, Any]:
    """The difference to the lead and the criterion that it is in; the lead is 0 behind itself."""
    if ranked.behind is None:
        return interval_values("behind", Interval(0.0, nan, nan)) | {"behind_in": ""}
    about = " ".join(filter(None, (ranked.behind.title, ranked.behind.about)))
    return interval_values("behind", ranked.behind.interval) | {"behind_in": about}


def _common(row: Row, tasks: Sequence[str]) -> dict[str, Any]:
    """The columns that stand at the end of every table of rows."""
    cells = [row.cells[t] for t in tasks if t in row.cells]
    return {
        **{name: mean_cost(row, tasks, name) for name in COSTS},
        "standing": weakest_standing(row, tasks),
        "runs": len(row.records(tasks)),
        "failed": sum(cell.failed for cell in cells),
        "statuses": statuses(row, tasks),
        "unmetered": sum(bool(r.cost.get("unmetered")) for r in row.records(tasks)),
    }


def _suite_cells(row: Row, board: Board, axes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    tasks = [t for t in board.ranked if t in row.cells]
    cells: dict[str, Any] = _common(row, tasks)
    done = [t for t in tasks if not row.cells[t].skipped]
    cells["coverage"] = (
        "" if len(done) == len(board.ranked) else f"{len(done)} of {len(board.ranked)}"
    )
    for name, _title in axes:
        parts = [row.cells[t].parts[name] for t in done if name in row.cells[t].parts]
        cells[f"axis.{name}"] = sum(float(p.mean()) for p in parts) / len(parts) if parts else nan
    held = [t for t in board.scored if t in row.cells and not row.cells[t].skipped]
    cells |= {f"score.{t}": float(row.cells[t].scores.mean()) for t in held}
    cells["tasks_failed"] = sum(row.cells[t].failed > 0 for t in tasks)
    return cells


def _task_cells(row: Row, task: Task) -> dict[str, Any]:
    cells = _common(row, [task.name])
    if task.name in row.cells:
        for metric in task.metrics:
            interval = mean_interval(row.cells[task.name].values(metric.name))
            cells |= interval_values(f"metric.{metric.name}", interval)
    return cells
