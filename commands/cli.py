"""The command line: `python -m bench COMMAND`.

Here: which piece of the engine answers each command. Heavy modules are imported where a command
needs them, so that list, plan, show and served runs start at once. Not here: options
(commands.options), words (commands.summary), work (bench.planning.plan, bench.running.executor),
errors (commands.errors).
"""

from __future__ import annotations

import json
import sys
import time
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bench.catalogue.registry import ROOT, Catalogue
from bench.planning.current import current_records, plan_here, standing_here
from bench.planning.selection import Selection
from bench.records.home import home, store_path
from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from bench.records.record import Record
from bench.records.store import Store
from commands import summary
from commands.catalogue import read_catalogue, warn_of_unseen
from commands.contributor import new, try_
from commands.errors import explained
from commands.maintainer import carry
from commands.options import (
    CellsOption,
    DirsOption,
    FreshOption,
    JobsOption,
    JsonOption,
    MethodOption,
    ProveOption,
    SchedulerOption,
    SeedOption,
    SeedsOption,
    StoreOption,
    SuiteOption,
    SuitesDirsOption,
    TaskOption,
    TierOption,
    UnpublishedOption,
    VariantOption,
    WaitOption,
    chosen_cells,
    chosen_tier,
    job_count,
)
from commands.publishing import export

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Weighhouse: run methods for weights and data on one scale.",
)


@app.command("list")
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


@app.command()
def plan(
    suite: SuiteOption = [],
    task: TaskOption = [],
    method: MethodOption = [],
    variant: VariantOption = [],
    tier: TierOption = "small",
    seeds: SeedsOption = None,
    seed: SeedOption = [],
    jobs: JobsOption = 0,
    cells: CellsOption = None,
    unpublished: UnpublishedOption = False,
    fresh: FreshOption = False,
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Tell what `run` would do: runs, assets, what is served, estimated time and FLOPs.

    Example: python -m bench plan --suite merging --tier small
    """
    chosen = chosen_cells(cells)
    selection = Selection(chosen_tier(tier), suite, task, method, variant, seed, seeds, chosen)
    path = store or store_path()
    opened = Store(path) if path.is_file() else None
    known = read_catalogue(methods_dir, suites_dir)
    published: list[Record] | None = [] if unpublished else None
    planned, keys = plan_here(known, selection, opened, fresh, published)
    warn_of_unseen(known, planned)
    jobs = job_count(jobs)
    if as_json:
        print(json.dumps(summary.plan_json(planned, jobs, keys), indent=1))
    else:
        print(summary.plan_text(planned, jobs))


@app.command()
def run(
    suite: SuiteOption = [],
    task: TaskOption = [],
    method: MethodOption = [],
    variant: VariantOption = [],
    tier: TierOption = "small",
    seeds: SeedsOption = None,
    seed: SeedOption = [],
    jobs: JobsOption = 0,
    scheduler: SchedulerOption = "",
    cells: CellsOption = None,
    unpublished: UnpublishedOption = False,
    prove: ProveOption = 0.0,
    fresh: FreshOption = False,
    wait: WaitOption = True,
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Run methods on tasks under their budgets, and store a record of every run.

    A run that the store has is served from it, and one that is published and current from there;
    --fresh makes all. --prove then makes a random sample of the published ones again and compares
    (`nox -s bench` gives it 5 minutes). Ctrl-C keeps every finished record; the same
    command goes on from there. Another bench on the same home or store is waited for, and what it
    made is served. Exit code 0: every run has its record, none crashed, invalid or
    lost to the machine; 1: some are; 2: wrong usage.

    Examples:

        python -m bench run --tier smoke

        python -m bench run --suite merging --method ties --method average --seeds 3

        python -m bench run --methods-dir ~/mine --method my_method --fresh
    """
    started = time.monotonic()
    chosen = chosen_cells(cells)
    selection = Selection(chosen_tier(tier), suite, task, method, variant, seed, seeds, chosen)
    opened = Store(store or store_path())
    known = read_catalogue(methods_dir, suites_dir)
    published: list[Record] | None = [] if unpublished else None
    planned, keys = plan_here(known, selection, opened, fresh, published)
    warn_of_unseen(known, planned)
    count = job_count(jobs)
    new, served = list[Record](), planned.served
    if planned.todo or planned.skipped:
        from commands.progress import execute_shown, the_only_bench

        with the_only_bench(home(), opened, wait) as outdated:
            if outdated:
                planned, keys = plan_here(known, selection, opened, fresh, published)
            print(summary.plan_text(planned, count), file=sys.stderr)
            new, late = execute_shown(planned, keys, opened, home(), count, scheduler)
        served = [*planned.served, *late]
    todo = [*planned.todo, *(p for p, _ in planned.skipped)]
    order = {p.run.identity: place for place, p in enumerate(todo)}
    new.sort(key=lambda record: order[record.asked])
    if as_json:
        rows = [summary.run_json(r, served=False) for r in new]
        rows += [summary.run_json(r, served=True) for r in served]
        print(json.dumps({"records": rows}, indent=1))
    else:
        print(summary.closing(new, served, time.monotonic() - started))
    code = summary.exit_code([*new, *served])
    if prove:
        from commands.proving import prove as make_again

        from_published = [r for r in served if r.key in planned.published]
        fault = make_again(known, from_published, tier, prove, count)
        code = max(code, int(bool(fault)))
    raise typer.Exit(code)


app.command()(carry)
app.command()(new)
app.command("try")(try_)


@app.command()
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
    found = Store(path).find(key) if path.is_file() else []
    if not found and PUBLISHED.is_dir():
        found = [r for r in read_published(PUBLISHED) if r.key.startswith(key)]
    if len(found) != 1:
        some = ", ".join(r.key[:16] for r in found[:5])
        problem = f"fits {len(found)} records ({some} ...)" if found else "fits no record"
        raise typer.BadParameter(
            f"{key!r} {problem} of {path} or {PUBLISHED}. `python -m bench list records`, with "
            "--published or without, lists the keys."
        )
    record = found[0]
    if as_json:
        print(json.dumps(summary.run_json(record, served=True), indent=1))
    else:
        known = read_catalogue(methods_dir, suites_dir)
        print(summary.record_text(record, standing_here(record, known)))


@app.command()
def table(
    suite: Annotated[str, typer.Option("--suite", help="Which suite; all by default.")] = "",
    task: Annotated[
        str, typer.Option("--task", help="Which task; the whole suite by default.")
    ] = "",
    tier: TierOption = "small",
    format_: Annotated[
        str, typer.Option("--format", help="text, csv, json, latex or markdown.")
    ] = "text",
    store: StoreOption = None,
    published: Annotated[
        bool, typer.Option("--published", help="Read the published records, not the store.")
    ] = False,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
) -> None:
    """Print a table of results: the current records of the store, or the published ones.

    Examples:

        python -m bench table --suite merging

        python -m bench table --task compose-near --format latex --published
    """
    found = read_catalogue(methods_dir, suites_dir)
    records = _records(store, published, found, chosen_tier(tier))
    from reports import cli as tables

    try:
        text = tables.table(
            records,
            found,
            suite=suite or None,
            task=task or None,
            tier=tier,
            format=format_,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    print(text)


app.command()(export)


@app.command()
def audit(
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many records.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the drawing.")] = 0,
    tier: TierOption = "small",
    jobs: JobsOption = 0,
    published: Annotated[
        Path,
        typer.Option("--published", metavar="DIR", show_default="reports/published", help="Where."),
    ] = PUBLISHED,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Make a random sample of the published records again, and compare.

    Identical: the same digits. Alike: made on another kind of machine, and within the spread that
    the cell has over its seeds; outside: not so. Different: on the same kind of machine, and not
    the same. Exit code 1 for a difference, or for more figures outside than chance allows. Records
    that stand on a proof of `carry` are drawn first, and a difference deletes the proof. A record
    whose data aren't here can't be made again; that is said, and counts for neither.

    Example: python -m bench audit --sample 10 --seed 7
    """
    from commands import auditing
    from commands.again import at_fault

    known, records = read_catalogue(methods_dir, suites_dir), read_published(published)
    pairs = auditing.audit(
        known, records, published, chosen_tier(tier), sample, seed, job_count(jobs)
    )
    if as_json:
        print(json.dumps({"audited": [pair.row() for pair in pairs]}, indent=1))
    else:
        print(auditing.text(pairs))
    raise typer.Exit(int(bool(at_fault(pairs))))


@app.command()
def docs(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", show_default="docs", help="Where they go.")
    ] = ROOT / "docs",
) -> None:
    """Write the generated pages of docs/: tasks, methods, command line.

    Example: python -m bench docs
    """
    from commands import documentation

    pages = documentation.pages(read_catalogue(), typer.main.get_command(app))
    for path in documentation.write(pages, out):
        print(path)


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


def _records(store: Path | None, published: bool, found: Catalogue, tier: str) -> list[Record]:
    """Published records, or a store's current ones; published ones too where no store is yet."""
    if published or (not store and not store_path().is_file() and PUBLISHED.is_dir()):
        return read_published(PUBLISHED)
    return current_records(store or store_path(), found, tier)


def main(arguments: list[str] | None = None) -> None:
    """The program. What a terminal's alphabet lacks is written as an escape, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with explained():
        app(args=arguments, prog_name="python -m bench")
