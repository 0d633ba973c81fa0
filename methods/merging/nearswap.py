"""NearSwap, one expert after the other: every weight moves by `step` towards the next expert's.

theta^(1) = theta_1; theta^(m) = theta^(m-1) + clip(theta_m - theta^(m-1), -step, step): weights
that are nearer than `step` are swapped for the other's, all others move by as much.
Source: alchemonaut's QuartetAnemoi-70B-t0.0001 and mergekit's `nearswap`, which interpolates by
min(1, t / |a - b|): the same. Theirs is for two models, t = 1e-4; more are taken in turn here, as
there by hand. Where fine-tuning moves weights by much more than `step`, the first expert all but
stays: the order decides.
"""

import torch

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state


@method(
    name="nearswap",
    title="NearSwap, successive",
    paper=(
        "QuartetAnemoi-70B-t0.0001",
        2024,
        "https://huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001",
    ),
    params={"step": 1e-4},
    space={"step": [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03]},
    traits=["order_matters"],
)
def nearswap(problem: MergingProblem, *, step: float) -> State:
    """Start from the first expert, and move towards each further one in turn."""
    first, *others = problem.experts
    merged = copy_state(first)
    for expert in others:
        for name, tensor in merged.items():
            if tensor.is_floating_point():
                tensor.add_(torch.sub(expert[name], tensor).clamp_(-step, step))
    return merged
