"""What a table says, in at most three sentences made from data only.

Here: what to use and why, what leads, and what isn't known. A name stands between two asterisks
each side, as in Markdown. What to use is said only where it stays true when any one task is left
out. Not here: the notes that explain a table's columns (reports.notes).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from reports.board import Board, Row
from reports.costs import mean_cost
from reports.criteria import SCORE
from reports.digits import difference, significant, with_unit
from reports.ranking import Ranked, ranking, standing
from reports.statistics import Interval

MARGIN = 0.1
"""A row is as good as the lead where it is surely not further behind than this, in score."""

KNOWN = 0.5
"""Where more than this share of the rows share rank 1, too little is known to say what to use."""

CHEAPER = 2
"""A cost is held against the lead's where the lead spends at least so many times as much."""


def sentences(board: Board, tasks: Sequence[str]) -> list[str]:
    """What the ranking of a track's rows over those tasks says; none without rows."""
    ranked = ranking(board, tasks)
    if not ranked:
        return []
    if len(ranked) == 1:
        return [f"{_name(ranked[0].row)} is the only method here."]
    return [s for s in (_advice(board, tasks), _lead(ranked), _unknown(board, tasks)) if s]


def _advice(board: Board, tasks: Sequence[str]) -> str:
    """The cheapest row that is as good as the lead, over all tasks and without any one."""
    ranked = ranking(board, tasks)
    chosen = [one for one in _steady(board, tasks) if _as_good(one)]
    if not chosen or sum(r.place.rank == 1 for r in ranked) > KNOWN * len(ranked):
        return ""
    best = min(chosen, key=lambda one: _cost(one.row, tasks))
    lead = ranked[0]
    costs = _costs(best.row, tasks)
    if best is lead:
        why = f"it has the best mean and costs {costs}"
    else:
        spent = mean_cost(best.row, tasks, "flops")
        times = mean_cost(lead.row, tasks, "flops") / spent if spent else 0.0
        cheap = f"1/{significant(times, 1)} of it: " if times >= CHEAPER else ""
        lost = f"{_name(lead.row)} ({behind(best)})"
        why = f"it can't be told from the best, {lost}, and costs {cheap}{costs}"
    needed = [need.title for need in board.suite.needs if need.name in best.row.needs]
    without = next((r for r in ranked if not set(r.row.needs) & set(best.row.needs)), None)
    needs = f"; it needs {_listed(needed)}" if needed else ""
    other = f" Without: {_name(without.row)}." if needed and without else ""
    return f"Use {_name(best.row)}: {why}{needs}.{other}"


def _as_good(one: Ranked) -> bool:
    """Whether a row is the lead, or surely not `MARGIN` behind it in the score."""
    if one.behind is None:
        return True
    return one.behind.criterion == SCORE and one.behind.interval.low > -MARGIN


def _steady(board: Board, tasks: Sequence[str]) -> list[Ranked]:
    """The rows of rank 1 without a failed run that keep it when any one task is left out."""
    kept = [
        r
        for r in ranking(board, tasks)
        if r.place.rank == 1 and not any(r.row.cells[t].failed for t in tasks)
    ]
    for rest in _without_one(tasks):
        first = {row.name for row in standing(board, rest).first}
        kept = [r for r in kept if r.row.name in first]
    return kept


def _without_one(tasks: Sequence[str]) -> list[tuple[str, ...]]:
    """The tasks without each of them in turn; none of a single task."""
    return [tuple(t for t in tasks if t != out) for out in tasks] if len(tasks) > 1 else []


def _lead(ranked: Sequence[Ranked]) -> str:
    first = [r for r in ranked if r.place.rank == 1]
    if len(first) == len(ranked):
        return (
            f"Nothing is known of who is best: no test tells any of the {len(ranked)} rows apart."
        )
    if len(first) > 1:
        return (
            f"{_name(ranked[0].row)} has the best mean; {len(first)} of {len(ranked)} rows share "
            "rank 1, as no other is surely better than they are."
        )
    second = ranked[1]
    assert second.behind is not None
    ahead = second.behind.interval
    by = _interval(Interval(-ahead.mean, -ahead.high, -ahead.low))
    return (
        f"{_name(ranked[0].row)} is surely the best: the next, {_name(second.row)}, is {by} behind."
    )


def _unknown(board: Board, tasks: Sequence[str]) -> str:
    """What one task alone decides."""
    if len(tasks) < 2:
        return ""
    lead = standing(board, tasks).rows[0]
    turned = []
    for out, rest in zip(tasks, _without_one(tasks), strict=True):
        other = standing(board, rest).rows[0]
        if other.name != lead.name:
            turned.append(f"without {out} it is {_name(other)}")
    if not turned:
        return f"The best mean stays the same without any one of the {len(tasks)} tasks."
    return f"Who has the best mean hangs on single tasks: {', '.join(turned[:2])}."


def behind(one: Ranked) -> str:
    """`−0.026, interval −0.061 to +0.009`, of a row that isn't the lead."""
    assert one.behind is not None
    return _interval(one.behind.interval, with_sign=True)


def _interval(interval: Interval, with_sign: bool = False) -> str:
    """A difference with two digits of its interval's half-width."""
    middle, ends = difference(interval.mean, interval.low, interval.high)
    written = middle if with_sign else middle.removeprefix("+")
    return f"{written}, interval {ends}" if ends else written


def _cost(row: Row, tasks: Sequence[str]) -> tuple[float, float]:
    """By which rows are held to be cheap: FLOPs, then seconds; unknown is dear."""
    spent = [mean_cost(row, tasks, name) for name in ("flops", "seconds")]
    flops, seconds = (value if isfinite(value) else float("inf") for value in spent)
    return flops, seconds


def _costs(row: Row, tasks: Sequence[str]) -> str:
    pairs = (("flops", "FLOP"), ("seconds", "s"))
    return ", ".join(" ".join(with_unit(mean_cost(row, tasks, n), unit)) for n, unit in pairs)


def _listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _name(row: Row) -> str:
    return f"**{row.label}**"
