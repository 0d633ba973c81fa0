"""What the user asks for, and whether the names in it are there and fit each other.

Here: a selection of suites, tasks, methods, variants and seeds, and one sentence for a name that
isn't there, or for two names that have no run in common. Not here: what a selection comes to
(bench.planning.plan).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from bench.catalogue.registry import Catalogue
from bench.catalogue.suggestions import did_you_mean

VARIANTS = ("default", "tuned")


class SelectionError(Exception):
    """The selection names something that isn't there; the message lists what is."""


class LeftOutError(SelectionError):
    """The selection names a task whose data aren't here; the message says how to get them."""


@dataclass(frozen=True)
class Selection:
    """What the user asks for; empty means all.

    Attributes:
        tier: which tier.
        suites, tasks, methods, variants: names.
        seeds: which seeds; empty for all of the tier's.
        seed_count: the first so many seeds, or None for all of the tier's.
        cells: just these (suite, task, method, variant, seed); empty for all.
    """

    tier: str = "small"
    suites: Sequence[str] = ()
    tasks: Sequence[str] = ()
    methods: Sequence[str] = ()
    variants: Sequence[str] = ()
    seeds: Sequence[int] = ()
    seed_count: int | None = None
    cells: frozenset[tuple[str, str, str, str, int]] = frozenset()


def check_names(catalogue: Catalogue, selection: Selection) -> None:
    """Hold a selection against what there is.

    Raises:
        SelectionError: a name isn't there, or no suite holds it together with the others.
    """
    suites = {name: [name] for name in catalogue.suites}
    tasks = _suites_of((s.name, [t.name for t in s.tasks]) for s in catalogue.suites.values())
    methods = _suites_of(catalogue.methods.items())
    asked = (
        ("suite", selection.suites, suites),
        ("task", selection.tasks, tasks),
        ("method", selection.methods, methods),
    )
    for kind, names, known in (*asked, ("variant", selection.variants, VARIANTS)):
        for name in names:
            if name not in known:
                raise SelectionError(
                    catalogue.why_left_out(kind, name)
                    or f"--{kind} {name}: there is no such {kind}.{did_you_mean(name, known)} "
                    f"There are: {', '.join(sorted(known))}."
                )
    for kind, names, holders in asked[1:]:
        for other, other_names, other_holders in asked:
            if other != kind and other_names:
                chosen = {suite for name in other_names for suite in other_holders[name]}
                for name in names:
                    _check_pair(kind, name, holders[name], other, other_names, chosen)
    _check_tracks(catalogue, selection)
    _check_tiers(catalogue, selection)
    _check_variants(catalogue, selection)


def _suites_of(names: Iterable[tuple[str, Collection[str]]]) -> Mapping[str, list[str]]:
    """Name -> the suites that have something of that name."""
    holders: dict[str, list[str]] = {}
    for suite, inside in names:
        for name in inside:
            holders.setdefault(name, []).append(suite)
    return holders


def _check_pair(
    kind: str,
    name: str,
    holders: Sequence[str],
    other: str,
    other_names: Sequence[str],
    chosen: Set[str],
) -> None:
    """Refuse a task or method that is of none of the suites that the rest is of."""
    if not chosen.isdisjoint(holders):
        return
    asked = " ".join(f"--{other} {other_name}" for other_name in other_names)
    rest = asked if other == "suite" else f"{asked}, which is of suite {_listed(chosen)}"
    raise SelectionError(
        f"--{kind} {name}: there is a {kind} {name!r}, but of suite {_listed(holders)}, so it has "
        f"no run with {rest}. Drop one of the two."
    )


def _check_tracks(catalogue: Catalogue, selection: Selection) -> None:
    """Refuse a method or reference that enters none of the tasks that are asked for."""
    tasks = [
        (suite.name, task)
        for suite in catalogue.suites.values()
        for task in suite.tasks
        if task.name in selection.tasks
    ]
    for name in selection.methods if tasks else ():
        pairs = [
            (task, catalogue.methods[suite][name])
            for suite, task in tasks
            if name in catalogue.methods[suite]
        ]
        if not any(method.enters(task) for task, method in pairs):
            task, method = pairs[0]
            if task.admits(method.track):
                raise SelectionError(
                    f"--method {name}: this reference stands on {', '.join(method.tasks)} only, "
                    f"not on task {task.name!r}. Drop one of the two."
                )
            raise SelectionError(
                f"--method {name}: its track {method.track!r} doesn't enter task {task.name!r}, "
                f"which has {', '.join(task.tracks)}. Drop one of the two."
            )


def _check_tiers(catalogue: Catalogue, selection: Selection) -> None:
    """Refuse methods that aren't run in the tier that is asked for, if all of them aren't."""
    named = [
        method
        for methods in catalogue.methods.values()
        for method in methods.values()
        if method.name in selection.methods
    ]
    if named and not any(method.runs_at(selection.tier) for method in named):
        raise SelectionError(
            f"--method {named[0].name}: it is run at tier {', '.join(named[0].tiers)} only, as its "
            f"file declares. Add --tier {named[0].tiers[0]}, or drop the method."
        )


def _check_variants(catalogue: Catalogue, selection: Selection) -> None:
    """Refuse variants that none of the methods asked for has."""
    if not selection.methods or not selection.variants:
        return
    methods = [
        method
        for suite, named in catalogue.methods.items()
        for method in named.values()
        if method.name in selection.methods and (not selection.suites or suite in selection.suites)
    ]
    if not any(set(method.variants) & set(selection.variants) for method in methods):
        raise SelectionError(
            f"--variant {' '.join(selection.variants)}: {_listed(selection.methods)} declares no "
            "space, so there is nothing to tune. Drop --variant, or the method."
        )


def _listed(names: Iterable[str]) -> str:
    return " or ".join(repr(name) for name in sorted(names))
