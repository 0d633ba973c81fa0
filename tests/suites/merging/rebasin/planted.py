"""Networks of several kinds, and a copy of each whose channels stand in another order.

Here: what the tests of channels, of matching and of transport plant and look for. Not here: tests.
"""

import torch
from torch import Generator, nn
from torch.func import functional_call

from suites.common.networks import MLP, BatchNorm
from suites.merging.channels import read_structure
from suites.merging.evaluation import Examples
from suites.merging.permutations import permute
from suites.merging.problem import MergingProblem
from suites.merging.rebasin.networks import ResidualNet


class FlatConv(nn.Module):
    """A convolution with bias, pooling, and a linear layer on all channels and places."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.hidden = nn.Linear(5 * 16, 7)
        self.head = nn.Linear(7, 3)

    def forward(self, images):
        x = self.pool(torch.relu(self.conv(images[:, None]))).flatten(1)
        return self.head(torch.tanh(self.hidden(x)))


class Plain(nn.Module):
    """Convolutions, each with this repository's own BatchNorm, in a row."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 5, 3, bias=False), BatchNorm(5), nn.ReLU(),
            nn.Conv2d(5, 6, 3, bias=False), BatchNorm(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Linear(6, 3),
        )  # fmt: skip

    def forward(self, images):
        return self.body(images.unsqueeze(1))


class Depthwise(nn.Module):
    """A kernel a channel between two full convolutions."""

    def __init__(self):
        super().__init__()
        self.widen = nn.Conv2d(1, 6, 1)
        self.each = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6, 3)

    def forward(self, images):
        x = torch.relu(self.norm(self.each(torch.relu(self.widen(images[:, None])))))
        return self.head(x.mean((2, 3)))


NETWORKS = {
    "perceptron": lambda: MLP([64, 9, 8, 3]),
    "convolutions with BatchNorm": Plain,
    "residual blocks with BatchNorm": lambda: ResidualNet((6, 8), 3),
    "flattened": FlatConv,
    "depthwise": Depthwise,
}


def random_state(model, seed):
    """Weights and running statistics in which nothing is zero or alike."""
    generator = Generator().manual_seed(seed)

    def draw(name, tensor):
        if not tensor.is_floating_point():
            return tensor.clone()
        if name.endswith("running_var"):
            return 0.5 + torch.rand(tensor.shape, generator=generator)
        return 0.5 * torch.randn(tensor.shape, generator=generator)

    return {name: draw(name, tensor) for name, tensor in model.state_dict().items()}


def planted(make, seed=0):
    """A network, its state, the groups, the orders and the state in those orders."""
    model = make().eval()
    state = random_state(model, seed)
    groups = read_structure(model, state).groups
    draws = Generator().manual_seed(seed + 1)
    orders = [torch.randperm(group.size, generator=draws) for group in groups]
    return model, state, groups, orders, permute(state, groups, orders)


def problem_of(model, states, seed=0):
    """A merging problem of those states on random images, everything offered."""
    images = torch.randn(20, 8, 8, generator=Generator().manual_seed(seed))
    labels = torch.arange(20) % 3
    pools = [Examples(images, torch.arange(3), labels) for _ in states]
    return MergingProblem(model, states, calibration=pools, validation=pools)


def answers(model, state, seed=7):
    images = torch.randn(11, 8, 8, generator=Generator().manual_seed(seed))
    return functional_call(model, state, (images,))
