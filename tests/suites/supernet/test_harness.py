"""A method is called within its budgets, and its scorer answers alike whenever it is asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from bench.contract.job import ContractError, Diverged, Output
from bench.metering.meter import BudgetExceeded
from suites.supernet.normalisation import RunningStatistics
from tests.suites.supernet.problems import (
    predict,
    score,
    small_meter,
    small_problem,
    small_run,
    solve,
    truth,
)

TASK = "micro201"


def count(architectures):
    """The number of 3x3: a scorer that knows its architectures alone."""
    return (architectures == 3).sum(1)


def test_a_scorers_answers_are_those_of_its_architectures():
    answers = predict(TASK, lambda problem: count)
    assert answers.tolist() == count(small_problem(TASK).architectures).tolist()


def test_a_method_that_needs_a_budget_is_called_for_each_and_another_once():
    called = []

    def method(problem):
        called.append(problem.passes)
        return count

    output, _ = solve(TASK, method, needs=("images", "budget"))
    assert called == [60, 120]
    assert sorted(output.tensors) == ["120", "60"]
    called.clear()
    output, _ = solve(TASK, method, needs=("images",))
    assert called == [120]
    assert sorted(output.tensors) == ["120"]


def test_a_scorer_that_learns_from_being_asked_is_invalid():
    seen = []

    def scorer(architectures):
        seen.append(1)
        return count(architectures) + len(seen) * (architectures == 2).sum(1)

    with pytest.raises(ContractError, match="may not learn from being asked"):
        predict(TASK, lambda problem: scorer)


def test_a_scorer_that_trains_is_invalid():
    def method(problem):
        weights = problem.network.weights(problem.generator)

        def scorer(architectures):
            losses = problem.losses(weights, architectures)
            weights["head"] += 0.1 * torch.randn(10, 16, generator=problem.generator)
            return -losses

        return scorer

    with pytest.raises(ContractError, match=r"gave \d+ other answers"):
        predict(TASK, method)


def test_a_scorer_that_answers_by_what_else_is_asked_is_invalid():
    def scorer(architectures):
        return count(architectures) - count(architectures).mean() * np.arange(len(architectures))

    with pytest.raises(ContractError, match="other answers"):
        predict(TASK, lambda problem: scorer)


def test_answers_that_are_rounded_otherwise_are_the_same():
    def scorer(architectures):
        return count(architectures) + 1e-9 * len(architectures)

    predict(TASK, lambda problem: scorer)


@pytest.mark.parametrize(
    ("scorer", "said"),
    [
        (lambda a: count(a)[:-1], "gave shape"),
        (lambda a: 1.0, "gave shape"),
        (lambda a: "good", "one number an architecture"),
    ],
)
def test_what_is_no_number_for_each_architecture_is_invalid(scorer, said):
    with pytest.raises(ContractError, match=said):
        predict(TASK, lambda problem: scorer)


def test_what_is_no_scorer_is_invalid():
    with pytest.raises(ContractError, match="returned Tensor; it should return a scorer"):
        predict(TASK, lambda problem: torch.ones(3))


def test_nan_has_diverged_and_infinity_has_not():
    with pytest.raises(Diverged, match="NaN for 12 of 24"):
        predict(TASK, lambda problem: lambda a: np.where(np.arange(len(a)) < 12, np.nan, 1.0))
    answers = predict(TASK, lambda problem: lambda a: np.where(a[:, 0] == 2, -np.inf, count(a)))
    assert np.isneginf(answers).any()


def test_asking_is_counted_apart_and_bounded():
    def method(forwards):
        def build(problem):
            weights = problem.network.weights(problem.generator)
            return lambda a: sum(-problem.losses(weights, a) for _ in range(forwards))

        return build

    run, _ = small_run(TASK)
    meter = small_meter(run)
    predict(TASK, method(1), meter)
    (name,) = meter.uncharged
    assert name == "ranking at 120 passes"
    assert meter.uncharged[name]["flops"] > 0
    assert meter.flops < 1e5  # drawing the weights
    with pytest.raises(BudgetExceeded):
        predict(TASK, method(2), small_meter(run))


def test_a_call_may_not_spend_another_budgets_passes():
    def method(problem):
        weights = problem.network.weights(problem.generator)
        for images, labels in problem.batches():
            problem.step(weights, [3] * 6, images, labels)

    run, _ = small_run(TASK)
    meter = small_meter(run)  # for 60 and 120
    with pytest.raises(BudgetExceeded):
        predict(TASK, method, meter)
    assert 110 < meter.flops / run.settings["pass_flops"] <= 120


def test_a_method_that_writes_into_its_images_is_invalid():
    def method(problem):
        problem.training.images.zero_()
        return count

    _, assets = small_run(TASK)
    kept = assets["images"].tensors["training_images"].clone()
    try:
        with pytest.raises(
            ContractError, match=r"changed what it was given: images\.training_images"
        ):
            predict(TASK, method)
    finally:
        assets["images"].tensors["training_images"].copy_(kept)


def test_statistics_of_a_methods_own_are_not_computed_for_free():
    problem = small_problem(TASK)
    weights = problem.network.weights(problem.generator)
    images, labels = next(problem.batches())
    with pytest.raises(ContractError, match=r"call network\.forward by yourself"):
        problem.step(weights, [3] * 6, images, labels, lambda name, x: x)
    averages = RunningStatistics()
    problem.step(weights, [3] * 6, images, labels, averages.training)
    problem.losses(weights, problem.architectures[:1], averages)


class Listening(TorchFunctionMode):
    """Computes something at each function of torch."""

    heard = 0

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        self.heard += 1
        return function(*arguments, **(keywords or {}))


def test_a_mode_of_a_methods_own_hears_nothing_of_what_is_not_counted():
    problem = small_problem(TASK)
    weights = problem.network.weights(problem.generator)
    images, _ = next(problem.batches())

    def heard(architecture):
        with Listening() as mode:
            problem.forward(weights, architecture, images)
        return mode.heard

    # Six convolutions run more functions than six skips, none of them in its hearing.
    assert heard([3] * 6) == heard([1] * 6)
    with Listening() as mode:
        problem.network.forward(weights, [3] * 6, images)
    assert mode.heard > 20


def test_the_passes_of_a_run_are_its_flops():
    def method(problem):
        problem.meter.charge(0.5 * problem.passes * problem._pass_flops)
        return count

    _, meter = solve(TASK, method)
    assert meter.spent["passes"] == pytest.approx(90)


def test_a_label_costs_a_training_and_is_of_an_architecture_that_nobody_ranks():
    problem = small_problem(TASK)
    ranked = {row.tobytes() for row in problem.architectures}
    assert len(problem.pool) == 8  # a quarter of 32
    assert not ranked & {row.tobytes() for row in problem.pool}
    before = problem.progress
    assert 0 <= problem.label(3) <= 1
    assert problem.progress - before == pytest.approx(problem.label_cost / problem.passes)


def test_what_was_not_declared_is_not_given():
    problem = small_problem(TASK, needs=("images",))
    for asked in (lambda: problem.pool, lambda: problem.facts("chain", problem.architectures)):
        with pytest.raises(ContractError, match="declares needs"):
            asked()
    assert problem.facts("parameters", problem.architectures).shape == (24,)


def test_facts_are_of_the_listed_architectures_alone():
    problem = small_problem(TASK)
    with pytest.raises(ContractError, match="ranked and of the pool alone"):
        problem.facts("parameters", np.zeros((1, 6)))


@pytest.mark.parametrize("task", ["micro201", "macro", "pooling"])
def test_an_oracle_reaches_the_ceiling_and_a_constant_the_floor(task):
    def figures(values):
        return score(task, Output({"120": torch.from_numpy(values)})).metrics

    run, _ = small_run(task)
    oracle = figures(truth(task)["accuracy"])
    constant = figures(np.zeros(len(truth(task)["accuracy"])))
    ceiling = score(task, Output(data={"from_truth": "one_seed"}), kind="reference").metrics
    floor = score(task, Output(data={"from_truth": "random"}), kind="reference").metrics
    for name in run.task.scored_by:
        assert oracle[name] == pytest.approx(1)
        assert oracle[name] >= ceiling[name] > floor[name]
        assert constant[name] == 0
        assert abs(floor[name]) < 0.15


def test_predictions_of_a_wrong_shape_or_budget_are_invalid():
    with pytest.raises(ContractError, match="predictions have shape"):
        score(TASK, Output({"120": torch.zeros(3)}))
    with pytest.raises(ContractError, match="for the budgets"):
        score(TASK, Output({"77": torch.zeros(24)}))


def test_what_is_kept_of_a_run_holds_each_prediction():
    scores = score(TASK, Output({"120": torch.arange(24).double()}))
    header, *lines = scores.artefacts["predicted.csv"].decode().splitlines()
    assert header == "architecture,predicted"
    assert [float(line.split(",")[1]) for line in lines] == list(range(24))
