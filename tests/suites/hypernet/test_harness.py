"""suites.hypernet.harness: the contract's errors, and a run from assets to scores."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from bench.contract.job import ContractError, Diverged, Job, Run
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.hypernet.mip import mip
from methods.hypernet.standard_fan_out import standard_fan_out
from suites.hypernet import references
from suites.hypernet.checks import problem_of
from suites.hypernet.course import encode
from suites.hypernet.harness import at_start, check, score_run, solve
from suites.hypernet.measures import variation
from suites.hypernet.rotation.drawing import draw
from suites.hypernet.tasks import TASKS
from tests.suites.hypernet.frame import SETTINGS, part, plain

OF = part()
ROTATION = next(task for task in TASKS if task.name == "rotation")


class Giving(nn.Module):
    """Gives whatever it is told to."""

    def __init__(self, given: Any) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.zeros(4))
        self.given = given

    def forward(self, conditions: torch.Tensor) -> Any:
        return self.given(conditions) if callable(self.given) else self.given


def shaped(conditions: torch.Tensor, **other: tuple[int, ...]) -> dict[str, torch.Tensor]:
    shapes = {n: (len(conditions), *s) for n, s in OF.target.shapes.items()}
    return {n: torch.zeros(s) for n, s in (shapes | other).items()}


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: 3, "the method returned int; it should return an nn.Module"),
        (lambda: nn.ReLU(), "has no trainable parameter"),
        (lambda: plain(part()).double(), "isn't float32"),
        (lambda: Giving(None), "gave NoneType; expected a dict with the target's parameters"),
        (
            lambda: Giving(lambda c: {"head": c}),
            r"gave \['head'\]; expected a dict with the target's parameters",
        ),
        (
            lambda: Giving(lambda c: shaped(c, **{"layers.0.bias": (8,)})),
            r"gave 'layers.0.bias' with shape \(8,\); expected \(2, 8\), a condition in the first",
        ),
    ],
)
def test_what_a_method_returns_is_held_against_its_contract(module: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check(module(), OF)


def test_a_first_output_with_nan_is_diverged_before_anything_is_trained() -> None:
    giving = Giving(lambda c: {n: t.log() for n, t in shaped(c).items()})  # minus infinity
    with pytest.raises(Diverged, match="NaN or infinite values before any training"):
        check(giving, OF)


@pytest.mark.parametrize(
    "given",
    [torch.zeros(4, device="meta"), torch.eye(2).to_sparse()],
    ids=["meta", "sparse"],
)
def test_a_parameter_without_plain_numbers_is_refused(given: torch.Tensor) -> None:
    module = Giving(shaped)
    module.number = nn.Parameter(given)
    with pytest.raises(ContractError, match="'number' is sparse or on the device 'meta'"):
        check(module, OF)


class Writing(nn.Module):
    """A hypernetwork that writes into the conditions that it is asked for, unseen by torch."""

    def __init__(self, problem: Any) -> None:
        super().__init__()
        self.inner = mip(problem)

    def forward(self, conditions: torch.Tensor) -> dict[str, torch.Tensor]:
        if not torch._C._functorch.is_batchedtensor(conditions):
            conditions.detach().numpy()[...] = 0.5
        return self.inner(conditions)


def test_a_module_that_writes_into_its_questions_is_refused() -> None:
    def writing(problem: Any) -> nn.Module:
        return Writing(problem)

    with pytest.raises(ContractError, match=r"changed what it was given: 0/validation/conditions"):
        solved(writing, [0])


def test_more_numbers_than_the_cap_and_five_percent_are_refused() -> None:
    network = plain(OF)
    count = sum(p.numel() for p in network.parameters())
    check(network, replace(OF, cap=math.ceil(count / 1.05)))
    with pytest.raises(ContractError, match=f"{count} trainable numbers, more than the cap of"):
        check(network, replace(OF, cap=int(count / 1.05) - 1))


def test_the_plain_hypernetworks_parameters_vary_with_the_condition_and_mips_hardly() -> None:
    names = {}
    for method in (mip, standard_fan_out):
        network = method(problem_of(OF, ("condition", "room")))
        norms, gradients = at_start(network, OF)
        assert len(norms) == len(gradients) == 3
        names[method.__name__] = variation(norms)
    assert names["mip"] < 0.2 < names["standard_fan_out"]


def run(seed: int, method: str = "mip", kind: str = "method", **settings: Any) -> Run:
    return Run(
        identity=f"{seed:024x}",
        suite="hypernet",
        task=ROTATION,
        tier="smoke",
        method=method,
        kind=kind,
        variant="default",
        params={},
        space={},
        needs=("condition", "room"),
        track="all",
        seed=seed,
        settings={**SETTINGS, **settings},
        budget=Budget(limits={"flops": 1e13}),
    )


def solved(call: Any, seeds: list[int], kind: str = "method", **settings: Any) -> list[Any]:
    courses = [encode(draw({**SETTINGS, **settings}, seed)) for seed in seeds]
    runs = [run(seed, call.__name__, kind, **settings) for seed in seeds]
    job = Job(runs, [{"course": c} for c, _ in courses], [Meter(r.budget) for r in runs], call)
    outputs = solve(job)
    return [
        score_run(one, output, {"course": course, "answers": answers})
        for one, output, (course, answers) in zip(runs, outputs, courses, strict=True)
    ]


def test_a_run_gives_every_metric_that_its_task_declares_and_no_other() -> None:
    found = solved(mip, [0])[0].metrics
    rates = {f"loss_{o}_{rate:g}" for o, rates in SETTINGS["rates"].items() for rate in rates}
    declared = {metric.name for metric in ROTATION.metrics}
    assert {n for n in found if not n.startswith("loss_")} <= declared
    assert {n for n in found if n.startswith("loss_")} == rates
    absent = {n for n in declared if not n.startswith("loss_")} - set(found)
    assert absent <= {"sensitivity", "steps"}  # twelve steps teach it little


def test_a_seed_has_the_same_figures_alone_and_beside_others() -> None:
    beside = solved(mip, [0, 1])
    assert [s.metrics for s in beside] == [solved(mip, [seed])[0].metrics for seed in (0, 1)]
    assert beside[0].metrics != beside[1].metrics


def test_references_frame_the_scale() -> None:
    chance = solved(references.chance, [0], "reference")[0].metrics
    direct = solved(references.direct, [0], "reference", steps=200)[0].metrics
    assert chance["failures"] == 1
    assert chance["loss"] == pytest.approx(math.log(10), rel=1e-3)
    assert "sensitivity" not in chance
    assert chance["quality"] < 0.3 < direct["quality"]


def test_an_output_of_another_shape_is_refused() -> None:
    course, answers = encode(draw(SETTINGS, 0))
    job = Job([run(0)], [{"course": course}], [Meter(run(0).budget)], mip)
    output = solve(job)[0]
    output.tensors["0/test"] = output.tensors["0/test"][:, :, :2]
    with pytest.raises(ContractError, match=r"logits have shape \(4, 1, 2, 20, 10\); expected"):
        score_run(run(0), output, {"course": course, "answers": answers})
