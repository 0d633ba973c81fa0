"""Targets trained without a hypernetwork, one for each question: the scale's upper end.

Here: the same batches as a hypernetwork sees, all under one question's condition, or the lessons
that a task has for it; and the teacher that the task width gives. Each is trained at several
rates, and validation loss says which counts. Not here: the row that this makes
(suites.hypernet.references).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.trainer import Recipe, cross_entropy, train
from suites.hypernet.course import Part, Questions, Stage, rotate
from suites.hypernet.objective import losses_of
from suites.hypernet.target import Target

RATES = (3e-3, 1e-2, 3e-2)
"""Adam's learning rates, each falling to zero as a cosine."""


def train_directly(part: Part, seed: int, rates: Sequence[float] = RATES) -> Tensor:
    """Train one target for each of the test's questions, and ask it.

    Of a sequence, question i is trained on stage i; else all on the one stage there is. Where a
    part has lessons, one target is trained on each, and answers the questions that are its. One
    rate counts for all: the one of least mean loss on the validation questions of the same name, or
    on the lessons' own.

    Returns:
        Logits, shape (m, examples, classes).
    """
    asked, target = part.test, part.target
    draws = generator(seed, f"direct/{part.name}")
    stages = part.lessons or part.stages
    if len(stages) == 1:
        stages *= len(asked.names)
    lesson_of = list(part.lesson_of or range(len(asked.names)))
    flat = torch.stack([target.initial(draws) for _ in stages])
    lessons = [_Lesson(s, asked.conditions[i]) for i, s in enumerate(stages)]
    trained = _train(target, flat, lessons, rates, asked.masks)
    if part.lesson_questions is not None:
        validation, known = part.lesson_questions, list(range(len(lessons)))
    else:
        validation = part.validation
        known = [lesson_of[asked.names.index(name)] for name in validation.names]
    losses = [validation_loss(target, _of(state, known), validation) for state in trained]
    return target.logits(_of(trained[best(losses)], lesson_of), asked.inputs, asked.masks)


def train_teacher(part: Part, width: int, draws: Generator) -> dict[str, Tensor]:
    """Train one target of a hidden width on the images of a part's only stage, as they are.

    Its rate is the one of least loss on the validation question `width N`.

    Returns:
        Parameter name -> (*shape).
    """
    hidden = len(part.target.widths) - 2
    target = Target((part.target.widths[0], *[width] * hidden, part.target.widths[-1]))
    trained = _train(target, target.initial(draws)[None], [_Lesson(part.stages[0])], RATES)
    place = part.validation.names.index(f"width {width}")
    assert part.validation.labels is not None
    inputs, labels = part.validation.inputs[[place]], part.validation.labels[[place]]
    losses = [float(losses_of(target.logits(state, inputs), labels)) for state in trained]
    return {name: tensor[0] for name, tensor in trained[best(losses)].items()}


def best(losses: Sequence[float]) -> int:
    """The number of the least loss; of equals the first, and what isn't finite last."""
    finite = [loss if loss == loss else float("inf") for loss in losses]
    return finite.index(min(finite))


def validation_loss(target: Target, state: dict[str, Tensor], asked: Questions) -> float:
    """Mean cross-entropy of targets, each on one question.

    Args:
        state: parameter name -> (m, *shape).
        asked: m questions with labels.
    """
    assert asked.labels is not None
    return float(losses_of(target.logits(state, asked.inputs, asked.masks), asked.labels).mean())


def _of(state: dict[str, Tensor], chosen: Sequence[int]) -> dict[str, Tensor]:
    """Some networks of a stack, as often as they are named."""
    return {name: tensor[list(chosen)] for name, tensor in state.items()}


def _train(
    target: Target,
    flat: Tensor,
    lessons: Sequence[_Lesson],
    rates: Sequence[float],
    masks: Tensor | None = None,
) -> list[dict[str, Tensor]]:
    """Train one target on each lesson, at each rate.

    Args:
        flat: where they start, shape (lessons, weights).
        masks: hidden units that are there, (lessons, widest hidden layer); by default all are.
    Returns:
        For each rate, parameter name -> (lessons, *shape).
    """
    count = len(lessons)

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        parameters = {name: tensor[None] for name, tensor in state.items()}
        scores = target.logits(parameters, inputs[None], *mask)
        return cross_entropy(scores[0], labels)

    def batches(first: int, last: int, step: int) -> tuple[Tensor, ...]:
        places = [network % count for network in range(first, last)]
        found = [lessons[place].batch(step) for place in places]
        inputs, labels = (torch.stack(column) for column in zip(*found, strict=True))
        return (inputs, labels) if masks is None else (inputs, labels, masks[places][:, None])

    all_rates = [rate for rate in rates for _ in lessons]
    start = target.split(flat.repeat(len(rates), 1))
    trained = train(loss, start, batches, all_rates, Recipe(lessons[0].stage.steps)).states
    return [
        {name: tensor[i * count : (i + 1) * count] for name, tensor in trained.items()}
        for i in range(len(rates))
    ]


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
