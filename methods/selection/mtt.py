"""MTT: images on which a few steps lead where many steps on the pool led an expert.

min over images x and a rate a of |theta_N - theta*_{t+M}|^2 / |theta*_t - theta*_{t+M}|^2, where
theta*_t are an expert's weights at point t of its training, and theta_N those after N steps of
gradient descent at rate a on x from theta*_t; by SGD on x (rate 100, momentum .5) and on log a.
Source: Cazenavette et al., section 3 and algorithm 1, and github.com/GeorgeCazenavette/
mtt-distillation: real images to begin with; experts by SGD at .01 without momentum. Here two
experts of an epoch in quarters for 100 of 50 epochs, tens of iterations for thousands, N = 10 for
50, log a for a, and no augmentation, of experts or of made images. Not above DM here, whatever was
tried (python -m suites.selection.trial mtt --task distill-fashion-10 --set image_rate=30,100,300):
on validation images of Fashion, one draw, ConvNet-3 | others, at 1 image a class image rates 30,
100, 300 have .637 | .468, .653 | .450, .633 | .452, DM .687 | .540; at 10 rates 30, 100, 300, 1000
have .761 | .713, .760 | .718, .729 | .707, .729 | .673, DM .782 | .727; 140 iterations of 5 steps
at rate 300 .705 | .662, and of half as long pieces of trajectories .718 | .684.
"""

from bench import method
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.trajectories import Matching, as_it_is, matched
from suites.selection.distill.trajectories import experts as trained
from suites.selection.training import Recipe


@method(
    name="mtt",
    title="MTT (short, no augmentation)",
    paper=(
        "Dataset Distillation by Matching Training Trajectories",
        2022,
        "https://arxiv.org/abs/2203.11932",
    ),
    needs=[],
    params={
        "experts": 2, "course_epochs": 1.0, "points": 4, "ahead": 2, "latest": 2,
        "iterations": 70, "steps": 10, "batch": 20, "rate": 0.02, "image_rate": 100.0,
        "log_rate": 0.1,
    },
    track="distill",
)  # fmt: skip
def mtt(
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
    log_rate: float,
) -> Made:
    """Train experts, and fit images to pieces of their trajectories."""
    recipe = Recipe("sgd", rate=0.01, decay=0.0, momentum=0.0, cosine=False)
    courses = trained(problem, experts, course_epochs, points, recipe)
    how = Matching(iterations, steps, ahead, batch, rate, image_rate, 0.0, log_rate)
    return matched(problem, courses, problem.real_start(), None, how, lambda _: latest, as_it_is)
