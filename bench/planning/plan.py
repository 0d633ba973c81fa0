"""What would run: a selection, turned into keyed runs, their assets, and an estimate.

Here: every run of a selection; tasks left out because their data aren't here; `skipped` records for
what a task can't offer; which runs the store already serves. No torch. Not here: the selection
itself (bench.planning.selection), running (bench.running.executor).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.catalogue.registry import Catalogue, Method
from bench.contract.job import Run
from bench.contract.suite import Asset, DataMissing, Suite, Task
from bench.planning.key import Keys
from bench.planning.selection import LeftOutError, Selection, SelectionError, check_names
from bench.records import assets
from bench.records.record import Record
from bench.records.store import Store


@dataclass(frozen=True)
class PlannedRun:
    """One run, with what it needs to be made."""

    run: Run
    suite: Suite
    method: Method
    assets: tuple[Asset, ...]
    seconds: float

    def record(self, status: str, reason: str = "") -> Record:
        """An empty record of this run."""
        run = self.run
        return Record(
            key=run.key,
            suite=run.suite,
            task=run.task.name,
            task_version=run.task.version,
            tier=run.tier,
            method=run.method,
            variant=run.variant,
            seed=run.seed,
            kind=self.method.kind,
            track=self.method.track,
            params=dict(run.params),
            status=status,
            reason=reason,
            budget=run.budget.as_dict(),
        )

    def command(self) -> str:
        """The command that makes this run again."""
        run = self.run
        return (
            f"python -m bench run --suite {run.suite} --task {run.task.name} "
            f"--method {run.method} --variant {run.variant} --tier {run.tier} "
            f"--seed {run.seed} --fresh {self.method.options}".rstrip()
        )


@dataclass(frozen=True)
class LeftOut:
    """A task that can't be planned, because data of its own aren't here; the reason says how to
    get them."""

    suite: str
    task: str
    reason: str

    def __str__(self) -> str:
        return f"{self.task} is left out: {self.reason}"


@dataclass
class Plan:
    """Runs to make, runs that are served, and assets to build first.

    Attributes:
        todo: to be run.
        served: records that the store has.
        skipped: planned runs that the task can't feed, with the reason.
        assets: missing ones, each after its inputs: (asset, its key, its suite).
        left_out: tasks whose data aren't here.
    """

    todo: list[PlannedRun] = field(default_factory=list)
    served: list[Record] = field(default_factory=list)
    skipped: list[tuple[PlannedRun, str]] = field(default_factory=list)
    assets: list[tuple[Asset, str, Suite]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def seconds(self, jobs: int) -> float:
        """Estimated wall time with so many jobs side by side."""
        work = sum(a.seconds for a, _, _ in self.assets) + sum(p.seconds for p in self.todo)
        return work / max(1, jobs)

    def flops(self) -> float:
        """The most that the runs to be made may spend together."""
        return sum(p.run.budget.flops for p in self.todo)


def make_plan(
    catalogue: Catalogue,
    selection: Selection,
    keys: Keys,
    store: Store | None,
    home: Path,
    fresh: bool = False,
) -> Plan:
    """Work out what a selection asks for.

    Args:
        store: where finished runs are looked up; None if there is none yet.
        home: the folder that holds the assets.
        fresh: run again what the store would serve.
    Raises:
        LeftOutError: a task that the selection names lacks its data.
        SelectionError: a name isn't there, or nothing is left to run.
    """
    plan = Plan()
    planned = list(_runs(catalogue, selection, keys, plan.left_out))
    if not planned and plan.left_out:
        raise LeftOutError("; ".join(map(str, plan.left_out)))
    if not planned:
        raise SelectionError(_nothing(catalogue, selection))
    stored = store.get(p.run.key for p, _ in planned) if store and not fresh else {}
    for item, lacking in planned:
        record = stored.get(item.run.key)
        if record is not None and record.status != "infra":
            plan.served.append(record)
        elif lacking:
            plan.skipped.append((item, lacking))
        else:
            plan.todo.append(item)
    plan.assets = missing_assets(plan.todo, keys, home)
    return plan


def missing_assets(
    runs: Iterable[PlannedRun], keys: Keys, home: Path
) -> list[tuple[Asset, str, Suite]]:
    """The assets that the runs need and that aren't there, each after its inputs."""
    found: dict[str, tuple[Asset, str, Suite]] = {}

    def visit(asset: Asset, suite: Suite) -> None:
        key = keys.asset(asset, suite)
        if key in found or assets.is_there(assets.folder_of(home, asset, key)):
            return
        for needed in asset.inputs:
            visit(needed, suite)
        found[key] = (asset, key, suite)

    for item in runs:
        for asset in item.assets:
            visit(asset, item.suite)
    return list(found.values())


def _runs(
    catalogue: Catalogue, selection: Selection, keys: Keys, left_out: list[LeftOut]
) -> Iterator[tuple[PlannedRun, str]]:
    """Every run of the selection, with what its task lacks for it ("" if nothing).

    Tasks whose data aren't here are added to `left_out`; one asked for by name is an error.
    """
    check_names(catalogue, selection)
    for suite in catalogue.suites.values():
        if selection.suites and suite.name not in selection.suites:
            continue
        for task in suite.tasks:
            if selection.tasks and task.name not in selection.tasks:
                continue
            if selection.tier not in task.settings:
                continue
            try:
                keys.data(task.data, suite)
            except DataMissing as error:
                left_out.append(LeftOut(suite.name, task.name, str(error)))
                if selection.tasks:
                    raise LeftOutError(str(left_out[-1])) from None
                continue
            for method in catalogue.methods[suite.name].values():
                if selection.methods and method.name not in selection.methods:
                    continue
                for variant in method.variants:
                    if selection.variants and variant not in selection.variants:
                        continue
                    for seed in _seeds(task, selection):
                        yield _planned(suite, task, method, variant, selection.tier, seed, keys)


def _seeds(task: Task, selection: Selection) -> Sequence[int]:
    if selection.seeds:
        return selection.seeds
    count = task.seeds[selection.tier]
    return range(count if selection.seed_count is None else selection.seed_count)


def _planned(
    suite: Suite, task: Task, method: Method, variant: str, tier: str, seed: int, keys: Keys
) -> tuple[PlannedRun, str]:
    run = Run(
        key=keys.run(suite, task, method, variant, tier, seed),
        suite=suite.name,
        task=task,
        tier=tier,
        method=method.name,
        kind=method.kind,
        variant=variant,
        params=dict(method.params or {}),
        space={name: list(values) for name, values in (method.space or {}).items()},
        needs=method.needs,
        track=method.track,
        seed=seed,
        settings=task.settings[tier],
        budget=task.budgets[tier],
    )
    needed = keys.assets(suite, task, tier, seed)
    seconds = task.seconds.get(tier, 1.0) * (3 if variant == "tuned" else 1)
    titles = {need.name: need.title for need in suite.needs}
    lacking = [titles[need] for need in method.needs if need not in task.offers]
    reason = f"task {task.name!r} doesn't offer: {', '.join(lacking)}" if lacking else ""
    return PlannedRun(run, suite, method, needed, seconds), reason


def _nothing(catalogue: Catalogue, selection: Selection) -> str:
    tiers = sorted(
        {tier for s in catalogue.suites.values() for t in s.tasks for tier in t.settings}
    )
    return (
        f"Nothing to run: no chosen task has a {selection.tier!r} tier that a chosen method "
        f"enters. Tiers in use: {', '.join(tiers)}. See `python -m bench list tasks`."
    )
