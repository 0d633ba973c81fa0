"""One seed's draw of a task: what is trained on, what is asked, and how it lies in an asset.

Here: parts (a run may have several problems), their stages (tasks of a sequence) with streams of
batches and conditions, their questions, and the form in which they are stored. The streams are
drawn once for each seed, so every method, optimiser and learning rate sees the same. Not here:
drawing them (the tasks' folders).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.contract.job import Output
from suites.hypernet.problem import Conditions, Support
from suites.hypernet.target import Target


@dataclass(frozen=True)
class Stage:
    """A stream of batches: one stage of training.

    Attributes:
        pool: examples, shape (rows, features).
        rows: the rows of each step's batch, int64 (steps, n, examples).
        labels: int64 (steps, n, examples).
        conditions: shape (steps, n, size).
        masks: hidden units that are there, (steps, n, widest hidden layer), or None.
        rotated: whether images are turned by 180 degrees x the condition.
    """

    pool: Tensor
    rows: Tensor
    labels: Tensor
    conditions: Tensor
    masks: Tensor | None = None
    rotated: bool = False

    @property
    def steps(self) -> int:
        """How many batches there are."""
        return len(self.rows)

    def inputs(self, step: int) -> Tensor:
        """A step's inputs, shape (n, examples, features)."""
        found = self.pool[self.rows[step]]
        return rotate(found, self.conditions[step]) if self.rotated else found


@dataclass(frozen=True)
class Questions:
    """Conditions, and examples to be answered under each.

    Attributes:
        names: what each condition is, e.g. `width 12`.
        conditions: shape (m, size).
        inputs: shape (m, examples, features).
        labels: int64 (m, examples); None in what a method's process holds of the test.
        masks: shape (m, widest hidden layer), or None.
        groups: which group each condition belongs to, whose accuracy is told apart; or none.
    """

    names: tuple[str, ...]
    conditions: Tensor
    inputs: Tensor
    labels: Tensor | None
    masks: Tensor | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One problem of a run.

    Attributes:
        name: "" where the run has but one.
        target, conditions, hidden, cap: see suites.hypernet.problem.HypernetProblem.
        stages: trained one after the other.
        validation, test: asked after each stage.
        support, sizes, teacher: see HypernetProblem.
        lessons: what the reference `direct` is trained on, where that isn't the stages.
        lesson_of: for each of the test's conditions, the number of its lesson.
    """

    name: str
    target: Target
    conditions: Conditions
    hidden: tuple[int, ...]
    cap: int
    stages: tuple[Stage, ...]
    validation: Questions
    test: Questions
    support: Support | None = None
    sizes: tuple[int, ...] = ()
    teacher: Mapping[str, Tensor] = field(default_factory=dict)
    lessons: tuple[Stage, ...] = ()
    lesson_of: tuple[int, ...] = ()


def rotate(images: Tensor, turns: Tensor) -> Tensor:
    """Turn square images about their middle by 180 degrees x turns, bilinear, zero outside.

    Args:
        images: shape (n, examples, side * side).
        turns: shape (n, 1).
    """
    n, examples, features = images.shape
    side = math.isqrt(features)
    angle = turns[:, 0] * math.pi
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = torch.stack([torch.stack([cos, -sin, zero], -1), torch.stack([sin, cos, zero], -1)], 1)
    grid = F.affine_grid(rows, [n, examples, side, side], align_corners=False)
    turned = F.grid_sample(images.view(n, examples, side, side), grid, align_corners=False)
    return turned.reshape(n, examples, features)


def encode(parts: Sequence[Part]) -> tuple[Output, Output]:
    """Parts as two assets: the course without the test's labels, and these."""
    tensors: dict[str, Tensor] = {}
    answers: dict[str, Tensor] = {}
    told: list[dict[str, Any]] = []
    for i, part in enumerate(parts):
        for j, stage in enumerate(part.stages):
            _put(tensors, f"{i}/stage{j}", stage, STAGE)
        for j, lesson in enumerate(part.lessons):
            _put(tensors, f"{i}/lesson{j}", lesson, STAGE)
        _put(tensors, f"{i}/validation", part.validation, QUESTIONS)
        _put(tensors, f"{i}/test", replace(part.test, labels=None), QUESTIONS)
        tensors |= {f"{i}/teacher/{name}": t.contiguous() for name, t in part.teacher.items()}
        assert part.test.labels is not None
        answers[f"{i}/labels"] = part.test.labels.contiguous()
        told.append(_tell(part))
    return Output(tensors, {"parts": told}), Output(answers)


STAGE = ("pool", "rows", "labels", "conditions", "masks")
QUESTIONS = ("conditions", "inputs", "labels", "masks")


def _put(tensors: dict[str, Tensor], prefix: str, holder: Any, names: Sequence[str]) -> None:
    found = {name: getattr(holder, name) for name in names}
    tensors |= {f"{prefix}/{name}": t.contiguous() for name, t in found.items() if t is not None}


def _tell(part: Part) -> dict[str, Any]:
    conditions, support = part.conditions, part.support
    return {
        "name": part.name,
        "widths": part.target.widths,
        "conditions": [conditions.size, conditions.low, conditions.high, conditions.meaning],
        "hidden": part.hidden,
        "cap": part.cap,
        "rotated": [stage.rotated for stage in part.stages],
        "validation": part.validation.names,
        "test": part.test.names,
        "support": [support.ways, support.shots, support.features] if support else None,
        "sizes": part.sizes,
        "teacher": list(part.teacher),
        "groups": part.test.groups,
        "lessons": len(part.lessons),
        "lesson_of": part.lesson_of,
    }


def decode(course: Output, answers: Output | None = None) -> list[Part]:
    """The parts that were encoded; with the test's labels where `answers` is given."""
    parts = []
    for i, told in enumerate(course.data["parts"]):

        def get(prefix: str, names: Sequence[str], i: int = i) -> dict[str, Tensor | None]:
            return {name: course.tensors.get(f"{i}/{prefix}/{name}") for name in names}

        stages: list[Any] = [
            {**get(f"stage{j}", STAGE), "rotated": rotated}
            for j, rotated in enumerate(told["rotated"])
        ]
        lessons: list[Any] = [get(f"lesson{j}", STAGE) for j in range(told["lessons"])]
        validation: Any = get("validation", QUESTIONS)
        test: Any = get("test", QUESTIONS)
        if answers is not None:
            test["labels"] = answers.tensors[f"{i}/labels"]
        size, low, high, meaning = told["conditions"]
        parts.append(
            Part(
                name=told["name"],
                target=Target(tuple(told["widths"])),
                conditions=Conditions(size, low, high, meaning),
                hidden=tuple(told["hidden"]),
                cap=told["cap"],
                stages=tuple(Stage(**stage) for stage in stages),
                validation=Questions(tuple(told["validation"]), **validation),
                test=Questions(tuple(told["test"]), **test, groups=tuple(told["groups"])),
                support=Support(*told["support"]) if told["support"] else None,
                sizes=tuple(told["sizes"]),
                teacher={n: course.tensors[f"{i}/teacher/{n}"] for n in told["teacher"]},
                lessons=tuple(Stage(**lesson) for lesson in lessons),
                lesson_of=tuple(told["lesson_of"]),
            )
        )
    return parts
