"""The commands that show what there is: `list`, `show`, `table`, `power`, `fidelity`, `edges`.

Here: their options, and which records they read: the store's, or the published ones. Not here: the
text of a list and of a record (commands.summary), tables (reports), the program (commands.cli).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.catalogue.registry import Catalogue
from bench.planning.current import current_records, standing_here
from bench.records.home import store_path
from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from bench.records.record import Record
from bench.records.store import Store
from commands import summary
from commands.catalogue import read_catalogue
from commands.options import (
    DirsOption,
    JsonOption,
    StoreOption,
    SuitesDirsOption,
    TierOption,
    chosen_tier,
)

if TYPE_CHECKING:
    from reports.frame import Table

PublishedOption = Annotated[
    bool, typer.Option("--published", help="Read the published records, not the store.")
]


def list_(
    kind: Annotated[str, typer.Argument(help="suites, tasks, methods or records")] = "suites",
    published: Annotated[
        bool, typer.Option("--published", help="The published records, not the store's.")
    ] = False,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what there is. Of records those of the store; the published ones where it has none.

    Examples:

        python -m bench list methods --json

        python -m bench list records --published
    """
    if kind not in summary.KINDS:
        raise typer.BadParameter(f"list {kind}: list one of {', '.join(summary.KINDS)}.")
    if published and (kind != "records" or store):
        raise typer.BadParameter("--published goes with `list records`, and without --store.")
    if kind == "records":
        rows = [summary.run_json(r, served=True) for r in _listed(store, published)]
    else:
        rows = getattr(summary, kind)(read_catalogue(methods_dir, suites_dir))
    print(json.dumps(rows, indent=1) if as_json else summary.listing(kind, rows))


def show(
    key: Annotated[str, typer.Argument(help="A record's key, or enough of its start.")],
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Show one record: everything, and the command that makes it again.

    Example: python -m bench show 3f2a91c0
    """
    path = store or store_path()
    fitting = Store(path).find(key) if path.is_file() else []
    if not fitting and PUBLISHED.is_dir():
        fitting = [r for r in read_published(PUBLISHED) if r.key.startswith(key)]
    if len(fitting) != 1:
        some = ", ".join(r.key[:16] for r in fitting[:5])
        problem = f"fits {len(fitting)} records ({some} ...)" if fitting else "fits no record"
        raise typer.BadParameter(
            f"{key!r} {problem} of {path} or {PUBLISHED}. `python -m bench list records`, with "
            "--published or without, lists the keys."
        )
    record = fitting[0]
    if as_json:
        print(json.dumps(summary.run_json(record, served=True), indent=1))
    else:
        known = read_catalogue(methods_dir, suites_dir)
        print(summary.record_text(record, standing_here(record, known)))


def table(
    suite: Annotated[str, typer.Option("--suite", help="Which suite; all by default.")] = "",
    task: Annotated[
        str, typer.Option("--task", help="Which task; the whole suite by default.")
    ] = "",
    tier: TierOption = "small",
    format_: Annotated[
        str, typer.Option("--format", help="text, csv, json, latex or markdown.")
    ] = "text",
    columns: Annotated[
        str,
        typer.Option("--columns", metavar="NAMES", help="Which columns, with commas between."),
    ] = "",
    wide: Annotated[bool, typer.Option("--wide", help="Every column, and every interval.")] = False,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help="The first N methods of each ranking."),
    ] = None,
    store: StoreOption = None,
    published: PublishedOption = False,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
) -> None:
    """Print a table of results: the current records of the store, or the published ones.

    It shows the rank, the method, its score, how far it is behind the lead, FLOPs, time and needs,
    in 100 columns. A name that isn't there is answered with those that are. CSV and JSON have
    every column: docs/data-format.md.

    Examples:

        python -m bench table --suite merging

        python -m bench table --suite merging --columns rank,method,score,peak_memory

        python -m bench table --suite merging --wide | less -S

        python -m bench table --task compose-near --format latex --top 10 --published
    """
    known = read_catalogue(methods_dir, suites_dir)
    records = _current(store, published, known, chosen_tier(tier))
    from reports import cli as tables

    try:
        text = tables.table(
            records,
            known,
            suite=suite or None,
            task=task or None,
            tier=tier,
            format=format_,
            columns=columns,
            wide=wide,
            top=top,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    print(text)


def power(
    suite: Annotated[str, typer.Option("--suite", help="Which suite; all by default.")] = "",
    task: Annotated[str, typer.Option("--task", help="Which task; all by default.")] = "",
    tier: TierOption = "small",
    store: StoreOption = None,
    published: PublishedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print how many seeds each task needs to show a difference of .05 between two scores.

    From the standard deviations, over the seeds that there are, of every two methods' paired
    difference: of a paired t-test at 5%, with a power of 80%.

    Examples:

        python -m bench power --published

        python -m bench power --suite merging --task compose-near
    """
    known = read_catalogue([], [])
    records = _current(store, published, known, chosen_tier(tier))
    from reports.power import power_table

    _print(lambda: power_table(records, known, suite or None, task or None, tier), as_json)


def fidelity(
    suite: Annotated[str, typer.Option("--suite", help="Which suite; all by default.")] = "",
    tier: TierOption = "small",
    store: StoreOption = None,
    published: PublishedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Hold orders of methods that others have published against the orders here.

    How far they agree, on which pairs our tests say surely the same or surely the other way round,
    and how far the published orders agree among themselves. Their values: reports/fidelity.csv.

    Examples:

        python -m bench fidelity --published

        python -m bench fidelity --suite merging --published --json
    """
    known = read_catalogue([], [])
    records = _current(store, published, known, chosen_tier(tier))
    from reports.board import boards
    from reports.cli import chosen_suites
    from reports.fidelity import fidelity_table

    def made() -> Table:
        names = chosen_suites(records, known, suite or None, None, tier)
        return fidelity_table([b for name in names for b in boards(records, known, name, tier)])

    _print(made, as_json)


def edges(
    suite: Annotated[str, typer.Option("--suite", help="Which suite; all by default.")] = "",
    tier: TierOption = "small",
    store: StoreOption = None,
    published: Annotated[
        bool, typer.Option("--published", help="Read the published records, not the store.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell how many tuned runs chose an edge of their method's grid.

    Where more than half did, the grid is too narrow, unless the hyperparameter itself ends there.

    Example: python -m bench edges --suite merging --published
    """
    known = read_catalogue([], [])
    if suite and suite not in known.suites:
        raise typer.BadParameter(f"There is no suite {suite!r}; there are {[*known.suites]}.")
    records = _current(store, published, known, chosen_tier(tier))
    from reports.edges import edges_table

    chosen = [r for r in records if r.tier == tier and suite in ("", r.suite)]
    _print(lambda: edges_table(chosen), as_json)


def _print(made: Callable[[], Table], as_json: bool) -> None:
    """Print a table as text or as JSON; what is wrong with what was asked, as wrong usage."""
    from reports.errors import ReportError
    from reports.formats import as_json as to_json
    from reports.formats import as_text

    try:
        table = made()
    except ReportError as error:
        raise typer.BadParameter(str(error)) from None
    print((to_json if as_json else as_text)(table).rstrip("\n"))


def _listed(store: Path | None, published: bool) -> list[Record]:
    """A store's records, or the published ones; those too, and that is said, where no store is."""
    path = store or store_path()
    if not published and (store or path.is_file()):
        return Store(path, create=False).records()
    if not PUBLISHED.is_dir():
        print(f"{path}: no store yet, and nothing is published", file=sys.stderr)
        return []
    if not published:
        print(f"{path}: no store yet; these are the published records", file=sys.stderr)
    return read_published(PUBLISHED)


def _current(store: Path | None, published: bool, known: Catalogue, tier: str) -> list[Record]:
    """Published records, or a store's current ones; published ones too where no store is yet."""
    if published or (not store and not store_path().is_file() and PUBLISHED.is_dir()):
        return read_published(PUBLISHED)
    return current_records(store or store_path(), known, tier)
