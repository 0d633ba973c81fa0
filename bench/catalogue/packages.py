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
class Point:
    """An entry point, and the package that declares it."""

    package: str
    group: str
    name: str
    value: str

    @property
    def module(self) -> str:
        """The dotted name before the colon."""
        return self.value.partition(":")[0].strip()

    @property
    def attribute(self) -> str:
        """What stands after the colon, or ""."""
        return self.value.partition(":")[2].strip()


@dataclass(frozen=True)
class LeftOut:
    """What a package declares and can't be used.

    Attributes:
        kind: `method` or `suite`; "" where not even that can be read.
        name: of the method or suite.
        sentence: which package, why, and how to mend it.
    """

    kind: str
    name: str
    sentence: str


def read_points(
    group: str, read: Callable[[Point], Thing], left_out: list[LeftOut]
) -> Iterator[Thing]:
    """What each entry point of a group gives.

    Args:
        read: makes something of one of them.
        left_out: gets those that fail, whatever they fail with: it is another's code.
    """
    for point in _points(group, left_out):
        try:
            thing = read(point)
        except (Exception, SystemExit) as error:
            kind = "suite" if group == SUITES else "method"
            name = point.name if kind == "suite" else point.name.partition(".")[2]
            why = " ".join(str(error).split()) or type(error).__name__
            left_out.append(
                LeftOut(
                    kind,
                    name,
                    f"the {kind} {name!r} of package {point.package!r} is left out: {why} It is "
                    f"entry point {point.name!r} = {point.value!r} of group {group}: mend the "
                    f"package, or remove it (pip uninstall {point.package}).",
                )
            )
            continue
        yield thing


def _points(group: str, left_out: list[LeftOut]) -> Iterator[Point]:
    """The group's entry points; of a package that is installed twice those of the first."""
    seen = set()
    for package in metadata.distributions():
        name = str(package.metadata["Name"])
        if name in seen:
            continue
        seen.add(name)
        try:
            points = [p for p in package.entry_points if p.group == group]
        except Exception as error:  # whatever may stand in another's file
            sentence = (
                f"the entry points of package {name!r} can't be read ({error!r}): install it "
                f"again, or remove it (pip uninstall {name})."
            )
            if all(other.sentence != sentence for other in left_out):
                left_out.append(LeftOut("", "", sentence))
            continue
        for point in points:
            yield Point(name, group, point.name, point.value)
