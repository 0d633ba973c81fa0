"""The shipped tables: what they hold, counted and held against what others have published."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
import torch

from bench.catalogue.registry import ROOT
from bench.records.assets import shipped_file
from suites.supernet.measures import (
    against_others,
    equal_pairs,
    mean_truth,
    tau,
    tau_in_top,
    truly_top,
)
from suites.supernet.tabular import nb201, nbgraph, shipped

SHIPPED = {"nb201": shipped.NB201, "nbgraph": shipped.NBGRAPH}


@pytest.fixture(scope="module")
def cells() -> nb201.Nb201:
    return nb201.read(ROOT / shipped.NB201.path)


@pytest.fixture(scope="module")
def graphs() -> nbgraph.NbGraph:
    return nbgraph.read(ROOT / shipped.NBGRAPH.path)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_table_is_the_one_that_is_pinned_and_small_enough_to_ship(name) -> None:
    path = shipped_file(SHIPPED[name], ROOT)
    assert sha256(path.read_bytes()).hexdigest() == SHIPPED[name].digest
    assert path.stat().st_size < 500_000


def test_licences_stand_beside_the_tables() -> None:
    notice = (ROOT / "suites/supernet/tabular/NOTICE.md").read_text()
    for words in (
        "Apache\nLicense, Version 2.0",
        "MIT License",
        "Copyright (c) since 2020 Xuanyi Dong",
        "Copyright 2024 Shuhei Watanabe",
        "nas-bench-graph 1.4.0",
        "Both were changed",
    ):
        assert words in notice


def test_the_row_of_a_cell_is_its_digits_in_base_5(cells) -> None:
    assert cells.architectures.shape == (5**6, 6)
    assert (cells.architectures @ 5 ** np.arange(5, -1, -1) == np.arange(5**6)).all()


def test_cells_have_two_or_three_seeds_on_all_data_sets(cells) -> None:
    seeds = ~np.isnan(cells.accuracy["cifar10"])
    assert np.bincount(seeds.sum(axis=1)).tolist() == [0, 0, 7456, 8169]
    for accuracy in cells.accuracy.values():
        assert (np.isnan(accuracy) == ~seeds).all()


def test_a_known_cell_has_its_known_figures(cells) -> None:
    # 334131, by the package: 90.712, 90.716 and 90.880% of 25,000; .802426 million parameters;
    # 16.85 ms; 2169.64 s, on the others 50,000 / 25,000 and 151,700 / 25,000 times as much
    row = int("334131", 5)
    assert cells.accuracy["cifar10"][row].tolist() == [22678 / 25e3, 22679 / 25e3, 22720 / 25e3]
    assert cells.latency["cifar10"][row] == pytest.approx(0.016853)
    times = [cells.train_time[name][row] for name in nb201.SETS]
    assert times == pytest.approx([2169.641, 2 * 2169.641, 6.068 * 2169.641])


def test_parameters_and_multiply_adds_are_those_of_nas_bench_201() -> None:
    cells = np.array([[0] * 6, [3] * 6, [4, 2, 1, 2, 1, 1]], dtype=np.int8)
    # Known: no convolution .073306 million parameters and 7.78 million multiply-adds, six of 3x3
    # 1.531546 and 220.12; two of 1x1 by the package .129306. In a cell of c channels 1x1 has
    # c^2 + 2 c: 5 (16^2 + 32^2 + 64^2 + 2 x 112) = 28,000.
    assert nb201.count_parameters(cells, "cifar10").tolist() == [73_306, 1_531_546, 129_306]
    counted = nb201.count_multiply_adds(cells, "cifar10")
    assert np.round(counted[:2] / 1e6, 2).tolist() == [7.78, 220.12]
    # the last layer's (64 + 1) (100 - 10) more
    assert nb201.count_parameters(cells, "cifar100")[0] == 73_306 + 5_850
    # images of half the side: a quarter, but for the last layer
    small = nb201.count_multiply_adds(cells, "imagenet")
    assert (4 * (small - 64 * 120) == counted - 64 * 10).all()


def test_there_are_28_sizes(cells) -> None:
    for name in nb201.SETS:
        assert len(np.unique(nb201.count_parameters(cells.architectures, name))) == 28


def reaches_output(cell: np.ndarray) -> bool:
    """Whether a way without a none leads through edges 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2."""
    first, second, between, straight, from_first, from_second = cell != 0
    return straight or (first and from_first) or ((second or (first and between)) and from_second)


def test_the_cells_at_chance_are_those_without_a_way_through_by_the_order_of_edges(cells) -> None:
    dead = np.array([not reaches_output(cell) for cell in cells.architectures])
    assert dead.sum() == 341
    for name, own in nb201.SETS.items():
        assert np.nanmax(cells.accuracy[name][dead]) < 1.1 / own.classes
    assert np.nanmax(cells.accuracy["cifar10"][~dead], axis=1).min() > 1.1 / 10
    # In another order of the same edges other cells would be dead.
    other = np.array([not reaches_output(cell[::-1]) for cell in cells.architectures])
    assert (other != dead).sum() == 520


def test_some_seeds_are_of_another_size(cells) -> None:
    other = ~cells.own_size & ~np.isnan(cells.accuracy["cifar10"])
    assert (other.sum(), other.any(axis=1).sum()) == (294, 204)


@pytest.mark.parametrize(
    ("name", "expected"), [("cifar10", 0.53), ("cifar100", 0.55), ("imagenet", 0.51)]
)
def test_parameters_rank_cells_as_published(cells, name, expected) -> None:
    size = nb201.count_parameters(cells.architectures, name).astype(float)
    found = tau_of_all(size, mean_truth(cells.accuracy[name]))
    assert round(found, 2) == expected


@pytest.mark.parametrize(
    ("name", "everywhere", "in_top"),
    [("cifar10", 0.91, 0.62), ("cifar100", 0.89, 0.42), ("imagenet", 0.91, 0.46)],
)
def test_one_seed_ranks_as_another_does_but_less_so_at_the_top(
    cells, name, everywhere, in_top
) -> None:
    first, second = cells.accuracy[name][:, 0], cells.accuracy[name][:, 1]
    assert round(tau_of_all(first, second), 2) == everywhere
    best = truly_top(second, 0.1)
    assert round(tau_of_all(first[best], second[best]), 2) == in_top


def test_inside_fifths_by_parameters_they_tell_less(cells) -> None:
    size = nb201.count_parameters(cells.architectures, "cifar10").astype(float)
    true = mean_truth(cells.accuracy["cifar10"])
    edges = np.quantile(size, np.linspace(0, 1, 6))
    # Sizes on an edge are in both fifths: one size is a tenth of the cells.
    inside = [(size >= low) & (size <= high) for low, high in pairwise(edges)]
    found = [round(tau_of_all(size[some], true[some]), 2) for some in inside]
    assert found == [0.47, 0.16, 0.26, 0.05, 0.25]


def test_equal_parameters_leave_enough_pairs_and_a_ceiling_well_below_one(cells) -> None:
    for name, low, high in (("cifar10", 0.86, 0.88), ("cifar100", 0.81, 0.84)):
        rows = torch.randperm(5**6, generator=torch.Generator().manual_seed(0))[:1024].numpy()
        pairs = equal_pairs(nb201.count_parameters(cells.architectures[rows], name))
        # 28 sizes, by the multinomial of 6 edges over 1x1, 3x3 and three others: .083 of the pairs
        assert 0.08 < np.triu(pairs, 1).sum() / (1024 * 1023 / 2) < 0.09
        accuracy = cells.accuracy[name][rows]
        found = [
            tau(accuracy[some, seed], mean_truth(accuracy[some][:, others]), pairs[some][:, some])
            for seed, others, some in against_others(accuracy)
        ]
        assert low < np.mean(found) < high


def tau_of_all(predicted: np.ndarray, true: np.ndarray) -> float:
    """Scipy's, as there are too many pairs to hold."""
    from scipy.stats import kendalltau

    return float(kendalltau(predicted, true).statistic)


def test_graph_networks_are_all_different_and_as_many_as_published(graphs) -> None:
    assert graphs.architectures.shape == (26_206, 5)
    assert len(np.unique(graphs.architectures, axis=0)) == 26_206
    assert graphs.architectures.max(axis=0).tolist() == [8] * 5
    assert len(nbgraph.LINKS) == len(nbgraph.OPERATIONS) == 9
    assert len(np.unique(graphs.parameters)) == 82


def test_a_known_graph_network_has_its_known_figures(graphs) -> None:
    # The first by the package: .679, .67246878, .10586 s, .13892 million
    assert graphs.architectures[0].tolist() == [0] * 5
    assert graphs.validation[0] == pytest.approx(0.679)
    assert graphs.test[0] == pytest.approx(0.6724687776474703)
    assert graphs.latency[0] == pytest.approx(0.10586)
    assert graphs.parameters[0] == 138_920


def test_parameters_tell_little_of_graph_networks_and_validation_much(graphs) -> None:
    size = graphs.parameters.astype(float)
    assert round(tau_of_all(size, graphs.test), 2) == 0.12
    assert round(tau_of_all(graphs.validation, graphs.test), 2) == 0.87
    rows = torch.randperm(26_206, generator=torch.Generator().manual_seed(0))[:1024].numpy()
    best = tau_in_top(graphs.validation[rows], graphs.test[rows], 0.1)
    assert best is not None
    assert 0.35 < best < 0.5


def test_a_table_is_an_asset_of_plain_tensors(cells, graphs) -> None:
    made = nb201.load({}, ROOT / shipped.NB201.path).tensors
    assert made["architectures"].dtype == torch.int8
    assert made["cifar100/accuracy"].shape == (5**6, 3)
    assert made["imagenet/parameters"].dtype == torch.int64
    np.testing.assert_array_equal(made["cifar10/accuracy"].numpy(), cells.accuracy["cifar10"])
    other = nbgraph.load({}, ROOT / shipped.NBGRAPH.path).tensors
    assert list(other) == ["architectures", "validation", "test", "latency", "parameters"]
    np.testing.assert_array_equal(other["test"].numpy(), graphs.test)
