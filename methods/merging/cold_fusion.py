"""ColD Fusion: fuse by averaging, let every contributor fine-tune the fusion, and fuse again.

theta^(1) = (1/K) sum_i theta_i; theta^(r+1) = (1/K) sum_i FineTune(theta^(r), D_i), D_i the data of
contributor i. Source: Don-Yehiya et al., section 3 and figure 1. Their first iteration ends with
the average of the experts as given; of the further ones this makes `rounds`, each expert being a
contributor whose data are its labelled examples. Theirs are up to 30 iterations of 8 contributors
with thousands of examples at 5e-5; here a few short ones of all contributors, by AdamW at a rate
that suits small networks and falls to zero within a round: that is what the title names.
rounds K steps images 3 F FLOPs, F for one image's forward pass.
"""

from bench import method
from suites.merging.fine_tuning import fine_tune
from suites.merging.pools import labelled_pool
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average


@method(
    name="cold_fusion",
    title="ColD Fusion (short rounds after the experts')",
    paper=("ColD Fusion", 2023, "https://arxiv.org/abs/2212.01378"),
    needs=["labels", "gradients"],
    params={"rounds": 2, "steps": 10, "images": 32, "rate": 3e-4, "examples": 256},
    traits=["random"],
)
def cold_fusion(
    problem: MergingProblem, *, rounds: int, steps: int, images: int, rate: float, examples: int
) -> State:
    """Average, and some rounds more."""
    pools = [labelled_pool(problem, examples, [i]) for i in range(len(problem.experts))]
    fused = average(problem.experts)
    for _ in range(rounds):
        tuned = [
            fine_tune(problem, fused, pool, steps=steps, images=images, rate=rate) for pool in pools
        ]
        fused = average(tuned)
    return fused
