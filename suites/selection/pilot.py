"""Shows what the evaluator's settings lead to, while they are being chosen.

    python -m suites.selection.pilot [--data tv:FashionMNIST] [--corruption noise] [--seeds N]

Trains each network at each batch and rate, in a task's passes and on its pools, on random choices
and on the whole pool as it is given, and prints accuracies on the validation images and the CPU
seconds of a training. It never looks at the test, and knows no method: settings are chosen for what
random choices reach and for the room between their sizes. Not here: the evaluator's training
(suites.selection.evaluation), what was chosen (suites.selection.tasks).
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
from suites.selection.choices import chosen
from suites.selection.counters import COUNTERS
from suites.selection.evaluation import accuracy
from suites.selection.figures import area_over_log
from suites.selection.passes import Passes
from suites.selection.pools import drawn_pool, split
from suites.selection.tasks import TASKS
from suites.selection.training import Examples

BATCHES, RATES = (16, 32, 64), (2e-3, 6e-3, 1.8e-2)
NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "strided 8-16-32": {"name": "strided", "widths": [8, 16, 32]},
    "mlp": {"name": "mlp"},
    "strided 16-32-64": {"name": "strided", "widths": [16, 32, 64]},
}


def settings_of(data: str, corruption: str) -> Mapping[str, Any]:
    """Of the task that chooses from such a pool, tier small.

    Raises:
        ValueError: there is none.
    """
    tiers = [task.settings["small"] for task in TASKS]
    known = {(s["source"], s["corruption"]): s for s in tiers if s["kind"] == "coreset"}
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
    drawn = {**settings, "seed": seed}
    pool, validation = drawn_pool(drawn), Examples(*split(drawn).validation)
    examples = Examples(pool.images, pool.labels)
    sets = [
        examples.rows(chosen("random", pool.labels, pool.truth, size, seed, 0))
        for size in settings["sizes"]
    ]
    meter = Meter(Budget(), COUNTERS)
    begin = time.process_time()
    with meter:
        passes = Passes(meter)
        found = [
            accuracy(settings, seed, examples, validation, passes) for examples in (*sets, examples)
        ]
    return found, (time.process_time() - begin) / len(found)


def line(settings: Mapping[str, Any], seeds: Sequence[int]) -> tuple[list[float], float]:
    """Mean accuracies over seeds, sizes then the whole pool then the area; seconds a training."""
    found = [validated(settings, seed) for seed in seeds]
    means = [fmean(values) for values in zip(*(accuracies for accuracies, _ in found), strict=True)]
    area = area_over_log(settings["sizes"], means[:-1])
    return [*means, area], fmean(seconds for _, seconds in found)


def main() -> None:
    """Read the arguments, train, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="mnist5k", help="mnist5k or tv:FashionMNIST")
    parser.add_argument("--corruption", default="clean", help="what is done to the pool")
    parser.add_argument("--seeds", type=int, default=2, metavar="N")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    try:
        settings = settings_of(asked.data, asked.corruption)
    except ValueError as error:
        parser.error(str(error))
    seeds = range(settings["first_seed"], settings["first_seed"] + asked.seeds)
    sizes = " ".join(f"{percent:3d}%" for percent in settings["percents"])
    print(f"{asked.data}, {asked.corruption}, {asked.seeds} seeds: accuracy on validation")
    print(f"{'network':<16} {'batch':>5} {'rate':>7}  {sizes}  all area  CPU s")
    for words, changed in variants(settings):
        accuracies, seconds = line(changed, seeds)
        shown = " ".join(f"{value:.2f}" for value in accuracies)
        print(f"{words}  {shown}  {seconds:5.2f}", flush=True)


if __name__ == "__main__":
    main()
