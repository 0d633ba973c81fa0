"""Targets trained without a hypernetwork, one for each question: the scale's upper end.

Here: the same batches as a hypernetwork sees, all under one question's condition, or the lessons
that a task has for it; and the teacher that the task width gives. Not here: the row that this makes
(suites.hypernet.references).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.trainer import Recipe, Trained, cross_entropy, train
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
    trained = _train(target, flat, lessons, asked.masks).states
    chosen = {name: tensor[list(lesson_of)] for name, tensor in trained.items()}
    return target.logits(chosen, asked.inputs, asked.masks)


def train_teacher(part: Part, width: int, draws: Generator) -> dict[str, Tensor]:
    """Train one target of a hidden width on the images of a part's only stage, as they are.

    Returns:
        Parameter name -> (*shape).
    """
    hidden = len(part.target.widths) - 2
    target = Target((part.target.widths[0], *[width] * hidden, part.target.widths[-1]))
    return _train(target, target.initial(draws)[None], [_Lesson(part.stages[0])]).state(0)


def _train(
    target: Target, flat: Tensor, lessons: Sequence[_Lesson], masks: Tensor | None = None
) -> Trained:
    """Train one target on each lesson.

    Args:
        flat: where they start, shape (lessons, weights).
        masks: hidden units that are there, (lessons, widest hidden layer); by default all are.
    """

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        parameters = {name: tensor[None] for name, tensor in state.items()}
        scores = target.logits(parameters, inputs[None], *mask)
        return cross_entropy(scores[0], labels)

    def batches(first: int, last: int, step: int) -> tuple[Tensor, ...]:
        found = [lesson.batch(step) for lesson in lessons[first:last]]
        inputs, labels = (torch.stack(column) for column in zip(*found, strict=True))
        return (inputs, labels) if masks is None else (inputs, labels, masks[first:last, None])

    recipe = Recipe(lessons[0].stage.steps)
    return train(loss, target.split(flat), batches, [RATE] * len(lessons), recipe)


@dataclass(frozen=True)
class _Lesson:
    """A stage's batches, all examples of a step in one; turned images under one condition."""

    stage: Stage
    condition: Tensor | None = None

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Inputs (examples, features) and labels (examples,)."""
        inputs = self.stage.pool[self.stage.rows[step]].flatten(0, 1)
        if self.stage.rotated and self.condition is not None:
            inputs = rotate(inputs[None], self.condition[None])[0]
        return inputs, self.stage.labels[step].flatten()
