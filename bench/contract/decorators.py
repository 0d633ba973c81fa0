"""What a method declares about itself, and the decorator that it does it with.

Here: the decorators `method` and `reference` and the metadata they leave on the function. Their
arguments are literals, so that bench.catalogue reads them with `ast` and torch stays unimported.
Not here: finding, checking and listing methods (bench.catalogue.registry).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def method(
    *,
    name: str,
    title: str,
    paper: tuple[str, int, str],
    needs: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    space: Mapping[str, Sequence[Any]] | None = None,
    track: str = "",
    traits: Sequence[str] = (),
    tiers: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Register the decorated function as a method of the suite whose folder holds its file.

    Args:
        name: how the command line and the tables call it; the file's name.
        title: how the site calls it. A simplification of the published algorithm is named here.
        paper: title, year, link.
        needs: what it is given beyond the minimum, from the suite's list.
        params: its hyperparameters and their defaults, passed as keywords.
        space: for each hyperparameter that tuning may change, the values to try.
        track: the ranking it enters, from the suite's list; by default the suite's first.
        traits: the exceptions it declares, from the suite's list.
        tiers: where it is run, if not in every tier: a method that takes much longer than its
            rivals, or more than a small budget, says `full`, and why in its documentation.
    """

    def mark(function: Function) -> Function:
        function.__weighhouse__ = name  # type: ignore[attr-defined]
        return function

    return mark


def reference(
    *, name: str, title: str, role: str, meaning: str, track: str = ""
) -> Callable[[Function], Function]:
    """Register the decorated function as a reference row: no competitor, but fixes the scale.

    Args:
        name, title: as for a method.
        role: `floor`, `ceiling`, or `scale` for a row that only helps reading.
        meaning: one phrase for the table.
        track: where it stands; by default in every track.
    """

    def mark(function: Function) -> Function:
        function.__weighhouse__ = name  # type: ignore[attr-defined]
        return function

    return mark
