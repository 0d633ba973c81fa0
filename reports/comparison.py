"""What tells one method from each baseline, or comes nearest to it.

Here: the one family of tests over everything that is held against each other, and how many seeds
more would tell. Where rows are ranked by several metrics, the first of them that tells two apart
decides. Not here: tables and sentences (reports.verdict), the tests (reports.criteria).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from reports.board import Row
from reports.criteria import Contrast, contrasts
from reports.ranking import rank, ranking_criteria
from reports.statistics import holm, holm_level, seeds_needed

BETTER, WORSE, UNKNOWN = "better", "worse", "can't tell"


@dataclass(frozen=True)
class Decision:
    """What tells a method and a baseline apart, or comes nearest to it.

    Attributes:
        contrast: the first that tells them apart; where none does, the one of least p. Its
            interval leaves out 0 exactly where it does.
        verdict: better, worse or can't tell.
        level: of the interval, and of any test that were to tell.
    """

    contrast: Contrast
    verdict: str
    level: float


@dataclass(frozen=True)
class Compared:
    """One baseline, and how far the method is from it.

    Attributes:
        overall: over all tasks; None where the baseline can't do all of them.
        tasks: task's name -> the same on that task alone, for those that it can do.
    """

    baseline: Row
    overall: Decision | None
    tasks: Mapping[str, Decision]


def compare(row: Row, baselines: Sequence[Row], tasks: Sequence[str]) -> list[Compared]:
    """The method against each baseline; the best comes first, those that can't do all tasks last.

    Args:
        tasks: those that the method can do, all with a scale.
    """
    able = [b for b in baselines if not any(b.cells[t].skipped for t in tasks)]
    others = [b for b in baselines if b not in able]
    ordered = [*(ranked.row for ranked in rank(able, tasks)), *others]
    asked: list[tuple[str, tuple[str, ...]]] = []
    for baseline in ordered:
        if baseline in able:
            asked.append((baseline.name, tuple(tasks)))
        if len(tasks) > 1:
            asked += [(baseline.name, (t,)) for t in tasks if not baseline.cells[t].skipped]
    by_name = {baseline.name: baseline for baseline in ordered}
    found = decisions(
        [
            contrasts(ranking_criteria(row, over), ranking_criteria(by_name[name], over))
            for name, over in asked
        ]
    )
    of = dict(zip(asked, found, strict=True))
    alone = len(tasks) == 1
    return [
        Compared(
            baseline,
            of.get((baseline.name, tuple(tasks))),
            {t: of[baseline.name, (t,)] for t in tasks if (baseline.name, (t,)) in of},
        )
        for baseline in ordered
        if not (alone and baseline in others)
    ]


def decisions(families: Sequence[Sequence[Contrast]]) -> list[Decision]:
    """What is said of each comparison; Holm's correction is over all contrasts of all of them."""
    p_values = [c.difference.p for family in families for c in family]
    level = holm_level(p_values)
    rejections = iter(holm(p_values))
    decided = []
    for family in families:
        sure = [c for c in family if next(rejections)]
        nearest = sure[0] if sure else min(family, key=lambda c: c.difference.p)
        ahead = nearest.difference.interval.mean > 0
        verdict = (BETTER if ahead else WORSE) if sure else UNKNOWN
        decided.append(Decision(nearest.at(level), verdict, level))
    return decided


def more_seeds(row: Row, compared: Sequence[Compared], tasks: Sequence[str]) -> str:
    """How many more seeds would tell the method from the nearest baseline that it can't tell from.

    That is the one of least p; the difference and its spread are taken to be what they look like,
    so it is a guess. "" where all verdicts are made, or nothing is known of the spread.
    """
    unknown = [c for c in compared if c.overall and c.overall.verdict == UNKNOWN]
    if not unknown:
        return ""

    def p_value(one: Compared) -> float:
        assert one.overall is not None
        return one.overall.contrast.difference.p

    nearest = min(unknown, key=p_value)
    assert nearest.overall is not None
    estimate = nearest.overall.contrast.difference.estimate
    seeds = min(len(row.cells[t].seeds) for t in tasks)
    if not estimate.freedom or not estimate.mean or not estimate.error:
        return ""
    needed = seeds_needed(
        abs(estimate.mean),
        estimate.error * sqrt(seeds),
        level=nearest.overall.level,
        known=max(0, estimate.freedom - (seeds - 1)),  # several tasks, and what other rows say
    )
    return (
        f"If their difference is what it looks like, {max(needed - seeds, 1)} more seeds of each "
        f"task would tell {row.label} from {nearest.baseline.label} (in 80 of 100 tries)."
    )
