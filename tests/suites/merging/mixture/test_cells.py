"""A mixture's experts as a merging problem: cells, the whole way of a run, what is stored."""

from functools import cache
from importlib import import_module

import pytest
import torch

from bench.catalogue.registry import ROOT, catalogue
from bench.contract.job import ContractError, Scores
from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.merging import references
from suites.merging.compose.pilot import build
from suites.merging.counters import COUNTERS
from suites.merging.definition import SUITE
from suites.merging.evaluation import logits
from suites.merging.grid import GridPart
from suites.merging.mixture.cells import LEAST, combine, load_parts, rows_of_experts, stored
from suites.merging.mixture.networks import EXPERT, mixed_logits
from suites.merging.mixture.settings import METRICS
from suites.merging.mixture.training import imbalance
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average
from tests.suites.merging.test_harness import four_cells
from tests.suites.merging.tiny_grid import carry, make_run

TASK = SUITE.task("experts-moe")
SETTINGS = TASK.settings["smoke"]
METHODS = [
    method
    for method in catalogue().methods["merging"].values()
    if method.kind == "method" and set(method.needs) <= set(TASK.offers)
]


@cache
def assets():
    return build(TASK, "smoke", 0)[0]


def grid():
    return load_parts(assets(), SETTINGS, 0)[0].grid


def moe_run(**changed):
    budget = TASK.budgets["smoke"]
    own = {"task": TASK, "settings": SETTINGS, "budget": budget, "needs": TASK.offers}
    return make_run(**(own | changed))


def test_an_experts_network_is_the_mixture_on_the_images_routed_to_it():
    own, mixture = grid(), assets()["experts"].tensors
    shared = {n.removeprefix("shared/"): t for n, t in mixture.items() if n.startswith("shared/")}
    experts = [torch.stack([state[name] for state in own.experts]) for name in EXPERT]
    for cell, inputs in zip(own.cells, own.test_inputs, strict=True):
        (expert,) = cell.experts
        whole, routing = mixed_logits(shared, experts, inputs)
        assert (routing.argmax(1) == expert).all()
        assert torch.allclose(logits(own.model, own.experts[expert], inputs), whole, atol=1e-4)


def test_the_cells_share_out_all_test_images():
    assert sum(len(x) for x in grid().test_inputs) == SETTINGS["images"]["test"]


def test_an_expert_has_its_own_examples_and_the_nearest_where_it_has_few():
    # expert 0 has the highest score of all 20, so they are its own; expert 1 takes the 8 that it
    # is most probable for: the last ones, as its score rises
    routing = torch.stack([torch.full((20,), 30.0), torch.arange(20.0)], 1)
    first, second = rows_of_experts(routing)
    assert first.tolist() == list(range(20))
    assert second.tolist() == list(range(20 - LEAST, 20))


def test_a_run_is_measured_on_all_images_by_hand():
    own = grid()
    scores = carry(lambda problem: average(problem.experts), assets(), moe_run())
    right = total = 0
    for inputs, labels in zip(own.test_inputs, own.test_labels, strict=True):
        right += int((logits(own.model, average(own.experts), inputs).argmax(1) == labels).sum())
        total += len(labels)
    assert scores.metrics["accuracy"] == pytest.approx(right / total)
    assert set(scores.metrics) == {metric.name for metric in METRICS}


def test_the_floor_is_the_mean_and_the_ceiling_the_mixture():
    run = moe_run(track="", kind="reference")
    floor = carry(references.midpoint, assets(), run).metrics
    ceiling = carry(references.mixture, assets(), run).metrics
    assert ceiling["accuracy"] == pytest.approx(assets()["answers_experts"].data["accuracy"])
    assert ceiling["accuracy_normalised"] == pytest.approx(1)
    assert floor["accuracy"] < ceiling["accuracy"] - 0.1
    assert (TASK.floor, TASK.ceiling) == ("midpoint", "mixture")


def test_a_runs_figures_by_hand():
    # 10, 4, 2 and 4 images: (1 * 10 + .5 * 4 + 0 * 2 + .5 * 4) / 20 = .7, of the mixture's .8 it is
    # .875; each expert counting the same it is .5
    labels = [torch.zeros(n, dtype=torch.int64) for n in (10, 4, 2, 4)]
    own = four_cells(expert_accuracies=[0.8] * 4, test_labels=labels)
    cells = [{"accuracy": a} for a in (1, 0.5, 0, 0.5)]
    scores = Scores(metrics={"held_in": 0.5}, details={"cells": cells}, cost={})
    found = combine([(GridPart("", own, {}), scores)])
    assert found == pytest.approx({"accuracy": 0.7, "accuracy_normalised": 0.875, "by_expert": 0.5})


def test_shared_tensors_are_stored_once_and_a_matrix_by_its_rank():
    # 4 x 6 of full rank: 24 numbers. Of rank 1: 1 (4 + 6) = 10.
    full = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    low = torch.outer(torch.arange(1.0, 5), torch.arange(1.0, 7))
    assert stored([{"w": full}]) == 24
    assert stored([{"w": full}, {"w": full.clone()}]) == 24
    assert stored([{"w": full}, {"w": low}]) == 34


def test_a_run_tells_what_is_deployed():
    # six experts of 2 * 32 * 24 = 1536 numbers, beside the frozen rest: all of them or one
    own = grid()
    run = moe_run(track="multi")
    whole = carry(lambda problem: problem.experts, assets(), run).cost["parameters"]
    alike = carry(lambda problem: [problem.experts[0]] * 6, assets(), run).cost["parameters"]
    assert (whole - own.frozen, alike - own.frozen) == (6 * 1536, 1536)


def test_an_even_use_has_imbalance_1_and_one_expert_for_all_has_as_many_as_there_are():
    assert float(imbalance(50 * torch.eye(4))) == pytest.approx(1)
    assert float(imbalance(50 * torch.eye(4)[:1].expand(8, 4))) == pytest.approx(4)


def test_routing_is_charged_once_and_only_where_it_was_declared():
    meter = Meter(Budget(limits={"examples": 20}), COUNTERS)
    problem = tiny_problem(meter=meter, needs=["routing"])
    with meter:
        first, again = problem.routing(16), problem.routing(16)
        assert torch.equal(first, again)
        assert first.shape == (16, 3)
        # 16 images of 64 numbers by 3 experts: 2 * 16 * 64 * 3, once
        assert (meter.spent["examples"], meter.flops_by["statistics"]) == (16, 6144)
        with pytest.raises(BudgetExceeded, match="routing"):
            problem.routing(17)
    assert problem.data_used == "unlabeled"
    with pytest.raises(ContractError, match="routing"):
        tiny_problem(needs=[]).routing(4)
    given = tiny_problem()
    with pytest.raises(ContractError, match="no mixture"):
        MergingProblem(given.model, given.experts).routing(4)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_that_may_enter_runs(method):
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    call = getattr(import_module(module), method.function)
    run = moe_run(track=method.track, needs=tuple(method.needs), params=dict(method.params or {}))
    scores = carry(call, assets(), run)
    assert 0 <= scores.metrics["accuracy"] <= 1
