"""The commands that make runs: `plan` and `run`.

Here: their options, and the steps from a selection to records and an exit code. What only runs to
be made need is imported when there are some, so that a plan and served runs are there at once. Not
here: what is planned (bench.planning.plan), making runs (bench.running.executor), the text that is
printed (commands.summary), the program (commands.cli).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass

import typer

from bench.catalogue.registry import Catalogue
from bench.planning.current import plan_here
from bench.planning.keys import Keys
from bench.planning.plan import Plan
from bench.planning.selection import Selection
from bench.records.home import home, store_path
from bench.records.record import Record
from bench.records.store import Store
from commands import summary
from commands.catalogue import read_catalogue, warn_of_unseen
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


@dataclass(frozen=True)
class Wanted:
    """Which runs are wanted, and which records may serve them.

    Attributes:
        known: everything that there is.
        store: where finished runs are looked up; None if there is none yet.
        fresh: whether what would be served is run again.
        unpublished: whether no published record serves, only the store's.
    """

    selection: Selection
    known: Catalogue
    store: Store | None
    fresh: bool
    unpublished: bool

    def plan(self) -> tuple[Plan, Keys]:
        """What would run, as the records and sources are at this moment."""
        published: list[Record] | None = [] if self.unpublished else None
        return plan_here(self.known, self.selection, self.store, self.fresh, published)


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
    planned, keys = Wanted(selection, known, opened, fresh, unpublished).plan()
    warn_of_unseen(known, planned)
    jobs = job_count(jobs)
    if as_json:
        print(json.dumps(summary.plan_json(planned, jobs, keys), indent=1))
    else:
        print(summary.plan_text(planned, jobs))


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
    wanted = Wanted(selection, known, opened, fresh, unpublished)
    count = job_count(jobs)
    planned, new, served = _made(wanted, opened, count, scheduler, wait)
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


def _made(
    wanted: Wanted, store: Store, jobs: int, scheduler: str, wait: bool
) -> tuple[Plan, list[Record], list[Record]]:
    """Make what no record serves; the plan, the new records in its order, and those that served."""
    planned, keys = wanted.plan()
    warn_of_unseen(wanted.known, planned)
    new, served = list[Record](), planned.served
    if planned.todo or planned.skipped:
        from commands.progress import execute_shown, the_only_bench

        with the_only_bench(home(), store, wait) as outdated:
            if outdated:
                planned, keys = wanted.plan()
            print(summary.plan_text(planned, jobs), file=sys.stderr)
            new, late = execute_shown(planned, keys, store, home(), jobs, scheduler)
        served = [*planned.served, *late]
    else:
        for task in planned.left_out:  # else the plan's text tells
            print(task, file=sys.stderr)
    todo = [*planned.todo, *(p for p, _ in planned.skipped)]
    order = {p.run.identity: place for place, p in enumerate(todo)}
    new.sort(key=lambda record: order[record.asked])
    return planned, new, served
