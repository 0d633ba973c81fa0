"""Hyperparameters as they are given on a command line: `name=value,value`.

Here: reading one, typed as its method's default is. Not here: what is done with it (the commands).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.catalogue.suggestions import did_you_mean

TRUTH = {"true": True, "false": False}


def values_of(given: str, method: str, params: Mapping[str, Any] | None) -> tuple[str, list[Any]]:
    """A hyperparameter's name and values.

    Args:
        given: as it was given, e.g. `scale=.3,.5`.
        method: its name, for messages.
        params: its hyperparameters and their defaults.
    Raises:
        ValueError: it has no such hyperparameter, or these are no values of it.
    """
    name, _, values = given.partition("=")
    known = dict(params or {})
    if name not in known:
        there = ", ".join(f"{n}={v}" for n, v in known.items()) or "none"
        hint = did_you_mean(name, known)
        raise ValueError(f"{given}: {method} has no {name!r}. It has: {there}.{hint}")
    kind = type(known[name])
    read = TRUTH.__getitem__ if kind is bool else kind
    try:
        return name, [read(value) for value in values.split(",")]
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{given}: {name} takes a value like {known[name]}, of type {kind.__name__}."
        ) from None
