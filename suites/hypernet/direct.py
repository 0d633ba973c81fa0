"""Targets trained without a hypernetwork, one for each question: the scale's upper end.

Here: the same batches as a hypernetwork sees, all under one question's condition, or the lessons
that a task has for it. Not here: the row that this makes (suites.hypernet.references).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.trainer import Recipe, cross_entropy, train
from suites.hypernet.course import Part, Stage, rotate
from suites.hypernet.target import Target

RATE = 3e-3
"""Adam's learning rate, falling to zero as a cosine."""


def train_directly(part: Part, seed: int) -> Tensor:
    """Train one target for each of the test's questions, and ask it.

    Of a sequence, question i is trained on stage i; else all on the one stage there is. Where a
    part has lessons, one target is trained on each, and answers the questions that are its.

    Returns:
        Logits, shape (m, examples, classes).
    """
    asked, target = part.test, part.target
    draws = generator(seed, f"direct/{part.name}")
    stages = part.lessons or part.stages
    if len(stages) == 1:
        stages *= len(asked.names)
    lesson_of = part.lesson_of or tuple(range(len(asked.names)))
    flat = torch.stack([target.initial(draws) for _ in stages])
    lessons = [_Lesson(s, asked.conditions[i]) for i, s in enumerate(stages)]
    masks = None if asked.masks is None else asked.masks[:, None]
    steps = stages[0].steps

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        parameters = {name: tensor[None] for name, tensor in state.items()}
        scores = target.logits(parameters, inputs[None], *mask)
        return cross_entropy(scores[0], labels)

    def batches(first: int, last: int, step: int) -> tuple[Tensor, ...]:
        found = [lesson.batch(step) for lesson in lessons[first:last]]
        inputs, labels = (torch.stack(column) for column in zip(*found, strict=True))
        return (inputs, labels) if masks is None else (inputs, labels, masks[first:last])

    start = target.split(flat)
    trained = train(loss, start, batches, [RATE] * len(stages), Recipe(steps)).states
    chosen = {name: tensor[list(lesson_of)] for name, tensor in trained.items()}
    return target.logits(chosen, asked.inputs, asked.masks)


def train_on(target: Target, stage: Stage, draws: Generator) -> dict[str, Tensor]:
    """Train one target on a stage's batches, with all its hidden units.

    Returns:
        Parameter name -> (*shape).
    """

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Tensor:
        parameters = {name: tensor[None] for name, tensor in state.items()}
        return cross_entropy(target.logits(parameters, inputs[None])[0], labels)

    def batches(first: int, last: int, step: int) -> tuple[Tensor, ...]:
        inputs, labels = stage.pool[stage.rows[step]].flatten(0, 1), stage.labels[step].flatten()
        return inputs[None], labels[None]

    start = target.split(target.initial(draws)[None])
    return train(loss, start, batches, [RATE], Recipe(stage.steps)).state(0)


@dataclass(frozen=True)
class _Lesson:
    """A stage's batches under one condition, all its examples in one batch."""

    stage: Stage
    condition: Tensor

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Inputs (examples, features) and labels (examples,)."""
        inputs = self.stage.pool[self.stage.rows[step]].flatten(0, 1)
        if self.stage.rotated:
            inputs = rotate(inputs[None], self.condition[None])[0]
        return inputs, self.stage.labels[step].flatten()
