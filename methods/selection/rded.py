"""RDED: crops of real images that the teacher is surest of.

Of up to 300 images of each class five random square crops each are taken, of areas uniform from .08
of the image's to all of it, resized to 1 / `across` of its side; of each image the crop with the
least cross-entropy of the teacher, and of these the across^2 per_class with the least, go across^2
to an image. Then the teacher's probabilities are the labels.
Source: Sun et al., section 4 and algorithm 1, and github.com/LINs-lab/RDED, synthesize/utils.py,
which shows the teacher a small crop amid an image of zeros, as here. Across is 1, theirs for images
of 32 x 32; their 2 for larger ones puts four crops to an image. On validation images of Fashion at
1 image a class, one seed, ConvNet-3 | MLP: across 1 .57 | .47, across 2 .14 | .11, real images with
the teacher's labels .46 | .46. One label an image, where theirs are given anew for each view.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bench import method
from suites.selection.distill.crops import crops as cropped
from suites.selection.distill.crops import drawn_crops
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.statistics import relabelled
from suites.selection.distill.teacher import Teacher

IMAGES, SMALLEST = 300, 0.08
"""Images of each class that are cropped, and the least part of its area that a crop has."""


def amid_zeros(patches: Tensor, side: int) -> Tensor:
    """Images with a patch in the middle and 0 around it, shape (n, channels, side, side)."""
    before = (side - patches.shape[-1]) // 2
    after = side - patches.shape[-1] - before
    return F.pad(patches, (before, after, before, after))


def surest(teacher: Teacher, patches: Tensor, label: int, side: int, count: int) -> Tensor:
    """The `count` patches with the least cross-entropy, of each image at most one, best first.

    Args:
        patches: shape (images, crops, channels, patch, patch).
    """
    flat = patches.flatten(0, 1)
    with torch.no_grad():
        logits = teacher.logits(amid_zeros(flat, side))
    losses = -logits.log_softmax(1)[:, label].view(patches.shape[:2])
    best, which = losses.min(1)
    order = best.argsort(stable=True)[:count]
    return patches[order, which[order]]


def four_to_an_image(patches: Tensor) -> Tensor:
    """Quarters put together: patch i, i + n, i + 2 n and i + 3 n make image i of n.

    Args:
        patches: shape (4 n, channels, patch, patch).
    Returns:
        Shape (n, channels, 2 patch, 2 patch).
    """
    upper_left, upper_right, lower_left, lower_right = patches.chunk(4)
    upper = torch.cat([upper_left, upper_right], 3)
    lower = torch.cat([lower_left, lower_right], 3)
    return torch.cat([upper, lower], 2)


@method(
    name="rded",
    title="RDED",
    paper=(
        "On the Diversity and Realism of Distilled Dataset: An Efficient Dataset Distillation "
        "Paradigm",
        2024,
        "https://arxiv.org/abs/2312.03526",
    ),
    needs=["teacher"],
    params={"crops": 5, "across": 1},
    track="distill",
)
def rded(problem: DistillProblem, *, crops: int, across: int) -> Made:
    """Take the crops that the teacher is surest of, and have it label what they make."""
    side, teacher, made = problem.images.shape[-1], problem.teacher, []
    for label in range(problem.classes):
        drawn = problem.drawn(label, IMAGES)
        corners, sizes = drawn_crops(len(drawn) * crops, side, SMALLEST, problem.generator)
        patches = cropped(drawn.repeat_interleave(crops, 0), corners, sizes, side // across)
        patches = patches.view(len(drawn), crops, *patches.shape[1:])
        best = surest(teacher, patches, label, side, across**2 * problem.per_class)
        made.append(best if across == 1 else four_to_an_image(best))
    return relabelled(problem, torch.cat(made))
