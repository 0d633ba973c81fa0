"""The folded network: the same function as the released one, in linear layers where it can be."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from suites.merging.eight.network import DEVIATION, MEAN, Convolution, FoldedEfficientNet, template
from suites.merging.eight.released import fold, fold_norm, load_released, shapes_of
from suites.merging.vectors import count_weights
from tests.suites.merging.eight.tiny_eight import random_network, tiny_assets


@pytest.fixture(scope="module")
def released():
    return load_released()


@pytest.fixture(scope="module")
def folded(released):
    network = FoldedEfficientNet(shapes_of(released), released._conv_stem.out_channels, 176)
    network.load_state_dict(fold(released), strict=False)
    return network.eval()


@pytest.mark.parametrize("side", [32, 64])
def test_folding_gives_the_outputs_of_the_released_network_in_evaluation_mode(
    released, folded, side
):
    images = torch.rand(2, side, side, generator=torch.Generator().manual_seed(0))
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (MEAN, DEVIATION))
    with torch.no_grad():
        expected = released.extract_features((images[:, None] - mean) / deviation).mean((2, 3))
        found = folded.features(images)
    assert found.shape == (2, 1280)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_one_convolution_and_its_norm_fold_by_hand():
    # y = (w x - mean) * weight / sqrt(variance + eps) + bias, here with eps = 0:
    # (3 x - 1) * 6 / sqrt(4) + 5 = 9 x + 2
    norm = nn.BatchNorm2d(1, eps=0.0)
    for tensor, value in (
        (norm.running_mean, 1.0),
        (norm.running_var, 4.0),
        (norm.weight.data, 6.0),
        (norm.bias.data, 5.0),
    ):
        tensor.fill_(value)
    weight, bias = fold_norm(torch.full((1, 1, 1, 1), 3.0), norm)
    assert (weight.item(), bias.item()) == (9.0, 2.0)


def test_its_backbone_has_3_35_million_weights_94_per_cent_of_them_in_linear_layers(released):
    state = fold(released)
    linear = sum(tensor.numel() for tensor in state.values() if tensor.dim() == 2)
    assert count_weights(state) == 3_350_000
    assert linear / count_weights(state) == pytest.approx(0.94, abs=0.002)


def test_its_state_is_contiguous_and_has_no_buffers(released, folded):
    state = fold(released)
    assert all(tensor.is_contiguous() for tensor in state.values())
    assert len({tensor.data_ptr() for tensor in state.values()}) == len(state)
    assert {*state, "head.weight", "head.bias"} == {name for name, _ in folded.named_parameters()}
    assert not list(folded.named_buffers())


def test_a_linear_layer_on_the_channels_is_the_1x1_convolution():
    generator = torch.Generator().manual_seed(0)
    layer = nn.Linear(5, 7)
    x = torch.randn(2, 4, 4, 5, generator=generator)
    planes = F.conv2d(x.permute(0, 3, 1, 2), layer.weight[:, :, None, None], layer.bias)
    torch.testing.assert_close(layer(x), planes.permute(0, 2, 3, 1))


@settings(max_examples=20, deadline=None)
@given(
    kernel=st.sampled_from([3, 5]),
    stride=st.sampled_from([1, 2]),
    half=st.integers(2, 6),
    seed=st.integers(0, 100),
)
def test_a_depthwise_convolution_filters_each_channel_and_keeps_or_halves_the_side(
    kernel, stride, half, seed
):
    generator = torch.Generator().manual_seed(seed)
    layer = Convolution(3, 3, kernel, stride, groups=3)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    x = torch.randn(1, 2 * half, 2 * half, 3, generator=generator)
    found = layer(x)
    assert found.shape == (1, 2 * half // stride, 2 * half // stride, 3)
    # TensorFlow's padding: so many zeros that each of side / stride windows fits, the odd one last.
    total = kernel - stride
    padded = F.pad(x, (0, 0, total // 2, total - total // 2, total // 2, total - total // 2))
    for channel in range(3):
        window = padded[0, stride : stride + kernel, :kernel, channel]
        expected = (window * layer.weight[channel, 0]).sum() + layer.bias[channel]
        torch.testing.assert_close(found[0, 1, 0, channel], expected)


def test_the_template_is_the_pretrained_network():
    network = template(tiny_assets()["pretrained"])
    for name, tensor in random_network(60).state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)
    assert not network.training
