"""OT fusion (Sinkhorn): the transport of methods.merging.ot_fusion, smoothed by entropy.

T = argmin <T, log(1 + C)> - regularisation * H(T): every channel of the first network gets a
mixture of the second one's that are near. Source: Singh and Jaggi, section 4, and
github.com/sidak/otfusion (parameters.py: `reg` 0.01, costs by `log`); iterated in logarithms here,
as products of exp(-C / 0.01) vanish.
"""

import warnings

import numpy as np
import ot
import torch
from torch import Tensor

from bench import method
from bench.metering.meter import MethodMeter
from methods.merging.ot_fusion import masses
from suites.merging.problem import MergingProblem
from suites.merging.transport import merge_transported
from suites.merging.vectors import State

ITERATIONS = 200
"""The most that Sinkhorn's algorithm makes; POT's 1000 gain little at the weakest smoothing."""


@method(
    name="ot_fusion_sinkhorn",
    title="OT fusion (Sinkhorn)",
    paper=("Model Fusion via Optimal Transport", 2020, "https://arxiv.org/abs/1910.05653"),
    needs=["apart"],
    traits=["order_matters"],
    params={"regularisation": 0.01},
    space={"regularisation": [0.003, 0.01, 0.03, 0.1]},
)
def ot_fusion_sinkhorn(problem: MergingProblem, *, regularisation: float) -> State:
    """The mean of the transported experts."""
    return merge_transported(
        problem, lambda cost: solve_smoothly(cost.log1p(), regularisation, problem.meter)
    )


def solve_smoothly(cost: Tensor, regularisation: float, meter: MethodMeter) -> Tensor:
    """The regularised plan at equal masses, shape (n, m).

    Charged 8 n m FLOPs an iteration: for each side a sum, a maximum, an exponential and its sum.
    """
    rows, columns = cost.shape
    # A small regularisation isn't done after so many iterations, which POT warns of, and its dual
    # variables overflow where it tells them beside the plan; the plan itself is in logarithms.
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore", UserWarning)
        plan, log = ot.sinkhorn(
            *masses(rows, columns),
            cost.double().numpy(),
            regularisation,
            method="sinkhorn_log",
            numItermax=ITERATIONS,
            log=True,
        )
    meter.charge(8.0 * rows * columns * (log["niter"] + 1), "Sinkhorn's iterations")
    return torch.from_numpy(plan)
