"""The command line: `python -m bench COMMAND`.

Here: options, and which piece of the engine answers each command. Heavy modules are imported
where a command needs them, so that list, plan, show and served runs start at once.
Not here: words (bench.summary), work (bench.plan, bench.executor).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench import summary
from bench.declaration import DeclarationError
from bench.home import current_records, home, plan_here, prepare, store_path
from bench.key import Keys
from bench.plan import Plan, Selection, SelectionError
from bench.published import PublishedError
from bench.published import read as read_published
from bench.published import write as write_published
from bench.record import Record
from bench.registry import ROOT, Catalogue, catalogue
from bench.store import Store, StoreError
from bench.suite import TIERS

if TYPE_CHECKING:
    from bench.progress import Progress

PUBLISHED = ROOT / "reports" / "published"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Weighhouse: run methods for weights and data on one scale.",
)

Names = list[str]
SuiteOption = Annotated[
    Names, typer.Option("--suite", metavar="NAME", help="Only this suite; may be repeated.")
]
TaskOption = Annotated[
    Names, typer.Option("--task", metavar="NAME", help="Only this task; may be repeated.")
]
MethodOption = Annotated[
    Names, typer.Option("--method", metavar="NAME", help="Only this method or reference.")
]
VariantOption = Annotated[
    Names, typer.Option("--variant", metavar="NAME", help="Only `default` or `tuned`.")
]
TierOption = Annotated[
    str, typer.Option("--tier", metavar="TIER", help="How large: smoke, small or full.")
]
SeedsOption = Annotated[
    int | None,
    typer.Option("--seeds", metavar="N", min=1, help="The first N seeds; by default the tier's."),
]
SeedOption = Annotated[
    list[int], typer.Option("--seed", metavar="K", min=0, help="Just this seed; may be repeated.")
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=0, help="Jobs side by side; 0 for as many as cores."),
]
SchedulerOption = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="A dask scheduler's address, e.g. tcp://host:8786."
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Run again what would be served.")]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="FILE", help="The store's file; by default under .weighhouse/."
    ),
]
DirsOption = Annotated[
    list[Path],
    typer.Option(
        "--methods-dir", metavar="DIR", help="A folder of methods laid out like methods/."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


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
    selection = Selection(_tier(tier), suite, task, method, variant, seed, seeds)
    path = store or store_path()
    opened = Store(path) if path.is_file() else None
    planned, _keys = plan_here(catalogue(methods_dir), selection, opened, fresh)
    jobs = _jobs(jobs)
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
    selection = Selection(_tier(tier), suite, task, method, variant, seed, seeds)
    opened = Store(store or store_path())
    planned, keys = plan_here(catalogue(methods_dir), selection, opened, fresh)
    count = _jobs(jobs)
    new: list[Record] = []
    if planned.todo or planned.skipped:
        print(summary.plan_text(planned, count), file=sys.stderr)
        _execute(planned, keys, opened, count, scheduler, new)
    order = {p.run.key: i for i, p in enumerate([*planned.todo, *(p for p, _ in planned.skipped)])}
    new.sort(key=lambda record: order[record.key])
    if as_json:
        rows = [summary.run_json(r, served=False) for r in new]
        rows += [summary.run_json(r, served=True) for r in planned.served]
        print(json.dumps({"records": rows}, indent=1))
    else:
        print(summary.closing(new, planned.served, time.monotonic() - started))
    raise typer.Exit(summary.exit_code([*new, *planned.served]))


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
    records = _records(store, published, found, _tier(tier))
    tables = import_module("reports.cli")  # by name: the engine knows nothing of tables
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
    planned, _keys = plan_here(catalogue(methods_dir), Selection(_tier(tier), suite), opened, False)
    if not planned.served:
        raise typer.BadParameter(
            f"{opened.path}: no current record of tier {tier!r}. Make some with "
            f"`python -m bench run --tier {tier}`."
        )
    for record in planned.served:
        record.standing = standing
    for path in write_published(planned.served, out):
        print(path)
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

    Exit code 0 where each is identical or within tolerance, else 1.

    Example: python -m bench audit --sample 10 --seed 7
    """
    from bench import audit as auditing

    drawn = auditing.draw(read_published(published), sample, seed, _tier(tier))
    selection_of = auditing.selection
    results = []
    for record in drawn:
        opened = Store(home() / "audit" / f"{record.key}.sqlite")
        planned, keys = plan_here(catalogue(), selection_of(record), opened, fresh=True)
        new: list[Record] = []
        _execute(planned, keys, opened, _jobs(jobs), "", new)
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
    from bench import documentation

    pages = documentation.pages(catalogue(), typer.main.get_command(app))
    for path in documentation.write(pages, out):
        print(path)


def _execute(
    planned: Plan, keys: Keys, store: Store, jobs: int, scheduler: str, new: list[Record]
) -> None:
    """Run a plan with its progress shown; records are added to `new` as they are stored."""
    from bench.executor import Progressed, execute
    from bench.progress import Progress

    prepare(home())
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as graceful as Ctrl-C
    with Progress(planned, jobs) as progress:

        def told(progressed: Progressed) -> None:
            new.extend(progressed.records)
            progress.tell(progressed)

        try:
            execute(planned, keys, store, home(), jobs, scheduler, told)
        except KeyboardInterrupt:
            _say_stopped(progress)
            raise typer.Exit(130) from None


def _say_stopped(progress: Progress) -> None:
    print(
        f"Stopped. {progress.done} of {progress.runs} runs are stored; the same command goes on.",
        file=sys.stderr,
    )


def _records(store: Path | None, published: bool, found: Catalogue, tier: str) -> list[Record]:
    """Published records, or a store's current ones; published ones too where no store is yet."""
    if published or (not store and not store_path().is_file() and PUBLISHED.is_dir()):
        return read_published(PUBLISHED)
    return current_records(store or store_path(), found, tier)


def _jobs(asked: int) -> int:
    return asked or len(os.sched_getaffinity(0))


def _tier(name: str) -> str:
    if name not in TIERS:
        raise typer.BadParameter(f"--tier {name}: choose one of {', '.join(TIERS)}.")
    return name


@contextmanager
def explained() -> Iterator[None]:
    """Turn the engine's own errors into one sentence and an exit code."""
    try:
        yield
    except (DeclarationError, SelectionError, PublishedError) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
    except Exception as error:
        if type(error).__name__ != "ClusterError":
            raise
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def main(arguments: list[str] | None = None) -> None:
    """The program."""
    with explained():
        app(args=arguments, prog_name="python -m bench")
