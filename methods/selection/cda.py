"""CDA: SRe2L that looks at whole images first, and at ever smaller crops later.

The teacher sees a random crop, resized, of an area uniform from m(t) to 1 of the image's, where
m(t) = .08 + .92 (1 + cos(pi t / (T milestone))) / 2 at step t of T, and .08 after the milestone;
all else is as in SRe2L.
Source: Yin and Shen, section 3 and algorithm 1, and github.com/VILA-Lab/SRe2L/tree/main/CDA, whose
default milestone of 0 has no curriculum: here 1. One crop for all of a batch, and sides' ratios, as
there. Shortened as SRe2L is; no flips, which change digits. Not above SRe2L here: on validation
images of Fashion at 1 image a class, one seed, ConvNet-3 | MLP, 1,000 steps, .48 | .28 against
.50 | .31. Nor at 10, with 300 (python -m suites.selection.trial cda --task distill-fashion-10):
milestones .5 and 1 have .562 | .334 and .552 | .362, ConvNet-3 | others, SRe2L .558 | .456.
"""

from math import cos, pi

import torch
from torch import Tensor

from bench import method
from suites.selection.distill.crops import crops, drawn_crops
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.statistics import recovered, shifted

SMALLEST, NARROWEST = 0.08, 3 / 4


def least_area(share: float, milestone: float) -> float:
    """The smallest part of an image that a crop may be.

    Args:
        share: of the steps that are done.
        milestone: the share at which it has become as small as it gets.
    """
    if share >= milestone:
        return SMALLEST
    return SMALLEST + (1 - SMALLEST) * (1 + cos(pi * share / milestone)) / 2


@method(
    name="cda",
    title="CDA (short)",
    paper=(
        "Dataset Distillation via Curriculum Data Synthesis in Large Data Era",
        2024,
        "https://arxiv.org/abs/2311.18838",
    ),
    needs=["teacher"],
    params={"steps": 1000, "steps_of_many": 300, "jitter": 2, "milestone": 1.0},
    track="distill",
)
def cda(
    problem: DistillProblem, *, steps: int, steps_of_many: int, jitter: int, milestone: float
) -> Made:
    """Fit noise to the teacher through crops, easy first, and have it label the result."""
    side = problem.images.shape[-1]

    def view(images: Tensor, share: float) -> Tensor:
        least = least_area(share, milestone)
        corners, sizes = drawn_crops(1, side, least, problem.generator, NARROWEST)
        return shifted(crops(images, corners, sizes, side), jitter, problem.generator)

    shape = (len(problem.made_labels), *problem.images.shape[1:])
    start = torch.randn(shape, generator=problem.generator)
    return recovered(problem, start, view, steps=steps if problem.per_class == 1 else steps_of_many)
