"""Every supernet spends its budget, nearly all of it, and never more."""

from __future__ import annotations

import pytest

from suites.supernet.tasks import TASKS
from tests.methods.supernet.frame import METHODS, problem_of, run

TRAINED = [
    method
    for method in METHODS.values()
    if {"images", "budget"} <= set(method.needs) and "labels" not in method.needs
]
"""Methods that train on images and buy no label."""

PASSES = 500
"""Of batches of 16; a step of SUMNAS takes ten of them and more."""


@pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.name)
def test_a_supernet_spends_its_budget_and_no_more(method):
    task = next(t for t in TASKS if set(method.needs) <= set(t.offers))
    ran = run(method.name, problem_of(task.name, PASSES))
    assert 0.97 < ran.problem.progress <= 1
    assert not ran.problem._meter.refused
