"""The space nbgraph: NAS-Bench-Graph's networks, of which a table is all that there is here.

Not here: the table (suites.supernet.tabular.nbgraph), which knows parameters and latencies.
"""

from __future__ import annotations

from typing import NoReturn

from suites.supernet.spaces.space import Rows, Space

LINKS = (
    *("0000", "0001", "0011", "0012", "0013"),
    *("0111", "0112", "0122", "0123"),
)
"""Of each of four nodes what it takes: 0 for the input, else the node of that number, from 1."""

OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
"""Of a node, as the authors call them."""


def count_parameters(_rows: Rows) -> NoReturn:
    """Raises LookupError: they stand in the table."""
    raise LookupError("nbgraph's parameters aren't counted here; its table has them")


NBGRAPH = Space(
    name="nbgraph",
    choices=(LINKS, *(OPERATIONS,) * 4),
    place_titles=("links", *(f"node {number}" for number in range(1, 5))),
    count_parameters=count_parameters,
    features={},
    draws={},
)
