"""reports.pairs: the tests of all pairs at once are those of each pair by itself."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria import Criterion, contrasts
from reports.pairs import pair_tests
from reports.statistics import Prior, two_sided_p, two_sided_ps

METRICS = (("failures", "low"), ("score", "high"))
PRIORS = (Prior(0.0, 0), Prior(0.02, 3))


@st.composite
def rows(draw):
    """Rows on tasks with their own seeds, in two metrics; some have gaps, some no prior."""
    seeds = draw(st.lists(st.integers(2, 5), min_size=1, max_size=3))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    grain = draw(st.sampled_from([0.0, 0.25]))
    gaps = draw(st.sampled_from([0.0, 0.2]))

    def criterion(name, better, count):
        values = generator.normal(size=count).round(2 if grain == 0 else 0) * (grain or 1)
        values[generator.random(count) < gaps] = np.nan
        return Criterion(name, name.title(), better, values, grain, PRIORS[generator.integers(2)])

    return [
        [tuple(criterion(*metric, count) for metric in METRICS) for count in seeds]
        for _ in range(draw(st.integers(2, 5)))
    ]


@given(rows(), st.data())
def test_they_are_the_tests_of_each_pair(of_rows, data):
    having = [data.draw(st.booleans()) for _ in of_rows]
    found = pair_tests(of_rows, having)
    expected = list(combinations(range(len(of_rows)), 2))
    assert list(zip(found.first, found.second, strict=True)) == expected
    for (i, j), p, ahead in zip(expected, found.p, found.ahead, strict=True):
        made = ~np.isnan(p)
        if having[i] != having[j]:
            assert p[made].tolist() == [0.0]
            assert ahead[made].tolist() == [having[i]]
            continue
        tests = contrasts(of_rows[i], of_rows[j])
        assert p[made] == pytest.approx([t.difference.p for t in tests], rel=1e-9, abs=1e-14)
        assert ahead[made].tolist() == [t.difference.interval.mean > 0 for t in tests]


def test_the_most_important_test_that_tells_two_rows_apart_says_which_is_better():
    # the first row fails less (surely: every difference is about .5), and has the lower score
    spread = np.array([0.0, 0.01, 0.02])
    first = (Criterion("failures", "F", "low", spread), Criterion("score", "S", "high", spread))
    second = (
        Criterion("failures", "F", "low", 0.5 + spread[::-1]),
        Criterion("score", "S", "high", 0.5 + spread[::-1]),
    )
    assert pair_tests([[first], [second]], [True, True]).beats(2).tolist() == [
        [False, True],
        [False, False],
    ]


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(1, 40)), max_size=20))
def test_many_p_values_are_each_by_itself(asked):
    t = np.array([t for t, _ in asked])
    freedom = np.array([d for _, d in asked], dtype=np.int64)
    expected = [two_sided_p(*one) for one in asked]
    assert two_sided_ps(t, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_an_infinite_t_has_no_chance():
    assert two_sided_ps(np.array([np.inf]), np.array([3])).tolist() == [0.0]
