"""Four pairs are four problems of one run, each merged, tuned and measured apart."""

from importlib import import_module

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from bench.catalogue.registry import ROOT, catalogue
from bench.contract.job import Scores
from bench.metering.budget import Budget
from suites.common.accuracy import accuracy
from suites.merging import references
from suites.merging.definition import SUITE
from suites.merging.evaluation import logits
from suites.merging.grid import Grid, GridCell, GridPart
from suites.merging.problem import MergingProblem
from suites.merging.problems import load_parts
from suites.merging.rebasin.pairs import combine, path_figures
from suites.merging.rebasin.settings import METRICS, PATH, SMALL, SMALL_BUDGET
from suites.merging.rebasin.task import REBASIN
from suites.merging.stored import expert_state
from suites.merging.vectors import average
from tests.suites.merging.rebasin.tiny_rebasin import SETTINGS, rebasin_run, tiny_assets, withheld
from tests.suites.merging.tiny_grid import carry

METHODS = [
    method
    for method in catalogue().methods["merging"].values()
    if method.kind == "method" and set(method.needs) <= set(REBASIN.offers)
]


def load(method):
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), method.function)


def parts():
    return load_parts(tiny_assets(), SETTINGS, 0)


def test_each_pair_is_a_problem_with_its_own_experts_and_no_pretrained_model():
    assert [part.name for part in parts()] == ["narrow", "wide", "split", "conv"]
    for part in parts():
        assert part.grid.pretrained is None
        for i, expert in enumerate(part.grid.experts):
            own = expert_state(tiny_assets()[f"experts_{part.name}"], i)
            assert all(torch.equal(expert[name], own[name]) for name in own)
        assert set(part.grid.experts[0]) == set(part.grid.model.state_dict())


def test_both_experts_answer_for_all_digits_or_each_for_its_own():
    questions = {part.name: part.grid.questions for part in parts()}
    assert questions["narrow"] == [(0, 0), (0, 1)]
    assert questions["split"] == [(0, 0), (1, 1)]


def test_the_choice_is_among_all_digits_in_every_cell():
    for part in parts():
        assert all(cell.classes.tolist() == list(range(10)) for cell in part.grid.cells)


def test_experts_have_examples_of_their_own_digits_and_none_in_common():
    for part in parts():
        first, second = part.grid.calibration
        known = [{0, 1, 2, 3, 4}, {5, 6, 7, 8, 9}] if part.name == "split" else [set(range(10))] * 2
        for pool, digits in zip((first, second), known, strict=True):
            assert set(pool.labels.tolist()) <= digits
        same = (first.inputs[:, None] == second.inputs).flatten(2).all(2)
        assert not same.any()


def test_where_answers_are_withheld_a_problem_has_none():
    for part in load_parts(withheld(), SETTINGS, 0):
        assert (part.grid.test_labels, part.grid.expert_accuracies) == ([], [])


def by_hand(part, state):
    """Accuracy on all test images, the mean over the pair's groups of digits."""
    found = [
        accuracy(logits(part.grid.model, state, inputs).argmax(1), labels)
        for inputs, labels in zip(part.grid.test_inputs, part.grid.test_labels, strict=True)
    ]
    return sum(found) / len(found)


def test_a_run_is_measured_on_each_pair():
    scores = carry(lambda problem: average(problem.experts), tiny_assets(), rebasin_run())
    found = {}
    for part in parts():
        problem = MergingProblem(part.grid.model, part.grid.experts)
        found[part.name] = by_hand(part, average(problem.experts))
        assert scores.metrics[part.name] == pytest.approx(found[part.name])
    assert scores.metrics["accuracy"] == pytest.approx(sum(found.values()) / 4)
    assert set(scores.metrics) == {metric.name for metric in METRICS}
    for row in scores.details["problems"]:
        assert [point["share"] for point in row["path"]] == list(PATH)


def test_the_floor_is_the_midpoint_and_the_ceiling_the_ensemble():
    run = rebasin_run(track="", kind="reference")
    floor = carry(references.midpoint, tiny_assets(), run)
    ceiling = carry(references.ensemble, tiny_assets(), run)
    for part in parts():
        assert floor.metrics[part.name] == pytest.approx(by_hand(part, average(part.grid.experts)))
        right = []
        for inputs, labels in zip(part.grid.test_inputs, part.grid.test_labels, strict=True):
            both = [logits(part.grid.model, s, inputs).softmax(1) for s in part.grid.experts]
            right.append(accuracy(sum(both).argmax(1), labels))
        assert ceiling.metrics[part.name] == pytest.approx(sum(right) / len(right))
    assert "barrier" not in ceiling.metrics  # two networks are no point that a path leads to
    assert (REBASIN.floor, REBASIN.ceiling) == ("midpoint", "ensemble")


def test_a_barrier_by_hand():
    # One image 1 of class 0, logits (w, 0), so that the loss is log(1 + exp(-w)). Experts w = 4 and
    # w = 2; merged w = -4: at share s of the way w = 4 - 8 s, held against
    # (1 - s/2) L(4) + s/2 L(2). The excess is largest at s = 1: L(-4) - (L(4) + L(2)) / 2.
    model = nn.Linear(1, 2, bias=False)

    def state(w):
        return {"weight": torch.tensor([[w], [0.0]])}

    def loss(w):
        return float(F.softplus(torch.tensor(-w, dtype=torch.float64)))

    grid = Grid(
        model=model,
        experts=[state(4.0), state(2.0)],
        pretrained=None,
        calibration=[],
        validation=[],
        cells=[GridCell(0, "", True, (0, 1), torch.arange(2))],
        test_inputs=[torch.ones(1, 1)],
        test_labels=[torch.zeros(1, dtype=torch.int64)],
        expert_accuracies=[1.0],
        outputs=2,
        frozen=0,
    )
    metrics, details = path_figures(grid, state(-4.0))
    assert metrics["barrier"] == pytest.approx(loss(-4.0) - (loss(4.0) + loss(2.0)) / 2)
    assert [p["loss"] for p in details["path"]] == pytest.approx([loss(4 - 8 * s) for s in PATH])
    assert path_figures(grid, state(3.0))[0]["barrier"] == pytest.approx(0, abs=1e-12)


def test_a_runs_figures_by_hand():
    def part(name, accuracy, barrier):
        own = {"held_in": accuracy, "held_in_normalised": 2 * accuracy, "barrier": barrier}
        return GridPart(name, None, {}), Scores(own)

    assert combine([part("a", 0.4, 1.0), part("b", 0.8, 0.5)]) == pytest.approx(
        {
            "a": 0.4,
            "b": 0.8,
            "accuracy": 0.6,
            "a_normalised": 0.8,
            "b_normalised": 1.6,
            "barrier": 0.75,
        }
    )


def test_a_states_running_statistics_count():
    # Scaled by 1e6, BatchNorm's variance silences every channel: the answer is one class for all.
    def silence(problem):
        state = average(problem.experts)
        return {n: t * 1e6 if n.endswith("running_var") else t for n, t in state.items()}

    run = rebasin_run()
    plain = carry(lambda problem: average(problem.experts), tiny_assets(), run).metrics
    silent = carry(silence, tiny_assets(), run).metrics
    assert silent["narrow"] == plain["narrow"]
    assert silent["conv"] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_that_it_offers_enough_merges_it(method):
    run = rebasin_run(needs=method.needs, track=method.track, params=method.params or {})
    scores = carry(load(method), tiny_assets(), run)
    assert set(SETTINGS["pairs"]) <= set(scores.metrics)


def test_methods_that_need_a_pretrained_model_have_no_business_here():
    assert "pretrained" not in REBASIN.offers
    assert "apart" in REBASIN.offers
    apart = [task.name for task in SUITE.tasks if "apart" in task.offers]
    assert apart == ["rebasin", "experts-moe"]
    assert all("pretrained" not in SUITE.task(name).offers for name in apart)
    assert {"average", "slerp", "fisher", "regmean"} <= {method.name for method in METHODS}


def test_the_budget_is_that_of_four_pairs():
    assert SMALL_BUDGET.limits == {"flops": 1e12, "examples": 4 * 2 * 256, "trials": 80}
    assert SMALL["images"]["calibration"] == 256


def test_tuning_has_twenty_trials_at_each_pair():
    run = rebasin_run(
        variant="tuned",
        params={"scale": 1.0},
        space={"scale": [i / 30 for i in range(1, 31)]},
        budget=Budget(limits={"flops": 1e12, "trials": SMALL_BUDGET.limit("trials")}),
    )

    def scaled(problem, *, scale):
        first = problem.experts[0]
        return {n: scale * t if t.is_floating_point() else t for n, t in first.items()}

    for row in carry(scaled, tiny_assets(), run).details["problems"]:
        assert row["points"]["tried"] <= 20
        assert row["points"]["grid"] == 30
