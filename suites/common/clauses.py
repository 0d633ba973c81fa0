"""A suite's contract as clauses that a method is held against, one by one.

Here: a method under check, the order in which clauses are tried, and the clauses' common words. A
clause yields one sentence a breach, which starts with file and line. Not here: the clauses (each
suite's `checks`), what can be told from the declaration alone (bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bench.catalogue.registry import Method


@dataclass(frozen=True)
class Checked:
    """A method under check: its function and its declaration."""

    call: Callable[..., Any]
    method: Method

    def at(self, line: int = 0) -> str:
        """The start of a sentence: file and line, by default the function's."""
        return f"{self.method.path}:{line or self.method.line}"


C = TypeVar("C", bound=Checked)
Clause = Callable[[C], Iterator[str]]


@dataclass(frozen=True)
class Contract(Generic[C]):
    """Clauses, each a function from a method under check to its breaches.

    Attributes:
        ground: what the other clauses take for granted: a breach of one of these ends the check.
        others: tried in order, all of them.
    """

    ground: Sequence[Clause[C]]
    others: Sequence[Clause[C]]

    @property
    def clauses(self) -> list[Clause[C]]:
        """All of them, in order."""
        return [*self.ground, *self.others]

    def breaches(self, checked: C) -> list[str]:
        """Every breach that the method commits."""
        for clause in self.ground:
            if found := list(clause(checked)):
                return found
        return [breach for clause in self.others for breach in clause(checked)]


def never_asked_for(checked: Checked, need: str) -> str:
    """A need is declared, and the method does without."""
    return f"{checked.at()}: needs holds {need!r}, but it is never asked for. Take it out."


def changes_nothing(checked: Checked, name: str, default: Any, tried: Sequence[Any]) -> str:
    """A hyperparameter has no effect."""
    others = ", ".join(map(repr, tried))
    return (
        f"{checked.at()}: the hyperparameter {name!r} changes nothing ({others} tried beside "
        f"{default!r}). Use it, or take it out of params."
    )


def other_values(default: Any) -> list[Any]:
    """Other values near a default, for a hyperparameter that tuning doesn't change."""
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default // 2 or default + 1]
    return [default / 2] if isinstance(default, float) else []
