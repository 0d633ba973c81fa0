"""suites.supernet.figures and .metrics: what is declared of a list is what is computed of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from suites.supernet import metrics
from suites.supernet.figures import (
    ListTruth,
    list_figures,
    named,
    one_seed_figures,
    pair_counts,
)
from suites.supernet.measures import equal_pairs, joint_ranks, mean_truth, tau, tau_in_top


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(n: int = 60, seeds: int = 3, noise: float = 0.01) -> ListTruth:
    draws = np.random.default_rng(0)
    quality = draws.uniform(0.3, 0.9, n)
    accuracy = quality[:, None] + noise * draws.normal(size=(n, seeds))
    return ListTruth(
        accuracy=accuracy,
        parameters=draws.integers(0, 4, n) * 100 + 1000,
        chain=draws.integers(0, 2, (n, 2)),
        loss=1 - accuracy + noise / 10 * draws.normal(size=(n, seeds)),
    )


def without(truth: ListTruth, *names: str) -> ListTruth:
    parts = {"accuracy": truth.accuracy, "parameters": truth.parameters}
    parts |= {name: getattr(truth, name) for name in ("chain", "loss") if name not in names}
    return ListTruth(**parts)


@pytest.mark.parametrize(("chain", "loss"), [(True, True), (True, False), (False, False)])
def test_every_declared_figure_is_computed_and_no_other(chain, loss) -> None:
    truth = without(made(), *(() if chain else ("chain",)), *(() if loss else ("loss",)))
    found = named(list_figures(truth.accuracy[:, 0], truth, drawn()), "free")
    declared = metrics.list_metrics("free", "free", chain=chain, loss=loss)
    assert list(found) == [metric.name for metric in declared]
    ceiling = named(one_seed_figures(truth, drawn()), "free")
    assert list(ceiling) == list(found)
    for metric in declared:
        low, high = metric.bounds()
        assert low <= found[metric.name] <= high


def test_a_task_with_one_list_needs_no_name_for_it() -> None:
    declared = metrics.list_metrics("", "", chain=False)
    assert [metric.name for metric in declared][:2] == ["tau", "tau_equal_parameters"]
    assert declared[0].title == "Tau"
    assert list(named({"tau": 0.5}, "")) == ["tau"]
    assert metrics.rank_metrics("", "", 2)[1].name == "ranks_1_2"


def test_names_and_titles_of_several_lists_are_all_different() -> None:
    declared = [
        metric
        for name in ("free", "equal")
        for metric in (
            *metrics.list_metrics(name, name, chain=True, loss=True),
            *metrics.curve_metrics(name, name, (2000, 6000), chain=True),
            *metrics.rank_metrics(name, name, 3),
        )
    ]
    for field in ("name", "title"):
        values = [getattr(metric, field) for metric in declared]
        assert len(set(values)) == len(values)


def test_a_curve_has_a_point_at_each_budget() -> None:
    points = metrics.curve_metrics("free", "free", (2000, 6000), chain=False)
    assert [(point.name, point.curve, point.x) for point in points] == [
        ("tau_free_2000", "Tau, free", 2000),
        ("tau_free_6000", "Tau, free", 6000),
        ("tau_equal_parameters_free_2000", "Tau, equal size, free", 2000),
        ("tau_equal_parameters_free_6000", "Tau, equal size, free", 6000),
        ("regret10_free_2000", "Regret at 10, free", 2000),
        ("regret10_free_6000", "Regret at 10, free", 6000),
    ]


def test_a_matrix_of_ranks_has_an_entry_for_each_share() -> None:
    entries = metrics.rank_metrics("free", "free", 3)
    shares = joint_ranks(np.arange(9.0), np.arange(9.0), 3, drawn())
    assert [(entry.row, entry.column) for entry in entries] == [
        (row + 1, column + 1) for row, column in np.ndindex(*shares.shape)
    ]


def test_every_meaning_is_one_sentence_that_says_what_it_cant_tell() -> None:
    for metric in metrics.FIGURES:
        assert metric.meaning.endswith(".")
        assert ". " not in metric.meaning
        assert len(metric.title) <= 25


def test_pairs_of_equal_chain_are_among_those_of_equal_parameters() -> None:
    truth = made()
    predicted, true = truth.accuracy[:, 0], mean_truth(truth.accuracy)
    found = list_figures(predicted, truth, drawn())
    pairs = equal_pairs(truth.parameters)
    assert truth.chain is not None
    assert found["tau_equal_parameters"] == tau(predicted, true, pairs)
    assert found["tau_equal_chain"] == tau(predicted, true, pairs & equal_pairs(truth.chain))
    counts = pair_counts(truth)
    assert counts["tau"] > counts["tau_equal_parameters"] > counts["tau_equal_chain"] > 0


def test_parameters_within_a_share_are_equal_where_the_list_says_so() -> None:
    truth = made()
    near = ListTruth(accuracy=truth.accuracy, parameters=truth.parameters, within=0.1)
    # 1000 to 1100 is 10%, 1100 to 1200 is 9.1%, 1000 to 1200 is 20%
    assert pair_counts(near)["tau_equal_parameters"] > pair_counts(truth)["tau_equal_parameters"]


def test_the_ceiling_is_the_mean_over_seeds_and_by_loss_a_seed_predicts_by_its_loss() -> None:
    truth = made()
    found = one_seed_figures(truth, drawn())
    assert truth.loss is not None
    taus, by_loss = [], []
    for seed in range(3):
        others = [other for other in range(3) if other != seed]
        taus.append(tau(truth.accuracy[:, seed], truth.accuracy[:, others].mean(axis=1)))
        by_loss.append(tau_in_top(-truth.loss[:, seed], -truth.loss[:, others].mean(axis=1), 0.25))
    assert found["tau"] == pytest.approx(np.mean(taus))
    assert found["tau_top25_by_loss"] == pytest.approx(np.mean(by_loss))


def test_an_oracle_reaches_the_best_of_every_figure_and_a_constant_the_floor() -> None:
    truth = without(made(), "loss")
    oracle = list_figures(mean_truth(truth.accuracy), truth, drawn())
    sparse = oracle.pop("tau_sparse")
    # Bins tie what the oracle tells apart, so its sparse tau stays below 1.
    assert 0.9 < sparse < 1
    ends = {"best_rank10": 1, "regret1": 0, "regret10": 0, "infinities": 0}
    assert oracle == {name: pytest.approx(ends.get(name, 1)) for name in oracle}
    constant = list_figures(np.zeros(60), truth, drawn())
    assert {name: value for name, value in constant.items() if "tau" in name} == {
        name: 0 for name in constant if "tau" in name
    }


def test_figures_of_one_top_see_ties_fall_the_same_way() -> None:
    truth = made()
    for seed in range(20):
        found = list_figures(np.zeros(60), truth, drawn(seed))
        true = mean_truth(truth.accuracy)
        best = true.max() - found["regret10"] / 100
        assert found["best_rank10"] == 1 + (true > best + 1e-12).sum()


def test_a_figure_for_which_nothing_differs_is_left_out() -> None:
    truth = ListTruth(accuracy=np.arange(20.0)[:, None] / 20, parameters=np.arange(20))
    assert "tau_equal_parameters" not in list_figures(np.arange(20.0), truth, drawn())
