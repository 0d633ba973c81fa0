"""LiNeS: task arithmetic whose scale grows with depth, so that early layers stay near theta_0.

With t = sum_i (theta_i - theta_0), of L blocks, block l = 0 .. L-1 has
theta = theta_0 + (alpha + beta l / (L - 1)) t; what is in no block has alpha. alpha = 1 / K, the
average's scale; beta is what validation chooses.
Source: Wang et al., section 4.2, and their code (LiNeS_scaling; alpha as for task arithmetic there,
where the ratio of norms is 1). They search beta over 0.1, 0.2, ..., 1, and the grid here goes
beyond; the default 0.5 is its middle, not theirs. A tensor's block is the first whole number in its
name (`blocks.3.norm.weight`); of a network without such names all is in no block, and it is
the average.
"""

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import sum_task_vectors
from suites.merging.vectors import State


@method(
    name="lines",
    title="LiNeS",
    paper=("LiNeS: Post-training Layer Scaling", 2024, "https://arxiv.org/abs/2410.17146"),
    needs=["pretrained"],
    params={"growth": 0.5},
    space={"growth": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3, 1.6, 2.0]},
)
def lines(problem: MergingProblem, *, growth: float) -> State:
    """Add the summed changes, each block's scaled by its depth; `growth` is beta."""
    blocks = {name: block_of(name) for name in problem.pretrained}
    places = sorted({block for block in blocks.values() if block is not None})
    depth = {block: place / max(1, len(places) - 1) for place, block in enumerate(places)}
    total = sum_task_vectors(problem)
    merged = {}
    for name, start in problem.pretrained.items():
        block = blocks[name]
        scale = 1 / len(problem.experts) + growth * (0 if block is None else depth[block])
        merged[name] = start.add(total[name], alpha=scale) if name in total else start.clone()
    return merged


def block_of(name: str) -> int | None:
    """The number of a tensor's block, or None."""
    return next((int(part) for part in name.split(".") if part.isdecimal()), None)
