"""How figures are written: as many digits as their interval allows, a true minus, SI units.

Not here: tables (reports.formats).
"""

from __future__ import annotations

from math import floor, isfinite, isnan, log10

MINUS = "\u2212"
UNKNOWN_DECIMALS = 3
"""Decimals of a figure without an interval."""
EQUAL = 1e-9
"""An interval narrower than this has no width but rounding."""


def decimals(half_width: float, least: int = 0) -> int:
    """Decimals that end at the first significant digit of an interval's half-width.

    0.031 -> 2, 0.0096 -> 2 (it rounds to 0.01), 12 -> 0, or `least`. Without a width: three.
    """
    if not isfinite(half_width) or half_width <= 0:
        return UNKNOWN_DECIMALS
    return min(6, max(least, -int(f"{half_width:.0e}".split("e")[1])))


def interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    """An interval's ends, where there is one with a width that isn't rounding alone."""
    if low is None or high is None or not isfinite(high - low) or high - low <= EQUAL:
        return None
    return low, high


def figure(value: float, places: int = UNKNOWN_DECIMALS) -> str:
    """A number with a true minus; a dash for none. Never a negative zero."""
    if isnan(value):
        return "–"
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def signed(value: float, places: int = UNKNOWN_DECIMALS) -> str:
    """A difference, with a plus where it is above zero as it is written."""
    text = figure(value, places)
    return f"+{text}" if float(f"{value:.{places}f}") > 0 else text


def span(low: float, high: float, places: int) -> str:
    """An interval: `0.67–0.71`, or `−0.23 to −0.19`, where a dash would run into a minus."""
    joint = " to " if low < 0 or high < 0 else "–"
    return figure(low, places) + joint + figure(high, places)


def difference(mean: float, low: float, high: float) -> tuple[str, str]:
    """A difference and its interval, with two digits of its half-width; "" where it has none."""
    ends = interval(low, high)
    if not ends:
        return signed(mean), ""
    places = decimals((high - low) / 2) + 1
    return signed(mean, places), span(*ends, places)


def significant(value: float, digits: int = 2) -> str:
    """A number with two significant digits: 3.4, 29, 118 (whole numbers keep theirs), 0.014."""
    if isnan(value):
        return "–"
    if value == 0:
        return "0"
    places = max(0, digits - 1 - floor(log10(abs(float(f"{value:.{digits - 1}e}")))))
    return figure(value, places)


def with_unit(value: float, unit: str) -> tuple[str, str]:
    """A cost's figure and its unit, e.g. ("3.4", "GFLOP"), ("118", "MB"), ("0.14", "s")."""
    if isnan(value):
        return "–", ""
    if unit == "s":
        return significant(value), "s"
    for power, prefix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if abs(value) >= 0.9995 * 10**power:
            return significant(value / 10**power), prefix + unit
    return significant(value), unit
