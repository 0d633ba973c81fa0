"""The plain hypernetwork and MIP beside those of hyperlight, the MIP authors' package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.hypernet.mip import mip
from methods.hypernet.standard_fan_out import standard_fan_out
from suites.common.networks import MLP
from suites.hypernet.course import Part
from suites.hypernet.layers import Plain
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.rotation.drawing import draw
from suites.hypernet.rotation.settings import SETTINGS as ROTATION
from suites.hypernet.training import fit
from tests.crosscheck.comparisons import compared

STEPS = 60
SETTINGS: dict[str, Any] = {
    **ROTATION["small"],
    "steps": STEPS,
    "rates": {"adam": [3e-3], "sgd": [1e-2]},
}
OPTIMISERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=3e-3),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=1e-2, momentum=0.9),
}
PLAIN = {"encoding": None, "init_independent_weights": False}


@pytest.fixture(scope="module")
def part() -> Part:
    """Rotation's first seed, of which the first batches are trained on."""
    return draw(SETTINGS, 0)[0]


def ours(part: Part, method: Callable[[HypernetProblem], Plain], seed: int = 0) -> Plain:
    draws = torch.Generator().manual_seed(seed)
    return method(HypernetProblem(part.target, part.conditions, part.hidden, part.cap, draws))


def theirs(part: Part, **options: Any) -> nn.Module:
    """hyperlight's hypernetwork for the same target, initialised by hyperlight."""
    import hyperlight

    return hyperlight.HyperNet(
        input_shapes={"condition": (1,)},
        output_shapes=part.target.shapes,
        hidden_sizes=list(part.hidden),
        **options,
    )


@torch.no_grad()
def copied(network: Plain, part: Part, **options: Any) -> nn.Module:
    """hyperlight's hypernetwork with our parameters."""
    found = theirs(part, **options)
    linears = [layer for layer in found.backbone if isinstance(layer, nn.Linear)]
    for mine, other in zip((*network.hidden.layers, network.head), linears, strict=True):
        other.weight.copy_(mine.weight)
        other.bias.copy_(mine.bias)
    return found


def losses_of_hyperlight(hypernet: nn.Module, part: Part, optimiser: str) -> Tensor:
    """The loop of hyperlight's README on the part's batches."""
    import hyperlight

    network = MLP(part.target.widths)
    network = hyperlight.hypernetize(network, parameters=dict(network.named_parameters()))
    stepper = OPTIMISERS[optimiser](hypernet.parameters())
    (stage,) = part.stages
    losses = []
    for step in range(STEPS):
        parameters = hypernet(condition=stage.conditions[step])
        with network.using_externals(parameters):
            scores = network(stage.inputs(step)[0])
        loss = nn.functional.cross_entropy(scores, stage.labels[step, 0])
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def assert_same_training(part: Part, network: Plain, other: Callable[[], nn.Module]) -> None:
    """Equal losses with both optimisers, and losses that fall."""
    (found,) = fit(
        [network], [part], SETTINGS, [Meter(Budget(limits={"flops": 1e15}))], [torch.Generator()]
    )
    for one, optimiser in zip(found, OPTIMISERS, strict=True):
        expected = losses_of_hyperlight(other(), part, optimiser)
        torch.testing.assert_close(one.losses, expected, rtol=2e-4, atol=0)


def assert_same_parameters(part: Part, network: Plain, other: nn.Module) -> None:
    conditions = torch.linspace(0, 1, 5)[:, None]
    found, expected = network(conditions), other(condition=conditions)
    assert list(found) == list(expected)
    for name in found:
        torch.testing.assert_close(found[name], expected[name])


@compared("standard_fan_out", "hyperlight `HyperNet`, `encoding` None, no independent weights")
def test_the_plain_hypernetwork_gives_the_same_parameters_and_losses(part: Part) -> None:
    network = ours(part, standard_fan_out)
    assert_same_parameters(part, network, copied(network, part, **PLAIN))
    assert_same_training(part, network, lambda: copied(network, part, **PLAIN))


@compared("mip", "hyperlight `HyperNet`")
def test_mip_gives_the_same_parameters_and_losses(part: Part) -> None:
    network = ours(part, mip)
    assert_same_parameters(part, network, copied(network, part))
    assert_same_training(part, network, lambda: copied(network, part))


def pieces(part: Part, linears: list[nn.Module]) -> dict[str, Tensor]:
    """Weights and biases of the hidden layers, the head's weights slice by slice, its bias too."""
    found = {}
    for i, layer in enumerate(linears[:-1]):
        found |= {f"hidden {i} weight": layer.weight, f"hidden {i} bias": layer.bias}
    head = linears[-1]
    names = list(part.target.shapes)
    cut = part.target.sizes
    found |= dict(zip([f"head, {n}" for n in names], head.weight.split(cut), strict=True))
    return found | dict(zip([f"theta_0, {n}" for n in names], head.bias.split(cut), strict=True))


@pytest.mark.parametrize(("method", "options"), [(standard_fan_out, PLAIN), (mip, {})])
@compared(
    "mip",
    "hyperlight `HyperNet`, its initialisation, and that of `standard_fan_out`",
    differs="hyperlight 0.0.5 starts the head's rows for the target's biases at 0, its repository "
    "since then (`Fix init`) and we by fan-out as all others; all other variances are the same",
)
def test_the_initialisation_has_the_same_variances_but_for_the_targets_biases(
    part: Part, method: Callable[[HypernetProblem], Plain], options: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    draws = 40
    mine: dict[str, list[float]] = {}
    other: dict[str, list[float]] = {}
    for seed in range(draws):
        network, hypernet = ours(part, method, seed), theirs(part, **options)
        linears = [layer for layer in hypernet.backbone if isinstance(layer, nn.Linear)]
        for kept, layers in (
            (mine, [*network.hidden.layers, network.head]),
            (other, linears),
        ):
            for name, tensor in pieces(part, layers).items():
                kept.setdefault(name, []).append(float(tensor.detach().square().mean()))
    numbers = {name: tensor.numel() * draws for name, tensor in pieces(part, linears).items()}
    for name, values in mine.items():
        a, b = (sum(v) / draws for v in (values, other[name]))
        if name.startswith("head") and name.endswith("bias"):
            assert a > 0
            assert b == 0
        else:  # the mean square of k normal numbers has a relative deviation of sqrt(2 / k)
            assert abs(a - b) <= 5 * (4 / numbers[name]) ** 0.5 * max(a, b), name
