"""Model Breadcrumbs with the election of TIES: what stays of a change has the elected sign.

Each t_i = theta_i - theta_0 loses its largest and its small entries as in Model Breadcrumbs
(methods.merging.breadcrumbs: `drop` and `keep`, shares of a row); at each weight the sign is that
of the sum of what is left (+ where it is 0), and entries of the other sign drop;
theta = theta_0 + scale * the sum of those that stay.
Source: mergekit's `breadcrumbs_ties`, which joins Davari and Belilovsky's masks with the election
of Yadav et al. (methods.merging.ties), and adds, without averaging. Rows, rounding and
the defaults of keep, drop and scale as in our Model Breadcrumbs, after its authors' code; mergekit
ranks the whole tensor.
"""

import torch

from bench import method
from methods.merging.breadcrumbs import middling
from suites.merging.each_tensor import agreeing
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="breadcrumbs_ties",
    title="Model Breadcrumbs, elected",
    paper=("Model Breadcrumbs", 2023, "https://arxiv.org/abs/2312.06795"),
    needs=["pretrained"],
    params={"keep": 0.2, "drop": 0.1, "scale": 0.4},
    space={"keep": [0.1, 0.2, 0.4, 0.8], "drop": [0.01, 0.1], "scale": [0.3, 0.5, 0.8, 1.2, 1.8]},
)
def breadcrumbs_ties(problem: MergingProblem, *, keep: float, drop: float, scale: float) -> State:
    """Add `scale` times the entries of middling magnitude that have the elected sign."""
    merged = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point() and start.numel():
            changes = torch.stack([middling(e[name] - start, keep, drop) for e in problem.experts])
            merged[name] = torch.add(start, agreeing(changes).sum(0), alpha=scale)
        else:
            merged[name] = start.clone()
    return merged
