"""SRe2L: noise turned into what a teacher takes for a class and its BatchNorms find familiar.

min_x CE(t(x), y) + .01 sum_l w_l (|mean_l(x) - mean_l| + |var_l(x) - var_l|), with w = 10, 1, 1, …
over the teacher's BatchNorms, which normalise by their running statistics mean_l and var_l; by Adam
(.25, betas .5 and .9, cosine), one image of each class a batch, rolled at random at each step.
Then the teacher's probabilities are the labels.
Source: Yin et al., section 3, and github.com/VILA-Lab/SRe2L. Here 1,000 steps with 1 image a class
and `steps_of_many` with more; rolled both ways, as these classes are centred; one label an image,
at temperature 1, where theirs are given anew for each augmented view. On validation images of
Fashion at 1 image a class, one seed, ConvNet-3 | MLP: .50 | .31, where real images with the
teacher's labels have .46 | .46.
"""

import torch

from bench import method
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.statistics import recovered, shifted


@method(
    name="sre2l",
    title="SRe2L (short)",
    paper=(
        "Squeeze, Recover and Relabel: Dataset Condensation at ImageNet Scale From A New "
        "Perspective",
        2023,
        "https://arxiv.org/abs/2306.13092",
    ),
    needs=["teacher"],
    params={"steps": 1000, "steps_of_many": 300, "jitter": 2},
    track="distill",
)
def sre2l(problem: DistillProblem, *, steps: int, steps_of_many: int, jitter: int) -> Made:
    """Fit noise to the teacher, and have it label the result."""
    shape = (len(problem.made_labels), *problem.images.shape[1:])
    start = torch.randn(shape, generator=problem.generator)
    return recovered(
        problem,
        start,
        lambda images, _: shifted(images, jitter, problem.generator),
        steps=steps if problem.per_class == 1 else steps_of_many,
    )
