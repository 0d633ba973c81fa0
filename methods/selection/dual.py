"""DUAL: unsure and difficult along training, drawn the easier the fewer are kept.

With p_t the label's probability after epoch t, over all windows of J epochs:
  score = mean over windows of std(p) (1 - mean(p))
k examples are drawn without replacement, each with a chance in the proportion of
  score * Beta(mean of p; a, b),  b = C (1 - mu) (1 - r^c),  a = C + 1 - b,
r the share left out, mu the mean of p over the examples of the ten highest scores, C = 15.
Source: Cho et al., and github.com/behaapyy/dual-pruning: ten anchors, a + b = 16,
c = 4 (theirs for CIFAR-100). They look at 30 of 200 epochs in windows of ten; the course has ten
epochs, and windows have five.
"""

from torch import Tensor

from bench import method
from suites.selection.dynamics import label_probabilities
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import draw, ranked

ANCHORS, CONCENTRATION = 10, 15.0


@method(
    name="dual",
    title="DUAL (10 epochs)",
    paper=(
        "Lightweight Dataset Pruning without Full Training via Example Difficulty and Prediction "
        "Uncertainty",
        2025,
        "https://arxiv.org/abs/2502.06905",
    ),
    needs=["course", "labels", "subset_only"],
    params={"window": 5, "steepness": 4.0},
)
def dual(problem: SelectionProblem, *, window: int, steepness: float) -> Chosen:
    """Draw by score and by how easy an example is."""
    probabilities = label_probabilities(problem.course.logits, problem.labels)
    scores, means = difficulty_and_doubt(probabilities, window), probabilities.mean(0)
    anchor = float(means[ranked(scores)[:ANCHORS]].mean())
    subsets = {}
    for size in problem.sizes:
        ease = log_beta_density(means, anchor, 1 - size / problem.count, steepness)
        subsets[size] = draw(scores.log() + ease, size, problem.generator)
    return Chosen(subsets)


def difficulty_and_doubt(probabilities: Tensor, window: int) -> Tensor:
    """Mean over windows of std (1 - mean), shape (n,).

    Args:
        probabilities: the label's after each epoch, shape (epochs, n).
    """
    windows = probabilities.unfold(0, window, 1)
    return (windows.std(-1) * (1 - windows.mean(-1))).mean(0)


def log_beta_density(means: Tensor, anchor: float, left_out: float, steepness: float) -> Tensor:
    """Of Beta(a, b) at each mean, but for a constant, shape (n,).

    Args:
        anchor: mean probability of the label among the examples of the highest scores.
        left_out: the share of the pool that isn't chosen.
    """
    b = CONCENTRATION * (1 - anchor) * (1 - left_out**steepness)
    a = CONCENTRATION + 1 - b
    inside = means.clamp(1e-6, 1 - 1e-6)  # b may be below 1, where the density has a pole at 1
    return (a - 1) * inside.log() + (b - 1) * (1 - inside).log()
