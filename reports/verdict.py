"""Where one method stands against every baseline: paired differences, verdicts, costs.

Here: the tables that `python -m bench try` prints, and the sentences under them. A method's
`default` is held against each baseline's `default`, its `tuned` against `tuned` where the baseline
has hyperparameters to tune. Not here: running anything (commands.trial), what tells two rows apart
(reports.comparison).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING, Any

from bench.records.record import Record
from reports import digits
from reports.board import Board, Row, boards
from reports.columns import COSTS, ordering_values, ranking_columns
from reports.comparison import BETTER, UNKNOWN, WORSE, Compared, Decision, compare, more_seeds
from reports.costs import mean_cost
from reports.criteria import ordering_metrics
from reports.digits import decimals, figure, signed, span, with_unit
from reports.errors import ReportError
from reports.formats import as_text
from reports.frame import Column, Table
from reports.notes import missing_note, order_note
from reports.ranking import ordering_means
from reports.statistics import Interval
from reports.tables import seeds_phrase

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue

LEAST = 2
"""Decimals that are shown of a difference, however wide its interval."""

NOTES = (
    "Difference: its score minus the baseline's, paired on (task, seed); its interval is of the "
    "same tests as the verdicts and leaves out 0 exactly where there is one.",
    "Verdict: moderated paired t-tests over seeds within tasks at 5%, with Holm's correction over "
    "everything that is printed here. It holds for these tasks. On fewer than 3 seeds there is "
    "none.",
)
ORDERED_NOTES = (
    "Difference: the method's figure minus the baseline's in the metric that decides, the first "
    "that tells them apart, or else in the one that comes nearest, paired on (task, seed); its "
    "interval is of the same tests as the verdicts and leaves out 0 exactly where there is one.",
    "Verdict: moderated paired t-tests over seeds within tasks at 5%, with Holm's correction over "
    "every metric, baseline and task that is printed here. On fewer than 3 seeds there is none.",
)


@dataclass(frozen=True)
class Report:
    """What `try` prints of one variant: as text, and as JSON values."""

    text: str
    data: dict[str, Any]


def report(
    records: Iterable[Record],
    catalogue: Catalogue,
    suite: str,
    tier: str,
    method: str,
    variant: str,
) -> Report:
    """Hold one variant of a method against the other methods of its track.

    Args:
        records: of the method, the baselines and the references, on the same tasks and seeds.
    Raises:
        ReportError: the method has no record among them, or no task has a scale.
    """
    places = [
        (board, row)
        for board in boards(records, catalogue, suite, tier)
        for row in board.rows
        if (row.method, row.variant) == (method, variant)
    ]
    if not places:
        raise ReportError(f"There is no record of {method} ({variant}) to compare.")
    board, row = places[0]
    tasks = tuple(t for t in board.scored if not row.cells[t].skipped)
    if not board.scored:
        raise ReportError(" ".join(dict.fromkeys(board.unscored.values())))
    if not tasks:
        raise ReportError(
            f"{row.label} can't do any of the tasks {', '.join(board.scored)}: each lacks what it "
            "needs."
        )
    compared = compare(row, _baselines(board, row), tasks)
    tables = [_overall_table(board, row, tasks, compared)]
    tables += [_task_table(tasks, board, compared)] if len(tasks) > 1 and compared else []
    sentences = [_sentence(row, compared, tasks), more_seeds(row, compared, tasks)]
    text = "\n".join([*map(as_text, tables), *board.unscored.values(), *filter(None, sentences)])
    return Report(text.rstrip() + "\n", _data(board, row, tasks, compared))


def _baselines(board: Board, row: Row) -> list[Row]:
    """The other methods of the track, each in the variant that is fair to compare with."""
    variants: dict[str, dict[str, Row]] = {}
    for other in board.rows:
        if other.method != row.method:
            variants.setdefault(other.method, {})[other.variant] = other
    chosen = (own.get(row.variant) or own.get("default") for own in variants.values())
    return [other for other in chosen if other is not None]


def _score(row: Row, tasks: Sequence[str]) -> float:
    return sum(float(row.cells[t].scores.mean()) for t in tasks) / len(tasks)


def _overall_table(
    board: Board, row: Row, tasks: Sequence[str], compared: Sequence[Compared]
) -> Table:
    """The method's own line, then a line a baseline: difference over all tasks, and costs.

    Of a baseline that can't do all of them the line has what it costs where it can.
    """
    able = {c.baseline.name: c.tasks for c in compared}
    values = [
        {
            "label": line.label,
            "score": nan if more["verdict"] == NOT_ALL else _score(line, tasks),
            "failed": sum(line.cells[t].failed for t in able.get(line.name, tasks)),
            "needs": ", ".join(line.needs),
            **{name: mean_cost(line, tasks, name) for name in COSTS},
            **ordering_values(ordering_means(line, tasks), intervals=False),
            **more,
        }
        for line, more in (
            (row, {"shown": "", "verdict": ""}),
            *((c.baseline, _overall(board, c)) for c in compared),
        )
    ]
    columns = (
        Column("label", "Method"),
        *(replace(column, kind="figure") for column in ranking_columns([board.scored_tasks])),
        Column("shown", "Difference"),
        Column("verdict", "Verdict"),
        Column("flops", "FLOPs", "flops"),
        Column("seconds", "Time", "seconds"),
        Column("peak_memory", "Memory", "bytes"),
        Column("needs", "Needs"),
    )
    title = (
        f"{row.label} against {_count(compared, 'baseline')} on {_count(tasks, 'task')} "
        f"({', '.join(tasks)}), tier {board.tier}, {seeds_phrase([board])}"
    )
    scale = (
        f"Score: 0 at {_titles(board, 'floor')}, 1 at {_titles(board, 'ceiling')}, mean over tasks "
        "and seeds. Costs: mean of one run."
    )
    order = order_note(board.scored_tasks)
    notes = (order, *ORDERED_NOTES) if order else NOTES
    failures = [missing_note(board.scored_tasks)] if any(v["failed"] for v in values) else []
    return Table(title, tuple(values[0]), values, columns, (scale, *notes, *failures))


NOT_ALL = "can't do all of these tasks"


def _overall(board: Board, compared: Compared) -> dict[str, str]:
    """A baseline's difference and verdict over all tasks, as words."""
    if compared.overall is None:
        return {"shown": "", "verdict": NOT_ALL}
    return {"shown": _shown(board, compared.overall), "verdict": compared.overall.verdict}


def _task_table(tasks: Sequence[str], board: Board, compared: Sequence[Compared]) -> Table:
    """A line a baseline, a column a task."""
    values = [
        {"label": c.baseline.label}
        | dict.fromkeys(tasks, "can't do it")
        | {
            t: f"{_plus_minus(board, decision)} {decision.verdict}"
            for t, decision in c.tasks.items()
        }
        for c in compared
    ]
    columns = (Column("label", "Difference to"), *(Column(t, t) for t in tasks))
    return Table("On each task alone", ("label", *tasks), values, columns)


def _titles(board: Board, role: str) -> str:
    names = {getattr(task, role) for task in board.tasks}
    return ", ".join(sorted(r.title for r in board.references if r.method in names)) or role


def _sentence(row: Row, compared: Sequence[Compared], tasks: Sequence[str]) -> str:
    count = Counter(c.overall.verdict for c in compared if c.overall)
    unable = len(compared) - sum(count.values())
    cost = [
        " ".join(with_unit(mean_cost(row, tasks, name), unit)).strip()
        for name, unit in zip(COSTS, ("FLOP", "s", "B"), strict=True)
    ]
    return (
        f"{row.label}: better than {count[BETTER]} of {_count(compared, 'baseline')}, worse than "
        f"{count[WORSE]}, can't tell from {count[UNKNOWN]}"
        f"{f', {unable} not compared' if unable else ''}; a run cost {cost[0]}, {cost[1]} and "
        f"{cost[2]} of memory."
    )


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _shown(board: Board, decision: Decision) -> str:
    """`+0.012 (0.003–0.021)`, with as many digits as the interval allows."""
    interval = decision.contrast.interval
    text, places = _signed(interval)
    if digits.interval(interval.low, interval.high):
        text += f" ({span(interval.low, interval.high, places)})"
    return _subject(board, decision) + text


def _plus_minus(board: Board, decision: Decision) -> str:
    """`+0.012 ± 0.009`."""
    interval = decision.contrast.interval
    text, places = _signed(interval)
    if digits.interval(interval.low, interval.high):
        text += f" ± {figure(interval.half, places)}"
    return _subject(board, decision) + text


def _subject(board: Board, decision: Decision) -> str:
    """What the difference is in, where it isn't the score: `failures `."""
    named = [m for task in board.scored_tasks for m in ordering_metrics([task])]
    titles = {metric.name: metric.title.lower() for metric in named}
    title = titles.get(decision.contrast.criterion, "")
    about = decision.contrast.about
    return f"{title} {about} ".replace("  ", " ") if title else ""


def _signed(interval: Interval) -> tuple[str, int]:
    """The mean with its sign, and how many decimals the interval allows."""
    places = decimals(interval.half if digits.interval(interval.low, interval.high) else nan, LEAST)
    return signed(interval.mean, places), places


def _data(
    board: Board, row: Row, tasks: Sequence[str], compared: Sequence[Compared]
) -> dict[str, Any]:
    return {
        "method": row.method,
        "variant": row.variant,
        "track": board.track.name,
        "tasks": list(tasks),
        "seeds": {t: list(board.seeds[t]) for t in tasks},
        "score": _score(row, tasks),
        "scores": {t: float(row.cells[t].scores.mean()) for t in tasks},
        "cost": _costs(row, tasks),
        "baselines": [
            {
                "method": c.baseline.method,
                "variant": c.baseline.variant,
                "score": _score(c.baseline, tasks) if c.overall else None,
                "failed": sum(c.baseline.cells[t].failed for t in c.tasks),
                "cost": _costs(c.baseline, tasks),
                **(_numbers(c.overall) if c.overall else {"verdict": NOT_ALL}),
                "tasks": {t: _numbers(decision) for t, decision in c.tasks.items()},
            }
            for c in compared
        ],
    }


def _costs(row: Row, tasks: Sequence[str]) -> dict[str, float | None]:
    return {name: _number(mean_cost(row, tasks, name)) for name in COSTS}


def _numbers(decision: Decision) -> dict[str, Any]:
    contrast, interval = decision.contrast, decision.contrast.interval
    return {
        "metric": contrast.criterion,
        "about": contrast.about or "value",
        "difference": interval.mean,
        "low": _number(interval.low),
        "high": _number(interval.high),
        "p": contrast.difference.p,
        "verdict": decision.verdict,
    }


def _number(value: float) -> float | None:
    """None for NaN, which JSON hasn't."""
    return None if value != value else value
