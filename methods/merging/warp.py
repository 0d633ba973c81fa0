"""WARP's merge: SLERP of the experts' changes, then back towards the pretrained model.

For each tensor t^(1) = t_1, t^(m) = slerp(t^(m-1), t_m, 1/m) with t_i = theta_i - theta_0 (slerp:
methods.merging.slerp), theta = theta_0 + share t^(K). Changes that are nearly orthogonal keep
their norm that way, while the average divides it by sqrt(K).
Source: Ramé et al., sections 3.2 and 3.3, appendix B.3 (equation 26) for more than two models.
These are stages 2 and 3 of one round; stage 1, reinforcement learning towards a moving average,
makes the experts, and further rounds train again from the result: neither is part of merging.
The default share = 1 is the end of their Pareto front that follows the experts' task most (and
SLERP alone); 0.3 is what they take between rounds; what tuning tries
beyond 1 is extrapolation, and not theirs. They take one angle a transformer block, here
each tensor has its own. The order of the experts matters, little as they report.
"""

from bench import method
from methods.merging.slerp import walk_the_sphere
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="warp",
    title="WARP (its merge, one round)",
    paper=("WARP", 2024, "https://arxiv.org/abs/2406.16768"),
    needs=["pretrained"],
    params={"share": 1.0},
    space={"share": [0.1, 0.3, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0]},
    traits=["order_matters"],
)
def warp(problem: MergingProblem, *, share: float) -> State:
    """Add `share` of the task vectors' successive spherical interpolation."""
    merged = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            changes = (expert[name] - start for expert in problem.experts)
            merged[name] = walk_the_sphere(changes).mul_(share).add_(start)
        else:
            merged[name] = start.clone()
    return merged
