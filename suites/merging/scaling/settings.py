"""What the task `scaling` declares apart from compose's: K's, orders, metrics, budgets, notes.

Here: plain data, read without torch. Not here: the other
tasks (suites.merging.definition), what becomes of `PREFIXES` (suites.merging.scaling.prefixes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.metric import Metric, Point
from bench.metering.budget import Budget

PREFIXES: Mapping[str, Mapping[str, Any]] = {
    "smoke": {"counts": [2, 4], "orders": 2},
    "small": {"counts": [2, 4, 8], "orders": 1},
}
"""For each tier the K's, and how many orders of the experts each seed draws. With one order a seed
an interval over seeds is one over orders too."""

_AXES = (
    ("held_in", "Held-in", "the K experts' own cells"),
    ("held_out", "Held-out", "the cells that none of all experts has seen, the same at every K"),
)

METRICS = (
    *(
        Metric(
            name=name,
            title=title,
            unit="fraction",
            better="high",
            meaning=(
                f"Mean over K, then over orders, of the accuracy on {cells}; it can't tell a "
                "method that holds at every K from one that is strong at few and weak at many."
            ),
        )
        for name, title, cells in _AXES
    ),
    *(
        Metric(
            name=f"{name}_slope",
            title=f"{title} slope",
            unit="fraction per doubling of K",
            better="high",
            meaning=(
                f"Change of {title.lower()} accuracy when K doubles: the least-squares line over "
                "log2 K, mean of the orders; it can't tell where along K the change happens."
            ),
        )
        for name, title, _cells in _AXES
    ),
    *(
        Point(
            name=f"{name}_{count}",
            title=f"{title}, K = {count}",
            unit="fraction",
            better="high",
            meaning=(
                f"Mean over orders of the accuracy on {cells}, with K = {count} experts merged."
            ),
            curve=title,
            axis="experts merged (K)",
            x=count,
        )
        for name, title, cells in _AXES
        for count in PREFIXES["small"]["counts"]
    ),
)

# A run calls its method on 3 problems with 2 + 4 + 8 = 14 experts in all, where compose has one of
# 16. What compose's budget counts grows with K (Gram and Fisher statistics, validation images,
# batches of so many images an expert), so a run may spend as much; each problem has 256 examples an
# expert and 20 trials of its own.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 14, "trials": 20 * 3}, seconds=300, memory=2 * 1024**3
)
# 3 problems with 2 + 2 + 4 = 8 experts, where compose has one with 4.
SMOKE_BUDGET = Budget(
    limits={"flops": 1e11, "examples": 256 * 8, "trials": 20 * 3}, seconds=120, memory=2 * 1024**3
)

NOTES = (
    "Each seed draws its own order of the experts; the first K are merged, K doubling from 2. "
    "Every K and order is a problem of its own: called, tuned and measured apart, with an equal "
    "share of the run's validations.",
    "At K, held in are the K experts' own cells (the others' are left out), so the cells change "
    "with K; held out are the same cells at every K.",
    "Where the group of a held-out cell has no expert among the K, the rows that answer by task "
    "are scored by the mean over all K answers.",
    "All 8 experts are the same problem in any order (a method whose result depends on it gets "
    "the first). The ceiling is fine-tuned on all experts' cells at every K.",
)
