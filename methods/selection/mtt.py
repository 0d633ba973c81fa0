"""MTT: images on which a few steps lead where an epoch on the pool led an expert."""

from bench import method
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.trajectories import Matching, matched
from suites.selection.distill.trajectories import experts as trained
from suites.selection.training import Recipe


@method(
    name="mtt",
    title="MTT (short)",
    paper=(
        "Dataset Distillation by Matching Training Trajectories",
        2022,
        "https://arxiv.org/abs/2203.11932",
    ),
    needs=["labels"],
    params={
        "experts": 2, "epochs": 1.0, "points": 4, "ahead": 2, "latest": 2, "momentum": 0.9,
        "expert_batch": 32,
        "iterations": 60, "steps": 10, "batch": 10, "rate": 0.1, "image_rate": 0.05, "log_rate": 0.02
    },
    track="distill",
)  # fmt: skip
def mtt(
    problem: DistillProblem,
    *,
    experts: int,
    epochs: float,
    points: int,
    ahead: int,
    latest: int,
    momentum,
    expert_batch,
    iterations: int,
    steps: int,
    batch: int,
    rate: float,
    image_rate: float,
    log_rate: float,
) -> Made:
    recipe = Recipe("sgd", 0.01, 0.0, expert_batch, momentum, False)
    courses = trained(problem, experts, epochs, points, recipe)
    how = Matching(iterations, steps, ahead, batch, rate, image_rate, 0.0, log_rate)
    return matched(problem, courses, problem.real_start(), None, how, lambda _: latest, plain)


def plain():
    return lambda images: images
