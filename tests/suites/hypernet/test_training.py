"""suites.hypernet.training: the grid, stacking, and the hooks of a module."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.func import grad_and_value

from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.hypernet.objective import losses_of
from suites.hypernet.streams import Streams
from suites.hypernet.training import fit, grid, stack_size, step_flops
from tests.suites.hypernet.frame import (
    SETTINGS,
    Noisy,
    Remembering,
    equal,
    part,
    plain,
    step_loss,
    trained,
)

PARTS = [part(0), part(1)]


def modules():
    return [plain(of, seed) for seed, of in enumerate(PARTS)]


def test_stacked_networks_have_the_digits_of_networks_trained_one_by_one() -> None:
    together = trained(modules(), PARTS)
    assert equal(together, trained(modules(), PARTS, chunk=1))
    assert equal(together, trained(modules(), PARTS, chunk=3))


def test_a_seed_has_the_same_digits_whatever_is_trained_beside_it() -> None:
    together = trained(modules(), PARTS)
    alone = [trained(modules()[i : i + 1], PARTS[i : i + 1])[0] for i in range(2)]
    assert equal(together, alone)


def test_a_learning_rate_has_the_same_digits_in_a_larger_grid() -> None:
    whole = trained(modules(), PARTS)
    cut = trained(modules(), PARTS, rates={"adam": [1e-2]})
    assert equal([[fits[1]] for fits in whole], cut)


def test_every_point_of_the_grid_gives_another_network() -> None:
    found = trained(modules(), PARTS)[0]
    assert [(p.optimiser, p.rate) for p in grid(SETTINGS)] == [
        ("adam", 1e-3),
        ("adam", 1e-2),
        ("sgd", 1e-2),
        ("sgd", 1e-1),
    ]
    assert len({fit.losses[-1].item() for fit in found}) == 4
    assert len({fit.losses[0].item() for fit in found}) == 1  # all start at the same place


def test_the_plain_loop_that_one_would_write_gives_the_same_losses() -> None:
    of, network = PARTS[0], plain(PARTS[0])
    stage = of.stages[0]
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for step in range(stage.steps):
        scores = of.target.logits(network(stage.conditions[step]), stage.inputs(step))
        loss = torch.nn.functional.cross_entropy(scores[0], stage.labels[step, 0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach())
    found = trained([plain(of)], [of], rates={"adam": [1e-2]})[0][0]
    torch.testing.assert_close(found.losses, torch.stack(losses), rtol=1e-4, atol=1e-5)


def test_networks_are_stacked_where_their_shapes_keep_the_digits() -> None:
    loss, state, batch = step_loss(plain(PARTS[0]), PARTS[0], 0.0)
    start = {name: tensor.expand(6, *tensor.shape) for name, tensor in state.items()}
    one = tuple(tensor[None] for tensor in batch)
    assert stack_size(loss, start, one) == 6
    odd = tuple(tensor[None, :15] for tensor in batch[:2]) + one[2:]
    assert stack_size(loss, start, odd) == 1


def test_clipping_scales_a_gradient_down_to_its_norm_and_leaves_the_loss() -> None:
    network = plain(PARTS[0])
    free, state, batch = step_loss(network, PARTS[0], 0.0)
    gradient, value = grad_and_value(free)(state, *batch)
    norm = torch.cat([g.flatten() for g in gradient.values()]).norm()
    tight, _, _ = step_loss(network, PARTS[0], float(norm) / 4)
    loose, _, _ = step_loss(network, PARTS[0], float(norm) * 4)
    clipped, same = grad_and_value(tight)(state, *batch)
    torch.testing.assert_close(same, value)
    for name, tensor in clipped.items():
        torch.testing.assert_close(tensor, gradient[name] / 4)
    untouched, _ = grad_and_value(loose)(state, *batch)
    for name, tensor in untouched.items():
        torch.testing.assert_close(tensor, gradient[name])


def noisy(seed: int) -> Noisy:
    network = Noisy(PARTS[seed].target, 1, PARTS[seed].hidden)
    network.load_state_dict(
        Noisy(PARTS[seed].target, 1, PARTS[seed].hidden).state_dict()
        | {n: t.clone() for n, t in plain_state(seed).items()}
    )
    return network


def plain_state(seed: int):
    draws = torch.Generator().manual_seed(seed)
    shapes = Noisy(PARTS[0].target, 1, PARTS[0].hidden).state_dict()
    return {n: torch.randn(t.shape, generator=draws) * 0.3 for n, t in shapes.items()}


def test_noise_is_new_in_every_step_and_the_same_for_every_optimiser_and_rate() -> None:
    found = trained([noisy(0)], PARTS[:1], rates={"adam": [0.0, 1e-3], "sgd": [0.0]})[0]
    still, _, sgd = found
    assert torch.equal(still.losses, sgd.losses)
    calm = trained([noisy(0)], PARTS[:1], rates={"sgd": [0.0]})[0][0]
    assert torch.equal(calm.losses, sgd.losses)
    assert equal(trained([noisy(0)], PARTS[:1]), trained([noisy(0)], PARTS[:1], chunk=1))


def test_what_a_module_keeps_after_a_stage_comes_back_in_the_next_ones() -> None:
    of = PARTS[0]
    twice = replace(of, stages=of.stages * 3)
    network = Remembering(of.target, 1, of.hidden)
    network.seen = []
    found = trained([network], [twice], rates={"sgd": [0.1]})[0][0]
    assert sorted(set(network.seen)) == [
        (0, ()),
        (1, ("stage0",)),
        (2, ("stage0", "stage1")),
    ]
    steps = of.stages[0].steps
    assert found.losses[0] == 1
    assert found.losses[steps] < 1e-12  # right after it was kept, nothing has changed
    assert found.test.shape == (3, 3, 20, 10)


def test_a_seeds_trainings_are_charged_before_they_start() -> None:
    of, network = PARTS[0], plain(PARTS[0])
    meter = Meter(Budget(limits={"flops": 1e15}))
    fit([network], [of], SETTINGS, [meter], [torch.Generator()])
    numbers = sum(p.numel() for p in network.parameters())
    step = step_flops(network, of, 0)
    # 12 steps of two learning rates each: Adam's update takes 14 a number, SGD's 4
    assert meter.flops == 12 * 2 * (2 * step + (14 + 4) * numbers)
    with pytest.raises(BudgetExceeded, match="training with sgd"):
        fit(
            [network],
            [of],
            SETTINGS,
            [Meter(Budget(limits={"flops": meter.flops - 1}))],
            [torch.Generator()],
        )


def test_every_network_sees_its_seeds_batches() -> None:
    streams = Streams([of.stages[0] for of in PARTS], [0, 1, 0, 1], None, {})
    inputs, labels, conditions, progress = streams(1, 4, 6)
    for row, seed in enumerate([1, 0, 1]):
        stage = PARTS[seed].stages[0]
        assert torch.equal(inputs[row], stage.inputs(6)[0])
        assert torch.equal(labels[row], stage.labels[6, 0])
        assert torch.equal(conditions[row], stage.conditions[6])
    assert progress.tolist() == [0.5, 0.5, 0.5]


def test_losses_are_the_mean_cross_entropy_of_each_condition() -> None:
    scores = torch.zeros(2, 3, 4, 10)
    labels = torch.zeros(3, 4, dtype=torch.int64)
    torch.testing.assert_close(
        losses_of(scores, labels), torch.full((2, 3), 2.302585092994046).double()
    )
    scores[0, 1, 2, 5] = float("nan")
    assert not losses_of(scores, labels)[0, 1].isfinite()
