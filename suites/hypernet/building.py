"""Builds a seed's course: the assets of the suite hypernet.

Here: two builders that draw the same parts, one for the methods, one for scoring. Not here: how a
task draws them (the tasks' own modules).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.contract.job import Assets, Output
from suites.hypernet import compress, continual, course, fewshot, rotation, width
from suites.hypernet.course import Part

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
    return course.encode(_draw(arguments))[0]


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The test's labels."""
    return course.encode(_draw(arguments))[1]


def _draw(arguments: Mapping[str, Any]) -> list[Part]:
    return DRAW[arguments["draw"]](arguments["settings"], arguments["seed"])
