"""Where one method stands against every baseline: paired differences, verdicts, costs.

Here: the tables that `python -m bench try` prints, and the sentence under them. A method's
`default` is held against each baseline's `default`, its `tuned` against `tuned` where the baseline
has hyperparameters to tune. Where rows are ranked by several metrics, the first of them that tells
two apart decides. Not here: running anything (commands.trial), the statistics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import nan
from typing import TYPE_CHECKING, Any

from bench.records.record import Record
from reports.board import Board, Row, boards
from reports.columns import COSTS, ordering_values, ranking_columns
from reports.costs import mean_cost
from reports.criteria import Contrast, contrasts, ordering_metrics
from reports.digits import decimals, figure, span, with_unit
from reports.errors import ReportError
from reports.formats import as_text
from reports.frame import Column, Table
from reports.notes import missing_note, order_note
from reports.ranking import ordering_means, rank, ranking_criteria
from reports.statistics import Interval, holm
from reports.tables import seeds_phrase

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue

LEAST = 2
"""Decimals that are shown of a difference, however wide its interval."""

EQUAL = 1e-9
"""An interval narrower than this has no width but rounding."""

BETTER, WORSE, UNKNOWN = "better", "worse", "can't tell"

NOTES = (
    "Difference: its score minus the baseline's, with the 95% interval of Student's t, paired on "
    "(task, seed).",
    "Verdict: that paired t-test at 5% with Holm's correction for the number of baselines, so an "
    "interval may leave out 0 and the verdict still be can't tell. It holds for these tasks.",
)
ORDERED_NOTES = (
    "Difference: the method's figure minus the baseline's in the metric that decides, the first "
    "that tells them apart, or else in the one that comes nearest; with the 95% interval of "
    "Student's t, paired on (task, seed).",
    "Verdict: those paired t-tests at 5% with Holm's correction for every metric and baseline, so "
    "an interval may leave out 0 and the verdict still be can't tell. It holds for these tasks.",
)


@dataclass(frozen=True)
class Decision:
    """What tells a method and a baseline apart, or comes nearest to it.

    Attributes:
        contrast: the first that tells them apart; where none does, the one of least p.
        verdict: better, worse or can't tell.
    """

    contrast: Contrast
    verdict: str


@dataclass(frozen=True)
class Compared:
    """One baseline, and how far the method is from it.

    Attributes:
        overall: over all tasks.
        tasks: task's name -> the same on that task alone.
    """

    baseline: Row
    overall: Decision
    tasks: Mapping[str, Decision]


def compare(row: Row, baselines: Sequence[Row], tasks: Sequence[str]) -> list[Compared]:
    """The method against each baseline, over tasks that all have a scale; best baseline first.

    Holm's correction is over the baselines (and over the metrics, where rows are ranked by
    several), for all tasks together and for each task anew.
    """
    baselines = [ranked.row for ranked in rank(baselines, tasks)]

    def decided(over: Sequence[str]) -> list[Decision]:
        ours = ranking_criteria(row, over)
        return decisions([contrasts(ours, ranking_criteria(b, over)) for b in baselines])

    alone = {t: decided([t]) for t in tasks}
    return [
        Compared(baseline, overall, {t: alone[t][i] for t in tasks})
        for i, (baseline, overall) in enumerate(zip(baselines, decided(tasks), strict=True))
    ]


def decisions(families: Sequence[Sequence[Contrast]]) -> list[Decision]:
    """What is said of each baseline; Holm's correction is over all contrasts of all of them."""
    rejections = iter(holm([c.difference.p for family in families for c in family]))
    decided = []
    for family in families:
        sure = [
            c
            for c, rejected in zip(family, islice(rejections, len(family)), strict=True)
            if rejected
        ]
        nearest = sure[0] if sure else min(family, key=lambda c: c.difference.p)
        ahead = nearest.difference.interval.mean > 0
        decided.append(Decision(nearest, (BETTER if ahead else WORSE) if sure else UNKNOWN))
    return decided


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
    tasks = board.scored
    if not tasks:
        raise ReportError(" ".join(dict.fromkeys(board.unscored.values())))
    compared = compare(row, _baselines(board, row), tasks)
    tables = [_overall_table(board, row, compared)]
    tables += [_task_table(board, compared)] if len(tasks) > 1 and compared else []
    sentence = _sentence(row, compared, tasks)
    text = "\n".join([*map(as_text, tables), *board.unscored.values(), sentence])
    return Report(text, _data(board, row, compared))


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


def _overall_table(board: Board, row: Row, compared: Sequence[Compared]) -> Table:
    """The method's own line, then a line a baseline: difference over all tasks, and costs."""
    tasks = board.scored
    values = [
        {
            "label": line.label,
            "score": _score(line, tasks),
            "failed": sum(line.cells[t].failed for t in tasks),
            "needs": ", ".join(line.needs),
            **{name: mean_cost(line, tasks, name) for name in COSTS},
            **ordering_values(ordering_means(line, tasks), intervals=False),
            **more,
        }
        for line, more in (
            (row, {"shown": "", "verdict": ""}),
            *(
                (c.baseline, {"shown": _shown(board, c.overall), "verdict": c.overall.verdict})
                for c in compared
            ),
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


def _task_table(board: Board, compared: Sequence[Compared]) -> Table:
    """A line a baseline, a column a task."""
    values = [
        {"label": c.baseline.label}
        | {
            t: f"{_plus_minus(board, decision)} {decision.verdict}"
            for t, decision in c.tasks.items()
        }
        for c in compared
    ]
    columns = (Column("label", "Difference to"), *(Column(t, t) for t in board.scored))
    return Table("On each task alone", ("label", *board.scored), values, columns)


def _titles(board: Board, role: str) -> str:
    names = {getattr(task, role) for task in board.tasks}
    return ", ".join(sorted(r.title for r in board.references if r.method in names)) or role


def _sentence(row: Row, compared: Sequence[Compared], tasks: Sequence[str]) -> str:
    count = Counter(c.overall.verdict for c in compared)
    cost = [
        " ".join(with_unit(mean_cost(row, tasks, name), unit)).strip()
        for name, unit in zip(COSTS, ("FLOP", "s", "B"), strict=True)
    ]
    return (
        f"{row.label}: better than {count[BETTER]} of {_count(compared, 'baseline')}, worse than "
        f"{count[WORSE]}, can't tell from {count[UNKNOWN]}; a run cost {cost[0]}, {cost[1]} and "
        f"{cost[2]} of memory.\n"
    )


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _shown(board: Board, decision: Decision) -> str:
    """`+0.012 (0.003–0.021)`, with as many digits as the interval allows."""
    interval = decision.contrast.interval
    text, places = _signed(interval)
    if interval.half > EQUAL:
        text += f" ({span(interval.low, interval.high, places)})"
    return _subject(board, decision) + text


def _plus_minus(board: Board, decision: Decision) -> str:
    """`+0.012 ± 0.009`."""
    interval = decision.contrast.interval
    text, places = _signed(interval)
    text += f" ± {figure(interval.half, places)}" if interval.half > EQUAL else ""
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
    places = decimals(interval.half if interval.half > EQUAL else nan, LEAST)
    text = figure(interval.mean, places)
    positive = float(f"{interval.mean:.{places}f}") > 0
    return (f"+{text}" if positive else text), places


def _data(board: Board, row: Row, compared: Sequence[Compared]) -> dict[str, Any]:
    tasks = board.scored
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
                "score": _score(c.baseline, tasks),
                "failed": sum(c.baseline.cells[t].failed for t in tasks),
                "cost": _costs(c.baseline, tasks),
                **_numbers(c.overall),
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
