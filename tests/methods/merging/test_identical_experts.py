"""K identical experts give that expert, where a method promises a mean."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.fisher import fisher
from methods.merging.greedy_soup import greedy_soup
from methods.merging.model_stock import model_stock
from methods.merging.regmean import regmean
from methods.merging.slerp import slerp
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.ties import ties
from methods.merging.warp import warp
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

MEANS = {
    "average": average,
    "task arithmetic at 1/K": lambda p: task_arithmetic(p, scale=1 / len(p.experts)),
    "ties that trims nothing": lambda p: ties(p, keep=1.0, scale=1.0),
    "fisher": lambda p: fisher(p, floor=1e-6, normalise=True, examples=8),
    "regmean": lambda p: regmean(p, alpha=0.9, examples=8),
    "greedy soup": greedy_soup,
    "model stock": model_stock,
    "slerp": slerp,
    "warp that stays at its end": lambda p: warp(p, share=1.0),
}


@pytest.mark.parametrize("merge", MEANS.values(), ids=MEANS.keys())
@settings(max_examples=8, deadline=None)
@given(copies=st.integers(1, 4), seed=st.integers(0, 99))
def test_copies_of_one_expert_give_that_expert(merge, copies, seed):
    given = tiny_problem(experts=1, seed=seed, examples=8)
    problem = MergingProblem(
        given.model,
        given.experts * copies,
        pretrained=given.pretrained,
        calibration=given._calibration * copies,
        validation=given._validation * copies,
    )
    assert torch.allclose(flatten(merge(problem)), flatten(given.experts[0]), atol=1e-4)
