"""The table of factors: what each cell is, and how it is printed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from suites.supernet.evaluation import evaluate
from suites.supernet.factors import (
    RECIPES,
    STATISTICS,
    Cell,
    lines,
    problem_of,
    scored,
    spread,
    taus,
    trained,
)
from suites.supernet.network import batch_statistics
from suites.supernet.normalisation import RunningStatistics, recalibrated

CELL = Cell("pooling", "AdamW", 20, 0, 4)


def test_recipes_change_one_thing_each():
    assert {name: (u.kind, u.warm_up, u.clip) for name, u in RECIPES.items()} == {
        "AdamW": ("adamw", 10, 5.0),
        "AdamW, no warm-up": ("adamw", 0, 5.0),
        "AdamW, no clipping": ("adamw", 10, 0.0),
        "SGD": ("sgd", 10, 5.0),
        "SGD, no warm-up": ("sgd", 0, 5.0),
        "SGD, no clipping": ("sgd", 10, 0.0),
    }
    assert (RECIPES["SGD"].rate, RECIPES["SGD"].momentum, RECIPES["SGD"].decay) == (
        0.05,
        0.9,
        2.5e-4,
    )


def test_keeping_averages_changes_nothing_of_the_training():
    kept = trained(problem_of(CELL), RunningStatistics().training)
    plain = trained(problem_of(CELL), batch_statistics)
    assert all(torch.equal(kept[name], plain[name]) for name in plain)


def test_each_of_the_statistics_scores_as_it_says():
    problem, averages = problem_of(CELL), RunningStatistics()
    weights = trained(problem, averages.training)
    network, seen = problem.network, problem.validation
    rows = np.array([[0], [20]], dtype=np.int8)
    scores = scored(problem, weights, averages, rows)
    assert tuple(scores) == STATISTICS
    batches = problem.training.images[:1024].split(128)
    for number, row in enumerate(rows):
        anew = recalibrated(network, weights, row, batches)
        assert scores["batch"][number] == -evaluate(network, weights, row, seen)[1]
        assert scores["recalibrated"][number] == -evaluate(network, weights, row, seen, anew)[1]
        assert scores["running"][number] == -evaluate(network, weights, row, seen, averages)[1]


def test_a_cell_is_a_tau_for_each_list_and_statistics_and_the_same_twice():
    values = taus(CELL)
    assert list(values) == [("all", name) for name in STATISTICS]
    assert all(-1 <= value <= 1 for value in values.values())
    assert taus(CELL) == values


def test_the_table_has_means_and_deviations_over_seeds():
    # mean .3, deviation sqrt(2 x .1^2 / 1) = .141
    assert spread([0.2, 0.4]).split() == ["0.300", "(0.141)"]
    assert spread([0.25]).split() == ["0.250"]
    found = {
        Cell("pooling", recipe, 20, seed, None): {("all", name): 0.5 for name in STATISTICS}
        for recipe in RECIPES
        for seed in range(2)
    }
    header, *rows = lines(found)
    assert header.split() == ["task", "list", "recipe", *STATISTICS]
    assert len(rows) == len(RECIPES)
    assert rows[0].split() == ["pooling", "all", "AdamW", *["0.500", "(0.000)"] * 3]


@pytest.mark.parametrize("words", [["--task", "none"], ["--passes", "many"]])
def test_wrong_words_are_told_apart(words):
    ended = subprocess.run(
        [sys.executable, "-m", "suites.supernet.factors", *words], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert words[1] in ended.stderr
