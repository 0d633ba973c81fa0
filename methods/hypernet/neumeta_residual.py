"""NeuMeta, INR + teacher.

Weights = the teacher's, sampled at the same places of each layer, + INR. Adding to the teacher is
this suite's, so that few steps do; the authors' INR gives the weights alone.

Noise, where there is any, moves a tensor's rows, columns and sizes, not each weight on its own.
Features have 4 frequencies (the authors: 16), perceptrons 16 units (256); parameters aren't
averaged over steps.

Source: Yang and Wang, "Neural Metamorphosis" (2024), https://arxiv.org/abs/2410.11878.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.width.coordinates import Coordinates


@method(
    name="neumeta_residual",
    title="NeuMeta, INR + teacher",
    paper=("Neural Metamorphosis", 2024, "https://arxiv.org/abs/2410.11878"),
    needs=["condition", "sizes", "teacher"],
    traits=["smaller"],
    params={"hidden": 16, "layers": 3},
)
def neumeta_residual(problem: HypernetProblem, *, hidden: int, layers: int) -> Coordinates:
    """Build one perceptron for each tensor of the target."""
    return Coordinates(
        problem.target,
        problem.sizes,
        problem.teacher,
        problem.generator,
        hidden=hidden,
        layers=layers,
    )
