"""suites.hypernet.scoring: what becomes of a run's logits, on cases worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from bench.contract.job import Output
from suites.hypernet.course import Part
from suites.hypernet.scoring import scores_of
from suites.hypernet.training import GridPoint
from tests.suites.hypernet.frame import part

POINTS = [GridPoint("adam", 1e-3), GridPoint("adam", 1e-2), GridPoint("sgd", 1e-1)]
SETTINGS = {"fails_above": 2.0 / math.log(10), "points": ""}
OF = part()
LABELS = OF.test.labels
assert LABELS is not None


def answered(right: float, sure: float) -> Tensor:
    """Logits (1, 3, 20, 10) that are right on a share of each condition's examples."""
    chosen = LABELS.clone()
    chosen[:, round(right * 20) :] = (LABELS[:, round(right * 20) :] + 1) % 10
    return (sure * torch.nn.functional.one_hot(chosen, 10).float())[None]


def told(validation: list[float | None]) -> dict[str, Any]:
    points = [
        {"validation": loss, "training": 0.1, "spikes": 0, "steps": None} for loss in validation
    ]
    return {
        "parameters": 100,
        "points": points,
        "theta_variation": 0.5,
        "gradient_variation": 0.25,
    }


def scored(logits: list[Tensor], validation: list[float | None], of: Part = OF) -> dict[str, float]:
    output = Output({"0/test": torch.stack(logits)}, {"parts": [told(validation)]})
    return scores_of([of], output, POINTS, SETTINGS).metrics


def test_the_point_is_chosen_by_validation_and_not_by_the_test() -> None:
    logits = [answered(0.5, 5.0), answered(0.9, 5.0), answered(0.7, 5.0)]
    assert scored(logits, [0.3, 0.2, 0.1])["quality"] == pytest.approx(0.7)
    assert scored(logits, [0.1, 0.1, 0.1])["quality"] == pytest.approx(0.5)  # of equals the first
    assert scored(logits, [None, 0.2, None])["quality"] == pytest.approx(0.9)


def test_a_training_that_diverged_is_a_failure_and_never_right() -> None:
    broken = torch.full((1, 3, 20, 10), math.nan)
    found = scored([broken, answered(0.9, 5.0), answered(0.0, 50.0)], [None, 0.2, 30.0])
    # the first isn't finite, the last is sure and wrong: a loss of 50
    assert found["failures"] == pytest.approx(2 / 3)
    assert found["failures_adam"] == 0.5
    assert found["failures_sgd"] == 1.0
    assert found["loss_adam_0.001"] == pytest.approx(math.log(10))
    all_broken = scored([broken] * 3, [None] * 3)
    assert all_broken["quality"] == 0
    assert "sensitivity" not in all_broken
    assert all_broken["loss"] == pytest.approx(math.log(10))


def test_sensitivity_is_taken_over_the_whole_grid() -> None:
    # right with logit 5 against nine zeros: loss ln(e^5 + 9) - 5 = .05889; a guess: ln 10
    sure, guess = answered(1.0, 5.0), answered(1.0, 0.0)
    loss = math.log(math.exp(5) + 9) - 5
    found = scored([sure, guess, guess], [0.1, 2.3, 2.3])
    assert found["sensitivity"] == pytest.approx((loss + 2 * math.log(10)) / 3 - loss, rel=1e-5)


def test_a_method_that_never_learns_fails_everywhere_and_has_no_sensitivity() -> None:
    guess = answered(0.1, 0.01)
    found = scored([guess] * 3, [2.3] * 3)
    assert found["failures"] == 1
    assert "sensitivity" not in found
    assert found["usable_adam"] == found["usable_sgd"] == 0


def test_the_worst_condition_is_the_lowest_accuracy() -> None:
    logits = answered(1.0, 5.0)
    logits[0, 1] = answered(0.4, 5.0)[0, 1]
    found = scored([logits] * 3, [0.1] * 3)
    assert found["worst_condition"] == pytest.approx(0.4)
    assert found["quality"] == pytest.approx(0.8)


def test_stages_make_a_matrix() -> None:
    two = replace(OF, name="", stages=OF.stages * 3)
    stages = torch.cat([answered(share, 5.0) for share in (0.9, 0.8, 0.7)])
    output = Output({"0/test": torch.stack([stages] * 3)}, {"parts": [told([0.1] * 3)]})
    found = scores_of([two], output, POINTS, {**SETTINGS, "points": "matrix"}).metrics
    entries = {name: value for name, value in found.items() if name.startswith("after_")}
    assert len(entries) == 6
    assert entries["after_2_on_1"] == pytest.approx(0.8)
    # (.7 - .9 + .7 - .8) / 2
    assert found["backward_transfer"] == pytest.approx(-0.15)


def test_figures_of_several_parts_are_their_mean_and_absent_ones_are_left_out() -> None:
    parts = [replace(OF, name="10"), replace(OF, name="100")]
    logits = [[answered(0.9, 5.0)] * 3, [answered(0.1, 0.01)] * 3]
    output = Output(
        {f"{i}/test": torch.stack(one) for i, one in enumerate(logits)},
        {"parts": [told([0.1] * 3), {**told([2.3] * 3), "theta_variation": None}]},
    )
    found = scores_of(parts, output, POINTS, {**SETTINGS, "points": "part"})
    assert found.metrics["failures"] == 0.5
    assert found.metrics["quality"] == pytest.approx(0.5)
    assert found.metrics["sensitivity"] == pytest.approx(0.0)  # of the one part that learnt
    assert found.metrics["theta_variation"] == 0.5
    assert found.metrics["accuracy_10"] == pytest.approx(0.9)
    assert found.cost["parameters"] == 100
