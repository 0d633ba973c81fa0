"""A domain classifier: keep what a logistic regression takes for the target rather than the pool.

p(x) = sigmoid(a . c_x + b), with c_x the counts of a text's words and pairs of words in 10,000
hashed buckets, fitted to all of the target against `negatives` times as many of the pool, drawn at
random, by sum of losses + |a|^2 / 2. Kept are the k largest p ("top-k heuristic classification");
with `noisy`, k at random of those with p > 1 - Pareto(9), drawn again until there are k ("heuristic
classification").
Source: Brown et al. (GPT-3), appendix A: logistic regression on hashed counts, Pareto noise of
shape 9; as many of either class, and both ways to choose, as the baselines in the code of DSIR
(Xie et al., github.com/p-lambda/dsir), whose classifier is fastText's on pairs of words. There a
target has thousands of texts; beside one of a hundred, more of the pool helps.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.ngrams import hashed
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import easiest

SHAPE = 9.0
STEPS = 100


def fitted(counts: Tensor, labels: Tensor) -> Tensor:
    """The regression's weights, the last one its bias, shape (buckets + 1,).

    Args:
        counts: shape (texts, buckets).
        labels: 1 for the target, 0 for the pool, float, shape (texts,).
    """
    weights = torch.zeros(counts.shape[1] + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weights], max_iter=STEPS, tolerance_grad=1e-4, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = counts @ weights[:-1] + weights[-1]
        losses = torch.nn.functional.softplus(logits) - labels * logits
        total = losses.sum() + weights[:-1].square().sum() / 2
        total.backward()
        return total

    optimiser.step(loss)
    return weights.detach()


def noisily(probabilities: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """`size` numbers with p > 1 - Pareto(9), in random order; drawn until there are as many."""
    kept = torch.zeros(len(probabilities), dtype=torch.bool)
    while int(kept.sum()) < size:
        uniform = torch.rand(len(kept), generator=generator, dtype=torch.float64)
        kept |= uniform ** (-1 / SHAPE) - 1 > 1 - probabilities
    numbers = kept.nonzero()[:, 0]
    return numbers[torch.randperm(len(numbers), generator=generator)[:size]]


@method(
    name="domain_classifier",
    title="Domain classifier",
    paper=("Language Models are Few-Shot Learners", 2020, "https://arxiv.org/abs/2005.14165"),
    needs=["tokens", "target"],
    params={"negatives": 1, "noisy": False},
)
def domain_classifier(problem: SelectionProblem, *, negatives: int, noisy: bool) -> Chosen:
    """Tell the target from the pool; keep what looks like it."""
    pool = hashed(problem.tokens, problem.meter)
    target = hashed(problem.target_tokens, problem.meter)
    number = min(negatives * target.count, pool.count)
    drawn = torch.randperm(pool.count, generator=problem.generator)[:number]
    counts = torch.cat([target.of(torch.arange(target.count)), pool.of(drawn)])
    labels = (torch.arange(len(counts)) < target.count).float()
    weights = fitted(counts, labels)
    logits = pool.sums(weights[:-1]) + weights[-1]
    if not noisy:
        return easiest(problem, -logits)
    chosen = {size: noisily(logits.sigmoid(), size, problem.generator) for size in problem.sizes}
    return Chosen(chosen, -logits)
