"""DSIR: texts resampled by how much likelier their words are in the target than in the pool.

With c_z the counts of a text's words and pairs of words in 10,000 hashed buckets,
w(z) = sum_b c_zb (log p_b - log q_b), p and q the buckets' frequencies in the target and in the
pool, each with 1e-8 added; chosen are the k largest w + Gumbel noise, which is sampling by e^w
without replacement.
Source: Xie et al., section 3, and their package data-selection 1.0.3, of which this is the default
but for one thing: the package leaves out texts of under 100 words, which here is every text.
`smoothing` adds so much to each count before frequencies are taken: a bucket that a small target
lacks costs a text some ten nats without. The package has no such thing; 0 is its behaviour.
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.selection.ngrams import hashed
from suites.selection.problem import Chosen, SelectionProblem

TINY = 1e-8


def log_ratios(target: Tensor, pool: Tensor, smoothing: float) -> Tensor:
    """log p_b - log q_b.

    Args:
        target, pool: how often each bucket occurs, shape (buckets,), double.
        smoothing: added to each count.
    """

    def log_frequencies(counts: Tensor) -> Tensor:
        counts = counts + smoothing
        return (counts / counts.sum() + TINY).log()

    return log_frequencies(target) - log_frequencies(pool)


def log_weights(problem: SelectionProblem, smoothing: float) -> Tensor:
    """w of each of the pool, shape (n,), double."""
    pool = hashed(problem.tokens, problem.meter)
    target = hashed(problem.target_tokens, problem.meter)
    return pool.sums(log_ratios(target.counts(), pool.counts(), smoothing))


def sampled(weights: Tensor, generator: Generator) -> Tensor:
    """All numbers, drawn one after another by e^w of those left, shape (n,)."""
    uniform = torch.rand(len(weights), generator=generator, dtype=torch.float64)
    return (weights - (-uniform.log()).log()).argsort(descending=True)


def resampled(problem: SelectionProblem, smoothing: float) -> Chosen:
    """The first k of such a draw for every k."""
    weights = log_weights(problem, smoothing)
    order = sampled(weights, problem.generator)
    return Chosen({size: order[:size] for size in problem.sizes}, -weights)


@method(
    name="dsir",
    title="DSIR",
    paper=(
        "Data Selection for Language Models via Importance Resampling",
        2023,
        "https://arxiv.org/abs/2302.03169",
    ),
    needs=["tokens", "target"],
    params={"smoothing": 0.0},
)
def dsir(problem: SelectionProblem, *, smoothing: float) -> Chosen:
    """Weigh each text, and sample by the weights."""
    return resampled(problem, smoothing)
