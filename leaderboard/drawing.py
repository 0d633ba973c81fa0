"""Geometry of the small plots and of quality against cost, as numbers for SVG attributes.

Plots are drawn here and in the templates instead of by vl-convert: its SVG fixes colours and font
sizes in attributes (one theme only) and places labels by the build machine's fonts, so the same
records would give other bytes elsewhere; the page's own classes give both themes under a
content-security policy without inline styles. Not here: HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor, isfinite, log10

LOWEST, HIGHEST = -0.5, 2.0
"""Where an axis ends at the latest; what lies beyond stands at its edge."""


BEYOND = 0.25
"""How far intervals may widen an axis beyond the means."""


@dataclass(frozen=True)
class Axis:
    """A horizontal axis of scores; positions are percentages of its width."""

    low: float
    high: float

    def at(self, value: float) -> str:
        """Where a value stands, e.g. `51.7%`."""
        return f"{self._share(value):.1f}%"

    def length(self, start: float, end: float) -> str:
        """How long the way between two values is."""
        return f"{abs(self._share(end) - self._share(start)):.1f}%"

    def left(self, start: float, end: float) -> str:
        """Where the left one of two values stands."""
        return self.at(min(start, end))

    def beyond(self, value: float) -> bool:
        """Whether a value lies outside, so that its mark stands at the edge."""
        return not self.low <= value <= self.high

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """Grid lines, and whether each is a main one (floor, ceiling)."""
        return [(self.at(v), v in (0, 1)) for v in (0, 0.25, 0.5, 0.75, 1)]

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Positions and labels under the heading."""
        return [(self.at(v), label) for v, label in ((0, "0"), (0.5, "0.5"), (1, "1"))]

    def _share(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return 100 * (inside - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class BehindAxis(Axis):
    """An axis of differences to the lead, which stands at 0, to the right."""

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """Grid lines a step apart; the lead's is the main one."""
        return [(self.at(v), v == 0) for v in self._steps]

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """The lead, and every step behind it that has room for its label."""
        steps = self._steps[:: 2 if len(self._steps) > 4 else 1]
        return [(self.at(v), tick(v, -self._steps[1]) if v else "0") for v in steps]

    @property
    def _steps(self) -> list[float]:
        step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if -self.low / s <= 5)
        count = max(1, int(-self.low / step))
        return [0.0, *(-step * (i + 1) for i in range(count))]


def behind_axis(means: Iterable[float | None], ends: Iterable[float | None]) -> BehindAxis:
    """An axis that holds the lead and every row's difference to it, to `LOWEST` at the most.

    Intervals widen it by `BEYOND` at the most. What lies outside is cut off at the edge.
    """
    low, high = limits([0.0, *means], ends, BEYOND)
    low = min(low, -0.04)
    return BehindAxis(low * 1.06, max(0.0, high) - low * 0.05)


def axis_for(
    means: Iterable[float | None], ends: Iterable[float | None] = (), width: float = BEYOND
) -> Axis:
    """An axis that holds 0, 1 and the means; intervals widen it by `width` at the most.

    What lies outside, or beyond `LOWEST` and `HIGHEST`, is cut off at the edge.
    """
    low, high = limits(means, ends, width)
    return Axis(min(0.0, low) - 0.06, max(1.0, high) + 0.05)


def limits(
    means: Iterable[float | None], ends: Iterable[float | None], width: float
) -> tuple[float, float]:
    """The lowest and the highest value to draw; 0 and 1 where nothing is known."""
    middle = [v for v in means if v is not None and isfinite(v)] or [0.0, 1.0]
    known = [*middle, *(v for v in ends if v is not None and isfinite(v))]
    low = max(LOWEST, min(known), min(middle) - width)
    high = min(HIGHEST, max(known), max(middle) + width)
    return min(low, high), max(low, high)


def heat(value: float) -> str:
    """The heat map's class: q0 to q9 from floor to ceiling, m1 and m2 below the floor."""
    if value < -0.25:
        return "m2"
    return "m1" if value < 0 else f"q{min(9, int(value * 10))}"


@dataclass(frozen=True)
class CostPoint:
    """A row in the plot of quality against cost; a method's rows are joined by a line.

    `folded` is a method's other row, which the ranking folds away.
    """

    name: str
    method: str
    label: str
    cost: float
    score: float
    low: float
    high: float
    front: bool
    hollow: bool
    folded: bool = False

    @property
    def lesser(self) -> bool:
        """Whether it is drawn smaller and has no name: folded away, and not on the front."""
        return self.folded and not self.front


@dataclass(frozen=True)
class Label:
    """Where a point's label stands: its anchor point, its alignment, and its leader line."""

    x: float
    y: float
    anchor: str
    leader: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Mark:
    """A point with its place in the plot; the label is missing where there is no room for it."""

    point: CostPoint
    x: float
    y: float
    y_low: float
    y_high: float
    label: Label | None


@dataclass(frozen=True)
class Plot:
    """Quality against cost, ready for the template; lengths in the SVG's own units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    levels: list[tuple[float, float, str]]
    marks: list[Mark]
    front: str
    joints: list[tuple[float, float, float, float]]

    @property
    def unnamed(self) -> bool:
        """Whether a point that the ranking shows found no room for its name."""
        return any(mark.label is None and not mark.point.folded for mark in self.marks)

    @property
    def large(self) -> bool:
        """Whether it needs more room than the usual plot for wide screens."""
        return self.width > 720


CROWD = 20
"""From more names than these only the front's may stand far from their points."""

LETTER = 7.2
"""Width of an average letter of a bold 12 px label, generously."""


def cost_plot(
    points: Sequence[CostPoint],
    width: int,
    height: int,
    levels: Sequence[tuple[str, float]] = (),
) -> Plot | None:
    """Lay the plot out: log cost to the right, score upwards; None without points.

    Args:
        points: those whose cost is known are drawn; what costs nothing stands at the left end,
            where the scale has a 0.
        levels: title and score of what is drawn as a line across.
    """
    points = [p for p in points if isfinite(p.cost)]
    paid = [log10(p.cost) for p in points if p.cost > 0]
    if not paid:
        return None
    left, right, top, bottom = 44, width - 14, 14, height - 46
    free = len(paid) < len(points)
    first, last = floor(min(paid) - 0.1) - free, ceil(max(paid) + 0.1)
    powers = [log10(p.cost) if p.cost > 0 else first for p in points]
    ends = [end for p in points for end in (p.low, p.high)]
    scores = [*(p.score for p in points), *(score for _, score in levels)]
    lowest, highest = limits(scores, ends, BEYOND)
    step = next(s for s in (0.05, 0.1, 0.2, 0.5, 1.0) if (highest - lowest) / s <= 6)
    lowest, highest = floor(lowest / step) * step, ceil(highest / step) * step
    highest = highest if highest > lowest else lowest + step

    def across(power: float) -> float:
        return round(left + (right - left) * (power - first) / (last - first), 1)

    def up(score: float) -> float:
        inside = min(max(score, lowest), highest)
        return round(bottom - (bottom - top) * (inside - lowest) / (highest - lowest), 1)

    every = max(1, ceil((last - first) * 52 / (right - left)))
    placed = [(across(w), up(p.score), p) for w, p in zip(powers, points, strict=True)]
    points_taken = [(x - 5, y - 5, x + 5, y + 5) for x, y, _ in placed]
    lines = _level_labels([(up(s), title) for title, s in levels], points_taken, left, right)
    lines_taken = [_level_box(*line) for line in lines]
    labels = _labels(placed, (left, right, top, bottom), [*points_taken, *lines_taken])
    marks = [
        Mark(p, x, y, up(_or(p.low, p.score)), up(_or(p.high, p.score)), labels[p.name])
        for x, y, p in placed
    ]
    count = round((highest - lowest) / step)
    return Plot(
        width=width,
        height=height,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x_ticks=[
            *([(across(first), "0")] if free else []),
            *((across(w), _power(w)) for w in range(first + free, last + 1, every)),
        ],
        y_ticks=[(up(v), tick(v, step)) for v in (lowest + i * step for i in range(count + 1))],
        levels=lines,
        marks=marks,
        front=_steps(sorted((x, y) for x, y, p in placed if p.front), right),
        joints=[
            (*first[:2], *second[:2])
            for first, second in combinations(placed, 2)
            if first[2].method == second[2].method
        ],
    )


def _or(value: float, instead: float) -> float:
    return value if isfinite(value) else instead


def tick(value: float, step: float) -> str:
    """A tick's label, with the decimals that its distance to the next one asks for."""
    text = f"{value:.{2 if step < 0.1 else 1 if step < 1 else 0}f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _power(exponent: int) -> str:
    if -4 < exponent < 0:
        return f"{10.0**exponent:g}"
    prefix = {0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P"}.get(exponent // 3, f"e{exponent}")
    return f"{10 ** (exponent % 3)} {prefix}".strip()


def _steps(corners: Sequence[tuple[float, float]], right: float) -> str:
    """The front as a path of steps: the best score that each cost buys.

    Of costs that are drawn at one place the best stands; no step leads down.
    """
    if not corners:
        return ""
    path, reached = f"M{corners[0][0]} {corners[0][1]}", corners[0][1]
    for x, y in corners[1:]:
        if y < reached:
            path, reached = path + f"H{x}V{y}", y
    return path + f"H{right}"


Box = tuple[float, float, float, float]


def _level_labels(
    levels: Sequence[tuple[float, str]], taken: Sequence[Box], left: float, right: float
) -> list[tuple[float, float, str]]:
    """Where the title of each line across begins: as far to the left as no point is under it."""
    found = []
    for y, title in levels:
        places = range(round(left) + 8, round(right - LETTER * len(title)), 24)
        free = (
            x
            for x in places
            if not any(_overlap(_level_box(x, y, title), other) for other in taken)
        )
        found.append((float(next(free, places.start)), y, title))
    return found


def _level_box(x: float, y: float, title: str) -> Box:
    """What the title of a line across covers, above the line."""
    return (x, y - 15, x + LETTER * len(title), y - 1)


def _labels(
    placed: Sequence[tuple[float, float, CostPoint]],
    frame: tuple[float, float, float, float],
    occupied: Sequence[Box],
) -> dict[str, Label | None]:
    """Greedy placement: front first, near places first, a leader line for the far ones.

    Among many points only those on the front are worth a line through the others.

    Args:
        occupied: by points and by the titles of lines.
    """
    _left, right, _top, bottom = frame
    taken = list(occupied)
    labels: dict[str, Label | None] = {point.name: None for _x, _y, point in placed}
    named = [one for one in placed if not one[2].lesser]
    for x, y, point in sorted(named, key=lambda m: (not m[2].front, -m[2].score, m[2].name)):
        width = LETTER * len(point.label)
        for dx, dy, anchor in _PLACES if point.front or len(named) <= CROWD else _NEAR:
            start = x + dx - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (start, y + dy - 11, start + width, y + dy + 3)
            inside = box[0] >= 2 and box[2] <= right + 12 and box[1] >= 0 and box[3] <= bottom
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                far = abs(dx) + abs(dy) > 22
                end_x = x + dx + {"start": -2, "middle": 0, "end": 2}[anchor]
                end_y = y + dy + (3 if dy < 0 else -10) if anchor == "middle" else y + dy - 4
                leader = (x, y, round(end_x, 1), round(end_y, 1)) if far else None
                labels[point.name] = Label(round(x + dx, 1), round(y + dy, 1), anchor, leader)
                break
    return labels


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


_NEAR = ((9, 4, "start"), (-9, 4, "end"), (-4, -8, "end"), (4, -8, "start"), (-4, 16, "end"),
         (4, 16, "start"), (0, -10, "middle"), (0, 19, "middle"))  # fmt: skip
_FAR = tuple(
    (side * dx, dy, "start" if side > 0 else "end")
    for dx in (18, 34, 54)
    for dy in (-18, 26, -34, 42, -50, 58, -66, 74)
    for side in (-1, 1)
)
_PLACES: tuple[tuple[float, float, str], ...] = (*_NEAR, *_FAR)
