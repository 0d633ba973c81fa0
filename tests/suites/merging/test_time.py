"""suites.merging.time: images that drift, and figures by where a period lies in time."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.contract.job import Scores
from suites.merging.compose.layout import layout
from suites.merging.compose.pilot import build
from suites.merging.definition import SUITE
from suites.merging.grid import GridPart
from suites.merging.harness import cell_accuracies
from suites.merging.problems import load_parts
from suites.merging.time.drawing import draw_periods, drift, turn
from suites.merging.time.periods import axis_of, combine, nearest_experts
from suites.merging.time.pilot import report
from suites.merging.time.settings import METRICS, SMALL, SMOKE
from tests.suites.merging.test_harness import four_cells

TASK = SUITE.task("time")
TRAINED = [0, 2, 4]


@pytest.fixture(scope="module")
def assets():
    return build(TASK, "smoke", 0)[0]


@pytest.mark.parametrize(
    ("period", "axis", "nearest"),
    [
        (0, "held_in", (0,)),
        (1, "interpolation", (0, 1)),
        (3, "interpolation", (1, 2)),
        (4, "held_in", (2,)),
        (5, "extrapolation", (2,)),
        (7, "extrapolation", (2,)),
    ],
)
def test_where_a_period_lies_and_who_answers_for_it(period, axis, nearest):
    assert axis_of(TRAINED, period) == axis
    assert nearest_experts(TRAINED, period) == nearest


@settings(max_examples=30, deadline=None)
@given(trained=st.lists(st.integers(0, 20), min_size=1, max_size=6, unique=True).map(sorted))
def test_a_period_with_an_expert_is_that_experts_alone(trained):
    for i, period in enumerate(trained):
        assert nearest_experts(trained, period) == (i,)


def test_a_runs_figures_by_hand():
    # periods 1 and 3 have an expert, 2 lies between, 4 after
    # accuracy        .8   .6   .4   .2     held in .6, between .6, after .2
    # nearest experts  1   .5   .8   .4     held in (.8 + .5) / 2 = .65, between 1.2, after .5
    grid = four_cells(expert_accuracies=[1, 0.5, 0.8, 0.4])  # cells 0 and 2 are held in
    cells = [{"accuracy": accuracy} for accuracy in (0.8, 0.6, 0.4, 0.2)]
    found = combine([(GridPart("", grid, {}), Scores({}, {"cells": cells}))])
    assert found == pytest.approx(
        {
            "held_in": 0.6,
            "interpolation": 0.6,
            "extrapolation": 0.2,
            "held_in_normalised": 0.65,
            "interpolation_normalised": 1.2,
            "extrapolation_normalised": 0.5,
            "worst_period": 0.2,
            "period_1": 0.8,
            "period_2": 0.6,
            "period_3": 0.4,
            "period_4": 0.2,
        }
    )


@pytest.mark.parametrize("made_of", [SMALL, SMOKE], ids=["small", "smoke"])
def test_every_tier_has_periods_of_each_kind_and_evenly_spaced_experts(made_of):
    grid = layout(made_of["images"])
    trained = [period for _group, period in grid.held_in]
    assert {b - a for a, b in pairwise(trained)} == {2}
    kinds = {axis_of(trained, period) for period in range(len(grid.styles))}
    assert kinds == {"held_in", "interpolation", "extrapolation"}


def test_the_task_declares_what_a_run_measures():
    names = {metric.name for metric in METRICS}
    periods = len(SMALL["images"]["styles"])
    assert {f"period_{number}" for number in range(1, periods + 1)} < names
    assert set(TASK.scored_by) < names


def test_a_quarter_turn_by_hand():
    # counter-clockwise: the upper right corner comes to the upper left
    image = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])
    assert torch.allclose(turn(image, 90.0), torch.tensor([[[1.0, 0.0], [0.0, 0.0]]]), atol=1e-5)
    assert torch.allclose(turn(image, 0.0), image, atol=1e-6)


def test_strokes_thicken_by_the_factor_asked_for():
    # exp(-d^2 / 2 w^2) at d = w is exp(-1/2); of a stroke twice as wide exp(-1/8)
    ink = torch.full((1, 4, 4), math.exp(-0.5))
    between = {"angle": [0.0, 0.0], "width": [1.0, 3.0], "stripes": [0.0, 0.0]}
    found = drift(ink, 0.5, between, torch.Generator())
    assert torch.allclose(found, torch.full((1, 4, 4), math.exp(-0.125)), atol=1e-4)


def test_everything_changes_evenly_from_the_first_period_to_the_last():
    # Half black, so that stripes show: their share is what black is lifted by.
    ink = torch.zeros(200, 20, 20)
    between = {"angle": [0.0, 0.0], "width": [1.0, 1.0], "stripes": [0.2, 0.6]}
    lifted = [
        float(drift(ink, share, between, torch.Generator().manual_seed(0)).mean())
        for share in (0.0, 0.5, 1.0)
    ]
    assert lifted == pytest.approx([0.5 * 0.2, 0.5 * 0.4, 0.5 * 0.6], abs=0.01)


def test_no_instance_is_in_two_periods_or_two_splits():
    images = {**SMOKE["images"], "test": 3, "validation": 3}
    still = {**images, "drift": {"angle": [0, 0], "width": [1, 1], "stripes": [0, 0]}}
    test, _ = draw_periods(still, 0, "test", [0, 2])
    validation, _ = draw_periods(still, 0, "validation", [0])
    flat = torch.cat([test, validation]).flatten(0, 1).flatten(1)
    assert len(flat.unique(dim=0)) == len(flat) == 3 * 3 * 8


def test_the_grid_has_the_nearest_experts_accuracies(assets):
    (part,) = load_parts(assets, SMOKE, 0)
    assert [cell.experts for cell in part.grid.cells] == [(0,), (0, 1), (1,), (1, 2), (2,), (2,)]
    own, among_all = cell_accuracies(part.grid, part.grid.experts)
    assert part.grid.expert_accuracies == pytest.approx(own)
    assert among_all == own, "every class is in the one group"


def test_the_pilot_reports_every_period_of_every_reference(assets):
    rows = report(assets, 3)
    assert list(rows) == ["pretrained", "expert 0", "expert 1", "expert 2", "multitask"]
    assert all(len(values) == 6 for values in rows.values())
    (part,) = load_parts(assets, SMOKE, 0)
    found, _ = cell_accuracies(part.grid, assets["multitask"].tensors)
    assert rows["multitask"] == pytest.approx([100 * value for value in found])
