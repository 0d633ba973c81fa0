"""Shows what the evaluator's settings lead to, while they are being chosen.

    python -m suites.selection.pilot [--data tv:FashionMNIST] [--corruption noise] [--seeds N]
    python -m suites.selection.pilot --room [--data tv:FashionMNIST --corruption pairs]

Trains each network at each batch and rate, in a task's passes and on its pools, on random choices
and on the whole pool as it is given, and prints accuracies on the validation images and the CPU
seconds of a training. `--room` asks what setting labels right is worth: the task's evaluator on few
images for many epochs and on many for few, as given and with right labels. It never looks at the
test, and knows no method. Not here: the evaluator's training (suites.selection.evaluation), what
was chosen (suites.selection.settings).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from statistics import fmean
from typing import Any

import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection.choices import LONG_EPOCHS, chosen
from suites.selection.choosing import DEBUG_EPOCHS, DEBUG_POOL
from suites.selection.counters import COUNTERS
from suites.selection.evaluation import accuracy
from suites.selection.figures import area_over_log
from suites.selection.passes import Passes
from suites.selection.pools import Pool, drawn_pool, split
from suites.selection.tasks import TASKS
from suites.selection.training import Examples

BATCHES, RATES = (16, 32, 64), (2e-3, 6e-3, 1.8e-2)
NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "strided 8-16-32": {"name": "strided", "widths": [8, 16, 32]},
    "mlp": {"name": "mlp"},
    "strided 16-32-64": {"name": "strided", "widths": [16, 32, 64]},
}


def settings_of(data: str, corruption: str, kind: str = "coreset") -> Mapping[str, Any]:
    """Of the task of a kind, `coreset` or `debug`, with such a pool, tier small.

    Raises:
        ValueError: there is none.
    """
    tiers = [task.settings["small"] for task in TASKS]
    known = {(s["source"], s["corruption"]): s for s in tiers if s["kind"] == kind}
    if (data, corruption) not in known:
        there = ", ".join(f"{source} {kind}" for source, kind in known)
        raise ValueError(f"no task has a pool of {data} that is {corruption}; there are: {there}")
    return known[data, corruption]


def variants(
    settings: Mapping[str, Any],
    networks: Mapping[str, Mapping[str, Any]] = NETWORKS,
    batches: Sequence[int] = BATCHES,
    rates: Sequence[float] = RATES,
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The task's settings with every evaluator, and a line's words for each."""
    seen = {name: settings["network"][name] for name in ("channels", "side", "classes")}
    for (name, network), batch, rate in product(networks.items(), batches, rates):
        recipe = {**settings["recipe"], "batch": batch, "rate": rate}
        changed = {**settings, "network": {**network, **seen}, "recipe": recipe}
        yield f"{name:<16} {batch:5d} {rate:7g}", changed


def validated(settings: Mapping[str, Any], seed: int) -> tuple[list[float], float]:
    """Accuracies on the validation images, and CPU seconds of a training.

    Args:
        settings: as of a task that chooses, with its evaluator's `network` and `recipe`.
        seed: of the draws: the pool, the choices, the evaluator's start and batches.
    Returns:
        Of a random choice of each size, then of the whole pool as it is given.
    """
    pool, validation = _drawn(settings, seed)
    whole = Examples(pool.images, pool.labels)
    choices = [
        whole.rows(chosen("random", pool.labels, pool.truth, size, seed, 0))
        for size in settings["sizes"]
    ]
    begin = time.process_time()
    found = _accuracies(settings, seed, [*choices, whole], validation)
    return found, (time.process_time() - begin) / len(found)


def room(settings: Mapping[str, Any], seed: int, count: int, epochs: int) -> list[float]:
    """Accuracies on the validation images after some epochs of a pool: as given, set right.

    Args:
        settings: as of `validated`.
        count: how many images the pool has.
    """
    pool, validation = _drawn({**settings, "pool": count}, seed)
    both = [Examples(pool.images, labels) for labels in (pool.labels, pool.truth)]
    return _accuracies(settings, seed, both, validation, epochs * count)


def _drawn(settings: Mapping[str, Any], seed: int) -> tuple[Pool, Examples]:
    arguments = {**settings, "seed": seed}
    return drawn_pool(arguments), Examples(*split(arguments).validation)


def _accuracies(
    settings: Mapping[str, Any],
    seed: int,
    sets: Sequence[Examples],
    validation: Examples,
    of_passes: int | None = None,
) -> list[float]:
    meter = Meter(Budget(), COUNTERS)
    with meter:
        passes = Passes(meter)
        return [accuracy(settings, seed, each, validation, passes, of_passes) for each in sets]


def line(settings: Mapping[str, Any], seeds: Sequence[int]) -> tuple[list[float], float]:
    """Mean accuracies over seeds, sizes then the whole pool then the area; seconds a training."""
    found = [validated(settings, seed) for seed in seeds]
    means = [fmean(values) for values in zip(*(accuracies for accuracies, _ in found), strict=True)]
    area = area_over_log(settings["sizes"], means[:-1])
    return [*means, area], fmean(seconds for _, seconds in found)


def print_evaluators(settings: Mapping[str, Any], seeds: Sequence[int]) -> None:
    """A line for each network, batch and rate."""
    sizes = " ".join(f"{percent:3d}%" for percent in settings["percents"])
    print(f"{'network':<16} {'batch':>5} {'rate':>7}  {sizes}  all area  CPU s")
    for words, changed in variants(settings):
        accuracies, seconds = line(changed, seeds)
        shown = " ".join(f"{value:.2f}" for value in accuracies)
        print(f"{words}  {shown}  {seconds:5.2f}", flush=True)


def print_room(settings: Mapping[str, Any], seeds: Sequence[int], whole: int) -> None:
    """A line for the debug tasks' pool, and one for a pool of `whole` images in ten epochs."""
    print("images epochs  as given  set right")
    for count, epochs in ((DEBUG_POOL["small"], DEBUG_EPOCHS["small"]), (whole, LONG_EPOCHS)):
        found = [room(settings, seed, count, epochs) for seed in seeds]
        given, right = (fmean(values) for values in zip(*found, strict=True))
        print(f"{count:6d} {epochs:6d}  {given:8.2f}  {right:9.2f}", flush=True)


def main() -> None:
    """Read the arguments, train, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="mnist5k", help="mnist5k or tv:FashionMNIST")
    parser.add_argument("--corruption", help="what is done to the pool; clean, with --room noise")
    parser.add_argument("--seeds", type=int, default=2, metavar="N")
    parser.add_argument("--room", action="store_true", help="what setting labels right is worth")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kind, usual = ("debug", "noise") if asked.room else ("coreset", "clean")
    corruption = asked.corruption or usual
    try:
        settings = settings_of(asked.data, corruption, kind)
    except ValueError as error:
        parser.error(str(error))
    seeds = range(settings["first_seed"], settings["first_seed"] + asked.seeds)
    print(f"{asked.data}, {corruption}, {asked.seeds} seeds: accuracy on validation")
    if asked.room:
        print_room(settings, seeds, settings_of(asked.data, "clean")["pool"])
    else:
        print_evaluators(settings, seeds)


if __name__ == "__main__":
    main()
