"""The Pareto front."""

from math import nan

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import pareto_front


def test_a_method_leaves_the_front_when_another_is_as_cheap_and_better() -> None:
    # b costs a's 1 and scores less; d costs more than c and scores the same; e's cost is unknown
    cost = [1.0, 1.0, 5.0, 6.0, nan]
    quality = [0.5, 0.4, 0.9, 0.9, 1.0]
    assert pareto_front(cost, quality) == [True, False, True, False, False]


def test_equal_points_stand_on_the_front_together() -> None:
    assert pareto_front([2.0, 2.0], [0.7, 0.7]) == [True, True]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9))
def test_whoever_is_off_the_front_is_beaten_by_someone_on_it(
    points: list[tuple[int, int]],
) -> None:
    front = pareto_front([float(c) for c, _ in points], [float(q) for _, q in points])
    assert any(front)
    on = [p for p, f in zip(points, front, strict=True) if f]
    for (c, q), stands in zip(points, front, strict=True):
        assert stands or any(c2 <= c and q2 >= q and (c2, q2) != (c, q) for c2, q2 in on)
