"""A network's paths: what they run, what they share, and that each is its architecture alone."""

import math

import pytest
import torch
import torch.nn.functional as F

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.supernet.networks import NETWORKS, nas_bench_201, small
from suites.supernet.overlay import overlay

DEAD = (0, 0, 3, 0, 3, 2)


def drawn(name, count, purpose):
    return small(name).sample(generator(0, purpose), count)


def images(count=32):
    return overlay("validation").images[:count]


def own_part(network, weights, row):
    """The architecture's own weights, cut out of the supernet's by the space's definition."""
    cut = {}
    for name, shape in network.shapes(row).items():
        whole = weights[name]
        inset = (whole.shape[-1] - shape[-1]) // 2 if whole.dim() == 4 else 0
        cut[name] = whole[: shape[0], : shape[1]]
        if inset:
            cut[name] = cut[name][..., inset:-inset, inset:-inset]
        assert cut[name].shape == shape
    return {name: tensor.contiguous().clone() for name, tensor in cut.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_path_gives_exactly_what_the_architecture_alone_gives_with_the_same_weights(name):
    network = small(name)
    weights = network.weights(generator(0, "test"))
    for row in drawn(name, 30, "path"):
        alone = own_part(network, weights, row)
        whole = network.forward(weights, row, images())
        assert torch.equal(whole, network.forward(alone, row, images()))


@pytest.mark.parametrize("name", NETWORKS)
def test_only_the_weights_that_are_used_get_a_gradient(name):
    network = small(name)
    weights = network.weights(generator(0, "test"))
    tensors = [tensor.requires_grad_() for tensor in weights.values()]
    for row in drawn(name, 20, "gradient"):
        logits = network.forward(weights, row, images())
        gradients = torch.autograd.grad(logits.logsumexp(1).sum(), tensors, allow_unused=True)
        moved = {n for n, g in zip(weights, gradients, strict=True) if g is not None}
        assert moved == set(network.used(row))


def test_zeros_reach_the_head_of_a_dead_architecture_and_train_nothing():
    network = small("micro201")
    weights = network.weights(generator(0, "test"))
    head = weights["head"].requires_grad_()
    logits = network.forward(weights, DEAD, images())
    assert network.used(DEAD) == ("head",)
    assert torch.equal(logits, torch.zeros(32, 10))
    (gradient,) = torch.autograd.grad(logits.logsumexp(1).sum(), [head])
    assert torch.equal(gradient, torch.zeros_like(head))


def metered(work, *arguments):
    meter = Meter(Budget(limits={}, seconds=1, memory=1))
    with meter:
        work(*arguments)
    return meter.flops


@pytest.mark.parametrize(
    "network",
    [*map(small, NETWORKS), small("macro").untangled(), nas_bench_201()],
    ids=[*NETWORKS, "untangled", "full"],
)
def test_the_table_of_flops_says_what_the_meter_counts(network):
    weights = network.weights(generator(0, "test"))
    tensors = [tensor.requires_grad_() for tensor in weights.values()]
    inputs = torch.randn(3, network.image_channels, network.side, network.side)
    labels = torch.zeros(3, dtype=torch.int64)

    def step(row):
        loss = F.cross_entropy(network.forward(weights, row, inputs), labels)
        torch.autograd.grad(loss, tensors, allow_unused=True)

    rows = [*network.sample(generator(1, "test"), 25)]
    rows += [DEAD] if network.space.name == "micro201" else []
    for row in rows:
        assert network.flops(row, 3) == metered(network.forward, weights, row, inputs)
        assert network.step_flops(row, 3) == metered(step, row)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_pass_is_the_mean_of_all_rows_steps(name):
    network = small(name)
    rows = network.sample(generator(2, "test"), 3000)
    drawn_mean = sum(network.step_flops(row, 128) for row in rows) / len(rows)
    assert network.pass_flops(128) == pytest.approx(drawn_mean, rel=0.05)


def test_the_largest_macro_holds_every_weight_and_the_smallest_none_between_stem_and_head():
    network = small("macro")
    assert network.shapes(network.largest) == network.shapes()
    assert network.used(network.smallest) == ("stem", "head")


def test_untangled_choices_share_nothing_and_are_the_same_architectures():
    shared = small("macro")
    network = shared.untangled()
    weights = network.weights(generator(0, "test"))
    for first, second in zip(drawn("macro", 20, "a"), drawn("macro", 20, "b"), strict=True):
        both = set(network.used(first)) & set(network.used(second)) - {"stem", "head"}
        assert {name.split("/")[0] for name in both} == {
            str(b) for b in range(4) if first[b] == second[b] != 0
        }
        alone = {
            name: weights.get(name, weights.get(f"{name}/{first[int(name[0])]}"))
            if name[0].isdigit()
            else weights[name]
            for name in shared.used(first)
        }
        assert torch.equal(
            network.forward(weights, first, images()), shared.forward(alone, first, images())
        )


@pytest.mark.parametrize("name", NETWORKS)
def test_an_architecture_that_is_none_of_the_space_is_refused_by_its_digits(name):
    network = small(name)
    with pytest.raises(ValueError, match=rf"is no architecture of {name}: give"):
        network.used((99,) * network.space.places)
    with pytest.raises(ValueError, match="whole numbers"):
        network.used((0,) * (network.space.places + 1))


def test_weights_have_the_variance_that_their_fan_in_asks_for():
    weights = small("macro").weights(generator(0, "test"))
    # 3x3 from 16 channels: 2 / 144; 1x1 from 32: 2 / 32; the head: 1 / 16.
    for name, variance in (("0/in", 2 / 144), ("0/out", 2 / 32), ("head", 1 / 16)):
        assert weights[name].var().item() == pytest.approx(variance, rel=0.35)


def test_the_full_network_has_the_weights_of_nas_bench_201():
    # Stem 27 x 16 = 432. A cell of six 3x3 has 6 x 9 C^2: 13,824 at C = 16, 55,296 at 32, 221,184
    # at 64, five times each: 1,451,520. Halvings (9 C 2C + 9 2C 2C + C 2C = 56 C^2): 14,336 and
    # 57,344. Head 640.
    shapes = nas_bench_201().shapes((3,) * 6)
    total = sum(math.prod(shape) for shape in shapes.values())
    assert total == 432 + 1_451_520 + 14_336 + 57_344 + 640


@pytest.mark.parametrize("name", ["micro201", "macro"])
def test_what_an_architecture_uses_is_what_its_choices_have_beside_stem_and_head(name):
    network = small(name)
    for row in network.sample(torch.Generator().manual_seed(0), 50):
        chosen = [n for p, c in enumerate(row) for n in network.weights_of(p, int(c))]
        used = set(network.used(row)) - {"stem", "head"}
        assert used <= set(chosen)
        if name == "macro":  # in a cell an edge may lead nowhere
            assert used == set(chosen)
    assert {
        n
        for place, choices in enumerate(network.space.choices)
        for choice in range(len(choices))
        for n in network.weights_of(place, choice)
    } == set(network.shapes()) - {"stem", "head"}


def test_nested_options_are_the_kernels_and_widths_of_the_choices():
    space = small("macro").space
    titles = [f"{kernel}x{kernel} width {width}" for kernel, width in space.options]
    assert [("identity", *titles)] * space.places == list(space.choices)
