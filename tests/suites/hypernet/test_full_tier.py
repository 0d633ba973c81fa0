"""The tier full: its data, shapes and code, with trainings of two steps.

On Fashion-MNIST as Debian's package puts it there; the figures are a GPU's business.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bench.catalogue.registry import catalogue
from methods.hypernet.chunked import chunked
from suites.hypernet.building import DRAW
from suites.hypernet.checks import problem_of
from suites.hypernet.harness import check
from suites.hypernet.tasks import TASKS
from suites.hypernet.training import grid
from tests.suites.hypernet.frame import trained

SHORT = {
    "steps": 2,
    "teacher_steps": 2,
    "episodes": 2,
    "images": {"source": "tv:FashionMNIST", "training": 2000, "validation": 1500, "test": 1500},
}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_method_trains_on_the_full_tiers_shapes(task: Any) -> None:
    settings = task.settings["full"]
    cut = {**settings, **{n: v for n, v in SHORT.items() if n in settings}}
    part = DRAW[task.name](cut, 0)[-1]
    assert part.target.widths[0] == 784
    entry = catalogue().methods["hypernet"]["chunked"]
    module = chunked(problem_of(part, entry.needs), **(entry.params or {}))
    check(module, part)
    found = trained([module], [part], rates={"adam": [1e-3]})[0]
    assert torch.isfinite(found[0].losses).all()
    assert [point.rate for point in grid(settings)] == [
        rate for rates in settings["rates"].values() for rate in rates
    ]
