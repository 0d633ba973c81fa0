"""Class mean: the mean image of each class.

x_c = mean of the pool's images of class c. At more images a class the class is dealt at random into
so many parts whose sizes differ by one at most, and each image is the mean of one part.
Source: the nearest-mean rule of prototypes in image space; Snell et al. (2017), equation 1, with
the identity as embedding. A baseline: that paper classifies by the nearest prototype, and trains
nothing on the prototypes themselves.
"""

import torch

from bench import method
from suites.selection.distill.problem import DistillProblem, Made


@method(
    name="class_mean",
    title="Class mean (baseline)",
    paper=(
        "Prototypical Networks for Few-shot Learning",
        2017,
        "https://arxiv.org/abs/1703.05175",
    ),
    needs=[],
    track="distill",
)
def class_mean(problem: DistillProblem) -> Made:
    """Average each class, or random equal parts of it."""
    images = []
    for label in range(problem.classes):
        members = problem.members(label)
        order = members[torch.randperm(len(members), generator=problem.generator)]
        images += [problem.images[part].mean(0) for part in order.tensor_split(problem.per_class)]
    return Made(torch.stack(images), problem.made_labels)
