"""What a method needs of checkpoints at a time, found by trying it on small experts.

Here: the trial, and how a method that draws at random is tried. Not here: merging checkpoints
(suites.merging.apply.merging).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator
from torch.overrides import TorchFunctionMode

from suites.merging.apply.given import Call, CheckpointProblem, states_of
from suites.merging.problem import Merged

ROWS, TENSORS, WHOLE = "some rows", "one tensor", "all"
"""What a method needs of each checkpoint at a time."""

SHAPES = {
    "table": (6, 5),
    "blocks.0.bias": (7,),
    "blocks.0.kernel": (4, 3, 2),
    "blocks.1.weight": (5, 6),
    "blocks.2.weight": (3, 4),
}
"""Of the small experts: names as networks have them, as a method may look at a block's number."""

EVEN = (0.02, 0.35, 0.65, 0.98)
"""What is drawn where a method that draws is tried: small, middling and large numbers."""


UNKNOWN = float("nan")
"""How many draws there were that aren't understood: equal to no number."""


@dataclass(frozen=True)
class Trial:
    """What a method did with small experts.

    Attributes:
        portion: how much of each checkpoint it needs at a time: ROWS, TENSORS or WHOLE.
        names: whether it needs the names of all tensors besides.
        draws: whether it draws at random.
        state_each: whether it gives a state for each expert, or one for all.
    """

    portion: str
    names: bool
    draws: bool
    state_each: bool


Portion = tuple[str, slice | None]
"""A tensor's name, and which of its rows; None for all."""


def try_out(method: Call, needs: Sequence[str]) -> Trial:
    """What a method needs and gives, before a checkpoint is read.

    Three small experts are merged whole, and portion by portion; where all agree to the last digit,
    portions are enough; where the method fails on some, they aren't. A method that draws is tried
    with one number for every draw, several times: portions are enough where they agree then, and
    take as many draws as the whole, so that each belongs to one portion.

    Raises:
        CheckpointError: it gives a function, which no file holds.
    """
    first = _Tried(method, needs, EVEN[0])
    tried = [first, *(_Tried(method, needs, drawn) for drawn in EVEN[1:] if first.draws)]

    def enough(portions: Iterable[Portion], names: bool = False) -> bool:
        return all(one.agrees(list(portions), names) for one in tried)

    tensors: list[Portion] = [(name, None) for name in SHAPES]
    halves: list[Portion] = [
        (name, half)
        for name, shape in SHAPES.items()
        if len(shape) > 1
        for half in (slice(0, 2), slice(2, None))
    ] + [(name, None) for name, shape in SHAPES.items() if len(shape) == 1]
    portion, names = WHOLE, False
    if enough(tensors):
        portion = ROWS if enough(halves) else TENSORS
    elif enough(tensors, names=True):
        portion, names = TENSORS, True
    return Trial(portion, names, bool(first.draws), first.state_each)


def only(names: Iterable[str], name: str, rows: slice | None) -> dict[str, slice | None]:
    """All names: of one its rows, of every other none, as a method that needs names is given."""
    return {other: rows if other == name else slice(0, 0) for other in names}


class _Tried:
    """Small experts merged whole, and in portions, with one number for every draw."""

    def __init__(self, method: Call, needs: Sequence[str], drawn: float) -> None:
        self._method, self._needs, self._drawn = method, needs, drawn
        generator = Generator().manual_seed(1)
        self._states = [
            {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
            for _state in range(4)
        ]
        self._inputs = torch.randn(3, 9, SHAPES["table"][1], generator=generator)
        merged, self.draws = self._merge(dict.fromkeys(SHAPES))
        self.state_each = not isinstance(merged, dict)
        self._whole = states_of(merged)

    def agrees(self, portions: Sequence[Portion], names: bool) -> bool:
        """Whether portions give what the whole gave, with as many draws."""
        draws = 0.0
        for name, rows in portions:
            try:
                merged, more = self._merge(only(SHAPES, name, rows) if names else {name: rows})
            except Exception:  # nothing says that it takes some tensors, or any without numbers
                return False
            draws += more
            for state, alone in zip(self._whole, states_of(merged), strict=True):
                if not torch.equal(state[name][rows or slice(None)], alone[name]):
                    return False
        return draws == self.draws

    def _merge(self, portion: Mapping[str, slice | None]) -> tuple[Merged, float]:
        """What the method gives of some rows of some tensors, and how many numbers it drew."""
        start, *experts = (
            {name: state[name][rows or slice(None)].clone() for name, rows in portion.items()}
            for state in self._states
        )
        generator = Generator().manual_seed(2)
        problem = CheckpointProblem(
            experts,
            pretrained=start,
            needs=self._needs,
            seen=[{"table": rows_seen} for rows_seen in self._inputs],
            generator=generator,
        )
        before = generator.get_state()
        with _Drawing(self._drawn) as drawing:
            merged = self._method(problem)
        unseen = not drawing.count and not torch.equal(before, generator.get_state())
        return merged, UNKNOWN if unseen else drawing.count


class _Drawing(TorchFunctionMode):
    """`torch.rand` gives one number, and is counted; of any other draw it isn't known what it
    belongs to.
    """

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn, self.count = drawn, 0.0

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        if func is torch.rand:
            self.count += result.numel()
            return result.fill_(self._drawn)
        if (kwargs or {}).get("generator") is not None:
            self.count = UNKNOWN
        return result
