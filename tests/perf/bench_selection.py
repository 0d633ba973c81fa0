"""What the suite selection's own loop saves: of the meter, and of torch's optimiser.

    python tests/perf/bench_selection.py [--steps N] [--rounds N]

The evaluator's training, batch 32 of 28x28 images. Through the suite's passes the first step is
counted by the meter's dispatch mode and each later one charged as much; beside it the same steps
each counted, and the same without a meter. Then an update of its 11,018 weights: the suite's AdamW
on one vector, torch's on the network's eight parts and on the vector. Both ways must end with the
same FLOPs, and with the same weights (to rounding, of the optimisers). The rounds take turns, the
best CPU time of each counts. Prints ratios. Not a test of speed: machines differ.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection.counters import COUNTERS
from suites.selection.networks import Network, build
from suites.selection.passes import Passes
from suites.selection.settings import RECIPE, STRIDED
from suites.selection.training import Examples, Optimiser, Recipe, train

RATE_FIXED = Recipe.of(RECIPE, cosine=False)


class EachCounted(Passes):
    """Forgets what a step cost, so that the meter sees every one."""

    def repeated(
        self, shape: tuple[Any, ...], counts: dict[str, int], work: Callable[[], Any]
    ) -> Any:
        """Counted operator by operator."""
        self._known.clear()
        return super().repeated(shape, counts, work)


def pool() -> Examples:
    """A thousand images of noise: what is in them costs nothing."""
    draws = Generator().manual_seed(0)
    images = torch.rand(1000, 1, STRIDED["side"], STRIDED["side"], generator=draws)
    return Examples(images, torch.randint(STRIDED["classes"], (1000,), generator=draws))


def trained(network: Network, steps: int, kind: type[Passes]) -> tuple[float, float, Tensor]:
    """CPU seconds, FLOPs and weights of a metered training."""
    start, meter = network.start(Generator().manual_seed(1)), Meter(Budget(), COUNTERS)
    examples, draws = pool(), Generator().manual_seed(2)
    begin = time.process_time()
    with meter:
        weights = train(network, start, examples, Recipe.of(RECIPE), steps, draws, kind(meter))
    return time.process_time() - begin, meter.flops, weights


def unmetered(network: Network, steps: int) -> tuple[float, float, Tensor]:
    """The same where no meter was entered, which counts nothing."""
    start, meter = network.start(Generator().manual_seed(1)), Meter(Budget(), COUNTERS)
    examples, draws = pool(), Generator().manual_seed(2)
    begin = time.process_time()
    weights = train(network, start, examples, Recipe.of(RECIPE), steps, draws, Passes(meter))
    return time.process_time() - begin, meter.flops, weights


def by_suite(network: Network, gradients: list[Tensor]) -> tuple[float, Tensor]:
    """CPU seconds of the suite's AdamW on the vector, and the weights that it ends with."""
    weights = network.start(Generator().manual_seed(1))
    optimiser = Optimiser(RATE_FIXED, len(weights), len(gradients))
    begin = time.process_time()
    for gradient in gradients:
        optimiser.step(weights, gradient)
    return time.process_time() - begin, weights


def by_torch(network: Network, gradients: list[Tensor], in_parts: bool) -> tuple[float, Tensor]:
    """The same of torch.optim.AdamW, on the network's parts or on the vector."""
    weights = network.start(Generator().manual_seed(1))

    def pieces(vector: Tensor) -> list[Tensor]:
        return list(network.parts(vector).values()) if in_parts else [vector]

    parameters = [torch.nn.Parameter(piece) for piece in pieces(weights)]
    rate, decay = RATE_FIXED.rate, RATE_FIXED.decay
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    begin = time.process_time()
    for gradient in gradients:
        for parameter, piece in zip(parameters, pieces(gradient), strict=True):
            parameter.grad = piece
        optimiser.step()
    return time.process_time() - begin, torch.cat([p.detach().flatten() for p in parameters])


def main() -> None:
    """Read the arguments, time, print."""
    parser = argparse.ArgumentParser(description="The suite's loop beside the plain ways.")
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="of a training")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    network = build(STRIDED)
    trained(network, 5, Passes)  # what is loaded once is loaded before
    rounds = [
        (
            trained(network, asked.steps, Passes),
            trained(network, asked.steps, EachCounted),
            unmetered(network, asked.steps),
        )
        for _ in range(asked.rounds)
    ]
    (_, flops, weights), (_, counted, same), (_, _, plain) = rounds[0]
    if flops != counted or not (weights.equal(same) and weights.equal(plain)):
        raise SystemExit(f"the ways differ: {flops:g} and {counted:g} FLOPs")
    charged, each, free = (min(one[0] for one in way) for way in zip(*rounds, strict=True))
    a_step = 1000 / asked.steps
    print(
        f"a step: charged {charged * a_step:.2f} ms, each counted {each * a_step:.2f} ms: ratio "
        f"{each / charged:.2f}; without a meter {free * a_step:.2f} ms: ratio {free / charged:.2f}"
    )
    draws = Generator().manual_seed(3)
    gradients = list(torch.randn(asked.steps, network.size, generator=draws))
    updates = [
        (
            by_suite(network, gradients),
            by_torch(network, gradients, True),
            by_torch(network, gradients, False),
        )
        for _ in range(asked.rounds)
    ]
    furthest = max(float((updates[0][0][1] - other[1]).abs().max()) for other in updates[0][1:])
    if furthest > 1e-5:
        raise SystemExit(f"the optimisers' weights differ by {furthest:.2g}")
    vector, parts, whole = (min(one[0] for one in way) for way in zip(*updates, strict=True))
    print(
        f"an update: the suite's {1000 * vector * a_step:.0f} us, torch's on parts "
        f"{1000 * parts * a_step:.0f} us: ratio {parts / vector:.2f}; on the vector "
        f"{1000 * whole * a_step:.0f} us: ratio {whole / vector:.2f}"
    )


if __name__ == "__main__":
    main()
