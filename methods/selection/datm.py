"""DATM: MTT with trajectories as late as the size can hold, and with soft labels that are learnt.

As in MTT, but an expert's starting point is drawn from a window whose end grows with the images a
class, `latest` per_class^.6 points, and over the first half of the iterations from half of
that; images begin as real ones that the first expert gets right, labels as the logits that it gives
them, and these are learnt too.
Source: Guo et al., section 3, and github.com/NUS-HPC-AI-Lab/DATM: on CIFAR-10 the windows end at
epochs 4, 20 and 40 of 100 with 1, 10 and 50 images a class, which is 4 n^.6 or nearly so, and from
10 on they begin at half of it. Short, and without augmentation, as MTT is; labels' logits are one
expert's, not many experts' mean, and no average over iterations is kept. On validation images of
Fashion at 10 images a class, one seed, ConvNet-3 | MLP: .754 | .727, where MTT has .753 | .711: no
more than a tie on the network that they were made for.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.trajectories import Matching, as_it_is, matched
from suites.selection.distill.trajectories import experts as trained
from suites.selection.training import Recipe

EXPANSION = 0.5
"""The share of the iterations in which the window grows from half to all of it."""


def window(latest: float, per_class: int, share: float) -> int:
    """The last point that an expert may start from.

    Args:
        latest: with one image a class, in the end.
        share: of the iterations that is done.
    """
    end = latest * per_class**0.6
    return round(end * min(1.0, 0.5 + 0.5 * share / EXPANSION))


def got_right(problem: DistillProblem, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Random images of each class that a network gets right, and the logits that it gives them.

    Where too few are right, the rest are those with the largest logits of their class.
    """
    images, logits = [], []
    for label in range(problem.classes):
        members = problem.drawn(label, len(problem.members(label)))
        with torch.no_grad():
            known = problem.network.logits(weights, members)
        right = known.argmax(1) == label
        order = torch.where(right, torch.inf, known[:, label]).argsort(descending=True, stable=True)
        images.append(members[order[: problem.per_class]])
        logits.append(known[order[: problem.per_class]])
    return torch.cat(images), torch.cat(logits)


@method(
    name="datm",
    title="DATM (short, no augmentation)",
    paper=(
        "Towards Lossless Dataset Distillation via Difficulty-Aligned Trajectory Matching",
        2024,
        "https://arxiv.org/abs/2310.05773",
    ),
    needs=[],
    params={
        "experts": 2, "course_epochs": 1.0, "points": 8, "ahead": 2, "latest": 2,
        "iterations": 70, "steps": 10, "batch": 20, "rate": 0.02, "image_rate": 100.0,
        "label_rate": 2.0, "log_rate": 0.1,
    },
    track="distill",
)  # fmt: skip
def datm(
    problem: DistillProblem,
    *,
    experts: int,
    course_epochs: float,
    points: int,
    ahead: int,
    latest: int,
    iterations: int,
    steps: int,
    batch: int,
    rate: float,
    image_rate: float,
    label_rate: float,
    log_rate: float,
) -> Made:
    """Fit images and labels to trajectories, from early ones to as late ones as they can hold."""
    recipe = Recipe("sgd", rate=0.01, decay=0.0, momentum=0.0, cosine=False)
    courses = trained(problem, experts, course_epochs, points, recipe)
    how = Matching(iterations, steps, ahead, batch, rate, image_rate, label_rate, log_rate)
    images, logits = got_right(problem, courses[0, -1])
    return matched(
        problem,
        courses,
        images,
        logits,
        how,
        lambda share: window(latest, problem.per_class, share),
        as_it_is,
    )
