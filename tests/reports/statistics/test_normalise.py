"""The score: 0 at the floor, 1 at the ceiling, in both directions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import normalised, span_of


def test_a_metric_is_placed_between_floor_and_ceiling() -> None:
    # (0.70 - 0.50) / (0.90 - 0.50) = 0.5; 0.50 -> 0; 0.90 -> 1; 0.40 -> -0.25; 1.0 -> 1.25
    values = normalised([0.7, 0.5, 0.9, 0.4, 1.0], 0.5, span_of(0.5, 0.9, "high"))
    assert values == pytest.approx([0.5, 0, 1, -0.25, 1.25])


def test_where_lower_is_better_a_smaller_value_scores_more() -> None:
    # floor 1.0, ceiling 0.2: (0.4 - 1.0) / (0.2 - 1.0) = 0.75; 1.2 -> -0.25
    assert normalised([0.4, 1.2], 1.0, span_of(1.0, 0.2, "low")) == pytest.approx([0.75, -0.25])


def test_each_seed_is_held_against_its_own_floor() -> None:
    # floors .4 and .6, ceiling .9 in the mean: span .9 - .5 = .4
    # (.6 - .4) / .4 = .5 and (.8 - .6) / .4 = .5: what the seeds had in common is gone
    assert normalised([0.6, 0.8], [0.4, 0.6], span_of(0.5, 0.9, "high")) == pytest.approx([0.5] * 2)


@pytest.mark.parametrize(
    ("floor", "ceiling", "better"),
    [(0.5, 0.5, "high"), (0.9, 0.5, "high"), (0.2, 1.0, "low"), (0.2, 0.2, "low")],
)
def test_a_ceiling_that_is_not_beyond_the_floor_is_refused(
    floor: float, ceiling: float, better: str
) -> None:
    with pytest.raises(ValueError, match="isn't beyond the floor"):
        span_of(floor, ceiling, better)


PAIRS = st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=6)


@settings(deadline=None)
@given(PAIRS)
def test_the_mean_is_that_of_values_held_against_the_floors_mean(
    pairs: list[tuple[float, float]],
) -> None:
    values, floors = (np.array(side) for side in zip(*pairs, strict=True))
    own = normalised(values, floors, 0.7).mean()
    assert own == pytest.approx(normalised(values, floors.mean(), 0.7).mean(), abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=6),
    st.floats(-3, 3),
    st.floats(0.5, 20),
    st.sampled_from([-1, 1]),
)
def test_a_score_does_not_depend_on_the_metrics_unit(
    values: list[float], shift: float, factor: float, direction: int
) -> None:
    # an affine change of unit, even one that turns accuracy into error, leaves the score
    def changed(x: float) -> float:
        return direction * factor * x + shift

    plain = normalised(values, 0.2, span_of(0.2, 0.9, "high"))
    better = "high" if direction > 0 else "low"
    span = span_of(changed(0.2), changed(0.9), better)
    assert np.allclose(
        plain, normalised([changed(v) for v in values], changed(0.2), span), atol=1e-6
    )
