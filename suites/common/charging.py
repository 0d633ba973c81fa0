"""Charges the loops of a suite without counting each of their steps.

Here: trusted loops, whose steps of one shape cost the same. Not here: the meter itself
(bench.metering.meter), what a suite charges by a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from bench.metering.meter import Meter


class Charges:
    """Runs the steps of a trusted loop, counting only the first of each shape.

    The dispatch mode costs more than a small network's step, so a later step of a known shape
    runs uncounted after its cost has been charged: the meter shows the same, and stops the run at
    the same step. A step must cost what its chunk's shape says.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._known: dict[tuple[str, tuple[int, ...]], float] = {}

    def each(
        self, what: str, step: Callable[[Tensor], Tensor], chunks: Sequence[Tensor]
    ) -> Iterator[Tensor]:
        """`step(chunk)` for every chunk, all of it charged.

        Args:
            what: names the loop: loops of one name have steps of one cost.
        Raises:
            BudgetExceeded: before the step that would cross the budget.
        """
        for chunk in chunks:
            key = (what, tuple(chunk.shape))
            if key in self._known:
                self.meter.charge(self._known[key], what)
                with self.meter.paused():
                    yield step(chunk)
            else:
                with self.meter.measure() as measured:
                    result = step(chunk)
                self._known[key] = measured.flops
                yield result
