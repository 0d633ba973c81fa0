"""suites.hypernet.shared: one target on all conditions, stage after stage."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from suites.common.draws import generator
from suites.hypernet.continual.drawing import draw
from suites.hypernet.definition import SUITE
from suites.hypernet.direct import RATE
from suites.hypernet.harness import output_of
from suites.hypernet.rotation.drawing import draw as draw_rotation
from suites.hypernet.scoring import scores_of
from suites.hypernet.shared import train_shared
from suites.hypernet.training import GridPoint
from tests.suites.hypernet.frame import SETTINGS as ROTATION

SETTINGS = {**SUITE.task("continual").settings["smoke"], "steps": 150}
PERMUTED = draw(SETTINGS, 0)[1]


def test_the_plain_loop_that_one_would_write_gives_the_same_logits() -> None:
    part = draw_rotation({**ROTATION, "steps": 20}, 0)[0]
    (stage,) = part.stages
    flat = part.target.initial(generator(0, f"shared/{part.name}"))[None]
    state = {name: tensor.requires_grad_() for name, tensor in part.target.split(flat).items()}
    optimiser = torch.optim.Adam(state.values(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, stage.steps)
    for step in range(stage.steps):
        scores = part.target.logits(state, stage.inputs(step))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(scores[0], stage.labels[step, 0]).backward()
        optimiser.step()
        schedule.step()
    one = {name: tensor.expand(3, *tensor.shape[1:]) for name, tensor in state.items()}
    expected = part.target.logits(one, part.test.inputs).detach()
    torch.testing.assert_close(train_shared(part, 0)[0], expected, rtol=1e-3, atol=1e-4)


def test_it_is_told_no_condition() -> None:
    part = draw_rotation(ROTATION, 0)[0]
    alike = replace(part.test, inputs=part.test.inputs[:1].expand(3, -1, -1).contiguous())
    found = train_shared(replace(part, test=alike), 0)[0]
    torch.testing.assert_close(found[0], found[2])


def test_after_a_stage_it_has_seen_the_stages_up_to_it_and_no_later_one() -> None:
    found = train_shared(PERMUTED, 0)
    assert found.shape == (5, 5, 60, 10)
    first = train_shared(replace(PERMUTED, stages=PERMUTED.stages[:2]), 0)
    assert torch.equal(found[:2], first)


def test_it_learns_each_task_and_forgets_earlier_ones() -> None:
    answers = output_of([train_shared(PERMUTED, 0)])
    found = scores_of([PERMUTED], answers, [GridPoint("adam", RATE)], SETTINGS).metrics
    learnt = [found[f"permuted_after_{j}_on_{j}"] for j in range(1, 6)]
    assert min(learnt) > 0.5
    assert found["backward_transfer"] < -0.2
    assert found["forgetting"] > 0.2
    assert found["loss"] <= math.log(10)


def test_a_reference_without_stages_has_one_row_for_all_of_them() -> None:
    logits = torch.randn(5, 60, 10, generator=torch.Generator().manual_seed(0))
    found = scores_of([PERMUTED], output_of([logits]), [GridPoint("adam", RATE)], SETTINGS)
    assert found.metrics["backward_transfer"] == 0
