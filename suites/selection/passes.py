"""Charges the suite's own loops: an example's pass forward, backward, or along a direction.

A step of these networks takes a millisecond, and as long again under the meter's dispatch mode. So
the first step of each shape is counted operator by operator, and each later one is charged as much
and runs uncounted. Passes are counted in examples, whatever the network. Here: that, and the three
counters. Not here: the meter (bench.metering.meter), the loop (suites.selection.training).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from torch._C import DisableTorchFunction
from torch.utils._python_dispatch import _disable_current_modes

from bench.metering.meter import Meter

if TYPE_CHECKING:
    from suites.selection.networks import Network
    from suites.selection.training import Examples

Result = TypeVar("Result")

FORWARD, BACKWARD, JVP = "forward_passes", "backward_passes", "jvp_passes"

UPDATE_FLOPS = 14
"""Of an optimiser's step, for each weight: moments, decay, the step."""


class Passes:
    """What a run's loops have cost, charged to a meter that is counting."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._known: dict[tuple[Any, ...], float] = {}

    def step(
        self, gradient_of: Callable[[Examples], Result], batch: Examples, network: Network
    ) -> Result:
        """A training step's gradient; the update of the weights is charged with it."""
        self.meter.charge(UPDATE_FLOPS * network.size, "an update")
        soft = batch.targets.is_floating_point()
        kind = ("step", soft, batch.weights is None)
        counts = {FORWARD: len(batch), BACKWARD: len(batch)}
        shape = (*kind, tuple(batch.images.shape), tuple(network.shapes.items()))
        return self.repeated(shape, counts, lambda: gradient_of(batch))

    def repeated(
        self, shape: tuple[Any, ...], counts: dict[str, int], work: Callable[[], Result]
    ) -> Result:
        """Work whose cost hangs on its shape alone: counted once, then charged as much.

        Args:
            shape: tells works of different cost apart.
            counts: counter -> examples.
        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        for counter, amount in counts.items():
            if counter in self.meter.spent:  # a scorer's meter counts FLOPs alone
                self.meter.spend(counter, amount, "a pass")
        if shape not in self._known:
            with self.meter.measure() as measured:
                result = work()
            self._known[shape] = measured.flops
            return result
        self.meter.charge(self._known[shape], "a pass")
        with self.uncounted():
            return work()

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """For work that is charged already: the meter is away, and so is any mode of a method."""
        with self.meter.paused(), _disable_current_modes(), DisableTorchFunction():
            yield
