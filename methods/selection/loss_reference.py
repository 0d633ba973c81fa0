"""Loss under a clean network: what right labels alone don't explain is left out.

score(x, y) = - log p_y(x), p the softmax of a network that was trained on the validation set;
lowest kept.
Source: Mindermann et al.: the irreducible holdout loss, which they subtract from the
loss under the network in training. Here it stands alone, as a filter before training.
"""

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import easiest, losses


@method(
    name="loss_reference",
    title="Irreducible loss (alone)",
    paper=(
        "Prioritized Training on Points that are Learnable, Worth Learning, and Not Yet Learnt",
        2022,
        "https://arxiv.org/abs/2206.07137",
    ),
    needs=["images", "labels", "reference"],
)
def loss_reference(problem: SelectionProblem) -> Chosen:
    """Keep the examples of the lowest loss."""
    logits, _ = problem.outputs(problem.reference.weights)
    return easiest(problem, losses(logits, problem.labels))
