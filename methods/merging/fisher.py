"""Fisher merging: average each weight by how much each expert's predictions depend on it.

F_i = E_x sum_c p_c (d log p_c / d theta_i)^2, the diagonal of expert i's Fisher information on its
own task, exact over the classes; theta = sum_i w_i F_i theta_i / sum_i w_i F_i.
Source: Matena and Raffel, sections 3.2 and 3.3. From their code: F is floored at 1e-6 and, with
`normalise`, w_i = 1 / ||F_i||_2 over the whole model (else w_i = 1). Their code floors only the
first model, which it favours as the target; here all experts are floored alike, so that their
order doesn't matter. What has no Fisher information (BatchNorm's statistics) is averaged.
Statistics: K N F (1 + 2 classes) FLOPs with F the cost of a forward pass (3KNF for one sampled
class); merge: 3KP, and as much as 2KP for the norms.
"""

import torch

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average, weight_names


@method(
    name="fisher",
    title="Fisher merging",
    paper=(
        "Merging Models with Fisher-Weighted Averaging",
        2022,
        "https://arxiv.org/abs/2111.09832",
    ),
    needs=["fisher"],
    params={"floor": 1e-6, "normalise": True, "examples": 256},
    space={"floor": [1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4], "normalise": [False, True]},
)
def fisher(problem: MergingProblem, *, floor: float, normalise: bool, examples: int) -> State:
    """Weigh every parameter of every expert by its diagonal Fisher information."""
    fishers = [problem.fisher(i, examples) for i in range(len(problem.experts))]
    inverse_norms = [1 / max(_norm(f), floor) if normalise else 1.0 for f in fishers]
    merged = average(
        [{n: t for n, t in expert.items() if n not in fishers[0]} for expert in problem.experts]
    )
    for name in fishers[0]:
        first = problem.experts[0][name]
        numerator, denominator = torch.zeros_like(first), torch.zeros_like(first)
        for expert, information, weight in zip(
            problem.experts, fishers, inverse_norms, strict=True
        ):
            floored = information[name].clamp(min=floor)
            numerator.addcmul_(floored, expert[name], value=weight)
            denominator.add_(floored, alpha=weight)
        merged[name] = numerator / denominator
    return {name: merged[name] for name in problem.experts[0]}


def _norm(information: State) -> float:
    """The L2 norm over the whole model."""
    norms = [torch.linalg.vector_norm(information[name]) for name in weight_names(information)]
    return float(torch.stack(norms).norm())
