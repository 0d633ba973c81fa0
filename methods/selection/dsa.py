"""DSA: DC with one draw of a differentiable augmentation for real and made images alike.

D = sum over classes, weights and their rows of 1 - cos(g(omega(real)), g(omega(made))), omega drawn
anew for each class and step: colour, crop, cutout, scale or rotation. No flip: a mirrored digit is
no digit, and nothing tells a method which data it has. The network's own epochs see the made images
augmented too.
Source: Zhao and Bilen, equations 5 and 6; all else as in `dc`, and as short: there, 1,000 networks,
256 real images, rate .1, inner = 50 from noise.
"""

from bench import method
from suites.selection.distill.augmentations import draw
from suites.selection.distill.matching import match_gradients
from suites.selection.distill.problem import DistillProblem, Made


@method(
    name="dsa",
    title="DSA (short)",
    paper=(
        "Dataset Condensation with Differentiable Siamese Augmentation",
        2021,
        "https://arxiv.org/abs/2102.08259",
    ),
    needs=[],
    params={"steps": 150, "steps_of_many": 60, "real": 16, "rate": 1.0, "inner": 5},
    track="distill",
)
def dsa(
    problem: DistillProblem, *, steps: int, steps_of_many: int, real: int, rate: float, inner: int
) -> Made:
    """Match gradients of augmented images along short trainings of fresh networks."""
    images = match_gradients(
        problem,
        steps=steps if problem.per_class == 1 else steps_of_many,
        inner=inner,
        real=real,
        rate=rate,
        augmentation=lambda: draw(problem.generator, problem.strategies),
    )
    return Made(images, problem.made_labels)
