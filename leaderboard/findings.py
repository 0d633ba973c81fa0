"""Findings: sentences made from data only.

Here: what stands above a table. Every name and figure comes from the ranking. Not here: prose
that would need judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.digits import decimals, figure
from reports.ranking import Ranked, mean_cost

if TYPE_CHECKING:
    from bench.contract.suite import Task
    from leaderboard.site import SuiteData

FAR_CHEAPER = 10
"""A method is named for its cost where it spends a tenth of the lead's FLOPs or less …"""
GOOD_ENOUGH = 0.5
"""… and keeps half of the lead's score or more."""


def findings(ranked: Sequence[Ranked], tasks: Sequence[str]) -> list[Markup]:
    """What the ranking says: who leads, who can't be told apart, what is cheap, who falls short.

    Args:
        ranked: one track's rows, best first.
        tasks: the tasks they are ranked over.
    """
    if not ranked:
        return []
    pairs = sum(len(ranked[0].row.cells[t].scores) for t in tasks)
    sentences = [
        *(_lead(ranked, pairs), _everywhere(ranked, tasks), _next(ranked)),
        *(_cheap(ranked, tasks), _below(ranked)),
    ]
    return [sentence for sentence in sentences if sentence]


def _lead(ranked: Sequence[Ranked], pairs: int) -> Markup:
    first = [r for r in ranked if r.place == 1]
    runs = "one paired run" if pairs == 1 else f"{pairs} paired runs each"
    if len(ranked) == 1:
        return Markup("{} is the only method here.").format(_name(first[0]))
    if len(first) == 1 and ranked[0].ordering:
        return _ordered_lead(ranked[0], ranked[1])
    if len(first) == 1:
        gap = ranked[0].score.mean - ranked[1].score.mean
        half = max(ranked[0].score.half, ranked[1].score.half)
        by = figure(gap, max(decimals(half), decimals(gap)))
        return Markup("{} leads alone, by {}.").format(_name(first[0]), by)
    if len(first) == len(ranked):
        return Markup("{} comes first, but {} can’t separate any method from it.").format(
            _name(first[0]), runs
        )
    if len(first) <= 3:
        return Markup("{} lead, and {} can’t separate them from the first.").format(
            _names(first), runs
        ) if len(first) > 2 else Markup("{} lead, and {} can’t separate them.").format(
            _names(first), runs
        )  # fmt: skip
    return Markup("{} leads, and {} can’t separate {} more from it.").format(
        _name(first[0]), runs, len(first) - 1
    )


def _ordered_lead(first: Ranked, second: Ranked) -> Markup:
    """Who leads a ranking by several metrics, with the first in which it is ahead."""
    for ours, theirs in zip(first.ordering, second.ordering, strict=True):
        gap = ours.interval.mean - theirs.interval.mean
        if abs(gap) > 1e-12:
            places = max(
                decimals(max(ours.interval.half, theirs.interval.half)), decimals(abs(gap))
            )
            return Markup("{} leads alone: {} {}, the next one {}.").format(
                _name(first),
                ours.title.lower(),
                figure(ours.interval.mean, places),
                figure(theirs.interval.mean, places),
            )
    return Markup("{} leads alone.").format(_name(first))


def _everywhere(ranked: Sequence[Ranked], tasks: Sequence[str]) -> Markup:
    """How many rows run on every task, where some are skipped on one: it moves them down."""
    whole = [r for r in ranked if not any(r.row.cells[t].skipped for t in tasks)]
    if len(tasks) < 2 or len(whole) == len(ranked):
        return Markup("")
    return Markup(
        "{} of {} rows {} on all {} tasks; the others lack what one needs, and count as the worst "
        "there."
    ).format(len(whole), len(ranked), "runs" if len(whole) == 1 else "run", len(tasks))


def _next(ranked: Sequence[Ranked]) -> Markup:
    after = [r for r in ranked if r.place > 1]
    group = [r for r in after if r.place == after[0].place]
    if not group:
        return Markup("")
    if len(group) <= 2:
        return Markup("{} {} next.").format(_names(group), "comes" if len(group) == 1 else "come")
    return Markup("{} comes next, tied with {} more.").format(_name(group[0]), len(group) - 1)


def _cheap(ranked: Sequence[Ranked], tasks: Sequence[str]) -> Markup:
    lead = ranked[0]
    if lead.ordering:  # a share of the lead's score says nothing of how often a method fails
        return Markup("")
    spent = mean_cost(lead.row, tasks, "flops")
    candidates = []
    for rival in ranked[1:]:
        flops = mean_cost(rival.row, tasks, "flops")
        near = rival.score.mean >= GOOD_ENOUGH * lead.score.mean > 0
        if near and rival.place > 1 and 0 < flops * FAR_CHEAPER <= spent:
            candidates.append((rival, spent / flops))
    if not candidates:
        return Markup("")
    best, factor = candidates[0]
    share = 100 * best.score.mean / lead.score.mean
    return Markup("For a {}th of the lead’s FLOPs, {} keeps {}% of its score.").format(
        _round(factor), _name(best), figure(share, 0)
    )


def _below(ranked: Sequence[Ranked]) -> Markup:
    below = [r for r in ranked if r.score.mean < 0]
    if not below:
        return Markup("")
    if len(below) <= 3:
        return Markup("{} {} below the floor.").format(
            _names(below), "ends" if len(below) == 1 else "end"
        )
    return Markup("{} of {} rows end below the floor.").format(len(below), len(ranked))


def failures(failed: int, runs: int) -> str:
    """`13 of 90 runs have no result.`; nothing where all have one."""
    return f"{failed:,} of {runs:,} runs have no result." if failed else ""


def empty(tier: str, data: SuiteData, task: Task | None = None) -> str:
    """What stands where there are no records: that there are none, and how to make them."""
    name = data.suite.name
    where = f"--suite {name}" + (f" --task {task.name}" if task else "")
    others = f" There are records at tier {', '.join(data.others)}." if data.others else ""
    if not task and data.records:
        return f"Nothing here has a score at tier {tier} yet."
    return (
        f"No records at tier {tier} yet.{others} Make them with: "
        f"python -m bench run {where} --tier {tier}"
    )


def _round(factor: float) -> str:
    """One significant digit: 333 as `300`."""
    return f"{float(f'{factor:.0e}'):,.0f}"


def _name(ranked: Ranked) -> Markup:
    return Markup("<b>{}</b>").format(ranked.row.label)


def _names(ranked: Sequence[Ranked]) -> Markup:
    names = [_name(r) for r in ranked]
    if len(names) == 1:
        return names[0]
    return Markup(", ").join(names[:-1]) + Markup(" and ") + names[-1]
