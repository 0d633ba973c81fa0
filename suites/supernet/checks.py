"""The contract of a supernet method, held against it on the smallest problems.

Here: the clauses, each on every task whose needs the method meets; `check` holds a method to all of
them, for `python -m bench try`; tests/methods/supernet/test_contract.py holds this repository's
methods to them one by one. Not here: what can be told from the declaration alone
(bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.catalogue.registry import Method
from bench.contract.inputs import Inputs
from bench.contract.job import Assets, ContractError, Diverged, Output, Run
from bench.contract.suite import Task
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.building import build_asset
from suites.common.clauses import (
    Checked,
    Contract,
    changes_nothing,
    never_asked_for,
    other_values,
)
from suites.supernet.counters import COUNTERS
from suites.supernet.definition import SUITE
from suites.supernet.given import Given, unpack
from suites.supernet.harness import BY_BUDGET, handed, solve_once

GUARDED = ("images", "labels", "flops", "latency", "structure", "pooling")
"""Needs that the problem holds a method to; the suite's others only say where it can run."""

TIER = "smoke"
ARCHITECTURES, EXAMPLES, BATCH = 16, 256, 16
"""How small the problems of a check are."""

PASSES = (60, 120)

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class CheckedSupernet(Checked):
    """A supernet method under check.

    Attributes:
        known: what it predicted on a task as it is declared, by the task's name. Most clauses ask
            for that, and each training of it takes seconds.
    """

    known: dict[str, Scores] = field(default_factory=dict, compare=False, repr=False)

    def tasks(self) -> Iterator[Task]:
        """Every task that it can run on."""
        for task in SUITE.tasks:
            if set(self.method.needs) <= set(task.offers):
                yield task

    def as_declared(self, task: Task) -> Scores:
        """What it predicts with its defaults and all that it needs, computed once a task."""
        if task.name not in self.known:
            self.known[task.name] = self.scores(task)
        return self.known[task.name]

    def scores(
        self,
        task: Task,
        passes: int = PASSES[-1],
        without: str = "",
        changed: Mapping[str, Any] | None = None,
    ) -> Scores:
        """What it predicts on a task's smallest problem.

        Args:
            without: a need that it isn't given, though it declares it.
            changed: hyperparameters that differ from its defaults.
        """
        needs = tuple(need for need in self.method.needs if need != without)
        params = {**(self.method.params or {}), **(changed or {})}
        run, given, assets = smallest(task.name)
        run = replace(run, needs=needs, params=params, method=self.method.name)
        inputs = Inputs(lambda: handed(assets))
        meter = Meter(Budget(), COUNTERS)
        generator = run.generator(f"method/{passes}")
        return solve_once(run, given, meter, self.call, passes, generator, inputs)


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on the smallest problems.

    Args:
        call: its function.
        method: its declaration.
    """
    return CONTRACT.breaches(CheckedSupernet(call, method))


@cache
def smallest(name: str) -> tuple[Run, Given, Assets]:
    """A task's run at smoke's first seed, cut to few architectures, images and passes."""
    task = SUITE.task(name)
    settings = dict(task.settings[TIER])
    batch = settings.get("updates", {}).get("batch", 128)
    settings |= {
        "lists": dict.fromkeys(settings["lists"], ARCHITECTURES),
        "budgets": list(PASSES),
        "label_passes": 5,
        "pass_flops": settings["pass_flops"] * BATCH / batch,
        "updates": {**settings.get("updates", {}), "batch": BATCH},
    }
    cut = replace(task, settings={TIER: settings})
    assets = {a.name: build_asset(a) for a in SUITE.assets(cut, TIER, 0) if not a.for_scoring}
    scale = 1.0
    if "images" in assets:
        images = assets["images"]
        scale = max(1.0, len(images.tensors["validation_labels"]) / EXAMPLES)
        assets["images"] = Output({n: t[:EXAMPLES] for n, t in images.tensors.items()})
    run = Run(
        identity="",
        suite=SUITE.name,
        task=cut,
        tier=TIER,
        method="",
        kind="method",
        variant="default",
        params={},
        space={},
        needs=(),
        track="",
        seed=0,
        settings=settings,
        budget=task.budgets[TIER],
    )
    given = unpack(run, assets)
    # What a scorer may take hangs on all images, so that a proxy's batch fits in as it does there.
    return run, replace(given, forward_flops=given.forward_flops * scale), assets


def returns_a_scorer(checked: CheckedSupernet) -> Iterator[str]:
    """It returns a scorer of the right form, within its budget, on every task that it can run on.

    The harness asks it twice, in another order, and looks whether its inputs are as they were.
    """
    ran = False
    for task in checked.tasks():
        ran = True
        try:
            checked.as_declared(task)
        except (ContractError, Diverged) as error:
            yield f"{checked.at()}: {error}"
            return
    if not ran:
        yield (
            f"{checked.at()}: no task of the suite offers all of "
            f"needs={list(checked.method.needs)}. Take out what it can do without."
        )


def is_the_same_twice(checked: CheckedSupernet) -> Iterator[str]:
    """The same run gives the same answers, to the last digit."""
    for task in checked.tasks():
        if not np.array_equal(checked.as_declared(task), checked.scores(task)):
            yield (
                f"{checked.at()}: the same problem twice gave two rankings. Draw with "
                "generator=problem.generator (or problem.random), from nothing else."
            )
            return


def uses_its_budget(checked: CheckedSupernet) -> Iterator[str]:
    """Twice the budget gives other answers, for what says that it needs one."""
    if not BY_BUDGET & set(checked.method.needs):
        return
    for task in checked.tasks():
        small = checked.scores(task, passes=PASSES[0])
        if not np.array_equal(small, checked.as_declared(task)):
            return
    yield (
        f"{checked.at()}: twice the budget changes nothing. Go on until problem.progress is 1, or "
        "take 'budget' out of needs: it is then run once."
    )


def asks_for_all_that_it_declares(checked: CheckedSupernet) -> Iterator[str]:
    """Each need that the problem guards is one that it fails without."""
    for need in sorted({*GUARDED} & set(checked.method.needs)):
        try:
            for task in checked.tasks():
                checked.scores(task, without=need)
        except ContractError:
            continue
        yield never_asked_for(checked, need)


def each_hyperparameter_counts(checked: CheckedSupernet) -> Iterator[str]:
    """Another value of each hyperparameter gives other answers: half of it."""
    for name, default in (checked.method.params or {}).items():
        others = other_values(default)
        if others and not any(
            _counts(checked, task, name, other) for other in others for task in checked.tasks()
        ):
            yield changes_nothing(checked, name, default, others)


def _counts(checked: CheckedSupernet, task: Task, name: str, other: Any) -> bool:
    try:
        changed = checked.scores(task, changed={name: other})
        return not np.array_equal(checked.as_declared(task), changed)
    except (ContractError, Diverged):
        return True


CONTRACT = Contract(
    ground=(returns_a_scorer, is_the_same_twice),
    others=(uses_its_budget, asks_for_all_that_it_declares, each_hyperparameter_counts),
)
