"""The networks: shapes, `vmap`, and what each promises."""

from __future__ import annotations

import pytest
import torch
from torch.func import functional_call, vmap

from suites.common.draws import generator
from suites.common.networks import (
    MLP,
    ConvNet,
    Decoder,
    VisionTransformer,
    initialise,
    recalibrate,
)
from suites.common.trainer import stack_states


def example(name):
    """A network and four inputs for it."""
    draws = generator(0, "example")
    images = torch.rand(4, 20, 20, generator=draws)
    symbols = torch.randint(9, (4, 12), generator=draws)
    return {
        "vit": (VisionTransformer(7), images),
        "mlp": (MLP([400, 30, 20, 7]), images),
        "conv": (ConvNet(7, (4, 8)), images),
        "decoder": (Decoder(9, 12, width=32, heads=2, hidden=48), symbols),
    }[name]


NETWORKS = {"vit": (4, 7), "mlp": (4, 7), "conv": (4, 7), "decoder": (4, 12, 9)}


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_have_their_shape(name):
    network, inputs = example(name)
    assert network(inputs).shape == NETWORKS[name]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
def test_a_stack_under_vmap_answers_as_each_network_alone(name, training):
    network, inputs = example(name)
    network.train(training)
    states = [initialise(network, generator(i, "start")) for i in range(3)]
    stacked = vmap(lambda s: functional_call(network, s, (inputs,)))(stack_states(states))
    for i, state in enumerate(states):
        torch.testing.assert_close(stacked[i], functional_call(network, state, (inputs,)))


@pytest.mark.parametrize("name", NETWORKS)
def test_initialise_draws_every_tensor_from_its_generator(name):
    network, _ = example(name)
    state = initialise(network, generator(1, "start"))
    again = initialise(network, generator(1, "start"))
    assert state.keys() == network.state_dict().keys()
    assert all(torch.equal(state[key], again[key]) for key in state)
    assert all(state[key].shape == value.shape for key, value in network.state_dict().items())


def test_the_merging_transformer_has_about_128_thousand_parameters():
    backbone = sum(
        p.numel() for n, p in VisionTransformer(64).named_parameters() if not n.startswith("head")
    )
    # embed 16*64+64, position 25*64; a block: norms 2*128, q k v out 4*(64*64+64),
    # up 64*192+192, down 192*64+64; the last norm 128
    assert backbone == 1088 + 1600 + 3 * (256 + 16640 + 12480 + 12352) + 128


def test_the_head_sits_on_the_features():
    network, images = example("vit")
    assert torch.equal(network(images), network.head(network.features(images)))


def test_a_patch_must_divide_the_image():
    with pytest.raises(ValueError, match="images of 20 pixels can't be cut into patches of 3"):
        VisionTransformer(2, size=20, patch=3)


def test_a_decoder_doesnt_look_ahead():
    network, symbols = example("decoder")
    changed = symbols.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % 9
    before, after = network(symbols), network(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:])


def test_batch_norm_is_torchs_own():
    _, images = example("conv")
    x = images[:, None] * torch.tensor([1.0, -2.0, 3.0])[:, None, None] + 1
    from suites.common.networks import BatchNorm

    ours, torchs = BatchNorm(3), torch.nn.BatchNorm2d(3, track_running_stats=False)
    torch.testing.assert_close(ours(x), torchs(x))


def test_recalibration_makes_evaluation_agree_with_the_batch_it_saw():
    network, images = example("conv")
    state = initialise(network, generator(0, "start"))
    network.train()
    expected = functional_call(network, state, (images,))
    found = recalibrate(network, state, images)
    network.eval()
    torch.testing.assert_close(functional_call(network, found, (images,)), expected)
    assert all(torch.equal(found[n], state[n]) for n in state if "running" not in n)
