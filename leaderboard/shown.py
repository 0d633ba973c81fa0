"""How values are written on pages: jinja filters.

Not here: digits themselves (reports.digits), what a run's page writes (static/records.js).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reports.digits import UNKNOWN_DECIMALS, decimals, figure, interval, signed, span, with_unit
from reports.formats import cells
from reports.tables import BEHIND_COLUMN

if TYPE_CHECKING:
    from bench.catalogue.registry import Method

FIGURE_SPACE, PUNCTUATION_SPACE = "\u2007", "\u2008"


def slug(name: str) -> str:
    """A task's name as a file's: `compose/far` becomes `compose-far`."""
    return name.replace("/", "-")


def label(title: str, variant: str) -> str:
    """`TIES` or `TIES tuned`."""
    return title if variant == "default" else f"{title} {variant}"


def source(method: Method) -> str:
    """A method's file from its root, e.g. `methods/merging/ties.py`."""
    if method.path.is_relative_to(method.root):
        return method.path.relative_to(method.root).as_posix()
    return method.path.name


def explained(method: Method) -> str:
    """What a method's file says first: its equation, its source, what is different here."""
    if not method.path.is_file():
        return ""
    return ast.get_docstring(ast.parse(method.path.read_text(encoding="utf-8"))) or ""


def places(low: float | None, high: float | None, least: int = 0) -> int:
    """Decimals by an interval's half-width, at least `least`; three without one."""
    ends = interval(low, high)
    return decimals((ends[1] - ends[0]) / 2, least) if ends else UNKNOWN_DECIMALS


def most_places(lines: Iterable[Mapping[str, Any]], column: str, least: int = 0) -> int:
    """The most decimals that a column shows, by which its figures are aligned."""
    intervals = [(line.get(f"{column}_low"), line.get(f"{column}_high")) for line in lines]
    return max(
        (places(*ends, least) for ends in intervals if None not in ends), default=UNKNOWN_DECIMALS
    )


def number(value: float | None, digits: int = UNKNOWN_DECIMALS, width: int = 0) -> str:
    """A figure, padded with figure spaces to `width` decimals."""
    if value is None or not isfinite(value):
        return "–"
    missing = width - digits
    pad = FIGURE_SPACE * max(0, missing)
    if digits == 0 and width > 0:
        pad = PUNCTUATION_SPACE + pad
    return figure(value, digits) + pad


def bounds(low: float | None, high: float | None, least: int = 0) -> str:
    """`0.67–0.71`, or nothing where there is no interval."""
    ends = interval(low, high)
    return span(*ends, places(*ends, least)) if ends else ""


def half_width(low: float | None, high: float | None, least: int = 0) -> str:
    """`± 0.02`, or nothing where there is no interval."""
    ends = interval(low, high)
    return f"± {figure((ends[1] - ends[0]) / 2, places(*ends, least))}" if ends else ""


def behind(line: Mapping[str, Any]) -> tuple[str, str]:
    """How far a row is behind the lead, and the interval: two digits of its half-width.

    The lead itself is called so.
    """
    value = line.get("behind")
    if value is None:
        return "–", ""
    if not line.get("behind_in"):
        return "lead", ""
    ends, digits = cells.interval("behind", line), cells.places(BEHIND_COLUMN, line)
    return signed(value, digits), span(*ends, digits) if ends else ""


def cost(value: float | None, unit: str) -> tuple[str, str]:
    """A cost's figure and unit; see `reports.digits.with_unit`."""
    return ("–", "") if value is None else with_unit(float(value), unit)


def words(status: str) -> str:
    """`out_of_memory` as `out of memory`."""
    return status.replace("_", " ")


def heading(name: str) -> str:
    """A key as a heading: `cpu_seconds` as `CPU seconds`."""
    text = words(name).capitalize()
    return "CPU" + text[3:] if text.startswith("Cpu") else text


def coded(text: str) -> Markup:
    """Text as HTML, with what stands between backticks as code."""
    parts = (
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)


def pretty(value: Any) -> str:
    """A JSON value on one line, strings and flat objects bare."""
    if isinstance(value, dict) and not any(isinstance(v, (dict, list)) for v in value.values()):
        return ", ".join(f"{k} {pretty(v)}" for k, v in sorted(value.items()))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


FILTERS: dict[str, Callable[..., Any]] = {
    "behind": behind,
    "slug": slug,
    "places": places,
    "bounds": bounds,
    "heading": heading,
    "number": number,
    "half_width": half_width,
    "cost": cost,
    "words": words,
    "coded": coded,
    "pretty": pretty,
    "finite": lambda value: value is not None and isfinite(value),
}
