"""How well predicted values rank architectures: metrics as pure functions of arrays.

Throughout, `predicted` and `true` have shape (n,), float64, one value an architecture, higher is
better; `true` is finite. Only the order of predictions counts: infinities of either sign rank last
together (`infinities` counts them), NaN raises `Diverged`. Ties in a top K fall by the generator
that is passed, never by the list's order. A measure is None where the truth leaves nothing to
compare, whatever was predicted: no two architectures that differ.
Here: correlations of rank, over all pairs or chosen ones; what a search finds at the top; the noise
of the truth, and intervals that hold it and the choice of architectures. Not here: which measures a
list has (suites.supernet.figures), their titles and meanings (suites.supernet.metrics).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import floor, sqrt
from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from bench.contract.job import Diverged

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

POINTS = 100.0
"""Points of accuracy in a whole."""

DRAWS = 400
"""Resamples of an interval: the deviation that it is made of is then known to 4%."""


def infinities(predicted: Floats) -> int:
    """How many predictions are infinite, of either sign."""
    return int(np.isinf(predicted).sum())


def standings(predicted: Floats) -> Integers:
    """Dense ranks, shape (n,): 0 for the worst, equal where predictions are; infinities are worst.

    Raises:
        Diverged: a prediction is NaN.
    """
    missing = int(np.isnan(predicted).sum())
    if missing:
        raise Diverged(
            f"the scorer gave NaN for {missing} of {len(predicted)} architectures; each needs a "
            "number"
        )
    return np.unique(np.where(np.isinf(predicted), -np.inf, predicted), return_inverse=True)[1]


def equal_pairs(values: NDArray[np.generic], within: float = 0.0) -> Bools:
    """Which pairs of architectures are equal in something, shape (n, n); `&` joins several.

    Args:
        values: labels or numbers, (n,), or several of each architecture, (n, k), all to be equal.
        within: numbers above 0 also count as equal where the larger is at most 1 + within times
            the smaller, e.g. .1 for 10%.
    """
    if within:
        larger, smaller = np.maximum.outer(values, values), np.minimum.outer(values, values)
        return np.asarray(larger <= (1 + within) * smaller)
    same = values[:, None] == values[None, :]
    return np.asarray(same.all(-1) if same.ndim == 3 else same)


def count_pairs(true: Floats, pairs: Bools | None = None) -> int:
    """Over how many pairs `tau` is taken: those asked for whose truth differs."""
    return _count(true[:, None] > true[None, :], pairs)


def tau(predicted: Floats, true: Floats, pairs: Bools | None = None) -> float | None:
    """Kendall's tau-b, over all pairs or over chosen ones.

    (concordant - discordant) / sqrt(pairs untied in predicted x pairs untied in true). Over all
    pairs it is scipy's, but 0 where all predictions are equal. Over pairs of equal parameters it
    is 0 for whatever counts parameters: it tells what is known beyond them, and nothing of how
    sizes are ranked against each other.

    Args:
        pairs: which to take, symmetric, (n, n); see `equal_pairs`.
    Returns:
        From -1 to 1; None where no chosen pair differs in truth.
    """
    standing = standings(predicted)
    better, above = true[:, None] > true[None, :], standing[:, None] > standing[None, :]
    untied_true, untied_predicted = _count(better, pairs), _count(above, pairs)
    if not untied_true:
        return None
    if not untied_predicted:
        return 0.0
    concordant, discordant = _count(better & above, pairs), _count(better & above.T, pairs)
    return (concordant - discordant) / sqrt(untied_predicted * untied_true)


def _count(held: Bools, pairs: Bools | None) -> int:
    return int(np.count_nonzero(held if pairs is None else held & pairs))


def sparse_tau(predicted: Floats, true: Floats, width: float) -> float | None:
    """Tau-b against the truth in bins: differences within a bin are taken for ties.

    Sources: Yu, Ranftl and Salzmann, "How to train your super-net",
    https://arxiv.org/abs/2003.04276, whose code rounds the truth down to a multiple of the
    threshold; Siems et al. (Zela among them), "Surrogate NAS benchmarks",
    https://arxiv.org/abs/2008.09777: both with bins of .1% of accuracy. Here a bin is as wide as
    the truth's standard error (`standard_error`). Two values beside a bin's edge differ still.

    Args:
        width: of a bin, in the truth's unit; 0 for no bins.
    """
    return tau(predicted, np.floor(true / width) if width else true)


def spearman(predicted: Floats, true: Floats) -> float | None:
    """Pearson's correlation of the ranks, ties at their mean; 0 where all predictions are equal.

    It weighs a pair by how far apart it is, so coarse knowledge gives more of it than of tau.
    """
    ranks, against = rankdata(standings(predicted)), rankdata(true)
    if against.std() == 0:
        return None
    if ranks.std() == 0:
        return 0.0
    return float(np.corrcoef(ranks, against)[0, 1])


def top_count(n: int, share: float) -> int:
    """How many of n a share is: to the nearest, halves up, at least one."""
    return max(1, floor(share * n + 0.5))


def truly_top(true: Floats, share: float) -> Bools:
    """Which architectures are as good as the last of the top share; more where the truth ties."""
    return true >= np.sort(true)[-top_count(len(true), share)]


def tau_in_top(predicted: Floats, true: Floats, share: float) -> float | None:
    """Tau-b among the truth's top share: whether the best are told apart, where noise is large."""
    best = truly_top(true, share)
    return tau(predicted[best], true[best])


def best_first(predicted: Floats, generator: torch.Generator) -> Integers:
    """Numbers of the architectures, best first, (n,); ties in an order that is drawn."""
    drawn = torch.randperm(len(predicted), generator=generator).numpy()
    return np.lexsort((drawn, -standings(predicted)))


def precision(predicted: Floats, true: Floats, share: float, generator: torch.Generator) -> float:
    """Of the predicted top share, the part that is in the true one; `share` for random scores."""
    picked = best_first(predicted, generator)[: top_count(len(true), share)]
    return float(truly_top(true, share)[picked].mean())


def best_rank(predicted: Floats, true: Floats, k: int, generator: torch.Generator) -> int:
    """The best true rank among the predicted top k; 1 is best, and ties share the better rank."""
    best = true[best_first(predicted, generator)[:k]].max()
    return 1 + int((true > best).sum())


def regret(predicted: Floats, true: Floats, k: int, generator: torch.Generator) -> float:
    """Points of accuracy lost by training only the predicted top k, and taking the best of them.

    Args:
        true: accuracy, fractions.
    """
    best = true[best_first(predicted, generator)[:k]].max()
    return POINTS * float(true.max() - best)


def joint_ranks(predicted: Floats, true: Floats, bins: int, generator: torch.Generator) -> Floats:
    """Shares of all architectures by predicted rank (down) and true rank (across), (bins, bins).

    Bins are equal parts of a ranking, the best first; a perfect prediction is a diagonal of
    1 / bins. Ties of either side fall by the generator.
    """
    n = len(true)
    places = []
    for values in (predicted, true):
        place = np.empty(n, dtype=np.int64)
        place[best_first(values, generator)] = np.arange(n) * bins // n
        places.append(place)
    counts = np.bincount(places[0] * bins + places[1], minlength=bins * bins)
    return counts.reshape(bins, bins) / n


def mean_truth(seeds: Floats) -> Floats:
    """Each architecture's mean over its seeds: (n, seeds), NaN for one it lacks -> (n,)."""
    return np.asarray(np.nanmean(seeds, axis=1))


def standard_error(seeds: Floats) -> float:
    """How far an architecture's mean over its seeds is from its expectation, typically.

    The root of the mean over architectures of s^2 / seeds, over those with at least two; 0 where
    there are none.

    Args:
        seeds: shape (n, seeds), NaN for one it lacks.
    """
    counts = (~np.isnan(seeds)).sum(axis=1)
    several = counts > 1
    if not several.any():
        return 0.0
    return sqrt(float(np.mean(np.nanvar(seeds[several], axis=1, ddof=1) / counts[several])))


def against_others(seeds: Floats) -> Iterator[tuple[int, list[int], Bools]]:
    """Each seed of the truth to be held against the others.

    Args:
        seeds: shape (n, seeds), NaN for one that an architecture lacks.
    Yields:
        The seed's number, the others' numbers, and which architectures have it and another, (n,);
        no seed for which there are none.
    """
    there = ~np.isnan(seeds)
    for seed in range(seeds.shape[1]):
        others = [other for other in range(seeds.shape[1]) if other != seed]
        both = there[:, seed] & there[:, others].any(axis=1)
        if both.any():
            yield seed, others, both


def one_seed(measure: Callable[[Floats, Floats], float | None], seeds: Floats) -> float | None:
    """The ceiling of a measure: each seed as the prediction of the others' mean, their mean.

    One training of each architecture, at the truth's own settings, gets this much. The noise of
    that training is in it, so a prediction without noise can get more.

    Args:
        measure: of predicted and true values.
        seeds: shape (n, seeds), NaN for one that an architecture lacks.
    """
    found = [
        measure(seeds[rows, seed], mean_truth(seeds[rows][:, others]))
        for seed, others, rows in against_others(seeds)
    ]
    values = [value for value in found if value is not None]
    return sum(values) / len(values) if values else None


def interval(
    measure: Callable[..., float | None],
    predicted: Floats,
    seeds: Floats,
    generator: torch.Generator,
    *,
    also: Sequence[NDArray[np.generic]] = (),
    draws: int = DRAWS,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """An interval of a measure: over other architectures of the space, and other seeds of theirs.

    The measure's value, less and more the normal quantile times the bootstrap's deviation. Each
    draw takes architectures with replacement, and for each of them seeds with replacement, apart
    from the other architectures': their noise is independent. The mean over s drawn seeds varies
    less than that over s trainings, by (s - 1) / s, and is set right.
    A resample's truth has its noise twice, so resampled taus lie below the value itself; that is
    why only their deviation is used. Simulated at 95%: such intervals hold what they are
    for in 94-96% of cases, percentiles in 87% where noise is large. Measures of one
    architecture (regret and best rank at 1) jump, and their interval tells little. It says nothing
    of the method's own seeds, nor of other data sets.

    Args:
        measure: called as `measure(predicted, true, *also)`, each resampled. For the difference of
            two methods give the second one's predictions in `also`.
        seeds: the truth of each seed, (n, seeds), NaN for one that an architecture lacks.
        also: more arrays of one row an architecture that the measure takes: parameters, a chain.
        draws, level: resamples; how often such intervals hold what they are for.
    Returns:
        Its lower and upper end, not cut at the measure's range; None where the measure is, or where
        it is for half of the draws.
    """
    value = measure(predicted, mean_truth(seeds), *also)
    found = []
    for _ in range(draws):
        rows = torch.randint(len(predicted), (len(predicted),), generator=generator).numpy()
        drawn = measure(
            predicted[rows], _drawn_truth(seeds[rows], generator), *(other[rows] for other in also)
        )
        if drawn is not None:
            found.append(drawn)
    if value is None or len(found) <= draws / 2:
        return None
    margin = NormalDist().inv_cdf((1 + level) / 2) * float(np.std(found, ddof=1))
    return value - margin, value + margin


def _drawn_truth(seeds: Floats, generator: torch.Generator) -> Floats:
    """Each architecture's mean over seeds drawn from its own, (n,), with the right variance."""
    counts = (~np.isnan(seeds)).sum(axis=1)
    # A stable sort by "is it missing" puts the seeds that an architecture has first.
    present = np.take_along_axis(seeds, np.isnan(seeds).argsort(axis=1, kind="stable"), axis=1)
    uniform = torch.rand(seeds.shape, generator=generator, dtype=torch.float64).numpy()
    drawn = np.take_along_axis(present, (uniform * counts[:, None]).astype(np.int64), axis=1)
    lacking = np.arange(seeds.shape[1]) >= counts[:, None]
    means = np.nanmean(np.where(lacking, np.nan, drawn), axis=1)
    centre = mean_truth(seeds)
    spread = np.sqrt(counts / np.maximum(counts - 1, 1))
    return np.asarray(centre + spread * (means - centre))
