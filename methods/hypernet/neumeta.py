"""NeuMeta, on its teacher.

Weights = the teacher's, its units in the order of a shortest path, + INR of coordinates with noise:
each is moved by up to half a unit in training; afterwards weights are averaged over 8 places (the
authors: 50). Adding to the teacher is this suite's, so that few steps do (neumeta_plain is the INR
alone).

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
    name="neumeta",
    title="NeuMeta, on its teacher",
    paper=("Neural Metamorphosis", 2024, "https://arxiv.org/abs/2410.11878"),
    needs=["condition", "sizes", "teacher"],
    traits=["smaller"],
    params={"hidden": 16, "layers": 3, "samples": 8},
)
def neumeta(problem: HypernetProblem, *, hidden: int, layers: int, samples: int) -> Coordinates:
    """Build one perceptron for each tensor of the target."""
    return Coordinates(
        problem.target,
        problem.sizes,
        smooth(problem.teacher),
        problem.generator,
        hidden=hidden,
        layers=layers,
        noisy=True,
        samples=samples,
    )
