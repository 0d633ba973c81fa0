"""How values are written on pages: jinja filters, and a run's costs and details as rows.

Not here: digits themselves (reports.digits).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from bench.metering.budget import FLOPS, Counter
from bench.records.record import Record
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


def spending(record: Record, counters: Sequence[Counter]) -> list[dict[str, Any]]:
    """What a run spent beside what it was allowed, in the order of the page's table.

    Args:
        counters: the suite's, which come first.
    Returns:
        Rows with `title`, `used` and `allowed` (text; empty where unknown), `share` of the limit
        (None without a limit) and `sub` for a part of the row above.
    """
    rows: list[dict[str, Any]] = []
    budget = record.budget
    for title, key, limit, unit in (
        *((c.title, c.name, c.name, c.unit) for c in counters),
        ("Wall time", "seconds", "seconds", "s"),
        ("Peak memory", "peak_memory", "memory", "B"),
    ):
        used, allowed = record.cost.get(key), budget.get(limit)
        rows.append(_spent(title, used, allowed, unit))
        if key == FLOPS.name:
            phases = sorted(record.cost.get("flops_by", {}).items())
            rows += [
                _spent(heading(n), v, allowed, unit) | {"sub": True}
                for n, v in (phases if len(phases) > 1 else [])
            ]
    known = {*(c.name for c in counters), "flops_by", "seconds", "peak_memory"}
    units = {"cpu_seconds": "s"}
    for key in sorted(set(record.cost) - known):
        value = record.cost[key]
        if isinstance(value, bool):
            row = _spent(heading(key), None, None, "")
            rows.append(row | {"used": "yes ‡" if value else "no", "bad": value})
        elif isinstance(value, (int, float)):
            rows.append(_spent(heading(key), value, None, units.get(key, "")))
    return rows


def scoring(record: Record) -> list[tuple[str, str]]:
    """What scoring a run took, as title and text; nothing where the record doesn't tell."""
    uncharged = record.cost.get("uncharged", {}).items()
    apart = [(heading(name), _amount(flops, "FLOP")) for name, flops in sorted(uncharged)]
    took = record.cost.get("scoring")
    if not isinstance(took, dict):
        return apart
    rows = (
        ("FLOPs", "flops", "FLOP"),
        ("Wall time", "seconds", "s"),
        ("CPU time", "cpu_seconds", "s"),
        ("Peak memory", "peak_memory", "B"),
    )
    return apart + [(title, _amount(took[key], unit)) for title, key, unit in rows if key in took]


def _spent(title: str, used: Any, allowed: Any, unit: str) -> dict[str, Any]:
    share = None
    if used is not None and allowed is not None:
        share = used / allowed if allowed else (2.0 if used else 0.0)
    return {"title": title, "used": _amount(used, unit), "allowed": _amount(allowed, unit),
            "share": share, "sub": False, "bad": False}  # fmt: skip


def _amount(value: Any, unit: str) -> str:
    if value is None:
        return ""
    if unit == "":
        return f"{value:,.0f}"
    return " ".join(with_unit(float(value), unit))


@dataclass(frozen=True)
class Details:
    """What the suite added to a record: short values, tables, and the rest as indented JSON."""

    short: list[tuple[str, str]]
    tables: list[tuple[str, list[str], list[list[str]]]]
    long: list[tuple[str, str]]


def details(record: Record) -> Details:
    """Sort a record's details by how they can be shown.

    A list of objects that share their keys becomes a table: title, columns, rows of text.
    """
    sorted_out = Details([], [], [])
    for key, value in sorted(record.details.items()):
        columns = _columns(value)
        if columns:
            rows = [[pretty(item[c]) for c in columns] for item in value]
            sorted_out.tables.append((heading(key), columns, rows))
        elif len(pretty(value)) <= 80:
            sorted_out.short.append((heading(key), pretty(value)))
        else:
            text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
            sorted_out.long.append((heading(key), text))
    return sorted_out


def _columns(value: Any) -> list[str]:
    """The keys that all objects of a list share; none where it isn't such a list."""
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        return []
    keys = sorted(value[0])
    return keys if all(sorted(v) == keys for v in value) else []


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
