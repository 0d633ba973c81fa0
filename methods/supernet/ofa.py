"""Once-for-all: train the largest network, then let kernels, depths and widths shrink in turn.

The largest trains alone and becomes the teacher. Three phases follow on its weights, each with
paths drawn uniformly among the choices that it allows, and a learning rate of its own:

    kernel: the widest of every kernel, 1 path a step
    depth:  and the identity, 2 paths a step
    width:  all choices, 4 paths a step; before it each block's channels are sorted by the L1 norm
            of the weights that read them, so that narrow choices take the strongest
    loss = CE(path, labels) + CE(path, teacher's answers), gradients summed over a step's paths

(Once-for-All, progressive shrinking; github.com/mit-han-lab/once-for-all, ofa/elastic_nn/training).
The largest and each phase have a quarter of the budget; published 180, 120, 145 and 145 epochs,
with depths and widths allowed in two stages each. There depths and widths have lower rates than
kernels (.0025 and .0075 after .03); here each phase begins at the task's.
The paper takes a 5x5 kernel from a 7x7's centre by a learnt matrix. From a 3x3's centre to a 1x1
that matrix is one number, which BatchNorm divides out again: there is none here. Labels are
smoothed there, and aren't here.
"""

import torch.nn.functional as F
from torch import Tensor

from bench import method
from suites.supernet.network import Network
from suites.supernet.optimiser import Optimiser, add
from suites.supernet.paths import Allowed, among
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import steps, train, update


@method(
    name="ofa",
    title="Once-for-all",
    paper=(
        "Once-for-All: Train One Network and Specialize it for Efficient Deployment",
        2019,
        "https://arxiv.org/abs/1908.09791",
    ),
    needs=["images", "budget", "nested"],
    track="unlabelled",
    params={"kernel_paths": 1, "depth_paths": 2, "width_paths": 4},
)
def ofa(
    problem: SupernetProblem, *, kernel_paths: int, depth_paths: int, width_paths: int
) -> Scorer:
    """Progressive shrinking."""
    network = problem.network
    weights = network.weights(problem.generator)
    train(problem, weights, lambda: [network.largest], upto=1 / 4)
    teacher = {name: weight.clone() for name, weight in weights.items()}
    kernels, depths, widths = phases(network)
    shrink(problem, weights, teacher, kernels, paths=kernel_paths, upto=2 / 4)
    shrink(problem, weights, teacher, depths, paths=depth_paths, upto=3 / 4)
    sort_channels(network, weights)
    shrink(problem, weights, teacher, widths, paths=width_paths, upto=1.0)

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer


def phases(network: Network) -> tuple[Allowed, Allowed, Allowed]:
    """The choices of each phase, the same at each place; 0 is the identity."""
    options = network.space.options
    widest = max(width for _, width in options)
    kernels = tuple(i for i, (_, width) in enumerate(options, start=1) if width == widest)
    everything = tuple(range(len(options) + 1))
    places = network.space.places
    return (kernels,) * places, ((0, *kernels),) * places, (everything,) * places


def shrink(
    problem: SupernetProblem,
    weights: dict[str, Tensor],
    teacher: dict[str, Tensor],
    allowed: Allowed,
    *,
    paths: int,
    upto: float,
) -> None:
    """One phase, in place.

    Args:
        teacher: the largest network's weights.
        allowed: what is drawn.
        paths: a step.
        upto: the share of the budget at which it ends.
    """
    network = problem.network
    optimiser = Optimiser(weights, problem.updates)
    for images, labels, share in steps(problem, upto):
        drawn = among(allowed, problem.generator, paths)
        asking = problem.cost(network.largest) / 2  # more than a forward pass takes
        if not problem.affords(asking + sum(map(problem.cost, drawn)), upto):
            return
        answers = problem.forward(teacher, network.largest, images).softmax(1)
        targets = F.one_hot(labels, network.classes) + answers
        total: dict[str, Tensor] = {}
        for path in drawn:
            add(total, problem.step(weights, path, images, targets).gradients)
        update(problem, optimiser, total, share)


def sort_channels(network: Network, weights: dict[str, Tensor]) -> None:
    """Order each block's inner channels by what reads them, the strongest first, in place.

    The largest network computes what it did; a narrower one takes the first channels.
    """
    for place, choice in enumerate(network.largest or ()):
        into, out = network.weights_of(place, choice)
        order = weights[out].abs().sum((0, 2, 3)).argsort(descending=True, stable=True)
        weights[into] = weights[into][order]
        weights[out] = weights[out][:, order]
