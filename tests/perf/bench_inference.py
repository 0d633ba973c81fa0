"""How often what a table says is wrong, and how much it can show: by simulation.

    python tests/perf/bench_inference.py [--draws N]

Draws scores of rows x tasks x seeds with reports.statistics' own functions, for several sizes, and
prints for each:

- wrong: of 100 tables whose rows are all equal, in how many any two are told apart (5 is claimed)
- ranks: of 100 tables whose rows differ, in how many every true rank lies inside its interval (95)
- lead: of 100 intervals of "behind the lead", how many hold the true difference, the lead being
  picked from the same data (95 of each alone)
- power: of 100 pairs of rows that differ by .05, how many are told apart

Rows' scores are normal; a seed's standard deviation is .04 in each row, and .08 in what all rows
share. Not a test: it takes minutes.
"""

from __future__ import annotations

import argparse
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reports.statistics import holm, holm_level, paired_difference, places

DEVIATION, SHARED, STEP = 0.04, 0.08, 0.05
SIZES = [(rows, tasks, seeds) for rows in (5, 20, 40) for tasks in (3, 5, 10) for seeds in (5, 10)]


def draw(
    generator: np.random.Generator, means: NDArray[np.float64], tasks: int, seeds: int
) -> NDArray[np.float64]:
    """Scores, shape (rows, tasks, seeds); each row has its own strengths on single tasks."""
    rows = len(means)
    own = generator.normal(0, 0.1, (rows, tasks))
    own -= own.mean(1, keepdims=True)
    noise = generator.normal(0, DEVIATION, (rows, tasks, seeds))
    return (
        means[:, None, None] + own[..., None] + generator.normal(0, SHARED, (tasks, seeds)) + noise
    )


def beats(scores: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Which row is surely better than which, as a table says, and Holm's level."""
    pairs = list(combinations(range(len(scores)), 2))
    found = [paired_difference(list(scores[i]), list(scores[j])) for i, j in pairs]
    matrix = np.zeros((len(scores), len(scores)), dtype=bool)
    p_values = [difference.p for difference in found]
    sure = holm(p_values)
    for (i, j), difference, rejected in zip(pairs, found, sure, strict=True):
        if rejected:
            matrix[(i, j) if difference.interval.mean > 0 else (j, i)] = True
    return matrix, holm_level(p_values)


def held(scores: NDArray[np.float64], row: int, first: int, truth: float, level: float) -> bool:
    """Whether the interval of a row's difference to the lead holds the true one."""
    interval = paired_difference(list(scores[row]), list(scores[first])).at(level).interval
    return bool(interval.low <= truth <= interval.high)


def measure(rows: int, tasks: int, seeds: int, draws: int) -> tuple[float, float, float, float]:
    """Wrong, ranks, lead and power, in percent."""
    generator = np.random.default_rng(1000 * rows + 10 * tasks + seeds)
    wrong = ranks = 0
    lead, power = [], []
    means = -STEP * np.arange(rows)
    for _ in range(draws):
        wrong += bool(beats(draw(generator, np.zeros(rows), tasks, seeds))[0].any())
        scores = draw(generator, means, tasks, seeds)
        told, level = beats(scores)
        ranks += all(p.rank <= i + 1 <= p.last for i, p in enumerate(places(told)))
        power += [bool(told[i, i + 1]) for i in range(rows - 1)]
        first = int(scores.mean((1, 2)).argmax())
        lead += [
            held(scores, row, first, means[row] - means[first], level)
            for row in range(rows)
            if row != first
        ]
    return 100 * wrong / draws, 100 * ranks / draws, 100 * np.mean(lead), 100 * np.mean(power)


def main() -> None:
    """Read the arguments, simulate, print."""
    parser = argparse.ArgumentParser(description="Error rates, coverage and power of a table.")
    parser.add_argument("--draws", type=int, default=100)
    draws = parser.parse_args().draws
    print(f"{'rows':>5}{'tasks':>6}{'seeds':>6}{'wrong':>8}{'ranks':>8}{'lead':>8}{'power':>8}")
    for rows, tasks, seeds in SIZES:
        found = measure(rows, tasks, seeds, draws)
        print(f"{rows:5}{tasks:6}{seeds:6}" + "".join(f"{one:8.1f}" for one in found), flush=True)


if __name__ == "__main__":
    main()
