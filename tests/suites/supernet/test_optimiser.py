"""Updates of a supernet's weights: what they touch, and that they are torch's own."""

from __future__ import annotations

import pytest
import torch

from suites.supernet.optimiser import Optimiser, Updates, add, clip, norm

KERNEL = (4, 3, 3, 3)


def draw(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_gradient_that_lies_otherwise_in_memory_gives_the_same_update(kind):
    def updated(gradient: torch.Tensor) -> torch.Tensor:
        weights = {"kernel": draw(KERNEL, 0)}
        Optimiser(weights, Updates(kind=kind, clip=0)).update({"kernel": gradient}, 0.0)
        return weights["kernel"]

    plain = draw(KERNEL, 1)
    other = plain.contiguous(memory_format=torch.channels_last)
    assert plain.stride() != other.stride()
    assert torch.equal(updated(plain), updated(other))


def test_the_first_update_of_adamw_is_worked_out_by_hand():
    # After one step m / sqrt(v) is the gradient's sign: w (1 - rate decay) - rate sign(g).
    # The rate of update 0 of 10 that warm up is .001: 2 (1 - .001 x .5) - .001 = 1.998.
    weights = {"w": torch.tensor([2.0])}
    settings = Updates(rate=0.01, decay=0.5, warm_up=10)
    Optimiser(weights, settings).update({"w": torch.tensor([0.3])}, 0.0)
    assert weights["w"].item() == pytest.approx(1.998, abs=1e-6)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_weight_without_a_gradient_stays_bit_for_bit(kind):
    weights = {"on": draw((3,), 0), "off": draw((3,), 1)}
    before = weights["off"].clone()
    optimiser = Optimiser(weights, Updates(kind=kind))
    for share in (0.0, 0.5):
        optimiser.update({"on": torch.ones(3)}, share)
    assert torch.equal(weights["off"], before)
    optimiser.update({"off": torch.ones(3)}, 0.5)  # and it may have one later
    assert not torch.equal(weights["off"], before)


def test_the_rate_rises_and_falls_to_nothing():
    settings = Updates(rate=1.0, warm_up=4)
    assert [settings.rate_at(update, 0.0) for update in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert settings.rate_at(9, 0.5) == pytest.approx(0.5)
    assert settings.rate_at(9, 1.0) == pytest.approx(0.0)


def test_gradients_are_clipped_together():
    gradients = {"a": torch.tensor([3.0]), "b": torch.tensor([4.0])}
    assert norm(gradients) == 5
    clip(gradients, 10)
    assert norm(gradients) == 5
    clip(gradients, 1)  # 3/5 and 4/5
    assert gradients["a"].item() == pytest.approx(0.6)
    assert gradients["b"].item() == pytest.approx(0.8)


def test_gradients_are_added_and_the_first_ones_stay_as_they_were():
    first = {"a": torch.ones(2)}
    total: dict[str, torch.Tensor] = {}
    add(total, first)
    add(total, {"a": torch.ones(2), "b": torch.ones(1)}, 0.5)
    assert total["a"].tolist() == [1.5, 1.5]
    assert total["b"].tolist() == [0.5]
    assert first["a"].tolist() == [1, 1]
