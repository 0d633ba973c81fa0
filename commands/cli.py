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

from bench.catalogue.registry import ROOT, Catalogue, catalogue
from bench.planning.current import current_records, plan_here
from bench.planning.plan import LeftOutError, Selection
from bench.records.home import home, store_path
from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from bench.records.published import write as write_published
from bench.records.record import Record
from bench.records.store import Store
from commands import summary
from commands.contributor import new, try_
from commands.errors import explained
from commands.options import (
    DirsOption,
    FreshOption,
    JobsOption,
    JsonOption,
    MethodOption,
    SchedulerOption,
    SeedOption,
    SeedsOption,
    StoreOption,
    SuiteOption,
    TaskOption,
    TierOption,
    VariantOption,
    chosen_tier,
    job_count,
)

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
    methods_dir: DirsOption = [],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what there is.

    Example: python -m bench list methods --json
    """
    if kind not in summary.KINDS:
        raise typer.BadParameter(f"list {kind}: list one of {', '.join(summary.KINDS)}.")
    if kind == "records":
        path = store or store_path()
        records = Store(path, create=False).records() if store or path.is_file() else []
        rows = [summary.run_json(record, served=True) for record in records]
    else:
        rows = getattr(summary, kind)(catalogue(methods_dir))
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
    fresh: FreshOption = False,
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Tell what `run` would do: runs, assets, what is served, estimated time and FLOPs.

    Example: python -m bench plan --suite merging --tier small
    """
    selection = Selection(chosen_tier(tier), suite, task, method, variant, seed, seeds)
    path = store or store_path()
    opened = Store(path) if path.is_file() else None
    planned, _keys = plan_here(catalogue(methods_dir), selection, opened, fresh)
    jobs = job_count(jobs)
    if as_json:
        print(json.dumps(summary.plan_json(planned, jobs), indent=1))
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
    fresh: FreshOption = False,
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Run methods on tasks under their budgets, and store a record of every run.

    A run that the store has is served from it. Ctrl-C keeps every finished record; the same
    command goes on from there. Exit code 0: every run has its record, none crashed, invalid or
    lost to the machine; 1: some are; 2: wrong usage.

    Examples:

        python -m bench run --tier smoke

        python -m bench run --suite merging --method ties --method average --seeds 3

        python -m bench run --methods-dir ~/mine --method my_method --fresh
    """
    started = time.monotonic()
    selection = Selection(chosen_tier(tier), suite, task, method, variant, seed, seeds)
    opened = Store(store or store_path())
    planned, keys = plan_here(catalogue(methods_dir), selection, opened, fresh)
    count = job_count(jobs)
    new: list[Record] = []
    if planned.todo or planned.skipped:
        from commands.progress import execute_shown

        print(summary.plan_text(planned, count), file=sys.stderr)
        new = execute_shown(planned, keys, opened, home(), count, scheduler)
    order = {p.run.key: i for i, p in enumerate([*planned.todo, *(p for p, _ in planned.skipped)])}
    new.sort(key=lambda record: order[record.key])
    if as_json:
        rows = [summary.run_json(r, served=False) for r in new]
        rows += [summary.run_json(r, served=True) for r in planned.served]
        print(json.dumps({"records": rows}, indent=1))
    else:
        print(summary.closing(new, planned.served, time.monotonic() - started))
    raise typer.Exit(summary.exit_code([*new, *planned.served]))


app.command()(new)
app.command("try")(try_)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="A record's key, or enough of its start.")],
    store: StoreOption = None,
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
            f"{key!r} {problem} of {path} or {PUBLISHED}. "
            "`python -m bench list records` lists the keys."
        )
    record = found[0]
    text = json.dumps(summary.run_json(record, served=True), indent=1)
    print(text if as_json else summary.record_text(record))


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
) -> None:
    """Print a table of results: the current records of the store, or the published ones.

    Examples:

        python -m bench table --suite merging

        python -m bench table --task compose-near --format latex --published
    """
    found = catalogue(methods_dir)
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


@app.command()
def export(
    store: StoreOption = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", show_default="reports/published", help="Where they go."
        ),
    ] = PUBLISHED,
    tier: Annotated[str, typer.Option("--tier", help="Only this tier.")] = "small",
    suite: SuiteOption = [],
    standing: Annotated[
        str, typer.Option("--standing", help="self-reported, reproduced or maintainer-run.")
    ] = "self-reported",
    methods_dir: DirsOption = [],
) -> None:
    """Write the store's current records as published JSON lines, one file a method.

    Current means: of the sources, tasks and versions that are here now.

    Example: python -m bench export --tier small
    """
    opened = Store(store or store_path(), create=False)
    planned, _keys = plan_here(
        catalogue(methods_dir), Selection(chosen_tier(tier), suite), opened, False
    )
    if not planned.served:
        raise typer.BadParameter(
            f"{opened.path}: no current record of tier {tier!r}. Make some with "
            f"`python -m bench run --tier {tier}`."
        )
    for record in planned.served:
        record.standing = standing
    kept = {(task.suite, task.task) for task in planned.left_out}
    for path in write_published(planned.served, out, kept):
        print(path)
    for task in planned.left_out:
        print(f"{task}; what is published of it stays", file=sys.stderr)
    missing = len(planned.todo) + len(planned.skipped)
    if missing:
        print(
            f"{missing} runs of this tier have no current record; run them to publish them.",
            file=sys.stderr,
        )


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
    as_json: JsonOption = False,
) -> None:
    """Make a random sample of the published records again, and compare.

    Exit code 0 where each is identical or within tolerance, else 1. A record whose data aren't
    here can't be made again; that is said, and counts for neither.

    Example: python -m bench audit --sample 10 --seed 7
    """
    from commands import audit as auditing
    from commands.progress import execute_shown

    drawn = auditing.draw(read_published(published), sample, seed, chosen_tier(tier))
    selection_of = auditing.selection
    results = []
    for record in drawn:
        opened = Store(home() / "audit" / f"{record.key}.sqlite")
        try:
            planned, keys = plan_here(catalogue(), selection_of(record), opened, fresh=True)
        except LeftOutError as error:
            results.append(auditing.not_here(record, str(error)))
            continue
        new = execute_shown(planned, keys, opened, home(), job_count(jobs))
        results.append(auditing.compare(record, new[0]))
    if as_json:
        print(json.dumps({"audited": results}, indent=1))
    else:
        print(auditing.text(results))
    raise typer.Exit(int(any(r["verdict"] == "different" for r in results)))


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

    pages = documentation.pages(catalogue(), typer.main.get_command(app))
    for path in documentation.write(pages, out):
        print(path)


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
