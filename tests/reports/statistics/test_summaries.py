"""Each registered statistic by hand, on one small table.

          near, seeds 0 1   far, seeds 0 1    mean
a             .8  .6           .2  .4          .5
b             .4  .6           .6  .0          .4
c             .0  .2           .2  .4          .2
"""

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.statistics.scores import Scores
from reports.statistics.summaries import STATISTICS, profile, summarise

TABLE = {"a": [[0.8, 0.6], [0.2, 0.4]], "b": [[0.4, 0.6], [0.6, 0.0]], "c": [[0, 0.2], [0.2, 0.4]]}
FLOPS = {"a": 9.0, "b": 1.0, "c": 2.0}
RUNS = [
    (method, task, seed, value, FLOPS[method])
    for method, tasks in TABLE.items()
    for task, values in zip(("near", "far"), tasks, strict=True)
    for seed, value in enumerate(values)
]
FRAME = dict(
    zip(("method", "task", "seed", "value", "flops"), zip(*RUNS, strict=True), strict=True)
)


def of(*names: str) -> dict[str, list[float]]:
    columns = summarise(FRAME, names, ["flops"])
    assert columns.pop("method") == ["a", "b", "c"]
    return columns


def test_mean_with_its_interval() -> None:
    found = of("mean")
    assert found["mean"] == pytest.approx([0.5, 0.4, 0.2])
    # a: both tasks have variance .02, so s^2 / n = .01 each: error sqrt(.02) / 2 = .0707, Welch's
    # freedom .02^2 / (.01^2 + .01^2) = 2, t = 4.303: .5 -+ .304
    assert found["mean_low"][0] == pytest.approx(0.5 - 0.304, abs=1e-3)
    assert found["mean_high"][0] == pytest.approx(0.5 + 0.304, abs=1e-3)


def test_difference_to_the_best_mean() -> None:
    found = of("difference")
    assert found["difference"] == pytest.approx([0, -0.1, -0.3])
    assert isnan(found["difference_low"][2])  # two seeds
    # less the lead, on three seeds: -.1 -.2 -.3, error .1 / sqrt(3), t(.975, 2) = 4.302653
    three = Scores(("a", "b"), ("t",), (np.array([[0.5, 0.7, 0.9], [0.4, 0.5, 0.6]]),))
    low = STATISTICS["difference"].compute(three)["difference_low"]
    assert low[1] == pytest.approx(-0.2 - 0.248414, abs=1e-6)
    assert isnan(low[0])


def test_mean_rank() -> None:
    # a: 1, 1.5 (tied with b), 2.5, 1.5 (tied with c) -> 1.625; b: 2, 1.5, 1, 3 -> 1.875;
    # c: 3, 3, 2.5, 1.5 -> 2.5
    assert of("mean_rank")["mean_rank"] == pytest.approx([1.625, 1.875, 2.5])


def test_win_rate() -> None:
    # (3 - rank) / 2: a .6875, b .5625, c .25
    assert of("win_rate")["win_rate"] == pytest.approx([0.6875, 0.5625, 0.25])


def test_probability_of_improvement() -> None:
    # b over a: near .4 .6 against .8 .6: 0, 0, 0, half -> .125; far .6 .0 against .2 .4: 1, 1, 0, 0
    # -> .5; mean .3125. c over a: near 0; far ties twice, wins once: (.5 + 0 + 1 + .5) / 4 = .5
    found = of("probability_of_improvement")["probability_of_improvement"]
    assert found == pytest.approx([0.5, 0.3125, 0.25])


def test_interquartile_mean() -> None:
    # four runs, one cut at each end: a .4 .6 -> .5; b .4 .6 -> .5; c .2 .2 -> .2
    assert of("interquartile_mean")["interquartile_mean"] == pytest.approx([0.5, 0.5, 0.2])


def test_performance_profile() -> None:
    # above .25: a .8 .6 .4 of four; above .5: a .8 .6; above .75: a .8
    found = of("performance_profile")
    assert [found[f"profile_{t}"][0] for t in (0.25, 0.5, 0.75)] == [0.75, 0.5, 0.25]


def test_pareto_front() -> None:
    # b is the cheapest, a the best; c costs more than b and has less
    assert of("pareto")["pareto_flops"] == [1, 1, 0]


def test_an_unknown_statistic_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no statistic 'median'\. Choose of: mean, difference,"):
        summarise(FRAME, ["median"])


def test_all_are_computed_where_none_is_named() -> None:
    assert {"mean", "win_rate", "pareto_flops"} <= set(summarise(FRAME, costs=["flops"]))


@pytest.mark.parametrize("name", STATISTICS)
def test_each_says_what_it_means_and_who_defined_it(name: str) -> None:
    known = STATISTICS[name]
    assert known.meaning.endswith(".")
    assert known.source
    assert known.compute.__doc__


@settings(deadline=None)
@given(arrays(float, (4, 6), elements=st.floats(-1, 2, width=16)), st.permutations(range(4)))
def test_no_statistic_depends_on_the_order_of_the_methods_but_where_the_lead_is_tied(
    values: np.ndarray, order: list[int]
) -> None:
    names = [n for n in STATISTICS if n not in ("difference", "probability_of_improvement")]
    first = Scores(tuple("abcd"), ("t",), (values,))
    second = Scores(tuple("abcd"), ("t",), (values[order],))
    for name in names:
        ours, theirs = (STATISTICS[name].compute(s) for s in (first, second))
        for column, expected in ours.items():
            assert np.array(theirs[column]) == pytest.approx(np.array(expected)[order])


@given(arrays(float, (3, 5), elements=st.floats(-1, 2)))
def test_a_profile_never_rises_with_its_threshold(values: np.ndarray) -> None:
    shares = profile(Scores(tuple("abc"), ("t",), (values,)), np.linspace(-1, 2, 9))
    assert (np.diff(shares, axis=1) <= 0).all()
