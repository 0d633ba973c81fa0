"""One method tried against all others: what `python -m bench try` plans and finds.

Here: which tasks and baselines, which of them are served, and in what order the rest is run: the
method itself first, so that its failure costs no baseline's time. Not here: the checks before
(bench.running.checking), the statistics (reports.verdict), what is printed (commands.trial_text).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from bench.catalogue.registry import Catalogue, Method
from bench.contract.suite import Suite
from bench.planning.current import keys_here
from bench.planning.keys import Keys
from bench.planning.plan import Plan, PlannedRun, TaskWithoutData, make_plan, missing_assets
from bench.planning.selection import Selection
from bench.records.home import home as home_folder
from bench.records.record import Record
from bench.records.store import Store


@dataclass
class Attempt:
    """What is going to be done.

    Attributes:
        tasks: names of those that are tried.
        left_out: name of a task that isn't, because its assets aren't built -> their number, and
            the seconds of work that building them takes.
        unmet: name of a task that the method doesn't enter -> what it needs and the task lacks.
        absent: tasks that can't be tried, because their data aren't here.
        mine, baselines: the runs of the method, and of everything that it is held against.
        published: how many of the baselines' runs are served from the published records.
    """

    method: Method
    suite: Suite
    keys: Keys
    home: Path
    tasks: Sequence[str]
    left_out: dict[str, tuple[int, float]]
    unmet: Mapping[str, str] = field(default_factory=dict)
    absent: Sequence[TaskWithoutData] = ()
    mine: Plan = field(default_factory=Plan)
    baselines: Plan = field(default_factory=Plan)
    published: int = 0

    def refresh(self) -> None:
        """See again which assets the baselines lack, after the method's own runs built some."""
        self.baselines.assets = missing_assets(self.baselines.todo, self.keys, self.home)


def plan_attempt(
    known: Catalogue,
    method: Method,
    selection: Selection,
    store: Store,
    published: Iterable[Record],
    fresh: bool = False,
) -> Attempt:
    """Work out the runs of a method and of what it is held against.

    The baselines are the other methods of its track, and the references that fix the scale.

    Args:
        selection: its tier, tasks, variants and seeds count. Without tasks: every task that the
            method can enter and whose assets are built; where none is, the first that it can enter.
        published: records that serve where the store has none of that key.
        fresh: whether the method's own runs are made again though a record serves them.
    Raises:
        SelectionError: a task isn't there, or has no such tier.
    """
    home = home_folder()
    keys, sources = keys_here()
    suite = known.suites[method.suite]
    published = list(published)
    spent = _spent(published)

    def plan(tasks: Sequence[str], methods: Sequence[str], anew: bool) -> Plan:
        chosen = replace(selection, suites=[suite.name], tasks=tasks, methods=methods)
        made = make_plan(known, chosen, keys, store, home, anew, published)
        made.todo = [_estimated(planned, spent) for planned in made.todo]
        return made

    mine = plan(selection.tasks, [method.name], fresh)
    attempt = Attempt(method, suite, keys, home, list(selection.tasks), {}, absent=mine.left_out)
    if not selection.tasks:
        attempt.unmet = _unmet(mine)
        attempt.tasks, attempt.left_out = _warm(mine, suite, keys, home)
        if attempt.tasks:
            mine = plan(attempt.tasks, [method.name], fresh)
    attempt.mine = mine
    if attempt.tasks:
        attempt.baselines = plan(attempt.tasks, _others(known, method, attempt.tasks), False)
        attempt.published = len(attempt.baselines.published)
    sources.save()
    built = {key for _, key, _ in mine.assets}
    baselines = attempt.baselines
    baselines.assets = [asset for asset in baselines.assets if asset[1] not in built]
    return attempt


def _others(known: Catalogue, method: Method, tasks: Sequence[str]) -> list[str]:
    """What a method is held against on those tasks, and the references that stand there."""
    tried = [task for task in known.suites[method.suite].tasks if task.name in tasks]
    return [
        other.name
        for other in known.methods[method.suite].values()
        if other.name != method.name
        and (other.kind == "reference" or other.track == method.track)
        and any(other.enters(task) for task in tried)
    ]


def _spent(records: Iterable[Record]) -> dict[tuple[str, ...], list[float]]:
    """Task, tier, method and variant -> the seconds that each record's run took."""
    spent: dict[tuple[str, ...], list[float]] = {}
    for r in records:
        if "seconds" in r.cost:
            took = r.cost["seconds"] + r.cost.get("scoring", {}).get("seconds", 0.0)
            spent.setdefault((r.task, r.tier, r.method, r.variant), []).append(took)
    return spent


def _entered(plan: Plan) -> set[str]:
    """The tasks on which the method of a plan has runs."""
    served = {record.task for record in plan.served if record.status != "skipped"}
    return served | {planned.run.task.name for planned in plan.todo}


def _unmet(plan: Plan) -> dict[str, str]:
    """Each task on which every run of the method is skipped, and why."""
    reasons = {planned.run.task.name: reason for planned, reason in plan.skipped}
    reasons |= {r.task: r.reason for r in plan.served if r.status == "skipped"}
    entered = _entered(plan)
    return {task: reason for task, reason in sorted(reasons.items()) if task not in entered}


def _warm(
    plan: Plan, suite: Suite, keys: Keys, home: Path
) -> tuple[list[str], dict[str, tuple[int, float]]]:
    """The tasks that a method enters whose assets are built (or the first), and what the others
    lack."""
    entered = _entered(plan)
    tasks = [task.name for task in suite.tasks if task.name in entered]
    lacking = {}
    for task in tasks:
        runs = [planned for planned in plan.todo if planned.run.task.name == task]
        missing = missing_assets(runs, keys, home)
        if missing:
            lacking[task] = (len(missing), sum(asset.seconds for asset, _, _ in missing))
    warm = [task for task in tasks if task not in lacking] or tasks[:1]
    return warm, {task: lack for task, lack in lacking.items() if task not in warm}


def _estimated(planned: PlannedRun, spent: dict[tuple[str, ...], list[float]]) -> PlannedRun:
    """A run with a better estimate, where published records say what the method took before."""
    run = planned.run
    took = spent.get((run.task.name, run.tier, run.method, run.variant))
    return replace(planned, seconds=max(planned.seconds, fmean(took))) if took else planned
