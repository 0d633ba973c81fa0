"""Methods that store a target in few numbers: sizes, starts, and what they generate."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from methods.hypernet.chunked import chunked
from methods.hypernet.chunked_static import chunked_static
from methods.hypernet.ha_static import ha_static
from methods.hypernet.lowrank import lowrank
from methods.hypernet.lowrank_stored import lowrank_stored
from methods.hypernet.pranc import pranc
from suites.hypernet.checks import problem_of
from suites.hypernet.compress.drawing import draw
from suites.hypernet.compress.settings import SETTINGS
from suites.hypernet.harness import numbers
from suites.hypernet.lowrank import Ranks
from suites.hypernet.problem import TooFewNumbers
from suites.hypernet.target import Target
from tests.suites.hypernet.frame import part

TURN = torch.tensor([[0.3], [0.8]])
NOTHING = torch.empty(2, 0)
WHOLE = draw({**SETTINGS["smoke"], "shares": [100]}, 0)[0]
TARGET = WHOLE.target  # 64-16-10: 1024 + 16 + 160 + 10 = 1210 numbers


def stored(method, cap: int, seed: int = 0, **params):
    return method(problem_of(replace(WHOLE, cap=cap), ("one_target",), seed), **params)


def flat(module: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return TARGET.join(module(NOTHING))


def test_pranc_is_the_sum_of_its_frozen_networks_and_starts_at_the_first():
    module = stored(pranc, 12)
    assert numbers(module) == 12
    assert torch.equal(flat(module)[0], module.frozen[0])
    with torch.no_grad():
        module.coefficients.copy_(torch.arange(12.0))
    by_hand = sum(a * module.frozen[a] for a in range(12))
    torch.testing.assert_close(flat(module)[1], by_hand)


def test_prancs_frozen_networks_are_kaiming_uniform_and_come_from_the_seed():
    first = TARGET.split(stored(pranc, 200).frozen)
    assert torch.equal(stored(pranc, 200).frozen, stored(pranc, 200).frozen)
    assert not torch.equal(stored(pranc, 200, 1).frozen, stored(pranc, 200).frozen)
    for name, fan_in in {"layers.0.weight": 64, "layers.1.bias": 16}.items():
        bound = fan_in**-0.5
        assert bound * 0.99 < first[name].max() <= bound
        assert -bound <= first[name].min() < -bound * 0.99


def test_lowrank_starts_at_the_targets_own_initialisation():
    module = lowrank(problem_of(part(), ()))
    found = part().target.join(module(TURN)).detach()
    assert torch.equal(found, module.initial.expand_as(found))
    alone = stored(lowrank_stored, 400)
    assert torch.equal(flat(alone), alone.initial.expand(2, -1))


def test_lowrank_changes_a_matrix_by_its_rank_and_no_more():
    module = stored(lowrank_stored, 400)
    with torch.no_grad():
        module.left.copy_(torch.randn(module.left.shape))
    # 132 numbers a rank (80 + 26) and 26 biases: 3 * 106 + 26 = 344, 4 * 106 + 26 = 450 > 420
    assert numbers(module) == 344
    change = TARGET.split(flat(module) - module.initial)
    assert torch.linalg.matrix_rank(change["layers.0.weight"][0], rtol=1e-4) == 3
    assert torch.linalg.matrix_rank(change["layers.1.weight"][0], rtol=1e-4) == 3
    assert change["layers.1.bias"].any()


def test_factors_are_added_as_products():
    ranks = Ranks(Target((3, 2, 2)), 1)
    assert (ranks.right, ranks.left) == (5, 8)  # A: 3 + 2; B and biases: 2 + 2 + 2 + 2
    found = ranks.add(
        torch.zeros(14),
        torch.tensor([[1.0, 2, 3, 1, 1]]),
        torch.tensor([[10.0, 20, 7, 8, 5, 6, 0, 9]]),
    )
    assert found["layers.0.weight"].tolist() == [[[10, 20, 30], [20, 40, 60]]]
    assert found["layers.0.bias"].tolist() == [[7, 8]]
    assert found["layers.1.weight"].tolist() == [[[5, 5], [6, 6]]]
    assert found["layers.1.bias"].tolist() == [[0, 9]]


def test_biases_give_way_to_a_rank_where_there_is_no_room_for_both():
    assert numbers(stored(lowrank_stored, 121)) == 106
    assert numbers(stored(lowrank_stored, 132)) == 132


def test_a_static_hypernetworks_tiles_come_from_its_embeddings_by_two_linear_layers():
    module = stored(ha_static, 1210)
    weight = TARGET.split(flat(module))["layers.0.weight"][0]  # (16, 64): one tile high, 16 across
    z = module.embeddings[0][5]
    d = len(z)
    for i in range(4):
        a = z @ module.first[:, i * d : (i + 1) * d] + module.first_bias[i * d : (i + 1) * d]
        column = a @ module.second + module.second_bias
        torch.testing.assert_close(weight[:, 4 * 5 + i], column.detach(), rtol=1e-4, atol=1e-5)


def test_a_static_hypernetwork_starts_on_kaimings_scale():
    draws = [TARGET.split(flat(stored(ha_static, 1210, seed))) for seed in range(20)]
    for name, fan_in in {"layers.0.weight": 64, "layers.1.weight": 16}.items():
        square = torch.stack([one[name][0] for one in draws]).square().mean()
        assert float(square) == pytest.approx(2 / fan_in, rel=0.3)


def test_each_chunk_comes_from_its_own_embedding():
    module = chunked(problem_of(part(), ()), embedding=8, chunks=4)
    chunk, target = module.head.out_features, part().target
    before = target.join(module(TURN))
    with torch.no_grad():
        module.embeddings[1] += 1
    changed = (target.join(module(TURN)) != before).any(0)
    assert not changed[:chunk].any()
    assert changed[chunk : 2 * chunk].float().mean() > 0.99
    assert not changed[2 * chunk :].any()


@pytest.mark.parametrize(
    ("method", "params", "fewest"),
    [
        # 16 + 4 tiles of 1 number, (1 + 1) 4 + (1 + 1) 16 in the layers, 26 biases
        (ha_static, {}, 86),
        (lowrank_stored, {}, 106),
        # 16 chunks of 76: 16 * 8, layers 8 + 1, 1 + 1, 76 + 76
        (chunked_static, {"embedding": 8}, 291),
    ],
)
def test_a_cap_that_is_too_low_is_named_with_the_fewest_numbers_it_takes(method, params, fewest):
    with pytest.raises(TooFewNumbers, match=f"take {fewest} numbers, more than the cap of 36"):
        stored(method, 36, **params)
    assert numbers(stored(method, fewest, **params)) <= fewest * 1.05


@pytest.mark.parametrize("cap", [12, 36, 121, 363, 1210])
@pytest.mark.parametrize(
    ("method", "params"),
    [
        (pranc, {}),
        (ha_static, {}),
        (lowrank_stored, {}),
        (chunked_static, {"embedding": 8}),
    ],
)
def test_no_share_is_exceeded_by_more_than_the_tolerance(method, params, cap):
    try:
        module = stored(method, cap, **params)
    except TooFewNumbers:
        return
    assert numbers(module) <= 1.05 * cap
