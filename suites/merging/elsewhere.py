"""Holds each task's order of methods against two orders that others have published.

    python -m suites.merging.elsewhere [--published DIR]

Prints, for every task at the tier `small`, Kendall's tau-b of its order of five methods with that
of CLIP's ViT-B/32 on eight image sets, and with that of GPT-2 on seven text tasks, both from the
tables of one source. Those two agree with each other at tau .32 only, so no task can resemble
both; with five methods, ten pairs, one pair that turns round moves tau by .2. Of a task with two
distances also how far its own two orders agree.
Not here: any figure of a table or of the site.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from scipy.stats import kendalltau

from bench.contract.suite import Task
from bench.records.published import PUBLISHED, read
from bench.records.record import Record
from suites.merging.tasks import TASKS


@dataclass(frozen=True)
class Order:
    """A published table's mean accuracies.

    Attributes:
        title: of what.
        link: where it stands.
        accuracies: percent, by our method and the variant that was run as theirs was.
    """

    title: str
    link: str
    accuracies: Mapping[tuple[str, str], float]


SOURCE = "https://tanganke.github.io/fusion_bench/modelpool"
ORDERS = (
    # Their scales are fixed at .3, as our defaults are fixed.
    Order(
        "CLIP ViT-B/32",
        f"{SOURCE}/clip_vit/",
        {
            ("average", "default"): 66.5,
            ("fisher", "default"): 70.6,
            ("regmean", "default"): 82.4,
            ("task_arithmetic", "default"): 68.0,
            ("ties", "default"): 72.2,
        },
    ),
    # Their scales, .5 and .6, are the best of a grid, as our tuned ones are.
    Order(
        "GPT-2",
        f"{SOURCE}/gpt2_classification/",
        {
            ("average", "default"): 56.1,
            ("fisher", "default"): 58.7,
            ("regmean", "default"): 68.8,
            ("task_arithmetic", "tuned"): 70.0,
            ("ties", "tuned"): 70.0,
        },
    ),
)


def agreement(order: Order, accuracies: Mapping[tuple[str, str], float]) -> float:
    """Kendall's tau-b of an order with the same rows' accuracies elsewhere, in -1 to 1.

    Args:
        accuracies: by (method, variant); all of the order's are there.
    """
    rows = sorted(order.accuracies)
    found = kendalltau([order.accuracies[row] for row in rows], [accuracies[row] for row in rows])
    return float(found.statistic)


def mean_accuracies(
    records: Iterable[Record], task: str, metric: str
) -> dict[tuple[str, str], float]:
    """A task's mean over seeds of one metric, by (method, variant)."""
    found: dict[tuple[str, str], list[float]] = {}
    for record in records:
        if record.task == task and record.tier == "small" and metric in record.metrics:
            found.setdefault((record.method, record.variant), []).append(record.metrics[metric])
    return {row: fmean(values) for row, values in found.items()}


def axes(task: Task) -> tuple[str, ...]:
    """The metrics that say what is kept of the experts' own tasks, as the published tables do."""
    return ("held_in",) if "held_in" in task.scored_by else task.scored_by


def agreements(accuracies: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """`agreement` with each published order, by its title; none where a method is lacking."""
    if not all(row in accuracies for order in ORDERS for row in order.accuracies):
        return {}
    return {order.title: agreement(order, accuracies) for order in ORDERS}


def between(records: Iterable[Record], task: str, first: str, second: str) -> float:
    """Kendall's tau-b of a task's order by one metric with that by another.

    Over the methods of one model at their defaults.
    """
    own = [r for r in records if r.kind == "method" and r.track == "single"]
    one, other = (mean_accuracies(own, task, metric) for metric in (first, second))
    rows = sorted(row for row in one if row[1] == "default")
    return float(kendalltau([one[row] for row in rows], [other[row] for row in rows]).statistic)


def main() -> None:
    """Read the published records, print a line a task."""
    parser = argparse.ArgumentParser(description="Our orders of methods beside published ones.")
    parser.add_argument("--published", type=Path, default=PUBLISHED)
    records = list(read(parser.parse_args().published))
    clip, gpt = ORDERS
    by_method = {method: value for (method, _), value in gpt.accuracies.items()}
    theirs = agreement(clip, {row: by_method[row[0]] for row in clip.accuracies})
    print(f"{clip.title} and {gpt.title}: tau {theirs:.2f}")
    for task in TASKS:
        for metric in axes(task):
            taus = agreements(mean_accuracies(records, task.name, metric))
            told = ", ".join(f"{title} {tau:+.2f}" for title, tau in taus.items())
            print(f"{task.name} ({metric}): {told or 'the records lack some of the five methods'}")
        if len(axes(task)) == 2 and any(r.task == task.name for r in records):
            tau = between(records, task.name, *axes(task))
            print(f"{task.name}: its orders by {' and '.join(axes(task))} agree at tau {tau:+.2f}")


if __name__ == "__main__":
    main()
