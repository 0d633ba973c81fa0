"""NeuMeta, INR + ordered teacher.

Weights = the teacher's, its units in the order of a shortest path, + INR: as neumeta_residual, and
neighbouring units are alike, so that a narrower target samples the teacher evenly.

Noise, where there is any, moves a tensor's rows, columns and sizes, not each weight on its own.
Features have 4 frequencies (the authors: 16), perceptrons 16 units (256); parameters aren't
averaged over steps.

Source: Yang and Wang, "Neural Metamorphosis" (2024), https://arxiv.org/abs/2410.11878.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.width.coordinates import Coordinates
from suites.hypernet.width.ordering import smooth


@method(
    name="neumeta_ordered",
    title="NeuMeta, INR + ordered teacher",
    paper=("Neural Metamorphosis", 2024, "https://arxiv.org/abs/2410.11878"),
    needs=["condition", "sizes", "teacher"],
    traits=["smaller"],
    params={"hidden": 16, "layers": 3},
)
def neumeta_ordered(problem: HypernetProblem, *, hidden: int, layers: int) -> Coordinates:
    """Build one perceptron for each tensor of the target."""
    return Coordinates(
        problem.target,
        problem.sizes,
        smooth(problem.teacher),
        problem.generator,
        hidden=hidden,
        layers=layers,
    )
