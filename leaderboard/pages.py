"""Every page and download of the site, as (path, text).

Here: what each template is handed. Not here: writing (leaderboard.build), HTML (templates/),
figures (reports).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.contract.metric import column_metrics, curve_groups, matrices
from bench.contract.suite import Task
from bench.records.record import STATUSES
from leaderboard import carried, changes, documents, downloads, drawing, findings, kept, runs, shown
from leaderboard.across import shared_figures
from leaderboard.crosschecked import Checks, read_checks
from leaderboard.curves import curve_figures
from leaderboard.figures import x_labels
from leaderboard.matrices import matrix_figures
from leaderboard.rows import (
    at_rank_one,
    constant,
    cost_plots,
    heat_rows,
    metric_shades,
    strip,
    table_lines,
)
from leaderboard.site import Site, SuiteData
from leaderboard.treemap import PoolMap
from reports.board import Board, Row
from reports.budgets import budget_sentence
from reports.columns import ranking_columns
from reports.costs import mean_cost
from reports.criteria import ordering_metrics
from reports.digits import difference
from reports.fidelity import agreements, turned_note
from reports.neighbours import neighbours
from reports.notes import (
    BEHIND_NOTE,
    contradictions_note,
    order_note,
    ranked_over_note,
    ties_note,
)
from reports.notes import rule as missing_rule
from reports.power import needed_seeds, power_sentence
from reports.ranking import reference_score
from reports.statistics import mean_interval
from reports.tables import seeds_phrase

SAID_ONCE = ("standing", "needs")
"""Columns that are a sentence where every row has the same."""


def pages(site: Site, held: Sequence[documents.Document] = ()) -> Iterator[tuple[str, str]]:
    """Every file of the site but the static ones: path from its root, and text.

    Args:
        held: the repository's documents.
    """
    templates = environment(site, held)
    yield "index.html", _overview(templates, site)
    yield from _documents(templates, held)
    found = changes.entries(site.history)
    page = templates.get_template("changes.html")
    yield "changes.html", page.render(root="", entries=found, moved=changes.moved)
    yield "changes.atom", changes.feed(found)
    checks = read_checks()
    for data in site.suites.values():
        name = data.suite.name
        yield f"{name}/index.html", _suite(templates, data)
        if data.scored:
            yield f"data/{name}-scores.js", carried.script(data)
        for task in data.suite.tasks:
            yield f"{name}/{shown.slug(task.name)}.html", _task(templates, data, task)
        for method in data.names:
            yield f"{name}/methods/{method}.html", _method(templates, data, method, checks)
        if data.records:
            page = templates.get_template("run.html")
            yield f"{name}/run.html", page.render(root="../", suite=data.suite)
            yield from runs.scripts(data, site.trust.carried, partial(_pool, templates))
        yield from downloads.files(data)


def _documents(
    templates: Environment, held: Sequence[documents.Document]
) -> Iterator[tuple[str, str]]:
    """The repository's documents, and what their search looks through."""
    page = templates.get_template("document.html")
    for one in held:
        yield f"docs/{one.name}.html", page.render(root="../", document=one)
    if held:
        yield "docs/search.js", documents.search_script(held)


def environment(site: Site, held: Sequence[documents.Document] = ()) -> Environment:
    """Jinja with our filters; an undefined name is an error, everything is escaped."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= shown.FILTERS
    made.globals |= {
        "site": site,
        "documents": held,
        "statuses": STATUSES,
        "heat": drawing.heat,
        "seeds_phrase": seeds_phrase,
        "column_metrics": column_metrics,
        "curves_of": curve_groups,
        "matrices_of": matrices,
        "x_labels": x_labels,
        "empty": partial(findings.empty, site.tier),
        "missing_rule": missing_rule,
        "order_note": order_note,
        "ties_note": ties_note,
        "behind_note": BEHIND_NOTE,
        "turned_note": turned_note,
        "ordering_metrics": ordering_metrics,
        "made": findings.made,
        "difference": difference,
        "run_link": lambda root, record: runs.link(root, record.method, record.key),
    }
    return made


FIRST = 5
"""Rows of each suite on the first page."""


def _overview(templates: Environment, site: Site) -> str:
    cards = [_card(data) for data in site.suites.values()]
    records = site.records
    counts = {
        "methods": sum(
            e.kind == "method" for d in site.suites.values() for e in d.declared.values()
        ),
        "tasks": sum(len(d.suite.tasks) for d in site.suites.values()),
        "runs": len(findings.made(records)),
        "failed": len(findings.without_result(records)),
        "reproduced": sum(r.standing != "self-reported" for r in findings.made(records)),
    }
    return templates.get_template("overview.html").render(root="", cards=cards, counts=counts)


def _card(data: SuiteData) -> dict[str, Any]:
    """What the first page shows of a suite: the first rows of its first track."""
    board = data.scored[0] if data.scored else None
    if board is None or data.table is None:
        return {"data": data, "board": None, "lines": []}
    lines = [
        line
        for line in table_lines(data.table, board)
        if line["rank"] and not line["of"] and line["track"] == board.track.name
    ][:FIRST]
    return {
        "data": data,
        "board": board,
        "lines": lines,
        "ordered": bool(ordering_metrics(board.ranked_tasks)),
        "same": constant(lines, ["needs"]),
        "findings": findings.findings(board, board.ranked),
        "axis": _axis(lines, board.ranked_tasks),
    }


def _suite(templates: Environment, data: SuiteData) -> str:
    tracks = [_track(data, board) for board in data.scored]
    return templates.get_template("suite.html").render(
        root="../",
        data=data,
        suite=data.suite,
        tracks=tracks,
        scored=list(dict.fromkeys(task for board in data.scored for task in board.scored)),
        unscored=dict(item for board in data.boards for item in board.unscored.items()),
        failures=findings.failures(data.records),
        downloads=downloads.links(data.suite.name) if data.table else [],
        same=constant([line for track in tracks for line in track["lines"]], SAID_ONCE),
        runs_links=downloads.links(f"{data.suite.name}-runs") if data.records else [],
        newest=max((str(r.provenance.get("created", "")) for r in data.records), default="")[:10],
    )


def _track(data: SuiteData, board: Board) -> dict[str, Any]:
    """What the suite's page shows of one track."""
    assert data.table is not None
    lines = [line for line in table_lines(data.table, board) if line["track"] == board.track.name]
    rows = {(r.method, r.variant): r for r in (*board.rows, *board.references)}
    for line in lines:
        row = rows[line["method"], line["variant"]]
        line["strip"] = [strip(row.cells.get(task)) for task in board.scored]
    return {
        "board": board,
        "lines": lines,
        "ranked_by": ranking_columns([board.ranked_tasks]),
        "columns": [c for c in data.table.columns if c.name.startswith("axis.")],
        "ordered": bool(ordering_metrics(board.ranked_tasks)),
        "axis": _axis(lines, board.ranked_tasks),
        "findings": findings.findings(board, board.ranked),
        "over": ranked_over_note(board),
        "fidelity": agreements(board),
        "within": contradictions_note(board, board.ranked),
        "heat": heat_rows(board, lines),
        "at_rank_one": at_rank_one(board),
        "cost_links": downloads.links(f"{downloads.stem(data, board)}-cost"),
        "heat_links": downloads.links(f"{downloads.stem(data, board)}-tasks"),
        "plots": cost_plots(board, board.ranked, lines),
        "shared": shared_figures(board.tasks, lines, _lines_of_tasks(data, board)),
        "places": shown.most_places(lines, "score", least=1),
    }


def _lines_of_tasks(data: SuiteData, board: Board) -> dict[str, list[dict[str, Any]]]:
    """The rows of each task's own table that are of one track."""
    tables = {task.name: data.task_tables[task.name].rows() for task in board.tasks}
    return {
        task: [row for row in rows if row["track"] == board.track.name]
        for task, rows in tables.items()
    }


def _axis(lines: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> drawing.Axis:
    """What a ranking draws: differences to the lead, or scores where tasks name several metrics."""
    drawn = "score" if ordering_metrics(tasks) else "behind"
    lines = [line for line in lines if drawn == "score" or line["kind"] != "reference"]
    means = [line[drawn] for line in lines]
    ends = [line[f"{drawn}_{end}"] for line in lines for end in ("low", "high")]
    return (drawing.axis_for if drawn == "score" else drawing.behind_axis)(means, ends)


def _task(templates: Environment, data: SuiteData, task: Task) -> str:
    held = [b for b in data.boards if task.name in b.seeds]
    records = [r for r in data.records if r.task == task.name]
    tracks = [_task_track(data, board, task) for board in held]
    return templates.get_template("task.html").render(
        root="../",
        data=data,
        suite=data.suite,
        task=task,
        tracks=tracks,
        same=constant([line for track in tracks for line in track["lines"]], SAID_ONCE),
        records=records,
        spent=_spent(tracks, task, data),
        unscored=next((b.unscored[task.name] for b in held if task.name in b.unscored), ""),
        offered=[n for n in data.suite.needs if n.name in task.offers],
        failures=findings.failures(records),
        downloads=downloads.links(f"{data.suite.name}-{shown.slug(task.name)}") if records else [],
    )


def _task_track(data: SuiteData, board: Board, task: Task) -> dict[str, Any]:
    """What a task's page shows of one track."""
    lines = [
        line
        for line in table_lines(data.task_tables[task.name], board)
        if line["track"] == board.track.name
    ]
    rows = {(r.method, r.variant): r for r in (*board.rows, *board.references)}
    for line in lines:
        line["cell"] = rows[line["method"], line["variant"]].cells.get(task.name)
    scored = task.name in board.scored
    return {
        "board": board,
        "lines": lines,
        "scored": scored,
        "ranked_by": ranking_columns([[task]]),
        "ordered": bool(ordering_metrics([task])),
        "axis": _axis(lines, [task]),
        "shades": metric_shades(task, lines),
        "widths": {m.name: _width(lines, f"metric.{m.name}") for m in column_metrics(task.metrics)},
        "curves": curve_figures(task, lines),
        "matrices": matrix_figures(task, lines),
        "findings": findings.findings(board, [task.name]) if scored else [],
        "within": contradictions_note(board, [task.name]),
        "plots": cost_plots(board, [task.name], lines) if scored else [],
        "places": shown.most_places(lines, "score", least=1),
        "seeds": board.seeds[task.name],
        "power": [power_sentence(one) for one in needed_seeds(board, task.name)] if scored else [],
    }


def _spent(tracks: Sequence[Mapping[str, Any]], task: Task, data: SuiteData) -> str:
    """How much of the task's budget its rows spend."""
    budget = task.budgets.get(data.boards[0].tier) if data.boards else None
    own = [x for track in tracks for x in track["lines"] if x["kind"] != "reference"]
    return budget_sentence(own, budget) if budget else ""


def _width(lines: Sequence[Mapping[str, Any]], column: str) -> int:
    """The most decimals that a column shows, figures without an interval included."""
    places = (shown.places(line[f"{column}_low"], line[f"{column}_high"]) for line in lines)
    return max(places, default=0)


def _method(templates: Environment, data: SuiteData, method: str, checks: Checks) -> str:
    declared = data.declared.get(method)
    records = [r for r in data.records if r.method == method]
    variants = [_variant(data, board, row) for board, row in data.places(method)]
    needs = {n.name: n for n in data.suite.needs}
    baseline = data.declared.get(kept.BASELINE)
    return templates.get_template("method.html").render(
        root="../../",
        data=data,
        suite=data.suite,
        name=method,
        title=declared.title if declared else method,
        declared=declared,
        source=shown.source(declared) if declared else "",
        explained=shown.explained(declared) if declared else "",
        checks=[check for check in checks.get((data.suite.name, method), ()) if check[1]],
        needed=[needs[n] for n in declared.needs if n in needs] if declared else [],
        variants=variants,
        records=records,
        failed=findings.without_result(records),
        missing=sum(v["missing"] for v in variants),
        beside=kept.side_by_side(data.records, data.suite.tasks, method, data.artefact),
        baseline=baseline.title if baseline else kept.BASELINE,
    )


def _variant(data: SuiteData, board: Board, row: Row) -> dict[str, Any]:
    """One variant's tiles and its results task by task."""
    able = [t for t in board.scored if t in row.cells and not row.cells[t].skipped]
    tasks = [t for t in able if t in board.ranked] or able
    ranked = {r.row.name: r for r in data.ranked.get((board.track.name, ""), ())}
    results: list[dict[str, Any]] = []
    for task in board.tasks:
        cell = row.cells.get(task.name)
        if cell is None:
            continue
        places = data.ranked.get((board.track.name, task.name), ())
        at = next((i for i, r in enumerate(places) if r.row.name == row.name), None)
        results.append(
            {
                "task": task,
                "cell": cell,
                "interval": mean_interval([] if cell.skipped else [float(s) for s in cell.scores]),
                "place": None if at is None else places[at],
                "rivals": len(places),
                "mean_place": None if at is None else at + 1,
                "best": places[0].score.mean if places else nan,
                "flops": mean_cost(row, [task.name], "flops"),
            }
        )
    values = [float(s) for r in results if not r["cell"].skipped for s in r["cell"].scores]
    return {
        "board": board,
        "row": row,
        "ranked": ranked.get(row.name),
        "rows": len(ranked),
        "scale": reference_score(row, tasks) if row.kind == "reference" and tasks else None,
        "results": results,
        "best_and_worst": _best_and_worst(results),
        "neighbours": neighbours(board, board.ranked, row.name) if row.name in ranked else [],
        "axis": drawing.axis_for([*values, *(r["best"] for r in results)]),
        "cost": {n: mean_cost(row, tasks, n) for n in ("flops", "seconds", "peak_memory")},
        "failed": sum(c.failed for c in row.cells.values()),
        "runs": sum(len(c.seeds) for c in row.cells.values() if not c.skipped),
        "missing": sum(c.statuses.count("missing") for c in row.cells.values()),
    }


def _best_and_worst(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks on which most and fewest rows are behind a row; none of fewer than three tasks."""
    placed = [r for r in results if r["mean_place"] and r["rivals"] > 1]
    if len(placed) < 3:
        return []
    placed.sort(key=lambda r: (r["mean_place"] - 1) / (r["rivals"] - 1))
    return [placed[0], placed[-1]]


def _pool(templates: Environment, drawn: PoolMap) -> str:
    """The map of a pool, as HTML."""
    return templates.get_template("pool.html").render(map=drawn)
