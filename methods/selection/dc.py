"""DC: images whose gradients by the weights match the pool's, a class at a time.

On a fresh network theta, for `outer` steps: of each class c, with g = d/dtheta of the mean
cross-entropy of 16 real images and g' of the made ones,
D = sum over classes, weights and their rows of 1 - cos(g, g');
x <- x - rate dD/dx, momentum .5; then theta takes `inner` epochs of SGD .01 on the made images.
Source: Zhao et al., algorithm 1, and github.com/VICO-UoE/DatasetCondensation: at 1 image a class
outer = 1, so that no network is ever trained; at more outer = 10. Short: there, 1,000 networks, 256
real images, rate .1, inner = 50 from noise; here `steps` of the images in all
(`steps_of_many` at more images a class), 16 real images, rate 1, inner = 5, from real images. The
rate by trial (python -m suites.selection.trial dc --task distill-fashion-1), on validation images
of Fashion, one draw, ConvNet-3 | others: at 1 image a class rates .3, 1, 3 have .651 | .556, .676 |
.558, .653 | .596; at 10 rates .3, 1, 10 have .757 | .687, .757 | .693, .732 | .690.
"""

from bench import method
from suites.selection.distill.matching import match_gradients
from suites.selection.distill.problem import DistillProblem, Made


@method(
    name="dc",
    title="DC (short)",
    paper=(
        "Dataset Condensation with Gradient Matching",
        2021,
        "https://arxiv.org/abs/2006.05929",
    ),
    needs=[],
    params={"steps": 150, "steps_of_many": 60, "real": 16, "rate": 1.0, "inner": 5},
    track="distill",
)
def dc(
    problem: DistillProblem, *, steps: int, steps_of_many: int, real: int, rate: float, inner: int
) -> Made:
    """Match gradients along short trainings of fresh networks."""
    steps = steps if problem.per_class == 1 else steps_of_many
    images = match_gradients(problem, steps=steps, inner=inner, real=real, rate=rate)
    return Made(images, problem.made_labels)
