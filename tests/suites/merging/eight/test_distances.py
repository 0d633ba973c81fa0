"""Two rates are two problems of one run, each merged, tuned and measured apart."""

from importlib import import_module

import pytest
import torch

from bench.catalogue.registry import ROOT, catalogue
from bench.contract.job import Job, Scores
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.accuracy import accuracy, choose
from suites.common.trainer import logits
from suites.merging import references
from suites.merging.counters import COUNTERS
from suites.merging.definition import SUITE
from suites.merging.eight.distances import combine
from suites.merging.eight.settings import DISTANCES, METRICS, SMALL, SMALL_BUDGET
from suites.merging.eight.task import EIGHT
from suites.merging.grid import GridPart
from suites.merging.harness import solve
from suites.merging.problem import MergingProblem
from suites.merging.problems import load_parts
from suites.merging.stored import expert_state
from suites.merging.tasks import TASKS
from suites.merging.vectors import average
from tests.suites.merging.eight.tiny_eight import IMAGES, SETTINGS, eight_run, tiny_assets
from tests.suites.merging.tiny_grid import carry

METHODS = [
    method
    for method in catalogue().methods["merging"].values()
    if method.kind == "method" and set(method.needs) <= set(EIGHT.offers)
]


def load(method):
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), method.function)


def by_hand(cell, state):
    """Accuracy of a state on a set, among its classes."""
    (part, _near) = load_parts(tiny_assets(), SETTINGS, 0)
    scores = logits(part.grid.model, state, part.grid.test_inputs[cell])
    return accuracy(choose(scores, part.grid.cells[cell].classes), part.grid.test_labels[cell])


def test_each_rate_is_a_problem_with_its_own_experts():
    far, near = load_parts(tiny_assets(), SETTINGS, 0)
    assert [part.name for part in (far, near)] == ["far", "near"]
    assert [part.where["rate"] for part in (far, near)] == [3e-4, 1e-4]
    for part in (far, near):
        for i, expert in enumerate(part.grid.experts):
            own = expert_state(tiny_assets()[f"experts_{part.name}"], i)
            assert all(torch.equal(expert[name], own[name]) for name in own)
    assert torch.equal(far.grid.test_inputs[0], near.grid.test_inputs[0])


def test_every_set_is_a_cell_that_its_own_expert_answers_for():
    part = load_parts(tiny_assets(), SETTINGS, 0)[0]
    assert [cell.style for cell in part.grid.cells] == IMAGES["sets"]
    assert part.grid.questions == [(0, 0), (1, 1), (2, 2)]
    assert all(cell.held_in for cell in part.grid.cells)


def test_where_answers_are_withheld_a_problem_has_none():
    given = {n: a for n, a in tiny_assets().items() if not n.startswith("answers")}
    for part in load_parts(given, SETTINGS, 0):
        assert (part.grid.test_labels, part.grid.expert_accuracies) == ([], [])


def test_a_run_is_measured_at_each_distance():
    run = eight_run()
    scores = carry(lambda problem: average(problem.experts), tiny_assets(), run)
    accuracies = {}
    for distance in DISTANCES:
        states = [expert_state(tiny_assets()[f"experts_{distance}"], i) for i in range(3)]
        accuracies[distance] = [by_hand(cell, average(states)) for cell in range(3)]
    for distance, found in accuracies.items():
        assert scores.metrics[distance] == pytest.approx(sum(found) / 3)
        shares = [a / b for a, b in zip(found, [0.5, 0.4, 0.25], strict=True)]
        assert scores.metrics[f"{distance}_normalised"] == pytest.approx(sum(shares) / 3)
    for i, name in enumerate(IMAGES["sets"]):
        mean = (accuracies["far"][i] + accuracies["near"][i]) / 2
        assert scores.metrics[name] == pytest.approx(mean)
    assert [row["distance"] for row in scores.details["problems"]] == ["far", "near"]


def test_a_runs_figures_by_hand():
    # far .6, .2 (mean .4); near .8, .6 (mean .7); sets .7 and .4
    def part(name, accuracies):
        cells = [{"style": s, "accuracy": a} for s, a in zip("ab", accuracies, strict=True)]
        own = {"held_in": sum(accuracies) / 2, "held_in_normalised": sum(accuracies)}
        return GridPart(name, None, {}), Scores(own, {"cells": cells})

    assert combine([part("far", [0.6, 0.2]), part("near", [0.8, 0.6])]) == pytest.approx(
        {
            "far": 0.4,
            "near": 0.7,
            "accuracy": 0.55,
            "far_normalised": 0.8,
            "near_normalised": 1.4,
            "worst_set": 0.4,
            "a": 0.7,
            "b": 0.4,
        }
    )


def test_the_task_declares_what_a_run_measures():
    cells = [{"style": name, "accuracy": 0.5} for name in SMALL["images"]["sets"]]
    one = Scores({"held_in": 0.5, "held_in_normalised": 1.0}, {"cells": cells})
    found = combine([(GridPart(name, None, {}), one) for name in DISTANCES])
    assert set(found) == {metric.name for metric in METRICS}
    assert set(EIGHT.scored_by) <= set(found)


def test_the_budget_is_that_of_two_problems():
    assert SMALL_BUDGET.limits == {"flops": 6e12, "examples": 2 * 8 * 256, "trials": 24}
    assert SMALL_BUDGET.seconds == 480


def test_the_references_of_a_distance_are_its_own():
    scores = carry(references.multitask, tiny_assets(), eight_run(track="", kind="reference"))
    for part in load_parts(tiny_assets(), SETTINGS, 0):
        own = tiny_assets()[f"multitask_{part.name}"].tensors
        merged = references.multitask(part.grid, part.assets)
        assert all(torch.equal(merged[name], own[name]) for name in own)
        expected = sum(by_hand(cell, own) for cell in range(3)) / 3
        assert scores.metrics[part.name] == pytest.approx(expected)


@pytest.mark.parametrize("reference", [references.pretrained, references.experts])
def test_floor_and_ceiling_are_measured_at_each_distance(reference):
    scores = carry(reference, tiny_assets(), eight_run(track="", kind="reference"))
    for part in load_parts(tiny_assets(), SETTINGS, 0):
        merged = reference(part.grid, part.assets)
        states = [merged] * 3 if isinstance(merged, dict) else merged
        expected = sum(by_hand(cell, states[cell]) for cell in range(3)) / 3
        assert scores.metrics[part.name] == pytest.approx(expected)


def test_fisher_information_is_taken_on_no_more_examples_than_the_settings_say():
    run = eight_run(needs=("fisher",))
    meter = Meter(run.budget, COUNTERS)

    def ask(problem):
        for expert in range(3):
            problem.fisher(expert, 256)
        return problem.experts[0]

    solve(Job([run], [tiny_assets()], [meter], ask))
    assert meter.spent["examples"] == 2 * 3 * SETTINGS["fisher_examples"]


def test_fisher_information_holds_every_weight_of_a_folded_network():
    part = load_parts(tiny_assets(), SETTINGS, 0)[0]
    problem = MergingProblem(part.grid.model, part.grid.experts, calibration=part.grid.calibration)
    found = problem.fisher(2, 2)
    # By hand: the mean over two images of sum_c p_c (d log p_c / d theta)^2, by plain backward.
    images, classes = part.grid.calibration[2].inputs[:2], part.grid.calibration[2].classes
    state = {n: t.clone().requires_grad_() for n, t in part.grid.experts[2].items()}
    total = {name: torch.zeros_like(tensor) for name, tensor in state.items()}
    for image in images:
        scores = torch.func.functional_call(part.grid.model, state, (image[None],))
        log_p = scores[0, classes].log_softmax(0)
        for value in log_p:
            gradients = torch.autograd.grad(value, list(state.values()), retain_graph=True)
            for name, gradient in zip(state, gradients, strict=True):
                total[name] += value.exp().detach() * gradient.square() / 2
    assert list(found) == list(state)
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, total[name], rtol=1e-3, atol=1e-6)


def test_gram_matrices_are_of_every_linear_layer_but_the_head():
    part = load_parts(tiny_assets(), SETTINGS, 0)[0]
    problem = MergingProblem(part.grid.model, part.grid.experts, calibration=part.grid.calibration)
    found = problem.gram(0, 30)
    matrices = {name for name, tensor in part.grid.experts[0].items() if tensor.dim() == 2}
    assert set(found) == matrices
    for name, gram in found.items():
        assert gram.shape == (part.grid.experts[0][name].shape[1],) * 2


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_merges_it_unchanged(method):
    run = eight_run(needs=method.needs, track=method.track, params=method.params)
    scores = carry(load(method), tiny_assets(), run)
    assert set(DISTANCES) <= set(scores.metrics)


def test_tuning_has_twelve_trials_at_each_distance():
    run = eight_run(
        variant="tuned",
        params={"scale": 1.0},
        space={"scale": [i / 20 for i in range(1, 21)]},
        budget=Budget(limits={"flops": 1e12, "trials": SMALL_BUDGET.limit("trials")}),
    )

    def scaled(problem, *, scale):
        return {name: scale * tensor for name, tensor in problem.experts[0].items()}

    for row in carry(scaled, tiny_assets(), run).details["problems"]:
        assert row["points"] == {"grid": 20, "tried": 12}


def test_no_other_task_has_its_assets():
    others = [task for task in TASKS if task.name != "eight"]
    mine = {asset.builder for asset in SUITE.assets(EIGHT, "small", 0)}
    for task in others:
        assert not mine & {asset.builder for asset in SUITE.assets(task, "small", 0)}
