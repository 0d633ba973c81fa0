"""The page docs/meter.md: prose, the closed lists, and the table of what is charged.

    python -m tests.bench.operators.table        writes it anew

Here: rendering. tests/bench/test_flops_table.py holds the page against it.
"""

from __future__ import annotations

from pathlib import Path

from bench.metering import lists
from tests.bench.operators import layers, linear_algebra, more, products
from tests.bench.operators.case import Case, by_hand, charged_backward, charged_forward

CASES: list[Case] = [*products.CASES, *linear_algebra.CASES, *layers.CASES]
EVERY_CASE = [*CASES, *more.CASES]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "meter.md"

HEAD = """<!-- Written by `python -m tests.bench.operators.table`. Edit it there, not here. -->

# The meter: what is counted, and how to add an operator

A run's budget is spent in FLOPs and in whatever else its suite counts ([tasks](tasks.md) lists the
counters). FLOPs are counted by a dispatch mode of torch (`bench/metering/watch.py`), below autograd
and vmap: every operator that runs on the method's thread is booked before it runs, forward and
backward, and one that would cross the budget doesn't run. Each operator is one of these:

1. **counted by a formula**, known from its arguments' shapes: products, convolutions, attention,
   recurrent layers, factorisations, windows, searches. One multiply-add is two FLOPs, of complex
   numbers eight; a sparse matrix costs what it stores.
2. **counted by its elements**: it stands on a closed list. One pass over the elements costs one an
   element, whatever function it applies (`exp`, `gelu`, `a + b * c`) or reduces; a complex element
   is two. A fused operator that goes over its elements several times costs each pass.
3. **free**: it only moves, makes or describes data. Draws of random numbers cost one each.
4. **taken apart**: torch composes it of others, and those are counted.
5. **refused**: nothing says what it costs. The run is `invalid`, and its reason names the operator.

## What a method does where an operator is refused

Write it in operators that are counted. Where that isn't possible, state what it costs, with the
formula and its source in a comment; a reviewer reads it:

    with problem.meter.stated(flops, "a loss by dynamic programming"):
        loss = torch.nn.functional.ctc_loss(...)

Work that isn't torch's (scipy, LightGBM, numpy) is charged with
`problem.meter.charge(flops, "an assignment")`. `problem.meter.phase(name)` books a block under a
name, and `problem.meter.left()` says how many FLOPs are left, `left("trials")` how much of another
counter.

## What the mode can't see

Dispatch modes belong to a thread: what a thread pool of the method's own runs isn't counted, nor
what numpy, a C++ extension or a child process does, nor the few functions of torch that call a
kernel without its dispatcher (`torch.fbgemm_linear_fp16_weight`). Nor does Python hide the mode
from code in its own process. The parent process measures the CPU seconds of all of these, and a
run whose seconds its FLOPs don't explain is flagged.

Seen and counted in full: `torch.compile` (torch runs a compiled function eagerly while a mode is
active), `torch.jit`, `torch.func`, `torch.utils.checkpoint`, `torch.autograd.Function`, inference
mode, tensor subclasses (what they are made of is counted), and operators that are called through
`torch.ops`. Operators that take functions (`torch.cond`) and custom operators are refused.

No fused path is turned off: the kernels of `nn.MultiheadAttention` and
`nn.TransformerEncoderLayer` in eval mode and of `nn.LSTM` are counted by formulas, so that no
network's digits depend on being watched.

## How to add an operator

1. Find its name: the refusal says it, e.g. `aten._ctc_loss.default`.
2. If it applies one function to corresponding elements, or reduces one, add it to its list in
   `bench/metering/lists.py`. Else write a formula in the file of its kind (`products.py`,
   `linear_algebra.py`, `windows.py`, `sequences.py`), with the count and its source in its
   docstring; it is called with the operator's own arguments, and reads shapes and layouts only.
3. Add a case with the arithmetic by hand to `tests/bench/operators/`, forward and backward.
4. `python -m tests.bench.operators.table` writes this page;
   `pytest tests/bench/test_flops_table.py` holds the charge against the arithmetic.

Every key changes where the meter changes, so send operators apart from methods.

## The share of the true count that is charged

"By hand" is worked out without the meter; the test evaluates it and compares. Backward is the
gradient of every input and parameter.
"""


def _share(charged: float, arithmetic: str) -> str:
    """The share of the count by hand, three digits; 1 of nothing where both are free."""
    expected = by_hand(arithmetic)
    return f"{charged / expected if expected else 1 + charged:.3g}"


def row(case: Case) -> str:
    """One row of the table."""
    cells = [case.name, case.shapes, f"`{case.forward}`"]
    cells.append(_share(charged_forward(case), case.forward))
    if case.backward:
        cells += [f"`{case.backward}`", _share(charged_backward(case), case.backward)]
    else:
        cells += ["", ""]
    return "| " + " | ".join([*cells, case.note]) + " |"


def listing(title: str, names: object) -> list[str]:
    """One of the closed lists."""
    return [f"**{title}**: " + ", ".join(f"`{name}`" for name in sorted(names)) + ".", ""]


def page() -> str:
    """The whole page."""
    head = ("operator or module", "on", "by hand", "share", "backward by hand", "share", "note")
    passes = [f"{name} x {count}" for name, count in lists.PASSES.items()]
    fused = [f"{name} x {count}" for name, count in lists.PER_PARAMETER.items()]
    return "\n".join(
        [
            HEAD,
            "| " + " | ".join(head) + " |",
            "|" + " --- |" * len(head),
            *map(row, CASES),
            "",
            "## The closed lists",
            "",
            "An operator that writes in place is its functional one; one over lists of tensors "
            "(`_foreach_mul`) is what it does to each. Views are free.",
            "",
            *listing("Element-wise, one an element of the result", lists.ELEMENTWISE),
            *listing("Reductions and scans, one an element of the first input", lists.REDUCTIONS),
            *listing("Losses, one an element of the largest input", lists.LOSSES),
            *listing("Draws, one each", lists.DRAWS),
            *listing("Several passes over the first input", passes),
            *listing("Fused steps of optimisers, operations a number", fused),
            *listing("Free", lists.MOVING),
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
