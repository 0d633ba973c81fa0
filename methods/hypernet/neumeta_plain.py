"""NeuMeta, INR alone.

The published hypernetwork without its teacher's order and without noise on coordinates. The
authors train it for tens of thousands of steps. In the task's 800 it reaches .26, in 8,000 .82 on
seen widths (validation, one seed, rate 3e-3): weights that vary smoothly start with all hidden
units alike, and take long to part.

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
    name="neumeta_plain",
    title="NeuMeta, INR alone",
    paper=("Neural Metamorphosis", 2024, "https://arxiv.org/abs/2410.11878"),
    needs=["condition", "sizes", "teacher"],
    traits=["smaller"],
    params={"hidden": 16, "layers": 3},
)
def neumeta_plain(problem: HypernetProblem, *, hidden: int, layers: int) -> Coordinates:
    """Build one perceptron for each tensor of the target."""
    return Coordinates(
        problem.target,
        problem.sizes,
        problem.teacher,
        problem.generator,
        hidden=hidden,
        layers=layers,
        residual=False,
    )
