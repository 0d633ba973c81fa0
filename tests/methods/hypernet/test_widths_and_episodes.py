"""neumeta*, hypershot and prototypes: what each promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator, nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.hypernet.hypershot import hypershot
from methods.hypernet.neumeta import neumeta
from methods.hypernet.neumeta_ordered import neumeta_ordered
from methods.hypernet.neumeta_plain import neumeta_plain
from methods.hypernet.neumeta_residual import neumeta_residual
from methods.hypernet.prototypes import prototypes
from suites.hypernet.building import draw_course
from suites.hypernet.course import Part
from suites.hypernet.fewshot.settings import SETTINGS as FEWSHOT
from suites.hypernet.harness import check
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.training import Fit, fit
from suites.hypernet.width.coordinates import Coordinates, Perceptron
from suites.hypernet.width.settings import SETTINGS as WIDTH

NEEDS = ("condition", "room", "sizes", "teacher", "support")
NEUMETA = {"hidden": 8, "layers": 3}
METHODS: list[tuple[str, Any, dict[str, Any]]] = [
    ("width", neumeta_plain, NEUMETA),
    ("width", neumeta_residual, NEUMETA),
    ("width", neumeta_ordered, NEUMETA),
    ("width", neumeta, NEUMETA | {"samples": 4}),
    ("fewshot", hypershot, {"hidden": 16}),
    ("fewshot", prototypes, {"hidden": 16, "size": 16}),
]
PIXELS = FEWSHOT["smoke"]["target"][0]
EACH = pytest.mark.parametrize(("task", "call", "params"), METHODS)
TASKS: dict[str, dict[str, Any]] = {
    "width": {**WIDTH["smoke"], "steps": 10},
    "fewshot": {**FEWSHOT["smoke"], "steps": 10, "episodes": 3},
}


def build(
    task: str, call: Callable[..., nn.Module], params: dict[str, Any], seed: int
) -> tuple[nn.Module, Part]:
    part = draw_course(task, TASKS[task], seed)[0]
    problem = HypernetProblem(
        target=part.target,
        conditions=part.conditions,
        hidden=part.hidden,
        cap=part.cap,
        generator=Generator().manual_seed(seed),
        needs=NEEDS,
        _support=part.support,
        _teacher=part.teacher,
        _sizes=part.sizes,
    )
    return call(problem, **params), part


def trained(
    task: str, built: list[tuple[nn.Module, Part]], chunk: int | None, seed: int = 0
) -> list[list[Fit]]:
    for module, _ in built:
        module.train()
    budget = Budget(limits={"flops": 1e15}, seconds=60, memory=2**32)
    return fit(
        [module for module, _ in built],
        [part for _, part in built],
        TASKS[task],
        [Meter(budget) for _ in built],
        [Generator().manual_seed(seed) for _ in built],
        chunk=chunk,
    )


@EACH
def test_stacked_training_gives_the_digits_of_one_by_one(
    task: str, call: Any, params: dict[str, Any]
) -> None:
    built = [build(task, call, params, seed) for seed in range(2)]
    stacked, alone = trained(task, built, None), trained(task, built, 1)
    for some, others in zip(stacked, alone, strict=True):
        for a, b in zip(some, others, strict=True):
            assert torch.equal(a.losses, b.losses)
            assert torch.equal(a.test, b.test)


@EACH
def test_a_module_keeps_its_contract(task: str, call: Any, params: dict[str, Any]) -> None:
    check(*build(task, call, params, 0))


@pytest.mark.parametrize(("task", "call", "params"), METHODS[:4])
def test_different_widths_at_once_equal_one_by_one(
    task: str, call: Any, params: dict[str, Any]
) -> None:
    module, part = build(task, call, params, 0)
    conditions = part.test.conditions
    module.eval()
    together = module(conditions)
    for i in range(len(conditions)):
        alone = module(conditions[i : i + 1])
        for name in together:
            torch.testing.assert_close(together[name][i], alone[name][0])


def test_noise_changes_training_and_no_shape() -> None:
    params = NEUMETA | {"samples": 4}
    built = [build("width", neumeta, params, 0)]
    quiet = [build("width", neumeta_ordered, NEUMETA, 0)]
    (first, *_), (other, *_) = trained("width", built, None)[0], trained("width", built, None, 1)[0]
    (still, *_) = trained("width", quiet, None)[0]
    assert not torch.equal(first.losses, other.losses)
    assert first.test.shape == still.test.shape


def test_the_teacher_itself_is_what_an_ordered_residual_starts_near() -> None:
    module, part = build("width", neumeta_ordered, NEUMETA, 0)
    assert isinstance(module, Coordinates)
    with torch.no_grad():
        for perceptron in module.perceptrons:
            assert isinstance(perceptron, Perceptron)
            perceptron.last.weight.zero_()
            perceptron.last.bias.zero_()
        found = module.eval()(torch.tensor([[16 / 20]]))
    inputs = part.test.inputs[:1]
    teacher = part.target.logits({n: t[None] for n, t in part.teacher.items()}, inputs)
    torch.testing.assert_close(part.target.logits(found, inputs), teacher, rtol=1e-4, atol=1e-4)


def logits(module: Any, conditions: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = module.logits(conditions, inputs, None)
        return found


@pytest.mark.parametrize(("task", "call", "params"), METHODS[4:])
def test_shots_may_come_in_any_order(task: str, call: Any, params: dict[str, Any]) -> None:
    module, part = build(task, call, params, 0)
    conditions, inputs = part.test.conditions[3:], part.test.inputs[3:]  # 5-shot
    other = conditions.view(-1, 3, 5, PIXELS)[:, :, torch.tensor([4, 2, 0, 1, 3])].flatten(1)
    torch.testing.assert_close(logits(module, conditions, inputs), logits(module, other, inputs))


def test_prototypes_follow_the_order_of_the_classes_and_hypershot_does_not() -> None:
    order = torch.tensor([2, 0, 1])
    for call, params, follows in (
        (prototypes, {"hidden": 16, "size": 16}, True),
        (hypershot, {"hidden": 16}, False),
    ):
        module, part = build("fewshot", call, params, 0)
        conditions, inputs = part.test.conditions, part.test.inputs
        other = conditions.view(-1, 3, 5, PIXELS)[:, order].flatten(1)
        expected = logits(module, conditions, inputs)[..., order]
        assert torch.allclose(expected, logits(module, other, inputs), atol=1e-4) == follows
