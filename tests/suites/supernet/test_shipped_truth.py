"""The shipped tables of ground truth: they are what is pinned, and any row can be made again."""

import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from bench.catalogue.registry import ROOT
from bench.running.provenance import machine
from suites.supernet.networks import small
from suites.supernet.spaces import find
from suites.supernet.truth.plans import PLANS
from suites.supernet.truth.shipped import TABLES
from suites.supernet.truth.table import MEASURES, read
from suites.supernet.truth.training import train_alone

ALL = pytest.mark.parametrize("space", TABLES)

DRIFT = 0.1
"""How far a training may end from itself on another kind of processor, in shares and in nats."""


def table(space):
    return read(ROOT / TABLES[space].path)


def one_against_the_others(values):
    """Mean Kendall tau of each seed against the mean of the others; values (rows, seeds)."""
    seeds = range(values.shape[1])
    others = [np.delete(values, seed, axis=1).mean(axis=1) for seed in seeds]
    return np.mean([kendalltau(values[:, s], others[s]).statistic for s in seeds])


@ALL
def test_a_table_is_the_file_that_is_pinned(space):
    content = (ROOT / TABLES[space].path).read_bytes()
    assert sha256(content).hexdigest() == TABLES[space].digest


@ALL
def test_a_table_has_every_listed_architecture_with_its_counts(space):
    shipped, (rows, seeds) = table(space), PLANS[space].rows()
    assert np.array_equal(shipped.architectures, rows)
    assert np.array_equal(shipped.parameters, find(space).count_parameters(rows))
    assert shipped.flops.tolist() == [small(space).flops(row, 1) for row in rows]
    for values in shipped.measures.values():
        assert np.isfinite(values).sum(axis=1).tolist() == seeds
    for name, listed in find(space).lists.items():
        assert np.array_equal(shipped.architectures[shipped.lists[name]], listed)


@pytest.mark.parametrize(
    ("space", "row", "seed"),
    [
        ("micro201", 3, 0),
        ("micro201", 1400, 3),
        ("macro", 7, 1),
        ("macro", 400, 7),
        ("pooling", 12, 5),
    ],
)
def test_a_row_is_the_same_when_it_is_made_again(space, row, seed):
    """To the last bit on the kind of processor that made it; nearly on another, which rounds
    otherwise, and whose trainings drift from there."""
    shipped, threads = table(space), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        architecture = shipped.architectures[row]
        outcome = train_alone(small(space), architecture, PLANS[space].recipe, seed)
    finally:
        torch.set_num_threads(threads)
    for measure in MEASURES:
        anew, before = getattr(outcome, measure), shipped.measures[measure][row, seed]
        if machine()["cpu"] == TABLES[space].made_on:
            assert anew == before
        else:
            assert anew == pytest.approx(before, abs=DRIFT)


def test_the_command_says_whether_a_row_is_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "suites.supernet.truth", "check", "micro201", "--row", "11"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    _, shipped, anew = done.stdout.splitlines()
    assert done.returncode == (shipped != anew)
    same = "row 11 of micro201 is the same to the last digit"
    assert (same if shipped == anew else "row 11 of micro201 differs") in done.stderr
    if machine()["cpu"] == TABLES["micro201"].made_on:
        assert shipped == anew


@pytest.mark.parametrize(
    ("space", "name", "least"),
    [
        ("micro201", "free", 0.85),
        ("micro201", "equal", 0.7),
        ("macro", "free", 0.75),
        ("macro", "band", 0.4),
        ("pooling", "all", 0.6),
    ],
)
def test_one_seed_ranks_a_list_much_as_the_others_do(space, name, least):
    shipped = table(space)
    rows = shipped.lists[name]
    accuracy = shipped.measures["test_accuracy"][rows]
    accuracy = accuracy[:, np.isfinite(accuracy).all(axis=0)]
    assert one_against_the_others(accuracy) > least


@ALL
def test_accuracies_are_shares_of_the_lists_that_they_were_measured_on(space):
    measures = table(space).measures
    for name, images in (("test_accuracy", 4000), ("validation_accuracy", 1000)):
        right = measures[name][np.isfinite(measures[name])] * images
        np.testing.assert_allclose(right, right.round(), atol=1e-9)
        assert 0.1 * images < right.mean() < images
