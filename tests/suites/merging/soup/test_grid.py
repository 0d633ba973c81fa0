"""The task `soup` from assets to scores: all experts answer for every cell."""

import pytest
import torch
from torch.func import functional_call

from bench.contract.job import Scores
from suites.merging import references
from suites.merging.definition import SUITE
from suites.merging.grid import GridPart
from suites.merging.problems import load_parts
from suites.merging.soup.grid import combine, load_grid
from suites.merging.soup.settings import METRICS, SMALL, SMOKE
from suites.merging.soup.task import SOUP
from suites.merging.vectors import average
from tests.suites.merging.soup.tiny_soup import SETTINGS, soup_run, tiny_assets
from tests.suites.merging.tiny_grid import carry

REFERENCE = {"kind": "reference", "track": ""}


def by_hand(state, cell):
    """A state's accuracy on a cell, among all classes."""
    grid = load_grid(tiny_assets())
    chosen = functional_call(grid.model, state, (grid.test_inputs[cell],)).argmax(1)
    return float((chosen == grid.test_labels[cell]).double().mean())


def test_the_first_cell_is_held_in_and_every_expert_answers_for_each():
    (part,) = load_parts(tiny_assets(), SETTINGS, 0)
    assert [(c.style, c.held_in) for c in part.grid.cells] == [
        ("dots", True),
        ("ink", False),
        ("slope", False),
    ]
    assert {cell.experts for cell in part.grid.cells} == {(0, 1, 2)}


def test_where_answers_are_withheld_the_problem_has_none():
    given = {n: a for n, a in tiny_assets().items() if not n.startswith("answers")}
    (part,) = load_parts(given, SETTINGS, 0)
    assert (part.grid.test_labels, part.grid.expert_accuracies) == ([], [])


def test_a_state_is_measured_on_every_cell():
    scores = carry(lambda problem: average(problem.experts), tiny_assets(), soup_run())
    soup = average(load_grid(tiny_assets()).experts)
    dots, ink, slope = (by_hand(soup, cell) for cell in range(3))
    assert scores.metrics["held_in"] == pytest.approx(dots)
    assert scores.metrics["held_out"] == pytest.approx((ink + slope) / 2)
    assert (scores.metrics["ink"], scores.metrics["slope"]) == pytest.approx((ink, slope))
    assert scores.metrics["worst_shift"] == pytest.approx(min(ink, slope))


def test_the_floor_is_the_mean_of_the_single_experts():
    scores = carry(references.experts, tiny_assets(), soup_run(**REFERENCE))
    states = load_grid(tiny_assets()).experts
    for metric, cell in (("held_in", 0), ("ink", 1), ("slope", 2)):
        mean = sum(by_hand(state, cell) for state in states) / 3
        assert scores.metrics[metric] == pytest.approx(mean)
    assert scores.metrics["held_in_normalised"] == pytest.approx(1)


def test_the_validated_expert_is_the_one_that_validates_best():
    grid, built = load_grid(tiny_assets()), tiny_assets()
    validation = built["experts"].data["validation"]
    best = grid.experts[validation.index(max(validation))]
    chosen = references.validated(grid, built)
    assert all(torch.equal(chosen[name], best[name]) for name in best)


def test_the_ceiling_is_the_network_that_saw_the_shifts():
    scores = carry(references.informed, tiny_assets(), soup_run(**REFERENCE))
    state = tiny_assets()["informed"].tensors
    assert scores.metrics["slope"] == pytest.approx(by_hand(state, 2))


def test_a_runs_figures_by_hand():
    # shifts .2 and .6: the worst is .2
    cells = [
        {"style": style, "held_in": style == "dots", "accuracy": accuracy}
        for style, accuracy in (("dots", 0.9), ("ink", 0.2), ("slope", 0.6))
    ]
    own = {"held_in": 0.9, "held_out": 0.4, "held_in_normalised": 1.5, "held_out_normalised": 0.8}
    found = combine(
        [(GridPart("", None, {}), Scores({**own, "worst_cell": 0.2}, {"cells": cells}))]
    )
    assert found == {**own, "worst_shift": 0.2, "ink": 0.2, "slope": 0.6}


def test_the_task_declares_what_a_run_measures():
    declared = {metric.name for metric in METRICS}
    figures = {"held_in", "held_out", "held_in_normalised", "held_out_normalised", "worst_shift"}
    assert declared == figures | set(SMALL["images"]["styles"][1:])
    assert set(SMOKE["images"]["styles"][1:]) <= declared
    assert set(SOUP.scored_by) <= declared


def test_the_task_offers_what_the_other_tasks_of_one_pretrained_model_do():
    assert {"pretrained", "labels", "validation"} <= set(SOUP.offers)
    assert set(SOUP.offers) == set(SUITE.task("compose-near").offers)
