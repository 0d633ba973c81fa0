"""Counts: what a supernet's ranking is read beside."""

from __future__ import annotations

import numpy as np
import pytest

from bench.contract.job import ContractError
from tests.methods.supernet.invented import ask, invented, scorer_of, scores_of


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("depth3", "micro201"),
        ("depth3", "macro"),
        ("chain", "micro201"),
        ("chain", "macro"),
        ("late_pooling", "pooling"),
    ],
)
def test_a_count_is_the_spaces_own(name, task):
    problem = invented(task, name)
    expected = problem.space.features[name](problem.architectures)
    assert np.array_equal(scores_of(problem, name), expected)
    assert problem._meter.flops == 0


@pytest.mark.parametrize("name", ["flops", "latency", "depth3", "chain", "late_pooling"])
def test_a_count_answers_for_what_is_ranked_alone(name):
    task = "pooling" if name == "late_pooling" else "micro201"
    problem = invented(task, name)
    known = {row.tobytes(): float(i) for i, row in enumerate(problem.architectures)}
    problem._facts = {name: known}
    assert np.array_equal(scores_of(problem, name), np.arange(12.0))
    with pytest.raises(ContractError, match="ask for those of"):
        ask(problem, scorer_of(problem, name), problem.space.all()[-1:])
