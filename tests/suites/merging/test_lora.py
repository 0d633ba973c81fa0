"""suites.merging.lora: adapters, given as products."""

import pytest
import torch
from torch.func import functional_call

from suites.common.networks import VisionTransformer, initialise
from suites.common.trainer import classification_loss
from suites.merging.compose.pilot import build
from suites.merging.definition import SUITE
from suites.merging.lora.networks import (
    DOWN,
    UP,
    adapted_weights,
    adapter_loss,
    add_products,
    build_experts,
    draw_factors,
)
from suites.merging.lora.task import LORA
from suites.merging.spectral import rounding, thin_svd
from suites.merging.stored import backbone, expert_state
from tests.suites.merging.tiny_grid import NETWORK

TASK = LORA  # with its tier small, which awaits records


@pytest.fixture(scope="module")
def assets():
    return build(TASK, "smoke", 0)[0]


@pytest.fixture
def adapted():
    """A small network, its weights, those that are adapted, and factors that aren't zero."""
    generator = torch.Generator().manual_seed(0)
    network = VisionTransformer(4, **NETWORK)
    base = initialise(network, generator)
    names = adapted_weights(network)
    factors = draw_factors(base, names, 2, generator)
    moved = {n: t + 0.1 * torch.randn(t.shape, generator=generator) for n, t in factors.items()}
    return network, base, names, moved


def test_every_linear_layer_but_the_head_has_an_adapter(adapted):
    _network, _base, names, _factors = adapted
    layers = ["attention.q", "attention.k", "attention.v", "attention.out", "up", "down"]
    assert names == ["embed.weight", *(f"blocks.0.{layer}.weight" for layer in layers)]


def test_a_product_is_added_times_alpha_over_rank_by_hand():
    # B A = (1, 2)^T (3, 4) = ((3, 4), (6, 8)); alpha 8 at rank 4 gives the factor 2
    base = {"w": torch.ones(2, 2), "b": torch.zeros(2)}
    factors = {"B/w": torch.tensor([[1.0], [2.0]]), "A/w": torch.tensor([[3.0, 4.0]])}
    state = add_products(base, factors, ["w"], 2.0)
    assert state["w"].tolist() == [[7.0, 9.0], [13.0, 17.0]]
    assert state["b"].tolist() == [0.0, 0.0]


def test_an_untrained_adapter_changes_nothing(adapted):
    _network, base, names, _factors = adapted
    untrained = draw_factors(base, names, 2, torch.Generator().manual_seed(1))
    state = add_products(base, untrained, names, 2.0)
    assert all(torch.equal(state[name], tensor) for name, tensor in base.items())
    assert all(untrained[DOWN + name].any() for name in names), "or nothing would ever be learnt"


def test_the_loss_with_factors_is_that_of_the_network_with_the_products_in_it(adapted):
    network, base, names, factors = adapted
    images, labels = torch.rand(6, 8, 8), torch.arange(6) % 4
    mask = torch.tensor([True, True, True, True])
    found = adapter_loss(network, names, 2.0)({**base, **factors}, images, labels, mask)
    state = add_products(base, factors, names, 2.0)
    assert torch.allclose(found, classification_loss(network)(state, images, labels, mask))
    plain = classification_loss(network)(base, images, labels, mask)
    assert not torch.allclose(found, plain), "the factors count"


def test_an_expert_differs_from_the_base_by_rank_four_and_rounding_in_its_matrices_alone(assets):
    start = backbone(assets["pretrained"].tensors)
    layers = adapted_weights(VisionTransformer(8, **assets["pretrained"].data["network"]))
    for i in range(4):
        expert = expert_state(assets["experts"], i)
        assert list(expert) == list(start)
        for name, tensor in start.items():
            if name not in layers:
                assert torch.equal(expert[name], tensor), name
                continue
            change = expert[name].double() - tensor
            values = thin_svd(change, noise=rounding(expert[name]))[1]
            assert int((values > 0).sum()) == 4, name
            assert torch.linalg.matrix_rank(change) > 4, "the rounding itself has full rank"


def test_building_again_gives_the_same_digits(assets):
    asset = next(a for a in SUITE.assets(TASK, "smoke", 0) if a.name == "experts")
    again = build_experts(asset.arguments, {key: assets[key] for key in ("examples", "pretrained")})
    assert again.data == assets["experts"].data
    assert all(torch.equal(t, assets["experts"].tensors[n]) for n, t in again.tensors.items())


def test_adapters_learn_their_own_cells(assets):
    before = assets["pretrained"].data["validation"]
    found = assets["experts"].data["validation"]
    assert sum(found) / len(found) > before + 0.1


def test_the_stored_expert_answers_as_the_adapter_did(adapted):
    network, base, names, factors = adapted
    images = torch.rand(3, 8, 8)
    weights = {n: base[n] + 2.0 * (factors[UP + n] @ factors[DOWN + n]) for n in names}
    with_factors = functional_call(network, {**base, **weights}, (images,))
    stored = add_products(base, factors, names, 2.0)
    assert torch.allclose(functional_call(network, stored, (images,)), with_factors, atol=1e-5)


def test_only_the_experts_are_built_otherwise_than_compose_s():
    found = {asset.name: asset for asset in SUITE.assets(TASK, "small", 0)}
    lora = [name for name, asset in found.items() if "lora" in asset.builder]
    assert lora == ["experts"]
    assert found["experts"] in found["answers_experts"].inputs
    assert found["experts"].arguments["seed"] == 6000
