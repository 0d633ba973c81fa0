"""How often what a table says is wrong, and how much it can show: by simulation.

    python tests/perf/bench_inference.py [--draws N]

Draws scores of rows x tasks x seeds with reports.statistics' own functions, for several sizes, and
prints for each:

- wrong: of 100 tables whose rows are all equal, in how many any two are told apart (5 is claimed)
- uneven: the same, where one row in ten (at least one) varies three times as much as the others
- ranks: of 100 tables whose rows differ, in how many every true rank lies inside its interval (95)
- lead: of 100 intervals of "behind the lead", how many hold the true difference, the lead being
  picked from the same data (95 of each alone)
- power: of 100 pairs of rows that differ by .05, how many are told apart

Rows' scores are normal; a seed's standard deviation is .04 in each row, and .08 in what all rows
share. With `--bound` a prior is worth that many times a pair's own degrees of freedom at most:
0 is the plain paired t-test, 1 is what tables do, more is what they'd better not. Not a test: it
takes minutes.
"""

from __future__ import annotations

import argparse
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reports.priors import prior_of
from reports.statistics import Prior, holm, holm_level, paired_difference, places

DEVIATION, SHARED, STEP = 0.04, 0.08, 0.05
UNEVEN = 3.0
"""How much more than others a row varies where some do."""

SIZES = [(rows, tasks, seeds) for rows in (5, 20) for tasks in (1, 3, 10) for seeds in (3, 5, 10)]


Array = NDArray[np.float64]


def draw(
    generator: np.random.Generator, means: Array, tasks: int, seeds: int, uneven: bool = False
) -> Array:
    """Scores, shape (rows, tasks, seeds); each row has its own strengths on single tasks."""
    rows = len(means)
    own = generator.normal(0, 0.1, (rows, tasks))
    own -= own.mean(1, keepdims=True)
    noise = generator.normal(0, DEVIATION, (rows, tasks, seeds))
    if uneven:
        noise[: max(1, rows // 10)] *= UNEVEN
    shared = generator.normal(0, SHARED, (tasks, seeds))
    return means[:, None, None] + own[..., None] + shared + noise


def beats(scores: Array, priors: list[Prior]) -> tuple[NDArray[np.bool_], float]:
    """Which row is surely better than which, as a table says, and Holm's level."""
    pairs = list(combinations(range(len(scores)), 2))
    found = [paired_difference(list(scores[i]), list(scores[j]), priors=priors) for i, j in pairs]
    matrix = np.zeros((len(scores), len(scores)), dtype=bool)
    p_values = [difference.p for difference in found]
    sure = holm(p_values)
    for (i, j), difference, rejected in zip(pairs, found, sure, strict=True):
        if rejected:
            matrix[(i, j) if difference.interval.mean > 0 else (j, i)] = True
    return matrix, holm_level(p_values)


def measure(rows: int, tasks: int, seeds: int, draws: int, bound: int) -> list[float]:
    """Wrong, uneven, ranks, lead and power, in percent."""
    generator = np.random.default_rng(1000 * rows + 10 * tasks + seeds)
    wrong, uneven, ranks, lead, power = [], [], [], [], []
    means = -STEP * np.arange(rows)
    equal = np.zeros(rows)

    def priors(scores: Array) -> list[Prior]:
        return [prior_of(list(scores[:, task]), bound=bound) for task in range(tasks)]

    for _ in range(draws):
        scores = draw(generator, equal, tasks, seeds)
        wrong.append(beats(scores, priors(scores))[0].any())
        scores = draw(generator, equal, tasks, seeds, uneven=True)
        uneven.append(beats(scores, priors(scores))[0].any())
        scores = draw(generator, means, tasks, seeds)
        known = priors(scores)
        told, level = beats(scores, known)
        ranks.append(all(p.rank <= i + 1 <= p.last for i, p in enumerate(places(told))))
        power += [bool(told[i, i + 1]) for i in range(rows - 1)]
        first = int(scores.mean((1, 2)).argmax())
        for row in set(range(rows)) - {first}:
            pair = list(scores[row]), list(scores[first])
            interval = paired_difference(*pair, priors=known).at(level).interval
            lead.append(interval.low <= means[row] - means[first] <= interval.high)
    return [100 * float(np.mean(found)) for found in (wrong, uneven, ranks, lead, power)]


def main() -> None:
    """Read the arguments, simulate, print."""
    parser = argparse.ArgumentParser(description="Error rates, coverage and power of a table.")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--bound", type=int, default=1)
    asked = parser.parse_args()
    heads = ("wrong", "uneven", "ranks", "lead", "power")
    print(f"{'rows':>5}{'tasks':>6}{'seeds':>6}" + "".join(f"{head:>8}" for head in heads))
    for rows, tasks, seeds in SIZES:
        found = measure(rows, tasks, seeds, asked.draws, asked.bound)
        print(f"{rows:5}{tasks:6}{seeds:6}" + "".join(f"{one:8.1f}" for one in found), flush=True)


if __name__ == "__main__":
    main()
