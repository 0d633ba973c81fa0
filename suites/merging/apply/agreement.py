"""Whether checkpoints can be merged, told before a number is read.

Here: one sentence for each way in which they don't fit: other names, other shapes, other kinds of
numbers, one file twice; and which names are one tensor in all of them. Not here: whether a single
one can be read (suites.merging.apply.checkpoints).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suites.merging.apply.checkpoints import Checkpoint, CheckpointError

SHOWN = 3
"""How many names a sentence lists."""


def check(checkpoints: Sequence[Checkpoint]) -> None:
    """Hold checkpoints against the first of them.

    Raises:
        CheckpointError: they can't be merged; the message says what, where and how to mend it.
    """
    first, *others = checkpoints
    seen: dict[Path, Path] = {}
    for checkpoint in checkpoints:
        place = checkpoint.path.resolve()
        if place in seen:
            raise CheckpointError(
                f"{checkpoint.path} is given twice; it would count twice. Name each one once."
            )
        seen[place] = checkpoint.path
    for other in others:
        _check_names(first, other)
        for name, entry in first.entries.items():
            _check_entry(first, other, name, entry.shape, other.entries[name].shape)
            if entry.dtype.is_floating_point != other.entries[name].dtype.is_floating_point:
                raise CheckpointError(
                    f"{other.path} holds {name!r} as {_type(other, name)}, {first.path} as "
                    f"{_type(first, name)}: one of them is quantised. Give both as floating point."
                )


def mixed_types(checkpoints: Sequence[Checkpoint]) -> list[str]:
    """A sentence for each checkpoint whose numbers are of another precision than the first's."""
    first, *others = checkpoints
    sentences = []
    for other in others:
        unlike = [
            name
            for name, entry in first.entries.items()
            if other.entries[name].dtype != entry.dtype
        ]
        if unlike:
            sentences.append(
                f"{other.path} holds {_some(unlike)} as {_type(other, unlike[0])}, {first.path} as "
                f"{_type(first, unlike[0])}; what is written has the latter's type."
            )
    return sentences


def tied_in_all(checkpoints: Sequence[Checkpoint]) -> dict[str, str]:
    """Names that are one tensor with an earlier name in every checkpoint -> that earlier name."""
    tied = dict(checkpoints[0].tied)
    for other in checkpoints[1:]:
        tied = {second: first for second, first in tied.items() if other.tied.get(second) == first}
    return tied


def _check_names(first: Checkpoint, other: Checkpoint) -> None:
    missing = [name for name in first.entries if name not in other.entries]
    unknown = [name for name in other.entries if name not in first.entries]
    if missing or unknown:
        raise CheckpointError(
            f"{other.path} lacks {_some(missing)} and holds {_some(unknown)} besides, compared "
            f"with {first.path}. All checkpoints have the same names: give those of one network."
        )


def _check_entry(
    first: Checkpoint, other: Checkpoint, name: str, here: tuple[int, ...], there: tuple[int, ...]
) -> None:
    if here != there:
        raise CheckpointError(
            f"{other.path} holds {name!r} in shape {there}, {first.path} in {here}. "
            "Give networks of one shape: an embedding that has grown is cut to what both have."
        )


def _type(checkpoint: Checkpoint, name: str) -> str:
    return str(checkpoint.entries[name].dtype).removeprefix("torch.")


def _some(names: Sequence[str]) -> str:
    """The first few of some names, and how many there are."""
    if not names:
        return "nothing"
    shown = ", ".join(map(repr, names[:SHOWN]))
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
