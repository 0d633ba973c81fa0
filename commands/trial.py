"""One method tried against all others: what `python -m bench try` plans and finds.

Here: which tasks and baselines, which of them are served, and in what order the rest is run: the
method itself first, so that its failure costs no baseline's time. Not here: the checks before
(bench.running.checking), the statistics (reports.verdict), what is printed (commands.trial_text).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from bench.catalogue.registry import Catalogue, Method
from bench.contract.suite import Suite
from bench.planning.current import keys_here
from bench.planning.keys import Keys
from bench.planning.plan import LeftOut, Plan, PlannedRun, make_plan, missing_assets
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
        absent: tasks that can't be tried, because their data aren't here.
        mine, baselines: the runs of the method, and of everything that it is held against.
        published: how many of the baselines' runs are served from the published records.
    """

    entry: Method
    suite: Suite
    keys: Keys
    home: Path
    tasks: Sequence[str]
    left_out: dict[str, tuple[int, float]]
    absent: Sequence[LeftOut] = ()
    mine: Plan = field(default_factory=Plan)
    baselines: Plan = field(default_factory=Plan)
    published: int = 0

    def refresh(self) -> None:
        """See again which assets the baselines lack, after the method's own runs built some."""
        self.baselines.assets = missing_assets(self.baselines.todo, self.keys, self.home)


def plan_attempt(
    found: Catalogue,
    entry: Method,
    selection: Selection,
    store: Store,
    published: Iterable[Record],
) -> Attempt:
    """Work out the runs of a method and of what it is held against.

    The baselines are the other methods of its track, and the references that fix the scale.

    Args:
        selection: its tier, tasks, variants and number of seeds count. Without tasks: every task
            of the suite whose assets are built; where none is, the suite's first.
        published: records that serve where the store has none of that key.
    Raises:
        SelectionError: a task isn't there, or has no such tier.
    """
    home = home_folder()
    keys, sources = keys_here()
    suite = found.suites[entry.suite]
    others = [
        other.name
        for other in found.methods[suite.name].values()
        if other.name != entry.name and (other.kind == "reference" or other.track == entry.track)
    ]
    published = list(published)
    spent: dict[tuple[str, ...], list[float]] = {}
    for r in published:
        if "seconds" in r.cost:
            took = r.cost["seconds"] + r.cost.get("scoring", {}).get("seconds", 0.0)
            spent.setdefault((r.task, r.tier, r.method, r.variant), []).append(took)

    def plan(tasks: Sequence[str], methods: Sequence[str]) -> tuple[Plan, int]:
        chosen = Selection(
            tier=selection.tier,
            suites=[suite.name],
            tasks=tasks,
            methods=methods,
            variants=selection.variants,
            seed_count=selection.seed_count,
        )
        made = make_plan(found, chosen, keys, store, home, published=published)
        made.todo = [_estimated(planned, spent) for planned in made.todo]
        return made, len(made.published)

    mine, _ = plan(selection.tasks, [entry.name])
    tasks, left_out = list(selection.tasks), dict[str, tuple[int, float]]()
    absent = mine.left_out
    if not tasks:
        tasks, left_out = _warm(mine, suite, entry.track, selection.tier, keys, home)
        mine, _ = plan(tasks, [entry.name])
    baselines, from_published = plan(tasks, others)
    sources.save()
    built = {key for _, key, _ in mine.assets}
    baselines.assets = [asset for asset in baselines.assets if asset[1] not in built]
    return Attempt(
        entry, suite, keys, home, tasks, left_out, absent, mine, baselines, from_published
    )


def _warm(
    plan: Plan, suite: Suite, track: str, tier: str, keys: Keys, home: Path
) -> tuple[list[str], dict[str, tuple[int, float]]]:
    """The tasks whose assets are built (or the first), and what the others lack."""
    absent = {left_out.task for left_out in plan.left_out}
    runs: dict[str, list[PlannedRun]] = {
        t.name: []
        for t in suite.tasks
        if tier in t.settings and t.name not in absent and t.admits(track)
    }
    for planned in plan.todo:
        runs[planned.run.task.name].append(planned)
    lacking = {}
    for task, todo in runs.items():
        missing = missing_assets(todo, keys, home)
        if missing:
            lacking[task] = (len(missing), sum(asset.seconds for asset, _, _ in missing))
    warm = [task for task in runs if task not in lacking] or list(runs)[:1]
    return warm, {task: lack for task, lack in lacking.items() if task not in warm}


def _estimated(planned: PlannedRun, spent: dict[tuple[str, ...], list[float]]) -> PlannedRun:
    """A run with a better estimate, where published records say what the method took before."""
    run = planned.run
    took = spent.get((run.task.name, run.tier, run.method, run.variant))
    return replace(planned, seconds=max(planned.seconds, fmean(took))) if took else planned
