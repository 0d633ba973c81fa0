"""The suite's tasks: their constants are what they say, and their assets hold what they should."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.contract.job import Output
from bench.contract.metric import column_metrics
from suites.common.building import build_asset
from suites.supernet.building import build_answers, build_list, build_pool
from suites.supernet.checks import smallest
from suites.supernet.definition import SUITE
from suites.supernet.networks import build
from suites.supernet.scoring import of_most
from suites.supernet.spaces import find
from suites.supernet.tabular import building as tabular
from suites.supernet.tasks import TASKS
from tests.suites.supernet.problems import score, small_run

SPACES = [task for task in TASKS if "network" in task.settings["small"]]


@pytest.mark.parametrize("task", SPACES, ids=lambda task: task.name)
def test_a_pass_is_the_mean_architectures_forward_and_backward_on_a_batch(task):
    for settings in task.settings.values():
        flops = build(settings["network"]).pass_flops(settings.get("updates", {}).get("batch", 128))
        assert settings["pass_flops"] == pytest.approx(flops, rel=1e-6)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_run_has_a_figure_for_every_column(task):
    """But for those of a truth that leaves nothing to compare, or has no loss."""
    run, _ = small_run(task.name)
    _, given, _ = smallest(task.name)
    predicted = torch.rand(len(given.ranked), dtype=torch.float64)
    metrics = score(task.name, Output({"120": predicted})).metrics
    names = {metric.name for metric in column_metrics(run.task.metrics)}
    missing = names - metrics.keys()
    assert all("top10" in name or "chain" in name or "equal" in name for name in missing), missing


def test_the_pool_is_a_quarter_of_the_list_and_another_for_each_seed():
    accuracies = torch.rand(40, 4, dtype=torch.float64)
    answers = Output({"validation": accuracies})
    pools = [build_pool({"seed": seed}, {"answers": answers}).tensors for seed in range(3)]
    assert [len(pool["rows"]) for pool in pools] == [10, 10, 10]
    assert len({tuple(pool["rows"].tolist()) for pool in pools}) == 3
    for pool in pools:
        own = accuracies[pool["rows"]]
        assert (own == pool["labels"][:, None]).any(1).all()  # of one seed, whichever


def test_a_label_is_never_of_a_seed_that_an_architecture_lacks():
    accuracies = torch.full((40, 4), torch.nan, dtype=torch.float64)
    accuracies[:, 2] = 0.5
    pool = build_pool({"seed": 0}, {"answers": Output({"validation": accuracies})}).tensors
    assert (pool["labels"] == 0.5).all()


def test_seeds_that_few_of_a_list_have_do_not_count():
    seeds = np.array([[0.1, 0.2, np.nan], [0.3, np.nan, np.nan], [0.5, 0.6, 0.7]])
    assert np.array_equal(of_most(seeds), seeds[:, :2], equal_nan=True)  # 3, 2 and 1 of 3


def test_lists_share_their_architectures():
    arguments = {
        "space": "micro201",
        "network": {"space": "micro201", "size": "small"},
        "lists": {"free": 1024, "equal": 512},
    }
    listed = build_list(arguments, {})
    rows = listed.tensors["architectures"].numpy()
    assert len({row.tobytes() for row in rows}) == len(rows) < 1024 + 512
    for name, places in listed.data["lists"].items():
        assert np.array_equal(rows[places], find("micro201").lists[name][: len(places)])


def test_answers_stand_in_the_lists_order():
    rows = np.array([[0, 0], [0, 1], [1, 0]], dtype=np.int8)
    table = Output(
        {"architectures": torch.from_numpy(rows), "own": torch.tensor([[1.0], [2], [3]])}
    )
    listed = Output({"architectures": torch.from_numpy(rows[[2, 0]])})
    answers = build_answers({"columns": {"accuracy": "own"}}, {"list": listed, "truth": table})
    assert answers.tensors["accuracy"].tolist() == [[3.0], [1.0]]


@pytest.mark.parametrize("name", ["nb201", "nbgraph"])
def test_a_tables_list_is_another_for_each_seed_and_its_answers_are_the_tables(name):
    task = SUITE.task(name)
    drawn = []
    for seed in (0, 1):
        assets = {asset.name: asset for asset in SUITE.assets(task, "smoke", seed)}
        listed, answers = build_asset(assets["list"]), build_asset(assets["answers"])
        table = build_asset(assets["list"].inputs[0]).tensors
        rows = listed.tensors["table_rows"]
        assert torch.equal(table["architectures"][rows], listed.tensors["architectures"])
        column = {"nb201": "cifar10/accuracy", "nbgraph": "validation"}[name]
        known = answers.tensors["validation"].squeeze(-1)
        assert torch.equal(known.nan_to_num(-1), table[column][rows].nan_to_num(-1))
        drawn.append(tuple(rows.tolist()))
    assert len(set(drawn)) == 2


def test_nas_bench_201s_cells_are_alive_different_and_of_their_own_size():
    (asset,) = (a for a in SUITE.assets(SUITE.task("nb201"), "smoke", 0) if a.name == "list")
    table = build_asset(asset.inputs[0])
    everything = {"table": "nb201", "lists": {"cifar10": 10**6}, "seed": 0}
    rows = tabular.build_list(everything, {"table": table}).tensors["table_rows"]
    assert len(rows) == len(set(rows.tolist())) == 5723  # 5,772 less 49 with another size's figures
    assert table.tensors["cifar10/accuracy"][rows].nan_to_num(1).min() > 0.12  # none by chance


def test_no_asset_that_a_method_is_handed_is_the_truth():
    for task in TASKS:
        for asset in SUITE.assets(task, "smoke", 0):
            assert asset.for_scoring == (asset.name == "answers")
            assert not (asset.shipped and not asset.for_scoring)
