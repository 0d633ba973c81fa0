"""Builds a seed's course: the assets of the suite hypernet.

Here: two builders that draw the same parts, one for the methods, one for scoring; what takes
training is in the first alone. Not here: how a task draws them (the tasks' folders).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bench.contract.job import Assets, Output
from suites.common.draws import generator
from suites.hypernet import course
from suites.hypernet.compress import drawing as compress
from suites.hypernet.continual import drawing as continual
from suites.hypernet.course import Part
from suites.hypernet.direct import train_teacher
from suites.hypernet.fewshot import drawing as fewshot
from suites.hypernet.rotation import drawing as rotation
from suites.hypernet.width import drawing as width

DRAW: Mapping[str, Callable[[Mapping[str, Any], int], list[Part]]] = {
    "rotation": rotation.draw,
    "continual": continual.draw,
    "width": width.draw,
    "fewshot": fewshot.draw,
    "compress": compress.draw,
}
"""A task's name -> what draws its parts from its settings and a seed."""


def build_course(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """What is trained on and asked; of the test without labels."""
    parts = draw_course(arguments["draw"], arguments["settings"], arguments["seed"])
    return course.encode(parts)[0]


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The test's labels."""
    parts = DRAW[arguments["draw"]](arguments["settings"], arguments["seed"])
    return course.encode(parts)[1]


def draw_course(task: str, settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The parts of a task, with the teacher where it has one.

    Where the settings name a `teacher`, the width of a target, one is trained on the part's own
    batches.
    """
    parts, width = DRAW[task](settings, seed), settings.get("teacher")
    if width is None:
        return parts
    draws = generator(seed, f"{task}/teacher")
    return [replace(part, teacher=train_teacher(part, width, draws)) for part in parts]
