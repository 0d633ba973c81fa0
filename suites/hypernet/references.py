"""Rows that are no competitors but fix the scale of the hypernet tables.

Here: guessing, and targets that are trained directly. They are trusted: each is given the parts
of a course and nothing of what they do is metered. Not here: methods (methods/hypernet).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from bench import reference
from suites.common.draws import generator
from suites.hypernet.course import Part
from suites.hypernet.direct import train_directly
from suites.hypernet.shared import train_shared

Answers = list[Tensor]
"""For each part, logits of shape (m, examples, classes), or of each stage with that before it."""


@reference(
    name="chance",
    title="Guess",
    role="floor",
    meaning="a class drawn at random for every question",
)
def chance(parts: Sequence[Part], seed: int) -> Answers:
    """A guess: logits that are random and so small that the loss is that of no knowledge."""
    draws = generator(seed, "chance")
    answers = []
    for part in parts:
        shape = (*part.test.inputs.shape[:2], part.target.widths[-1])
        answers.append(1e-3 * torch.randn(shape, generator=draws))
    return answers


@reference(
    name="direct",
    title="Trained directly",
    role="ceiling",
    meaning="one target for each question's condition, trained on that condition alone",
)
def direct(parts: Sequence[Part], seed: int) -> Answers:
    """The target without a hypernetwork: nothing is shared between conditions."""
    return [train_directly(part, seed) for part in parts]


@reference(
    name="shared",
    title="One target for all",
    role="scale",
    meaning="one target that is told no condition, trained on all; on a sequence's tasks in turn",
)
def shared(parts: Sequence[Part], seed: int) -> Answers:
    """Everything is shared between conditions: what a method must be above to make use of them."""
    return [train_shared(part, seed) for part in parts]
