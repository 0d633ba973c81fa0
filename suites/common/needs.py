"""Holds a method to the needs that it declared.

Here: the one sentence that every suite says to a method that asks for more. Not here: what a suite
offers (its definition), the check of declarations (bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Collection

from bench.contract.job import ContractError


def require(need: str, declared: Collection[str] | None, what: str) -> None:
    """Let pass a method that declared the need.

    Args:
        need: what it takes to ask for it.
        declared: the method's needs; None where everything may be asked for.
        what: what the method asked for, as its author knows it.
    Raises:
        ContractError: it didn't.
    """
    if declared is not None and need not in declared:
        raise ContractError(
            f"the method asked for {what}, which takes the need {need!r}, but declares "
            f"needs={sorted(declared)}. Add {need!r} to needs in its @method line."
        )
