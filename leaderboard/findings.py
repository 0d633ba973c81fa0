"""Sentences on pages: what a ranking says, how many runs have no result, what stands where
there is nothing.

Not here: what a ranking says in words (reports.sentences), prose that would need judgement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from reports.board import Board
from reports.sentences import sentences

if TYPE_CHECKING:
    from bench.contract.suite import Task
    from bench.records.record import Record
    from leaderboard.site import SuiteData


def findings(board: Board, tasks: Sequence[str]) -> list[Markup]:
    """`reports.sentences` of a track over those tasks, with names set bold."""
    return [_bold(sentence) for sentence in sentences(board, tasks)]


def _bold(sentence: str) -> Markup:
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(sentence))))


def made(records: Sequence[Record]) -> list[Record]:
    """The runs that were made: a skipped one is a record of none."""
    return [record for record in records if record.status != "skipped"]


def without_result(records: Sequence[Record]) -> list[Record]:
    """The runs that failed; a skipped one hasn't, its method can't do the task."""
    return [record for record in records if record.failed]


def failures(records: Sequence[Record]) -> str:
    """`13 of 90 runs have no result.`; nothing where all have one."""
    failed = len(without_result(records))
    return f"{failed:,} of {len(made(records)):,} runs have no result." if failed else ""


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
