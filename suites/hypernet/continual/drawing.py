"""The task continual: five tasks one after the other, told apart by their number.

Here: how one seed's course is drawn. It has two parts: `split`, two digits a task and two outputs
(digits 0 and 1, then 2 and 3, ...), and `permuted`, all ten digits with their pixels in another
order for each task. A condition is the task's number as a one-hot vector; batches have the current
task alone, questions ask all tasks after each. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.continual.settings import PARTS, TASKS
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Images, Split, split_evenly
from suites.hypernet.layers import plain_count
from suites.hypernet.problem import Conditions
from suites.hypernet.target import Target

CLASSES = 10


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The two parts of this task at that seed."""
    images = split_evenly(settings["images"], seed)
    split, permuted = PARTS
    return [
        _part(split, [_pair(images, task) for task in range(TASKS)], 2, settings, seed),
        _part(permuted, _permuted(images, seed), CLASSES, settings, seed),
    ]


def _pair(images: Images, task: int) -> Images:
    """Two digits with labels 0 and 1."""
    first = CLASSES // TASKS * task

    def of(some: Split) -> Split:
        pair = some.of((first, first + 1))
        return Split(pair.inputs, pair.labels - first)

    return Images(of(images.training), of(images.validation), of(images.test))


def _permuted(images: Images, seed: int) -> list[Images]:
    """All digits, pixels in an order that is drawn for each task."""
    draws = generator(seed, "continual/permutations")
    pixels = images.training.inputs.shape[1]
    orders = [torch.randperm(pixels, generator=draws) for _ in range(TASKS)]

    def of(some: Split, order: Tensor) -> Split:
        return Split(some.inputs[:, order], some.labels)

    return [
        Images(of(images.training, order), of(images.validation, order), of(images.test, order))
        for order in orders
    ]


def _part(
    name: str, tasks: Sequence[Images], classes: int, settings: Mapping[str, Any], seed: int
) -> Part:
    """A part of which each task is a stage and a question."""
    target = Target((*settings["target"], classes))
    hidden = tuple(settings["hidden"])
    stages = [
        _stage(images.training, task, settings, generator(seed, f"continual/{name}/rows/{task}"))
        for task, images in enumerate(tasks)
    ]
    return Part(
        name=name,
        target=target,
        conditions=Conditions(TASKS, 0.0, 1.0, "the task's number, one-hot"),
        hidden=hidden,
        cap=plain_count(TASKS, hidden, target.weights),
        stages=tuple(stages),
        validation=_questions([images.validation for images in tasks]),
        test=_questions([images.test for images in tasks]),
    )


def _stage(images: Split, task: int, settings: Mapping[str, Any], draws: torch.Generator) -> Stage:
    steps = settings["steps"]
    rows = draw_order(len(images.inputs), steps, settings["batch"], draws)
    conditions = torch.eye(TASKS)[task].expand(steps, 1, TASKS)
    return Stage(
        images.inputs, rows[:, None], images.labels[rows][:, None], conditions.contiguous()
    )


def _questions(tasks: Sequence[Split]) -> Questions:
    return Questions(
        tuple(f"task {task + 1}" for task in range(TASKS)),
        torch.eye(TASKS),
        torch.stack([images.inputs for images in tasks]),
        torch.stack([images.labels for images in tasks]),
    )
