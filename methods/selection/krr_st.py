"""KRR-ST: FRePo's regression to what a target network says of an image, in place of its label.

With t(x) the target network's representation, made pairs (x, y) begin as an image of the pool and
t of it. On one of ten networks that learn (x, y) by squared error, each replaced after 100 steps:
p = K(real, x) (K(x, x) + lambda I)^-1 y, lambda = 1e-6 tr K, K(a, b) = [phi(a), 1] [phi(b), 1]^T;
L = mean square of p - t(real), over examples and outputs. Adam 1e-2 on x and on y.
Source: Lee et al., algorithm 1, and github.com/db-Lee/selfsup_dd; networks by SGD .1, momentum .9,
decay 1e-3. Simplified: t is the logits of a network that was trained with labels, less their mean
and over their standard deviation, where the paper's was trained without; so made targets are rows
of logits, and nothing needs to be trained on further. Short: `steps` (`steps_of_many` at more
images a class) in place of 160,000, rate 1e-2 in place of 1e-3, 128 real images a step in place of
1,024; networks begin untrained and grow to 100 steps in place of 1,000; the real images aren't
augmented. The rate by trial (python -m suites.selection.trial krr_st --task distill-fashion-1):
rates .003, .01, .03 have .662 | .601, .664 | .603, .680 | .595 on validation images, one draw,
ConvNet-3 | others: no difference.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.distill.kernels import OnlineNetworks, regress_by_features
from suites.selection.distill.problem import DistillProblem, Examples, Made
from suites.selection.training import Recipe, in_batches

MOST = 100
"""Steps after which a network is replaced."""


@method(
    name="krr_st",
    title="KRR-ST (supervised target, short)",
    paper=(
        "Self-Supervised Dataset Distillation for Transfer Learning",
        2024,
        "https://arxiv.org/abs/2310.06511",
    ),
    needs=["teacher"],
    params={
        "steps": 200,
        "steps_of_many": 180,
        "real": 128,
        "rate": 0.01,
        "networks": 10,
        "ridge": 1e-6,
    },
    track="distill",
)
def krr_st(
    problem: DistillProblem,
    *,
    steps: int,
    steps_of_many: int,
    real: int,
    rate: float,
    networks: int,
    ridge: float,
) -> Made:
    """Learn images and targets through ridge regression on features to a teacher's logits."""
    # Their loss is the mean over outputs, the suite's half the sum: C / 2 times theirs.
    recipe = Recipe("sgd", rate=0.1 * 2 / problem.classes, decay=1e-3, cosine=False)
    chosen = problem.real_start()
    targets, own = representations(problem, problem.images, chosen)
    made = Examples(chosen, own)
    optimiser = torch.optim.Adam([made.images, made.targets], lr=rate)

    def loss(predicted: Tensor, wanted: Tensor, _: Tensor) -> Tensor:
        return (predicted - wanted).square().mean()

    def update(_: int, *gradients: Tensor) -> None:
        made.images.grad, made.targets.grad = gradients
        optimiser.step()

    regress_by_features(
        problem,
        OnlineNetworks(problem, networks, MOST, recipe),
        made,
        targets,
        steps=steps if problem.per_class == 1 else steps_of_many,
        real=real,
        ridge=ridge * len(chosen),  # lambda is theirs: a share of the trace, not of its mean
        constant=True,
        loss=loss,
        update=update,
    )
    made.images.grad = made.targets.grad = None
    return Made(made.images, made.targets, loss="mse")


@torch.no_grad()
def representations(problem: DistillProblem, pool: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The teacher's logits of the pool and of some images, both on the scale of the pool's."""
    teacher = problem.teacher
    logits = torch.cat([teacher.logits(pool[rows]) for rows in in_batches(len(pool))])
    problem.passed(forward=len(pool) + len(chosen))
    mean, deviation = logits.mean(), logits.std()
    return (logits - mean) / deviation, (teacher.logits(chosen) - mean) / deviation
