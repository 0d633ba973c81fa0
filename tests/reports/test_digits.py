"""How many digits a figure shows."""

from math import nan

import pytest

from reports.digits import decimals, figure, significant, span, with_unit


@pytest.mark.parametrize(
    ("half_width", "places"),
    # the first significant digit after rounding: 0.096 rounds to 0.1, 0.0096 to 0.01
    [(0.031, 2), (0.096, 1), (0.0096, 2), (0.5, 1), (3.0, 0), (40.0, 0), (0.0004, 4)],
)
def test_digits_stop_at_the_first_significant_digit_of_the_half_width(
    half_width: float, places: int
) -> None:
    assert decimals(half_width) == places


def test_a_column_may_ask_for_at_least_one_decimal() -> None:
    assert decimals(3.0, least=1) == 1
    assert decimals(0.02, least=1) == 2


def test_a_figure_without_an_interval_has_three_decimals() -> None:
    assert decimals(nan) == decimals(0.0) == 3


def test_figures_have_a_true_minus_and_no_negative_zero() -> None:
    assert figure(-0.25, 2) == "\u22120.25"
    assert figure(-0.001, 2) == "0.00"
    assert figure(nan) == "–"


def test_a_range_with_a_negative_end_is_spelled_out() -> None:
    assert span(0.67, 0.71, 2) == "0.67–0.71"
    assert span(-0.23, -0.19, 2) == "\u22120.23 to \u22120.19"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3.42, "3.4"), (29.4, "29"), (118.2, "118"), (0.0142, "0.014"), (9.96, "10"), (0, "0")],
)
def test_costs_have_two_significant_digits(value: float, shown: str) -> None:
    assert significant(value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (3.4e9, "FLOP", ("3.4", "GFLOP")),
        (999_600, "FLOP", ("1.0", "MFLOP")),
        (118e6, "B", ("118", "MB")),
        (0.142, "s", ("0.14", "s")),
        (7200, "s", ("7200", "s")),
        (12, "FLOP", ("12", "FLOP")),
    ],
)
def test_costs_carry_a_prefix(value: float, unit: str, shown: tuple[str, str]) -> None:
    assert with_unit(value, unit) == shown
