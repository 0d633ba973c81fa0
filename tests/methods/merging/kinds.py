"""A network with every kind of tensor that a state may hold, and problems made of it.

Here: what a practitioner's checkpoint has and a tiny transformer lacks: a scalar (CLIP's
logit_scale), a convolution's kernel in channels_last, BatchNorm's buffers, counters and flags,
tensors of one number and of none, double precision beside single, and a part that the forward
pass doesn't use, whose numbers may be as large or small as they like. Not here: tests.
"""

from importlib import import_module

import torch
from torch import Generator, nn

from bench.catalogue.registry import ROOT, catalogue
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_routing

METHODS = [m for m in catalogue().methods["merging"].values() if m.kind == "method"]
EXAMPLES = 8
FEWER = {"examples": EXAMPLES, "steps": 3}


def call(method, problem, **changed):
    """Run a registered method with its defaults, on few examples."""
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    params = dict(method.params or {})
    params |= {name: few for name, few in FEWER.items() if name in params}
    return getattr(import_module(module), method.function)(problem, **{**params, **changed})


def states_of(merged):
    """What a method returned as a list of states; a router has none."""
    if callable(merged):
        return []
    return [merged] if isinstance(merged, dict) else list(merged)


class Everything(nn.Module):
    """Images of 2 x 4 x 4 -> 6 logits."""

    def __init__(self, unused=1.0):
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3, padding=1).to(memory_format=torch.channels_last)
        self.norm = nn.BatchNorm2d(4)
        self.linear = nn.Linear(4, 6)
        self.logit_scale = nn.Parameter(torch.tensor(1.5))
        self.one = nn.Parameter(torch.ones(1))
        self.cube = nn.Parameter(torch.randn(2, 3, 2))
        self.none = nn.Parameter(torch.zeros(0))
        self.no_rows = nn.Parameter(torch.zeros(0, 3))
        self.unused = nn.Parameter(unused * torch.randn(3, 5))
        self.precise = nn.Parameter(torch.randn(3, dtype=torch.float64))
        self.register_buffer("flags", torch.tensor([True, False]))
        self.register_buffer("levels", torch.tensor([3, 200], dtype=torch.uint8))

    def forward(self, images):
        x = self.norm(self.convolution(images)).relu().mean((2, 3))
        return self.logit_scale * self.one * self.linear(x) + self.cube.sum()


def problem_of(experts=3, seed=0, change=0.05, unused=1.0, variance=1e-3, frozen=()):
    """Experts at random distances of a random network.

    Args:
        change: standard deviation of the change of each floating-point number that may have any
            sign, as a share of the part's size.
        unused: size of the numbers that the forward pass doesn't use.
        variance: the experts' running variances lie between this and 1; pretrained has 1, so that
            each of them fell.
        frozen: names that no expert changed.
    """
    torch.manual_seed(seed)
    model = Everything(unused)
    generator = Generator().manual_seed(seed)
    model.norm.running_var.fill_(1)
    start = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}

    def moved(name, tensor):
        if name in frozen or tensor.dtype == torch.bool:
            return tensor.clone()
        if not tensor.is_floating_point():
            return tensor + 1
        if name == "norm.running_var":
            low = torch.full_like(tensor, variance)
            return low + (1 - variance) * torch.rand(tensor.shape, generator=generator) ** 4
        size = change * (unused if name == "unused" else 1)
        drawn = torch.randn(tensor.shape, generator=generator).to(tensor.dtype)
        return tensor.clone().add_(drawn, alpha=size)

    def moved_state():
        return {name: moved(name, tensor) for name, tensor in start.items()}

    return with_states(model, [moved_state() for _ in range(experts)], start, seed)


def with_states(model, experts, pretrained, seed=0):
    """A problem of given states, with examples of two classes for each expert."""
    generator = Generator().manual_seed(seed)

    def data(task):
        classes = torch.arange(2 * (task % 3), 2 * (task % 3) + 2)
        labels = classes[torch.randint(2, (EXAMPLES,), generator=generator)]
        images = torch.randn(EXAMPLES, 2, 4, 4, generator=generator)
        return Examples(images, classes, labels)

    pools = [data(task) for task in range(len(experts))]
    return MergingProblem(
        model,
        experts,
        pretrained=pretrained,
        calibration=pools,
        validation=pools,
        test_inputs=[pool.inputs for pool in pools],
        test_classes=[pool.classes for pool in pools],
        routing=tiny_routing(len(experts), torch.cat([pool.inputs for pool in pools])),
    )
