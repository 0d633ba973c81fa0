"""Entry points of installed packages: methods and suites that others ship.

Here: reading them one by one, so that a package that is broken costs nothing but its own.
Not here: what an entry point names (bench.catalogue.registry, bench.catalogue.suites).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TypeVar

METHODS, SUITES = "weighhouse.methods", "weighhouse.suites"
"""The groups: `<suite>.<method> = package.module` and `<suite> = package.module:SUITE`."""

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class LeftOut:
    """What a package declares and can't be used.

    Attributes:
        kind: `method` or `suite`.
        name: of the method or suite.
        sentence: which package, why, and how to mend it.
    """

    kind: str
    name: str
    sentence: str


def read_points(
    group: str, read: Callable[[metadata.EntryPoint], Thing], left_out: list[LeftOut]
) -> Iterator[Thing]:
    """What each entry point of a group gives.

    Args:
        read: makes something of one of them.
        left_out: gets those that fail, whatever they fail with: it is another's code.
    """
    kind = "suite" if group == SUITES else "method"
    for point in metadata.entry_points(group=group):
        try:
            thing = read(point)
        except (Exception, SystemExit) as error:
            package = point.dist.name if point.dist else "of no name"
            name = point.name if kind == "suite" else point.name.partition(".")[2]
            why = " ".join(str(error).split()) or type(error).__name__
            left_out.append(
                LeftOut(
                    kind,
                    name,
                    f"the {kind} {name!r} of package {package!r} is left out: {why} It is "
                    f"entry point {point.name!r} = {point.value!r} of group {group}: mend the "
                    f"package, or remove it (pip uninstall {package}).",
                )
            )
            continue
        yield thing


def module_of(point: metadata.EntryPoint) -> str:
    """The dotted name that an entry point gives before the colon, whatever it may be."""
    return point.value.partition(":")[0].strip()
