"""A small merging problem in memory, for tests: this repository's and a contributor's own.

    from suites.merging.tiny import tiny_problem
    merged = my_method(tiny_problem(), scale=0.3)

A real network (a vision transformer of about 4,000 weights) with a frozen head, experts moved from
it at random, and random images with labels. For methods that
need experts trained apart there is `tiny_apart_problem`. Nothing is trained, so accuracies mean
nothing; that takes the real tasks. Not here: those tasks (suites.merging.definition).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Generator, Tensor, nn

from bench.metering.meter import Meter
from suites.common.networks import VisionTransformer
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem
from suites.merging.rebasin.networks import ResidualNet
from suites.merging.routing import Routing
from suites.merging.vectors import State

CLASSES = 4
"""Classes of each expert's task."""


def tiny_problem(
    experts: int = 3,
    *,
    seed: int = 0,
    examples: int = 32,
    change: float = 0.05,
    needs: Iterable[str] | None = None,
    meter: Meter | None = None,
    generator_seed: int = 0,
) -> MergingProblem:
    """A problem of that many experts.

    Args:
        experts: how many; expert i tells classes 4i to 4i + 3 apart.
        seed: draws weights, images and labels.
        examples: of each task, for calibration and as many for validation.
        change: standard deviation of an expert's change of each weight.
        needs: what the method may ask for; by default everything.
        meter: by default one without limits, which isn't counting.
        generator_seed: seeds the method's draws.
    """
    generator = Generator().manual_seed(seed)
    model = tiny_network(CLASSES * experts, generator)
    start = {n: p.detach().clone() for n, p in model.named_parameters() if not n.startswith("head")}

    def expert() -> State:
        return {
            name: tensor + change * torch.randn(tensor.shape, generator=generator)
            for name, tensor in start.items()
        }

    def data(task: int) -> Examples:
        classes = classes_of(task)
        labels = classes[torch.randint(CLASSES, (examples,), generator=generator)]
        return Examples(torch.randn(examples, 8, 8, generator=generator), classes, labels)

    return MergingProblem(
        model,
        [expert() for _ in range(experts)],
        pretrained=start,
        calibration=[data(task) for task in range(experts)],
        validation=[data(task) for task in range(experts)],
        test_inputs=[data(task).inputs for task in range(experts)],
        test_classes=[classes_of(task) for task in range(experts)],
        needs=needs,
        meter=meter,
        routing=tiny_routing(experts, torch.randn(examples, 8, 8, generator=generator)),
        generator=Generator().manual_seed(generator_seed),
    )


def tiny_routing(experts: int, images: Tensor) -> Routing:
    """A router of one random layer, and images for it."""
    layer = torch.randn(images[0].numel(), experts, generator=Generator().manual_seed(0))
    return Routing(images, lambda inputs: inputs.flatten(1) @ layer)


def tiny_apart_problem(
    experts: int = 3,
    *,
    seed: int = 0,
    examples: int = 32,
    needs: Iterable[str] | None = None,
    meter: Meter | None = None,
    generator_seed: int = 0,
) -> MergingProblem:
    """A problem of experts that have nothing in common: residual networks with BatchNorm.

    Args:
        experts, seed, examples, needs, meter, generator_seed: as of `tiny_problem`; there is no
            pretrained model.
    """
    generator = Generator().manual_seed(seed)
    model = ResidualNet((12, 16), CLASSES * experts).eval()

    def draw(name: str, tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point():
            return torch.ones_like(tensor)
        if name.endswith("running_var"):
            return 0.5 + torch.rand(tensor.shape, generator=generator)
        return 0.5 * torch.randn(tensor.shape, generator=generator)

    def state() -> State:
        return {name: draw(name, tensor) for name, tensor in model.state_dict().items()}

    def data(task: int) -> Examples:
        classes = classes_of(task)
        labels = classes[torch.randint(CLASSES, (examples,), generator=generator)]
        return Examples(torch.randn(examples, 8, 8, generator=generator), classes, labels)

    model.load_state_dict(state())
    return MergingProblem(
        model,
        [state() for _ in range(experts)],
        calibration=[data(task) for task in range(experts)],
        validation=[data(task) for task in range(experts)],
        test_inputs=[data(task).inputs for task in range(experts)],
        test_classes=[classes_of(task) for task in range(experts)],
        needs=needs,
        meter=meter,
        generator=Generator().manual_seed(generator_seed),
    )


def classes_of(task: int) -> Tensor:
    """The classes that an expert's task tells apart, shape (CLASSES,)."""
    return torch.arange(CLASSES * task, CLASSES * (task + 1))


def tiny_network(classes: int, generator: Generator) -> nn.Module:
    """A vision transformer for images of 8 x 8 with random weights; nothing in it is zero."""
    network = VisionTransformer(classes, size=8, patch=4, width=16, depth=2, heads=2, hidden=32)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    return network
