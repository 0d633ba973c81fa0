"""What `python -m bench table` prints.

Here: from records and a catalogue to one string. Not here: arguments and files (bench.cli).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bench.record import Record
from bench.suite import TIERS
from reports.errors import ReportError

if TYPE_CHECKING:
    from bench.registry import Catalogue
    from reports.tables import Table


def table(
    records: Iterable[Record],
    catalogue: Catalogue,
    *,
    suite: str | None,
    task: str | None,
    tier: str,
    format: str,
) -> str:
    """The table of a suite, or of one of its tasks, in one format.

    Args:
        suite: its name; may be left out where the records, or the task, leave one choice.
        task: its name, for the table of one task.
        tier: `smoke`, `small` or `full`.
        format: `text`, `csv`, `json`, `latex` or `markdown`.
    Raises:
        ReportError: an unknown name, no records, or nothing that could be scored.
    """
    from reports.formats import FORMATS, render

    records = list(records)
    if tier not in TIERS:
        raise ReportError(f"There is no tier {tier!r}. Choose one of: {', '.join(TIERS)}.")
    if format not in FORMATS:
        raise ReportError(f"There is no format {format!r}. Choose one of: {', '.join(FORMATS)}.")
    chosen = _suite(records, catalogue, suite, task, tier)
    return render(_table(records, catalogue, chosen, task, tier), format)


def _table(
    records: list[Record], catalogue: Catalogue, suite: str, task: str | None, tier: str
) -> Table:
    from reports.board import boards
    from reports.tables import suite_table, task_table

    found = boards(records, catalogue, suite, tier)
    if not found:
        raise _nothing(records, f"suite {suite!r}", f"--suite {suite}", tier)
    if task is not None:
        if not any(task in board.seeds for board in found):
            raise _nothing(records, f"task {task!r}", f"--suite {suite} --task {task}", tier)
        return task_table(found, catalogue.suites[suite].task(task))
    scored = [board for board in found if board.scored]
    if not scored:
        raise ReportError(" ".join(dict.fromkeys(s for b in found for s in b.unscored.values())))
    return suite_table(scored)


def _suite(
    records: list[Record], catalogue: Catalogue, suite: str | None, task: str | None, tier: str
) -> str:
    """The suite that is meant; its name and the task's are checked."""
    known = catalogue.suites
    if suite is not None and suite not in known:
        raise ReportError(f"There is no suite {suite!r}. Choose one of: {', '.join(known)}.")
    holding = [s for s in known.values() if suite in (None, s.name)]
    if task is not None:
        holding = [s for s in holding if task in (t.name for t in s.tasks)]
        if not holding:
            of = f"suite {suite!r}" if suite else "any suite"
            names = [t.name for s in known.values() if suite in (None, s.name) for t in s.tasks]
            raise ReportError(f"There is no task {task!r} in {of}. Choose one of: "
                              f"{', '.join(names)}.")  # fmt: skip
    present = {r.suite for r in records if r.tier == tier}
    candidates = [s.name for s in holding if s.name in present] or [s.name for s in holding]
    if len(candidates) > 1:
        raise ReportError(f"Several suites have records. Add --suite with one of: "
                          f"{', '.join(candidates)}.")  # fmt: skip
    if not candidates:
        raise ReportError("No suite is installed: suites/ holds no definition.py.")
    return candidates[0]


def _nothing(records: list[Record], what: str, options: str, tier: str) -> ReportError:
    others = sorted({r.tier for r in records} - {tier})
    hint = f" There are records at tier {', '.join(others)}." if others else ""
    return ReportError(
        f"No records of {what} at tier {tier}.{hint} Make them with: "
        f"python -m bench run {options} --tier {tier}."
    )
