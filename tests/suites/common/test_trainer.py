"""The trainer of many networks: same digits however stacked, and what a recipe promises."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from suites.common.draws import generator
from suites.common.networks import MLP, ConvNet, Decoder, VisionTransformer
from suites.common.trainer import (
    STACK,
    Recipe,
    Shuffled,
    chunk_size,
    classification_loss,
    cross_entropy,
    draw_order,
    initialise_many,
    logits,
    stack_states,
    train,
)

COUNT, STEPS = 5, 6
RATES = [1e-3, 1e-3, 3e-3, 1e-2, 1e-2]


def setting(name, batch=12):
    """A network, starts of COUNT networks, and batches of their own for each."""
    network = {
        "mlp": lambda: MLP([64, 24, 24, 10]),
        "odd mlp": lambda: MLP([64, 7, 13, 10]),
        "vit": lambda: VisionTransformer(
            10, size=8, patch=2, width=24, depth=2, heads=2, hidden=40
        ),
        "conv": lambda: ConvNet(10, (3, 6)),
        "decoder": lambda: Decoder(10, 8, width=16, depth=1, heads=2, hidden=24),
    }[name]()
    draws = generator(0, "data")
    inputs = torch.rand(90, 8, 8, generator=draws)
    labels = torch.randint(10, (90,), generator=draws)
    if name == "decoder":
        inputs = torch.randint(10, (90, 8), generator=draws)
        labels = torch.randint(10, (90, 8), generator=draws)
    orders = [draw_order(90, STEPS, batch, generator(i, "order")) for i in range(COUNT)]
    start = initialise_many(network, [generator(i, "start") for i in range(COUNT)])
    parameters = {name: start[name] for name, _ in network.named_parameters()}
    return network, parameters, Shuffled((inputs, labels), torch.stack(orders))


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("name", ["mlp", "vit", "decoder"])
def test_any_stacking_gives_the_same_digits(name, optimiser):
    network, start, batches = setting(name)
    recipe = Recipe(STEPS, optimiser, weight_decay=0.01, warmup=2)
    loss = classification_loss(network)
    runs = [train(loss, start, batches, RATES, recipe, chunk=chunk) for chunk in (5, 3, 2, 1)]
    for other in runs[1:]:
        assert torch.equal(runs[0].losses, other.losses)
        for key, tensor in runs[0].states.items():
            assert torch.equal(tensor, other.states[key]), key


def test_training_the_merging_transformer_in_any_stacking_gives_the_same_digits():
    network = VisionTransformer(64)
    start = initialise_many(network, [generator(i, "start") for i in range(4)])
    draws = generator(0, "data")
    images, labels = torch.rand(64, 20, 20, generator=draws), torch.arange(64)
    order = torch.stack([draw_order(64, 2, 32, generator(i, "order")) for i in range(4)])
    batches, loss = Shuffled((images, labels), order), classification_loss(network)
    runs = [train(loss, start, batches, [1e-3] * 4, Recipe(2), chunk=c) for c in (4, 2, 1)]
    for other in runs[1:]:
        assert torch.equal(runs[0].losses, other.losses)
        assert all(torch.equal(t, other.states[key]) for key, t in runs[0].states.items())


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("name", ["odd mlp", "vit", "conv"])
def test_it_trains_as_torchs_own_loop_does(name, optimiser):
    network, start, batches = setting(name)
    recipe = Recipe(STEPS, optimiser, weight_decay=0.01, schedule="cosine", warmup=2)
    found = train(classification_loss(network), start, batches, RATES, recipe)
    for i in (0, 3):
        leaves = {key: tensor[i].clone().requires_grad_() for key, tensor in start.items()}
        if optimiser == "adamw":
            torchs = torch.optim.AdamW(leaves.values(), lr=1.0, weight_decay=0.01)
        else:
            torchs = torch.optim.SGD(leaves.values(), lr=1.0, momentum=0.9, weight_decay=0.01)
        for t in range(STEPS):
            (x,), (y,) = batches(i, i + 1, t)
            loss = F.cross_entropy(functional_call(network, leaves, (x,)), y)
            torch.testing.assert_close(loss.detach(), found.losses[i, t], rtol=2e-4, atol=1e-5)
            torchs.zero_grad()
            loss.backward()
            torchs.param_groups[0]["lr"] = RATES[i] * recipe.factor(t)
            torchs.step()
        for key, leaf in leaves.items():
            if key.endswith("k.bias"):  # no gradient but rounding, which AdamW scales up
                continue
            torch.testing.assert_close(leaf.detach(), found.state(i)[key], rtol=2e-3, atol=2e-4)


def test_a_networks_digits_dont_depend_on_who_trains_beside_it():
    network, start, batches = setting("mlp")
    loss, recipe = classification_loss(network), Recipe(STEPS)
    together = train(loss, start, batches, RATES, recipe)
    alone = train(
        loss,
        {key: tensor[3:4] for key, tensor in start.items()},
        Shuffled(batches.tensors, batches.order[3:4]),
        RATES[3:4],
        recipe,
    )
    assert torch.equal(together.losses[3:4], alone.losses)


def test_a_diverged_network_leaves_the_others_as_they_are():
    network, start, batches = setting("mlp")
    loss, recipe = classification_loss(network), Recipe(STEPS, "sgd", schedule="constant")
    calm = train(loss, start, batches, [1e-3] * COUNT, recipe)
    wild = train(loss, start, batches, [1e-3, 1e30, 1e-3, 1e-3, 1e-3], recipe)
    assert not wild.losses[1].isfinite().all()
    others = [0, 2, 3, 4]
    assert torch.equal(calm.losses[others], wild.losses[others])
    assert wild.losses[others].isfinite().all()


def test_frozen_parameters_stay_and_are_used():
    network, start, batches = setting("vit")
    head = {key: start.pop(key)[0] for key in list(start) if key.startswith("head.")}
    before = {key: tensor.clone() for key, tensor in head.items()}
    loss = classification_loss(network)
    found = train(loss, start, batches, RATES, Recipe(STEPS), frozen=head)
    assert all(torch.equal(head[key], before[key]) for key in head)
    assert not any(key.startswith("head.") for key in found.states)
    doubled = {key: 2 * tensor for key, tensor in head.items()}
    other = train(loss, start, batches, RATES, Recipe(STEPS), frozen=doubled)
    assert not torch.equal(found.losses[:, 0], other.losses[:, 0])


def test_the_start_is_left_as_it_was():
    network, start, batches = setting("mlp")
    before = {key: tensor.clone() for key, tensor in start.items()}
    train(classification_loss(network), start, batches, RATES, Recipe(STEPS))
    assert all(torch.equal(start[key], before[key]) for key in start)


def test_a_masked_loss_doesnt_see_the_other_classes():
    scores = torch.tensor([[1.0, 2.0, 30.0]])
    mask = torch.tensor([True, True, False])
    # -log(e^1 / (e^1 + e^2)) = log(1 + e)
    found = cross_entropy(scores, torch.tensor([0]), mask)
    torch.testing.assert_close(found, torch.tensor(math.log(1 + math.e)))


def test_training_with_a_mask_doesnt_move_the_other_classes():
    network, start, batches = setting("mlp")
    mask = torch.zeros(COUNT, 10, dtype=torch.bool)
    mask[:, :4] = True
    labels = batches.tensors[1] % 4
    masked = Shuffled((batches.tensors[0], labels), batches.order, (mask,))
    found = train(classification_loss(network), start, masked, RATES, Recipe(STEPS))
    last = "layers.2.bias"
    assert torch.equal(found.states[last][:, 4:], start[last][:, 4:])
    assert not torch.equal(found.states[last][:, :4], start[last][:, :4])


def test_schedules():
    # cosine over the 4 steps after 2 of warmup: 1/2, 1, then (1 + cos(pi k/4))/2 for k = 0..3
    cosine = Recipe(6, warmup=2)
    expected = [0.5, 1.0, *(0.5 + 0.5 * math.cos(math.pi * k / 4) for k in range(4))]
    assert [cosine.factor(t) for t in range(6)] == pytest.approx(expected)
    constant = Recipe(4, schedule="constant", warmup=2)
    assert [constant.factor(t) for t in range(4)] == [0.5, 1.0, 1.0, 1.0]


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="no optimiser 'adam'; choose one of adamw, sgd"):
        Recipe(1, "adam")
    with pytest.raises(ValueError, match="no schedule 'step'; choose one of constant, cosine"):
        Recipe(1, schedule="step")


def test_a_start_of_the_wrong_number_of_networks_is_refused():
    network, start, batches = setting("mlp")
    with pytest.raises(ValueError, match=r"start\[layers.0.weight\] should hold 2 networks"):
        train(classification_loss(network), start, batches, [1e-3] * 2, Recipe(1))


def test_every_row_comes_once_before_any_comes_again():
    order = draw_order(10, 6, 5, generator(0, "order")).flatten()
    assert sorted(order[:10].tolist()) == list(range(10))
    assert sorted(order[10:20].tolist()) == list(range(10))
    assert order[:10].tolist() != order[10:20].tolist()


def test_stacks_shrink_as_networks_grow():
    sizes = []
    for width in (8, 64, 256, 1024):
        network = MLP([64, width, width, 10])
        start = {n: p.detach().expand(500, *p.shape) for n, p in network.named_parameters()}
        batch = torch.zeros(1, 64, 64), torch.zeros(1, 64, dtype=torch.int64)
        sizes.append(chunk_size(classification_loss(network), start, batch))
    assert all(a > b for a, b in pairwise(sizes))
    assert sizes[-1] == 1
    # 1,034 x 1,024 + ... = 1.1 million weights of 16 bytes leave room for one in the stack
    assert 16 * 1.1e6 < STACK < 2 * 16 * 1.2e6


@pytest.mark.parametrize("name", ["odd mlp", "conv"])
def test_networks_whose_digits_a_stack_could_change_train_one_by_one(name):
    network, start, batches = setting(name)
    assert chunk_size(classification_loss(network), start, batches(0, 1, 0)) == 1


def test_a_batch_that_isnt_a_multiple_of_4_trains_one_by_one():
    for batch, several in ((12, True), (7, False)):
        network, start, batches = setting("mlp", batch)
        chunk = chunk_size(classification_loss(network), start, batches(0, 1, 0))
        assert (chunk > 1) == several


def test_training_leaves_the_number_of_threads_as_it_was():
    network, start, batches = setting("mlp")
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        found = train(classification_loss(network), start, batches, RATES, Recipe(STEPS))
        assert torch.get_num_threads() == 2
        torch.set_num_threads(1)
        again = train(classification_loss(network), start, batches, RATES, Recipe(STEPS))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found.losses, again.losses)


def test_logits_come_in_eval_mode_and_leave_the_mode():
    network = ConvNet(3, (2, 2))
    network.train()
    state = {n: t.clone() for n, t in network.state_dict().items()}
    images = torch.rand(5, 8, 8, generator=generator(0, "images"))
    found = logits(network, state, images, chunk=2)
    assert network.training
    network.eval()
    torch.testing.assert_close(found, network(images))


def test_states_stack_by_name():
    stacked = stack_states([{"w": torch.zeros(2)}, {"w": torch.ones(2)}])
    assert stacked["w"].tolist() == [[0, 0], [1, 1]]


def test_tiny_networks_train_faster_together_than_one_by_one():
    network = MLP([64, 24, 24, 10])
    start = initialise_many(network, [generator(i, "start") for i in range(32)])
    draws = generator(0, "data")
    data = torch.rand(200, 64, generator=draws), torch.randint(10, (200,), generator=draws)
    order = torch.stack([draw_order(200, 20, 64, generator(i, "order")) for i in range(32)])
    batches, loss = Shuffled(data, order), classification_loss(network)
    spent = {32: math.inf, 1: math.inf}
    for _ in range(3):
        for chunk in spent:
            begin = time.process_time()
            train(loss, start, batches, [1e-3] * 32, Recipe(20), chunk=chunk)
            spent[chunk] = min(spent[chunk], time.process_time() - begin)
    assert spent[32] < spent[1] / 1.5  # measured: about 5
