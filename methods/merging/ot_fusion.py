"""OT fusion: transport the second network's channels to the first's, layer by layer, then average.

For each hidden layer, with weights W of the second network whose inputs have been transported: T =
argmin <T, C> over plans of equal masses 1/n, C_ij = |W_i^B - W_j^A|; each axis that holds these
channels is multiplied by T diag(1 / beta), beta its column sums. theta = 1/2 (theta_A +
T(theta_B)). Source: Singh and Jaggi, algorithm 1 (on weights), and github.com/sidak/otfusion
(`ot.emd`, squared distances not taken, costs not normalised). Between layers of equal width T is a
permutation, found in one pass where weight matching goes round. Their networks have no bias and no
BatchNorm: here both are transported and don't enter the cost; a residual sum takes the transport of
the first layer that writes to it, where they average those of all.
"""

import ot
import torch
from torch import Tensor

from bench import method
from bench.metering.meter import MethodMeter
from suites.merging.problem import MergingProblem
from suites.merging.transport import merge_transported
from suites.merging.vectors import State


@method(
    name="ot_fusion",
    title="OT fusion",
    paper=("Model Fusion via Optimal Transport", 2020, "https://arxiv.org/abs/1910.05653"),
    needs=["apart"],
    traits=["order_matters"],
)
def ot_fusion(problem: MergingProblem) -> State:
    """The mean of the transported experts."""
    return merge_transported(problem, lambda cost: solve_exactly(cost, problem.meter))


def solve_exactly(cost: Tensor, meter: MethodMeter) -> Tensor:
    """The plan of least cost at equal masses, shape (n, m), by network simplex.

    Charged (n + m)^3 FLOPs: what assigning takes, which it is at n = m; network simplex, which has
    no better bound than that, does it in fewer steps.
    """
    rows, columns = cost.shape
    meter.charge(float(rows + columns) ** 3, "an exact transport")
    plan = ot.emd(*masses(rows, columns), cost.double().numpy())
    return torch.from_numpy(plan)


def masses(rows: int, columns: int) -> tuple[object, object]:
    """Equal masses on both sides, as numpy arrays of sum 1."""
    return ot.unif(rows), ot.unif(columns)
