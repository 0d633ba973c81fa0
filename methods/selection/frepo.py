"""FRePo: images and targets by which ridge regression on a network's features predicts the pool's.

Targets y are one-hot less 1 / C, those of made images learnt. On one of ten networks that learn
(x, y) by squared error while it is made, each replaced after 100 steps:
p = K(real, x) (K(x, x) + lambda I)^-1 y, lambda = 1e-6 tr K / n, K(a, b) = phi(a) phi(b)^T;
L = mean of |p - y_real|^2 / 2, less the mean of min(1 / C, the margin of the largest y over the
next), which keeps made targets apart. LAMB on x and on y, with cosine decay to a tenth.
Source: Zhou et al., algorithm 1, and github.com/yongchaoz/FRePo, from which the margin is; networks
by Adam 3e-4. Short: `steps` (`steps_of_many` at more images a class, of which each costs more) in
place of 500,000, so rate .01 in place of 3e-4, 256 real images a step in place of 1,024; instance
norm in place of BatchNorm, as the suite's network has it. The rate by trial (python -m
suites.selection.trial frepo --task distill-fashion-1): rates .003, .01, .03, .1 have .546 | .481,
.640 | .523, .642 | .401, .633 | .098 on validation images, one draw, ConvNet-3 | others.
"""

from math import cos, pi

import torch
import torch.nn.functional as F
from torch import Tensor

from bench import method
from suites.selection.distill.kernels import OnlineNetworks, regress_by_features
from suites.selection.distill.problem import DistillProblem, Examples, Made
from suites.selection.training import Recipe

LEAST = 0.1
"""The rate at the last step, in shares of the first's."""

MOST = 100
"""Steps after which a network is replaced."""


@method(
    name="frepo",
    title="FRePo (short)",
    paper=(
        "Dataset Distillation using Neural Feature Regression",
        2022,
        "https://arxiv.org/abs/2206.00719",
    ),
    needs=[],
    params={
        "steps": 300,
        "steps_of_many": 180,
        "real": 256,
        "rate": 0.01,
        "networks": 10,
        "ridge": 1e-6,
    },
    track="distill",
)
def frepo(
    problem: DistillProblem,
    *,
    steps: int,
    steps_of_many: int,
    real: int,
    rate: float,
    networks: int,
    ridge: float,
) -> Made:
    """Learn images and targets through ridge regression on features."""
    steps = steps if problem.per_class == 1 else steps_of_many
    recipe = Recipe("adamw", rate=3e-4, decay=0.0, cosine=False)
    made = Examples(problem.real_start(), centred(problem.made_labels, problem.classes))
    optimisers = [Lamb(made.images), Lamb(made.targets)]

    def loss(predicted: Tensor, wanted: Tensor, own: Tensor) -> Tensor:
        error = 0.5 * (predicted - wanted).square().sum(1).mean()
        first, second = own.topk(2, 1).values.unbind(1)
        return error - (first - second).clamp(max=1 / problem.classes).mean()

    def update(step: int, *gradients: Tensor) -> None:
        now = rate * (LEAST + (1 - LEAST) * 0.5 * (1 + cos(pi * step / steps)))
        for optimiser, gradient in zip(optimisers, gradients, strict=True):
            optimiser.step(gradient, now)

    regress_by_features(
        problem,
        OnlineNetworks(problem, networks, MOST, recipe),
        made,
        centred(problem.labels, problem.classes),
        steps=steps,
        real=real,
        ridge=ridge,
        constant=False,
        loss=loss,
        update=update,
    )
    return Made(made.images, made.targets, loss="mse")


def centred(labels: Tensor, classes: int) -> Tensor:
    """One-hot less 1 / classes, shape (n, classes)."""
    return F.one_hot(labels, classes).float() - 1 / classes


class Lamb:
    """LAMB on one tensor, in place: Adam's direction, as long as the tensor itself.

    x <- x - rate |x| d / |d|, d = Adam's step. Source: You et al. (2020), algorithm 2, no decay.
    """

    BETAS, EPSILON = (0.9, 0.999), 1e-6

    def __init__(self, values: Tensor) -> None:
        self.values, self.done = values, 0
        self.first, self.second = torch.zeros_like(values), torch.zeros_like(values)

    def step(self, gradient: Tensor, rate: float) -> None:
        """Change the values by one step."""
        self.done += 1
        one, two = self.BETAS
        self.first.mul_(one).add_(gradient, alpha=1 - one)
        self.second.mul_(two).addcmul_(gradient, gradient, value=1 - two)
        scale = (self.second / (1 - two**self.done)).sqrt_().add_(self.EPSILON)
        direction = self.first / (1 - one**self.done) / scale
        length = self.values.square().sum().sqrt() / direction.square().sum().sqrt().clamp(1e-12)
        self.values.sub_(direction * length, alpha=rate)
