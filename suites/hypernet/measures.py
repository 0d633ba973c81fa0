"""What a grid of trainings says about a method: failures, quality, sensitivity, and diagnostics.

Here: figures from losses over learning rates, from the losses along a training, and from an
accuracy matrix over tasks, as plain functions of numbers. Units: losses in nats, learning rates as
they are. Not here: training, which figures a task publishes (suites.hypernet.harness).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median

LEARNT = 0.8
"""A method whose best loss is above this share of ln C has no sensitivity: it never learnt."""

USABLE = 1.5
"""A learning rate is usable if its loss is within this factor of the best."""

SPIKE, WINDOW = 6.0, 50
"""A spike is a loss so many robust deviations above the median of the last WINDOW."""

NORMAL = 1.4826
"""Makes a median absolute deviation the standard deviation of a normal distribution."""


def failed(loss: float, limit: float) -> bool:
    """Whether a training failed: its final loss isn't finite or is above the limit."""
    return not math.isfinite(loss) or loss > limit


def failure_rate(losses: Sequence[float], limit: float) -> float:
    """Share of trainings that failed."""
    return fmean(failed(loss, limit) for loss in losses)


def sensitivity(losses: Sequence[float], classes: int) -> float | None:
    """E over learning rates of min(loss, ln C), less the best loss; None if nothing was learnt.

    The cap is the loss of a guess among C classes, the same for every method. A method that never
    learns would have a sensitivity of 0 and look best, so above LEARNT ln C there is none.

    Source: Wortsman et al., "Small-scale proxies for large-scale Transformer training
    instabilities", https://arxiv.org/abs/2309.14322, there with the loss at initialisation as cap.

    Args:
        losses: final loss at each learning rate, any that isn't finite counts as the cap.
        classes: C.
    """
    cap = math.log(classes)
    capped = [min(loss, cap) if math.isfinite(loss) else cap for loss in losses]
    best = min(capped)
    return None if best > LEARNT * cap else fmean(capped) - best


def usable_decades(rates: Sequence[float], losses: Sequence[float], classes: int) -> float:
    """Decades of learning rate around the best one whose losses are within USABLE of the best.

    From the lowest to the highest such rate without a gap; half a step is added on each side
    where there is a neighbour, so that one usable rate of a grid isn't nothing. 0 where the best
    loss is above LEARNT ln C.
    """
    order = sorted(range(len(rates)), key=lambda i: rates[i])
    logs = [math.log10(rates[i]) for i in order]
    found = [losses[i] if math.isfinite(losses[i]) else math.inf for i in order]
    best = min(found)
    if best > LEARNT * math.log(classes):
        return 0.0
    low = high = found.index(best)
    while low > 0 and found[low - 1] <= USABLE * best:
        low -= 1
    while high + 1 < len(found) and found[high + 1] <= USABLE * best:
        high += 1
    below = (logs[low] - logs[low - 1]) / 2 if low else 0.0
    above = (logs[high + 1] - logs[high]) / 2 if high + 1 < len(logs) else 0.0
    return logs[high] - logs[low] + below + above


def area(rates: Sequence[float], losses: Sequence[float], classes: int) -> float:
    """Mean of min(loss, ln C) over the logarithm of the learning rate, by trapezoids.

    Low where the loss is low over the whole range. With one rate, its loss.
    """
    cap = math.log(classes)
    pairs = sorted(
        (math.log10(rate), min(loss, cap) if math.isfinite(loss) else cap)
        for rate, loss in zip(rates, losses, strict=True)
    )
    width = pairs[-1][0] - pairs[0][0]
    if not width:
        return fmean(loss for _, loss in pairs)
    return sum((b - a) * (x + y) / 2 for (a, x), (b, y) in pairwise(pairs)) / width


def steps_to(losses: Sequence[float], target: float, window: int = 20) -> int | None:
    """The first step by which the mean loss of the last `window` steps is at most the target.

    None where it never is, or where there are fewer steps.
    """
    total = 0.0
    for step, loss in enumerate(losses):
        if not math.isfinite(loss):
            return None
        total += loss - (losses[step - window] if step >= window else 0.0)
        if step + 1 >= window and total / window <= target:
            return step + 1
    return None


def spikes(losses: Sequence[float]) -> int:
    """How often a loss rises above the median of the WINDOW before it by SPIKE deviations.

    Deviations are NORMAL times the median absolute deviation; a run of such steps is one spike,
    and a loss that isn't finite is one too.
    """
    count, inside = 0, False
    for step in range(WINDOW, len(losses)):
        before = losses[step - WINDOW : step]
        middle = median(before)
        deviation = NORMAL * median(abs(loss - middle) for loss in before)
        high = not losses[step] <= middle + SPIKE * deviation
        count += high and not inside
        inside = high
    return count


def variation(values: Sequence[float]) -> float:
    """Coefficient of variation: population deviation over mean; 0 for equal values, even zeros."""
    mean = fmean(values)
    deviation = math.sqrt(fmean((value - mean) ** 2 for value in values))
    return deviation / mean if deviation else 0.0


def backward_transfer(matrix: Sequence[Sequence[float]]) -> float:
    """How accuracy on earlier tasks changed by the end: mean of R[T][i] - R[i][i] over i < T.

    Source: Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", section 2,
    https://arxiv.org/abs/1706.08840.

    Args:
        matrix: accuracy on task j after training on task i at [i][j].
    """
    last = len(matrix) - 1
    return fmean(matrix[last][i] - matrix[i][i] for i in range(last)) if last else 0.0


def forgetting(matrix: Sequence[Sequence[float]]) -> float:
    """Mean over earlier tasks of the best accuracy before the last stage, less that after it.

    Source: Chaudhry et al., "Riemannian Walk for Incremental Learning", section 3,
    https://arxiv.org/abs/1801.10112.
    """
    last = len(matrix) - 1
    if not last:
        return 0.0
    return fmean(max(matrix[i][j] for i in range(j, last)) - matrix[last][j] for j in range(last))
