"""Twin-Merging: a shared expert, and what each expert has beyond it, added as a router says.

Shared: theta_* = theta_0 + scale * sum_i (theta_i - theta_0). Exclusive: v_i = theta_i - theta_*,
each matrix cut to the `rank` share of its singular directions (a kernel as a matrix with a row an
output channel; vectors stay whole). For an input x: theta(x) = theta_* + sum_i w_i(x) v_i, with
w = softmax of a router on the features that theta_* gives x, taught to tell the experts' tasks
apart (suites.merging.task_router).
Source: Lu et al., section 3 and algorithm 1, and github.com/LZY-the-boys/Twin-Merging
(discriminative: twin_merge.py, sparsify.py, config/twin_merge.yml with scale .29 and 90% taken
out). They keep the router that is best on test data; here the last is kept. Their router has some
2,000 steps of 1,024 inputs, here 200 of 128, of at most 256 inputs a task.
Each input costs 2 K P FLOPs to mix, beside its two forward passes. `rank` alone is tuned: mixing
makes a trial as dear as a merge.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.buffers import observed
from suites.merging.problem import MergingProblem, Router
from suites.merging.routed import mixed, stacked_changes
from suites.merging.spectral import thin_svd
from suites.merging.task_router import features, learn_tasks, own_features, task_scores
from suites.merging.task_vectors import add_change, sum_task_vectors


@method(
    name="twin_merging",
    title="Twin-Merging",
    paper=("Twin-Merging", 2024, "https://arxiv.org/abs/2406.15479"),
    track="multi",
    needs=["pretrained", "unlabeled", "gradients", "extra_parameters"],
    params={"scale": 0.3, "rank": 0.1, "router_steps": 200, "examples": 256},
    space={"rank": [0.1, 0.25, 0.5]},
    traits=["random"],
)
def twin_merging(
    problem: MergingProblem, *, scale: float, rank: float, router_steps: int, examples: int
) -> Router:
    """Separate the shared from the exclusive, teach the router, mix for each input."""
    change = problem.remember("sum of changes", lambda: sum_task_vectors(problem))
    shared = add_change(problem.pretrained, change, scale)
    learnt = problem.remember(
        ("twin router", scale, router_steps, examples),
        lambda: learn_tasks(
            *own_features(problem, shared, examples),
            len(problem.experts),
            router_steps,
            problem.generator,
        ),
    )
    buffers = observed(problem.model, shared)
    names = [n for n, t in shared.items() if t.is_floating_point() and t.numel()]
    exclusive = {
        name: torch.stack([compress(part, rank) for part in parts])
        for name, parts in stacked_changes(
            problem.experts, shared, [n for n in names if n not in buffers]
        ).items()
    }

    def router(inputs: Tensor, task: int) -> Tensor:
        with torch.no_grad():
            known = features(problem.model, shared, inputs)
            weights = task_scores(learnt, known).softmax(1)
            return mixed(problem.model, shared, exclusive, weights, inputs)

    return router


def compress(part: Tensor, rank: float) -> Tensor:
    """A tensor with the `rank` share of its singular directions, at least one; vectors whole.

    Args:
        part: shape (outputs, ...).
        rank: share, in [0, 1].
    """
    if part.dim() < 2 or rank >= 1:
        return part
    matrix = part.flatten(1)
    kept = max(1, int(rank * min(matrix.shape)))
    left, values, right = thin_svd(matrix, keep=kept)
    return ((left * values) @ right).to(part.dtype).view(part.shape)
