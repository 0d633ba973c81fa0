"""hypercl and hyperfan beside hypnettorch, the package of hypercl's authors."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from methods.hypernet.hypercl import hypercl
from methods.hypernet.standard_hyperfan_in import standard_hyperfan_in
from methods.hypernet.standard_hyperfan_out import standard_hyperfan_out
from suites.hypernet.continual.drawing import draw
from suites.hypernet.continual.embedded import Embedded
from suites.hypernet.course import Part
from suites.hypernet.definition import SUITE
from suites.hypernet.problem import Batch, Conditions, HypernetProblem
from suites.hypernet.target import Target
from tests.crosscheck.comparisons import compared

STEPS, RATE, BETA = 40, 3e-3, 0.01
SETTINGS: dict[str, Any] = {
    **SUITE.task("continual").settings["small"],
    "steps": STEPS,
    "rates": {"adam": [RATE]},
}


@pytest.fixture(scope="module")
def part() -> Part:
    """The permuted digits of continual's first seed."""
    return draw(SETTINGS, 0)[0]


def ours(part: Part, seed: int = 0) -> Embedded:
    draws = torch.Generator().manual_seed(seed)
    problem = HypernetProblem(part.target, part.conditions, part.hidden, part.cap, draws, stages=5)
    return hypercl(problem, beta=BETA, embedding=24)


def theirs(target: Target, hidden: tuple[int, ...], embedding: int, conditions: int) -> Any:
    from hypnettorch.hnets import HMLP

    return HMLP(
        [list(shape) for shape in target.shapes.values()],
        cond_in_size=embedding,
        layers=hidden,
        num_cond_embs=conditions,
        activation_fn=nn.LeakyReLU(),
        verbose=False,
    )


def weights(network: Embedded) -> list[Tensor]:
    """What doesn't belong to a task, in hypnettorch's order: weight and bias layer by layer."""
    layers = (*network.network.hidden.layers, network.network.head)
    return [tensor for layer in layers for tensor in (layer.weight, layer.bias)]


@torch.no_grad()
def copied(network: Embedded, part: Part) -> Any:
    """hypnettorch's hypernetwork with our parameters, in their precision."""
    tasks, embedding = network.embeddings.shape
    found = theirs(part.target, part.hidden, embedding, tasks).to(network.embeddings.dtype)
    for other, mine in zip(found.unconditional_params, weights(network), strict=True):
        other.copy_(mine)
    for other, mine in zip(found.conditional_params, network.embeddings, strict=True):
        other.copy_(mine)
    return found


@torch.no_grad()
def shifted(network: Embedded, size: float = 0.01) -> tuple[Embedded, list[Tensor]]:
    """The same network after a step, and that step."""
    draws = torch.Generator().manual_seed(7)
    found = copy.deepcopy(network)
    steps = []
    for tensor in weights(found):
        steps.append(size * torch.randn(tensor.shape, generator=draws, dtype=tensor.dtype))
        tensor += steps[-1]
    return found, steps


def assert_same(found: Tensor, expected: Tensor) -> None:
    difference = (found.detach() - expected.detach()).norm()
    assert difference <= 1e-6 * expected.detach().norm()


def regularised(network: Embedded, kept: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Our regulariser and its gradient."""
    value = network.moved(kept)
    return value, list(torch.autograd.grad(value, weights(network)))


@pytest.mark.parametrize("task", [1, 2, 4])
@compared("hypercl", "hypnettorch `calc_fix_target_reg` with `get_current_targets`")
def test_the_regulariser_has_the_same_value_and_gradient(part: Part, task: int) -> None:
    from hypnettorch.utils.hnet_regularizer import calc_fix_target_reg, get_current_targets

    before = ours(part).double()
    after, _ = shifted(before)
    kept = before.keep(task - 1)["theta"].detach()
    targets = get_current_targets(task, copied(before, part))
    for row, other in zip(kept, targets, strict=True):
        assert_same(row, torch.cat([tensor.flatten() for tensor in other]))
    hypernet = copied(after, part)
    expected = calc_fix_target_reg(hypernet, task, targets=targets)
    value, gradient = regularised(after, kept)
    assert_same(value, expected)
    others = torch.autograd.grad(expected, list(hypernet.unconditional_params))
    for mine, other in zip(gradient, others, strict=True):
        assert_same(mine, other)


@compared(
    "hypercl",
    "hypnettorch `calc_fix_target_reg` with `dTheta`",
    differs="the lookahead: the change is taken where the step on the task's loss alone would "
    "lead, as in the authors' first code; at parameters moved by that step, the same",
)
def test_with_a_lookahead_the_regulariser_is_ours_at_the_next_parameters(part: Part) -> None:
    from hypnettorch.utils.hnet_regularizer import calc_fix_target_reg, get_current_targets

    before = ours(part).double()
    after, _ = shifted(before)
    ahead, steps = shifted(after, 0.003)
    kept = before.keep(1)["theta"].detach()
    hypernet = copied(after, part)
    targets = get_current_targets(2, copied(before, part))
    expected = calc_fix_target_reg(hypernet, 2, targets=targets, dTheta=steps)
    here, there = after.moved(kept), ahead.moved(kept)
    assert abs(float(here - expected)) > 1e-3 * float(expected)
    assert_same(there, expected)


def lessons(part: Part, task: int) -> list[Batch]:
    """A task's batches in double precision; what is remembered comes later."""
    stage, none = part.stages[task], torch.tensor(0.0)
    return [
        Batch(
            stage.conditions[step].double(),
            stage.inputs(step).double(),
            stage.labels[step],
            None,
            None,
            none,
            task,
            {},
        )
        for step in range(STEPS)
    ]


def losses_of_ours(network: Embedded, part: Part) -> Tensor:
    """Three tasks with our loss and `keep`, the optimiser new for each."""
    losses, memory = [], {}
    for task in range(3):
        optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
        for lesson in lessons(part, task):
            loss = network.loss(replace(lesson, memory=memory))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        memory = {name: tensor.detach() for name, tensor in network.keep(task).items()}
    return torch.stack(losses)


def losses_of_hypnettorch(hypernet: Any, part: Part) -> Tensor:
    """The loop of hypnettorch's example, but only the present task's embedding is trained."""
    from hypnettorch.mnets import MLP
    from hypnettorch.utils.hnet_regularizer import calc_fix_target_reg, get_current_targets

    inputs, *hidden, outputs = part.target.widths
    network = MLP(n_in=inputs, n_out=outputs, hidden_layers=hidden, no_weights=True, verbose=False)
    losses = []
    for task in range(3):
        trained = [*hypernet.unconditional_params, hypernet.conditional_params[task]]
        optimiser = torch.optim.Adam(trained, lr=RATE)
        targets = get_current_targets(task, hypernet) if task else []
        for lesson in lessons(part, task):
            scores = network.forward(lesson.inputs[0], weights=hypernet.forward(cond_id=task))
            loss = nn.functional.cross_entropy(scores, lesson.labels[0])
            if task:
                loss = loss + BETA * calc_fix_target_reg(hypernet, task, targets=targets)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
    return torch.stack(losses)


@compared(
    "hypercl",
    "hypnettorch's example `hypercl`: losses of three tasks, earlier embeddings held still",
)
def test_three_tasks_have_the_same_losses(part: Part) -> None:
    network = ours(part).double()
    expected = losses_of_hypnettorch(copied(network, part), part)
    found = losses_of_ours(network, part)
    # Adam makes the last digit of a gradient near 0 grow, so the later losses are held less close.
    torch.testing.assert_close(found[: STEPS + 10], expected[: STEPS + 10], rtol=1e-6, atol=0)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=0)
    assert expected[2 * STEPS - 1] < 0.5 * expected[STEPS]


@compared(
    "hypercl",
    "hypnettorch's example `hypercl`, earlier embeddings",
    differs="the example trains them on, through the regulariser, as the authors' first code "
    "doesn't, nor we; the gradient of everything else is the same",
)
def test_the_example_trains_earlier_embeddings_on_where_we_hold_them_still(part: Part) -> None:
    from hypnettorch.utils.hnet_regularizer import calc_fix_target_reg, get_current_targets

    before = ours(part).double()
    after, _ = shifted(before)
    targets = get_current_targets(2, copied(before, part))
    hypernet = copied(after, part)
    calc_fix_target_reg(hypernet, 2, targets=targets).backward()
    after.moved(before.keep(1)["theta"].detach()).backward()
    assert all(hypernet.conditional_params[j].grad.any() for j in range(2))
    assert after.embeddings.grad is None or not after.embeddings.grad.any()
    for mine, other in zip(weights(after), hypernet.unconditional_params, strict=True):
        assert mine.grad is not None
        assert_same(mine.grad, other.grad)


def variances(target: Target, head: Tensor) -> dict[str, float]:
    """Mean square of the head's weights for each of the target's parameters."""
    pieces = head.detach().double().split(target.sizes)
    return {n: float(p.square().mean()) for n, p in zip(target.shapes, pieces, strict=True)}


WIDE = Target((96, 48, 64, 80))
HIDDEN = (64, 128)
UNIFORM = 1 / 3
"""Mean square of a condition that is uniform in [0, 1], which both are told."""


def hyperfan_of_hypnettorch(method: str, target: Target = WIDE) -> dict[str, float]:
    torch.manual_seed(0)
    found = theirs(target, HIDDEN, 4, 1)
    found.apply_hyperfan_init(method=method, cond_var=UNIFORM)
    return variances(target, found.unconditional_params[-2])


def hyperfan(mode: str, target: Target = WIDE) -> dict[str, float]:
    method = {"in": standard_hyperfan_in, "out": standard_hyperfan_out}[mode]
    conditions = Conditions(4, 0.0, 1.0, "numbers", mean_square=UNIFORM)
    network = method(
        HypernetProblem(target, conditions, HIDDEN, 10**9, torch.Generator().manual_seed(0))
    )
    return variances(target, network.head.weight)


def assert_close(found: dict[str, float], expected: dict[str, float]) -> None:
    """Equal variances, to five standard deviations of what so many draws give."""
    for name, size in zip(WIDE.shapes, WIDE.sizes, strict=True):
        bound = 5 * math.sqrt(4 / (size * HIDDEN[-1])) * max(found[name], expected[name])
        assert abs(found[name] - expected[name]) <= bound, name


@compared("standard_hyperfan_in", "hypnettorch `apply_hyperfan_init`, in: the head's variances")
def test_hyperfan_in_has_the_same_variances() -> None:
    assert_close(hyperfan("in"), hyperfan_of_hypnettorch("in"))


@compared("standard_hyperfan_out", "hypnettorch `apply_hyperfan_init`, out: the head's variances")
def test_hyperfan_out_has_the_same_variances() -> None:
    assert_close(hyperfan("out"), hyperfan_of_hypnettorch("out"))


@compared(
    "standard_hyperfan_in",
    "hypnettorch `apply_hyperfan_init`, harmonic",
    differs="hypnettorch takes 2 (1 / in + 1 / out) of the two variances where their harmonic "
    "mean, 2 / (1 / in + 1 / out), is meant: 4 divided by it is the harmonic mean of ours; where a "
    "layer of the target narrows, it divides by 0",
)
def test_harmonic_hyperfan_of_hypnettorch_is_no_harmonic_mean() -> None:
    widening = Target((32, 48, 64, 80))
    within, out = hyperfan("in", widening), hyperfan("out", widening)
    found = hyperfan_of_hypnettorch("harmonic", widening)
    for name in widening.shapes:
        mean = 2 / (1 / within[name] + 1 / out[name])
        assert found[name] > 100 * mean
        assert 4 / found[name] == pytest.approx(mean, rel=0.1)
    with pytest.raises(ZeroDivisionError):
        hyperfan_of_hypnettorch("harmonic")
