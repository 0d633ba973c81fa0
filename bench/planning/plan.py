"""What would run: a selection, turned into runs, their assets, and an estimate.

Here: every run of a selection; tasks left out because their data aren't here; `skipped` records for
what a task can't offer; which runs a record serves already, and why the others are to be made. No
torch. Not here: the selection itself (bench.planning.selection), whether a record serves
(bench.planning.serving), running (bench.running.executor).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.catalogue.registry import Catalogue, Method
from bench.contract.asset import Asset
from bench.contract.job import Run
from bench.contract.suite import DataMissing, Suite, Task
from bench.metering.budget import FLOPS
from bench.planning.identity import asked_otherwise
from bench.planning.keys import Keys, record_key
from bench.planning.selection import LeftOutError, Selection, SelectionError, check_names
from bench.planning.serving import NEVER, Standing, standing
from bench.records import assets
from bench.records.digest import digest
from bench.records.links import Link
from bench.records.record import Record
from bench.records.store import Store


@dataclass(frozen=True)
class PlannedRun:
    """One run, with what it needs to be made.

    Attributes:
        identity: what is asked, part by part.
        code: what will answer, part by part, but for the assets' contents.
        seconds: the estimate of its time on one core.
        why: why no record serves it, in words.
        candidate: a record that serves it if its assets turn out as `awaited` says.
        awaited: asset -> content.
    """

    run: Run
    suite: Suite
    method: Method
    assets: tuple[Asset, ...]
    identity: Mapping[str, Any]
    code: Mapping[str, Any]
    seconds: float
    why: tuple[str, ...] = ()
    candidate: Record | None = None
    awaited: Mapping[str, str] = field(default_factory=dict)

    def record(
        self, status: str, reason: str = "", contents: Mapping[str, str] | None = None
    ) -> Record:
        """An empty record of this run.

        Args:
            contents: what the assets that it was handed hold: name -> digest.
        """
        run = self.run
        code = {**self.code, "assets": dict(sorted((contents or {}).items()))}
        return Record(
            key=record_key(self.identity, code),
            identity=dict(self.identity),
            code=code,
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

    @property
    def handed(self) -> tuple[Asset, ...]:
        """The assets that the run and its scoring are handed; a reference's own to it alone."""
        return handed_to(self.method, self.assets)

    def command(self) -> str:
        """The command that makes this run again."""
        run, method = self.run, self.method
        if method.alone:  # no --methods-dir finds it
            start = f"try {shlex.quote(str(method.path))}"
            named = "--tuned" if run.variant == "tuned" else ""
        else:
            start, named = "run", f"--method {run.method} --variant {run.variant}"
        cell = f"--tier {run.tier} --seed {run.seed} --fresh"
        place = f"--suite {run.suite} --task {run.task.name}"
        words = ("python -m bench", start, place, named, cell, method.options)
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class TaskWithoutData:
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
        served: records that answer runs of the selection.
        published: keys of those of them that are published ones.
        carried: those of them that stand on proofs that other code answers as theirs did: key ->
            the proofs.
        skipped: planned runs that the task can't feed, with the reason.
        assets: missing ones, each after its inputs: (asset, its key, its suite).
        left_out: tasks whose data aren't here.
    """

    todo: list[PlannedRun] = field(default_factory=list)
    served: list[Record] = field(default_factory=list)
    published: set[str] = field(default_factory=set)
    carried: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    skipped: list[tuple[PlannedRun, str]] = field(default_factory=list)
    assets: list[tuple[Asset, str, Suite]] = field(default_factory=list)
    left_out: list[TaskWithoutData] = field(default_factory=list)

    def seconds(self, jobs: int) -> float:
        """Estimated wall time with so many jobs side by side."""
        work = sum(a.seconds for a, _, _ in self.assets) + sum(p.seconds for p in self.todo)
        return work / max(1, jobs)

    def flops(self) -> float:
        """The most that the runs to be made may spend together; infinite if one is unbounded."""
        return sum(p.run.budget.limit(FLOPS.name) for p in self.todo)


def make_plan(
    catalogue: Catalogue,
    selection: Selection,
    keys: Keys,
    store: Store | None,
    home: Path,
    fresh: bool = False,
    published: Sequence[Record] = (),
) -> Plan:
    """Work out what a selection asks for.

    Args:
        store: where finished runs are looked up; None if there is none yet.
        home: the folder that holds the assets.
        fresh: run again what would be served.
        published: records that serve where the store has none.
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
    asked = {item.run.identity for item, _ in planned}
    mine = store.asked(asked) if store and not fresh else {}
    theirs: dict[str, list[Record]] = {}
    for record in () if fresh else published:
        if record.asked in asked:
            theirs.setdefault(record.asked, []).append(record)
    for item, lacking in planned:
        place = item.run.identity
        _settle(plan, item, lacking, mine.get(place, []), theirs.get(place, []), keys)
    if fresh:
        plan.todo = [replace(item, why=()) for item in plan.todo]
    elif any(NEVER in item.why for item in plan.todo):
        stored = store.of_tier(selection.tier) if store else []
        plan.todo = _asked_before(plan.todo, [*published, *stored])
    plan.todo.sort(key=lambda item: item.run.seed)  # a bench that is stopped leaves whole seeds
    plan.assets = missing_assets(plan.todo, keys, home)
    return plan


def _settle(
    plan: Plan,
    item: PlannedRun,
    lacking: str,
    mine: Sequence[Record],
    theirs: Sequence[Record],
    keys: Keys,
) -> None:
    """Put a run where it belongs: served, skipped, or to be made.

    Args:
        lacking: what its task doesn't offer; "" if nothing.
        mine, theirs: records of the same identity, of the store and of the published ones.
    """
    if lacking:
        same_skip = [r for r in (*mine, *theirs) if (r.status, r.reason) == ("skipped", lacking)]
        if same_skip:
            plan.served.append(same_skip[0])
            if same_skip[0] in theirs:
                plan.published.add(same_skip[0].key)
        else:
            plan.skipped.append((item, lacking))
        return
    code = keys.code(item.suite, item.method)
    held: list[tuple[Record, Standing]] = []
    for number, record in enumerate((*mine, *theirs)):
        if record.status in ("infra", "skipped"):
            continue
        its_standing = standing(record, code, item.handed, item.suite, keys)
        if its_standing.serves:
            plan.served.append(record)
            if number >= len(mine):
                plan.published.add(record.key)
            if its_standing.links:
                plan.carried[record.key] = its_standing.links
            return
        held.append((record, its_standing))
    plan.todo.append(_to_be_made(item, held))


def _to_be_made(item: PlannedRun, held: Sequence[tuple[Record, Standing]]) -> PlannedRun:
    """A run that no record serves, and what is told of it: the nearest record says why."""
    if not held:
        return replace(item, why=(NEVER,))
    record, nearest = min(held, key=lambda pair: len(pair[1].why))
    if nearest.why:
        return replace(item, why=nearest.why)
    return replace(item, why=nearest.unknown, candidate=record, awaited=nearest.awaited)


def _asked_before(todo: Iterable[PlannedRun], records: Iterable[Record]) -> list[PlannedRun]:
    """Runs that were made, but asked otherwise, say what is asked otherwise now."""
    earlier: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if record.status != "infra":
            earlier.setdefault(record.place, []).append(record)
    explained = []
    for item in todo:
        run = item.run
        place = (run.suite, run.task.name, run.tier, run.method, run.variant, run.seed)
        before = earlier.get(place, []) if NEVER in item.why else []
        if before:
            words = [tuple(asked_otherwise(r.identity, item.identity)) for r in before]
            item = replace(item, why=min(words, key=lambda why: len(why)))
        explained.append(item)
    return explained


def handed_to(method: Method, assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """The assets that a method's runs and their scoring are handed."""
    return tuple(a for a in assets if method.kind == "reference" or not a.for_references)


def missing_assets(
    runs: Iterable[PlannedRun], keys: Keys, home: Path
) -> list[tuple[Asset, str, Suite]]:
    """The assets that the runs need and that aren't there, each after its inputs."""
    missing: dict[str, tuple[Asset, str, Suite]] = {}

    def visit(asset: Asset, suite: Suite) -> None:
        key = keys.asset(asset, suite)
        if key in missing or assets.is_there(keys.folder(asset, suite, home)):
            return
        for needed in asset.inputs:
            visit(needed, suite)
        missing[key] = (asset, key, suite)

    for item in runs:
        for asset in item.handed:
            visit(asset, item.suite)
    return list(missing.values())


def _runs(
    catalogue: Catalogue, selection: Selection, keys: Keys, left_out: list[TaskWithoutData]
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
                left_out.append(TaskWithoutData(suite.name, task.name, str(error)))
                if selection.tasks:
                    raise LeftOutError(str(left_out[-1])) from None
                continue
            for method in catalogue.methods[suite.name].values():
                if selection.methods and method.name not in selection.methods:
                    continue
                if not method.enters(task) or not method.runs_at(selection.tier):
                    continue
                for variant in method.variants:
                    if selection.variants and variant not in selection.variants:
                        continue
                    for seed in _seeds(task, selection):
                        cell = (suite.name, task.name, method.name, variant, seed)
                        if selection.cells and cell not in selection.cells:
                            continue
                        yield _planned(suite, task, method, variant, selection.tier, seed, keys)


def _seeds(task: Task, selection: Selection) -> Sequence[int]:
    if selection.seeds:
        return selection.seeds
    count = task.seeds[selection.tier]
    return range(count if selection.seed_count is None else selection.seed_count)


def _planned(
    suite: Suite, task: Task, method: Method, variant: str, tier: str, seed: int, keys: Keys
) -> tuple[PlannedRun, str]:
    identity = keys.identity(suite, task, method, variant, tier, seed)
    run = Run(
        identity=digest(identity),
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
    seconds += task.scoring_seconds.get(tier, 0.0)
    titles = {need.name: need.title for need in suite.needs}
    lacking = [titles[need] for need in method.needs if need not in task.offers]
    reason = f"task {task.name!r} doesn't offer: {', '.join(lacking)}" if lacking else ""
    if variant == "tuned" and not task.tuned_on:
        reason = reason or f"task {task.name!r} has nothing to tune on"
    code = keys.code(suite, method).parts()
    return PlannedRun(run, suite, method, needed, identity, code, seconds), reason


def _nothing(catalogue: Catalogue, selection: Selection) -> str:
    tiers = sorted(
        {tier for s in catalogue.suites.values() for t in s.tasks for tier in t.settings}
    )
    return (
        f"Nothing to run: no chosen task has a {selection.tier!r} tier that a chosen method "
        f"enters. Tiers in use: {', '.join(tiers)}. See `python -m bench list tasks`."
    )
