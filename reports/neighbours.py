"""A row beside the lead and beside those that stand next to it.

Here: which those are, and each difference with an interval of the ranking's own family, so that it
says what the ranks say. Not here: ranks (reports.ranking), comparing with chosen baselines
(reports.comparison).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.board import Board
from reports.comparison import BETTER, UNKNOWN, WORSE
from reports.criteria import Contrast
from reports.ranking import Ranked, apart, ranking, standing


@dataclass(frozen=True)
class Neighbour:
    """Another row, and how far the first is from it.

    Attributes:
        where: `lead`, `above` or `below`.
        contrast: the first less the other, in the criterion that comes nearest to telling them
            apart.
        verdict: whether the first is surely better or worse.
    """

    other: Ranked
    where: str
    contrast: Contrast
    verdict: str


def neighbours(board: Board, tasks: Sequence[str], name: str) -> list[Neighbour]:
    """The lead, the row above and the row below, as far as they are; none of a row without rank."""
    ranked = ranking(board, tasks)
    place = next((i for i, one in enumerate(ranked) if one.row.name == name), None)
    if place is None:
        return []
    beside = {place - 1: "above", place + 1: "below", 0: "lead"}
    found = standing(board, tasks)
    made = []
    for other, where in sorted(beside.items()):
        if other == place or not 0 <= other < len(ranked):
            continue
        contrast = apart(ranked[place].row, ranked[other].row, tasks, found.level)
        verdict = UNKNOWN
        if found.beats[place, other] or found.beats[other, place]:
            verdict = BETTER if found.beats[place, other] else WORSE
        made.append(Neighbour(ranked[other], where, contrast, verdict))
    return made
