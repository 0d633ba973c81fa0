"""Scores from a plain frame: what is taken, and what is refused in a sentence."""

import numpy as np
import pandas as pd
import pytest

from reports.statistics.scores import Scores

RUNS = {
    "method": ["a", "a", "b", "b"],
    "task": ["near"] * 4,
    "seed": [0, 1, 1, 0],
    "value": [0.5, 0.7, 0.6, 0.4],
    "flops": [10.0, 30.0, 4.0, 6.0],
}


@pytest.mark.parametrize("frame", [RUNS, pd.DataFrame(RUNS)], ids=["lists", "pandas"])
def test_methods_are_paired_on_the_seed_whatever_the_order_of_the_rows(frame) -> None:
    scores = Scores.from_frame(frame)
    assert scores.methods == ("a", "b")
    assert np.array_equal(scores.values[0], [[0.5, 0.7], [0.4, 0.6]])


def test_a_cost_is_the_mean_over_tasks_of_the_mean_over_runs() -> None:
    # a: (10 + 30) / 2 = 20; b: (4 + 6) / 2 = 5; one task
    assert Scores.from_frame(RUNS, ["flops"]).costs == {"flops": [20.0, 5.0]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": [0, 1, 1, 1]}, "method 'b' on task 'near', seed 1 is there twice"),
        ({"seed": [0, 1, 1, 2]}, "method 'a' on task 'near', seed 2 is lacking"),
        ({"value": [0.5, float("nan"), 0.6, 0.4]}, "seed 1 has no value"),
    ],
)
def test_a_frame_that_is_not_whole_is_refused(change, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Scores.from_frame({**RUNS, **change})
