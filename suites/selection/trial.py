"""Tries values of a parameter where no record looks: how defaults that aren't a paper's are chosen.

    python -m suites.selection.trial mimic --task debug-mnist --set epoch=0,1,3,10 --seeds 3
    python -m suites.selection.trial frepo --task distill-fashion-1 --set rate=.003,.01,.03

Each value runs on draws of a task that no record has: their seeds are from 100 on. What it made, or
chose, is learnt by the task's evaluators and held against the validation images; of debug tasks it
is AUROC of that draw's wrong labels. The test is never looked at. Not here: settling the evaluator
(suites.selection.pilot).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from itertools import product
from statistics import fmean
from typing import Any

import torch

from bench.catalogue.params import values_of
from bench.catalogue.registry import Method, catalogue
from bench.contract.job import Assets, Job, Output, Run
from bench.contract.suite import Task
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from bench.running.worker import MethodSource, import_method
from suites.common.building import build_asset
from suites.selection import figures, harness
from suites.selection.checking import checked
from suites.selection.counters import COUNTERS
from suites.selection.definition import SUITE
from suites.selection.distill.evaluation import Evaluation, evaluators
from suites.selection.distill.pools import Scale
from suites.selection.distill.scoring import checked as checked_images
from suites.selection.evaluation import accuracy
from suites.selection.passes import Passes
from suites.selection.pools import drawn_pool, split
from suites.selection.tasks import TASKS
from suites.selection.training import Examples, Recipe

FIRST = 100
"""The first seed; no task has as many."""

KINDS = ("coreset", "debug", "distill")
"""Of tasks: those with a target have nothing to be validated on but it."""


def trial(
    method: Method, task: Task, params: Mapping[str, Any], seed: int, assets: Assets
) -> dict[str, float]:
    """What a method comes to on a draw that no record has.

    Args:
        task: one that it enters, of one of KINDS.
        params: in place of its defaults; the others stay.
        seed: 0 for the first of these draws.
        assets: as of `given`, of this draw.
    Raises:
        ContractError, Diverged, BudgetExceeded: as in a bench.
    """
    run = _run(method, task, params, FIRST + seed)
    source = MethodSource(str(method.path), str(method.root), method.function)
    job = Job([run], [assets], [Meter(run.budget, COUNTERS)], import_method(source))
    (output,) = harness.solve(job)
    meter = Meter(Budget(), COUNTERS)
    with meter:
        figures_of = _made if run.settings["kind"] == "distill" else _chosen
        return figures_of(run, output, assets["pool"], Passes(meter))


def given(method: Method, task: Task, seed: int) -> Assets:
    """What a method is given of a draw; the same whatever its parameters.

    Args:
        seed: 0 for the first of these draws.
    """
    wanted = {"pool", "teacher", *method.needs}
    declared = SUITE.assets(task, "small", FIRST + seed)
    return {asset.name: build_asset(asset) for asset in declared if asset.name in wanted}


def _run(method: Method, task: Task, params: Mapping[str, Any], seed: int) -> Run:
    return Run(
        identity="",
        suite=SUITE.name,
        task=task,
        tier="small",
        method=method.name,
        kind=method.kind,
        variant="default",
        params={**(method.params or {}), **params},
        space={},
        needs=method.needs,
        track=method.track,
        seed=seed,
        settings=task.settings["small"],
        budget=task.budgets["small"],
    )


def _drawn(run: Run) -> dict[str, Any]:
    """By what the run's pool and validation images are drawn."""
    return {**run.settings, "seed": run.settings["first_seed"] + run.seed}


def _chosen(run: Run, output: Output, pool: Output, passes: Passes) -> dict[str, float]:
    settings, drawn = run.settings, _drawn(run)
    examples = Examples(pool.tensors["images"], pool.tensors["labels"])
    choice = checked(output, len(examples), settings["sizes"])
    if settings["kind"] == "debug":
        assert choice.scores is not None
        return {"auroc": figures.auroc(choice.scores, drawn_pool(drawn).truth != examples.targets)}
    validation, found = Examples(*split(drawn).validation), {}
    for percent, (size, numbers) in zip(settings["percents"], choice.numbers.items(), strict=True):
        rows = examples.rows(numbers)
        weighed = Examples(rows.images, rows.targets, choice.weights.get(size))
        found[f"accuracy_{percent}"] = accuracy(
            settings, drawn["seed"], weighed, validation, passes
        )
    return {"area": figures.area_over_log(settings["sizes"], list(found.values())), **found}


def _made(run: Run, output: Output, pool: Output, passes: Passes) -> dict[str, float]:
    settings = run.settings
    images, labels = split(_drawn(run)).validation
    validation = Examples(Scale(**pool.data).standardise(images), labels)
    shape = (settings["classes"] * settings["per_class"], *pool.tensors["images"].shape[1:])
    made = checked_images(output, shape, settings["classes"])
    evaluation = Evaluation(Recipe.of(settings["recipe"]), passes, validation, run.shared_generator)
    examples, amount = Examples(made.images, made.labels), settings["evaluation_passes"]
    first, *others = (
        fmean(evaluation.accuracies(each, examples, amount, loss=made.loss))
        for each in evaluators(settings["evaluators"], made.images, settings["classes"])
    )
    return {"accuracy": first, "others": fmean(others)}


def asked_for(arguments: argparse.Namespace) -> tuple[Method, Task, dict[str, list[Any]]]:
    """What the command line names.

    Raises:
        ValueError: there is no such method, task or parameter, or the method doesn't enter it.
    """
    methods = catalogue().methods[SUITE.name]
    tasks = {task.name: task for task in TASKS if task.settings["small"]["kind"] in KINDS}
    method, task = methods.get(arguments.method), tasks.get(arguments.task)
    if method is None or method.kind != "method":
        raise ValueError(f"there is no method {arguments.method!r} in suite {SUITE.name}")
    if task is None:
        raise ValueError(f"there is no task {arguments.task!r}; there are {', '.join(tasks)}")
    if not method.enters(task):
        raise ValueError(f"{method.name} doesn't enter {task.name}")
    lacking = [need for need in method.needs if need not in task.offers]
    if lacking:
        raise ValueError(f"{task.name} doesn't offer {method.name}'s {', '.join(lacking)}")
    try:
        params = dict(values_of(given, method.name, method.params) for given in arguments.set)
    except ValueError as error:
        raise ValueError(f"--set {error}") from None
    return method, task, params


def main() -> None:
    """Read the arguments; print a line for each combination of values."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("method")
    parser.add_argument("--task", required=True, help="such as coreset-noise or distill-fashion-1")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE,VALUE")
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="how many draws")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    try:
        method, task, values = asked_for(arguments)
    except ValueError as error:
        parser.error(str(error))
    print(f"{method.name} on {task.name}, validation, {arguments.seeds} draws: mean (each)")
    draws = [given(method, task, seed) for seed in range(arguments.seeds)]
    for combination in product(*values.values()):
        params = dict(zip(values, combination, strict=True))
        begin = time.process_time()
        found = [trial(method, task, params, *draw) for draw in enumerate(draws)]
        spent = (time.process_time() - begin) / len(found)
        words = ", ".join(f"{name}={value}" for name, value in params.items()) or "as declared"
        print(f"{words}: {in_words(found)}; {spent:.0f} CPU s a draw", flush=True)


def in_words(found: Sequence[Mapping[str, float]]) -> str:
    """Each figure's mean, and what it was on each draw."""
    parts = []
    for name in found[0]:
        each = [figures_of[name] for figures_of in found]
        parts.append(f"{name} {fmean(each):.3f} ({' '.join(f'{value:.3f}' for value in each)})")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
