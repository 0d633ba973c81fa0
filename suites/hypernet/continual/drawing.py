"""The task continual: tasks one after the other, told apart by their number.

Here: how one seed's course is drawn. A task is all ten digits with their pixels in an order of its
own. A condition is the task's number as a one-hot vector; batches have the current task alone,
questions ask all tasks after each. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Images, Split, split_evenly
from suites.hypernet.layers import plain_count
from suites.hypernet.problem import Conditions
from suites.hypernet.target import Target


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The one part of this task at that seed: each of its tasks is a stage and a question."""
    images = split_evenly(settings["images"], seed)
    tasks = _permuted(images, settings["tasks"], seed)
    target = Target(tuple(settings["target"]))
    hidden = tuple(settings["hidden"])
    stages = [
        _stage(images.training, task, settings, generator(seed, f"continual/rows/{task}"))
        for task, images in enumerate(tasks)
    ]
    return [
        Part(
            name="",
            target=target,
            conditions=Conditions(len(tasks), 0.0, 1.0, "the task's number, one-hot"),
            hidden=hidden,
            cap=plain_count(len(tasks), hidden, target.weights),
            stages=tuple(stages),
            validation=_questions([images.validation for images in tasks]),
            test=_questions([images.test for images in tasks]),
            held=settings["held"],
        )
    ]


def _permuted(images: Images, tasks: int, seed: int) -> list[Images]:
    """All digits, pixels in an order that is drawn for each task."""
    draws = generator(seed, "continual/permutations")
    pixels = images.training.inputs.shape[1]
    orders = [torch.randperm(pixels, generator=draws) for _ in range(tasks)]

    def of(some: Split, order: Tensor) -> Split:
        return Split(some.inputs[:, order], some.labels)

    return [
        Images(of(images.training, order), of(images.validation, order), of(images.test, order))
        for order in orders
    ]


def _stage(images: Split, task: int, settings: Mapping[str, Any], draws: torch.Generator) -> Stage:
    steps, tasks = settings["steps"], settings["tasks"]
    rows = draw_order(len(images.inputs), steps, settings["batch"], draws)
    conditions = torch.eye(tasks)[task].expand(steps, 1, tasks)
    return Stage(
        images.inputs, rows[:, None], images.labels[rows][:, None], conditions.contiguous()
    )


def _questions(tasks: Sequence[Split]) -> Questions:
    return Questions(
        tuple(f"task {task + 1}" for task in range(len(tasks))),
        torch.eye(len(tasks)),
        torch.stack([images.inputs for images in tasks]),
        torch.stack([images.labels for images in tasks]),
    )
