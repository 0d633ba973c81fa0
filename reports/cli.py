"""What `python -m bench table` prints.

Here: from records and a catalogue to one string. Not here: arguments and files (commands.cli).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bench.contract.suite import TIERS
from bench.records.record import Record
from reports.errors import ReportError

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue
    from reports.formats import Layout
    from reports.frame import Table


def table(
    records: Iterable[Record],
    catalogue: Catalogue,
    *,
    suite: str | None,
    task: str | None,
    tier: str,
    format: str,
    columns: str = "",
    wide: bool = False,
    top: int | None = None,
) -> str:
    """The table of a suite, or of one of its tasks, in one format.

    Args:
        suite: its name; without it, every suite that has records or holds the task.
        task: its name, for the table of one task.
        tier: `smoke`, `small` or `full`.
        format: `text`, `csv`, `json`, `latex` or `markdown`.
        columns: names with commas between; "" for the main ones.
        wide: show every column.
        top: how many ranked rows of each track; None for all.
    Raises:
        ReportError: an unknown name, options that don't go together, no records, or nothing that
            could be scored.
    """
    from reports.formats import FORMATS, render_all

    records = list(records)
    if tier not in TIERS:
        raise ReportError(f"There is no tier {tier!r}. Choose one of: {', '.join(TIERS)}.")
    if format not in FORMATS:
        raise ReportError(f"There is no format {format!r}. Choose one of: {', '.join(FORMATS)}.")
    layout = _layout(format, columns, wide, top)
    chosen = chosen_suites(records, catalogue, suite, task, tier)
    if format == "csv" and len(chosen) > 1:
        raise ReportError(
            f"Suites have columns of their own, so a CSV holds one. Add --suite with one of: "
            f"{', '.join(chosen)}."
        )
    tables = [_table(records, catalogue, name, task, tier) for name in chosen]
    return render_all(tables, format, layout).rstrip("\n")


def _layout(format: str, columns: str, wide: bool, top: int | None) -> Layout:
    """How the table is laid out. Raises ReportError for options that don't go together."""
    from reports.formats import LAID_OUT, Layout

    given = [
        option
        for option, value in (("--columns", columns), ("--wide", wide), ("--top", top))
        if value
    ]
    if given and format not in LAID_OUT:
        raise ReportError(
            f"{format.upper()} has every row and column of its schema (docs/data-format.md). "
            f"Leave out {given[0]}, or choose --format {', '.join(LAID_OUT)}."
        )
    if columns and wide:
        raise ReportError("--wide shows every column. Give it or --columns, not both.")
    names = tuple(name for name in map(str.strip, columns.split(",")) if name)
    return Layout(names, wide, top)


def _table(
    records: list[Record], catalogue: Catalogue, suite: str, task: str | None, tier: str
) -> Table:
    from reports.board import boards
    from reports.tables import suite_table, task_table

    tracks = boards(records, catalogue, suite, tier)
    if not tracks:
        raise _nothing(records, f"suite {suite!r}", f"--suite {suite}", tier)
    if task is not None:
        if not any(task in board.seeds for board in tracks):
            raise _nothing(records, f"task {task!r}", f"--suite {suite} --task {task}", tier)
        return task_table(tracks, catalogue.suites[suite].task(task))
    scored = [board for board in tracks if board.scored]
    if not scored:
        raise ReportError(" ".join(dict.fromkeys(s for b in tracks for s in b.unscored.values())))
    return suite_table(scored)


def chosen_suites(
    records: list[Record], catalogue: Catalogue, suite: str | None, task: str | None, tier: str
) -> list[str]:
    """The suites that are meant; their names and the task's are checked."""
    known = catalogue.suites
    if suite is not None and suite not in known:
        raise ReportError(f"There is no suite {suite!r}. Choose one of: {', '.join(known)}.")
    holding = [s for s in known.values() if suite in (None, s.name)]
    if task is not None:
        names = [t.name for s in holding for t in s.tasks]
        holding = [s for s in holding if task in (t.name for t in s.tasks)]
        if not holding:
            of = f"suite {suite!r}" if suite else "any suite"
            raise ReportError(
                f"There is no task {task!r} in {of}. Choose one of: {', '.join(names)}."
            )
    present = {r.suite for r in records if r.tier == tier}
    chosen = [s.name for s in holding if s.name in present]
    if chosen or suite is not None or len(holding) == 1:
        return chosen or [s.name for s in holding]
    raise _nothing(records, "any suite", "--suite SUITE", tier)


def _nothing(records: list[Record], what: str, options: str, tier: str) -> ReportError:
    others = sorted({r.tier for r in records} - {tier})
    hint = f" There are records at tier {', '.join(others)}." if others else ""
    return ReportError(
        f"No records of {what} at tier {tier}.{hint} Make them with: "
        f"python -m bench run {options} --tier {tier}."
    )
