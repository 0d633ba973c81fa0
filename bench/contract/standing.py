"""The decorator of a reference that stands on some of its suite's tasks.

Here: `reference` with the tasks that it names. It stands apart from bench.contract.decorators,
whose `reference` it is otherwise, because every published record's code holds that file: the two
become one when records are next carried over a change of the engine. Not here: who reads it
(bench.catalogue.declaration, by name, from the text).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.contract.decorators import Function
from bench.contract.decorators import reference as everywhere


def reference(
    *,
    name: str,
    title: str,
    role: str,
    meaning: str,
    track: str = "",
    tasks: Sequence[str] = (),
) -> Callable[[Function], Function]:
    """Register the decorated function as a reference row.

    Args:
        name, title, role, meaning, track: as of `bench.reference`.
        tasks: the names of the tasks that it stands on, or patterns of them (`coreset-*`, as of
            fnmatch); by default all that its track enters.
    """
    return everywhere(name=name, title=title, role=role, meaning=meaning, track=track)
