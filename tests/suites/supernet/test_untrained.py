"""What zero-cost proxies look at: weights by architecture and run, and what passes a network."""

from __future__ import annotations

import pytest
import torch

from suites.supernet.networks import small
from suites.supernet.untrained import BeforeNormalising, ReluInputs, Untrained, each

ALL_3X3 = (3, 3, 3, 3, 3, 3)


def images(count: int = 4) -> torch.Tensor:
    return torch.randn(count, 2, 8, 8, generator=torch.Generator().manual_seed(0))


def relus_of(space: str, row: tuple[int, ...]) -> list[torch.Tensor]:
    network = small(space)
    weights = Untrained(network, 0).weights(row)
    with ReluInputs() as relus:
        network.forward(weights, row, images())
    return relus.values


def test_weights_are_the_same_whenever_an_architecture_is_asked_for():
    networks = Untrained(small("micro201"), 7)
    first = networks.weights(ALL_3X3)
    networks.weights((1, 2, 3, 1, 2, 3))
    again = networks.weights(ALL_3X3)
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_another_seed_or_architecture_has_other_weights():
    network = small("micro201")
    stems = [
        Untrained(network, seed).weights(row)["stem"]
        for seed, row in ((0, ALL_3X3), (1, ALL_3X3), (0, (2, 3, 3, 3, 3, 3)))
    ]
    assert not torch.equal(stems[0], stems[1])
    assert not torch.equal(stems[0], stems[2])


def test_a_map_that_several_edges_read_passes_a_relu_in_each():
    # six 3x3 edges of four nodes, and the head: node 0 is read three times, node 1 twice
    values = relus_of("micro201", ALL_3X3)
    assert len(values) == 7
    assert values[0] is values[1] is values[3]


@pytest.mark.parametrize(
    ("space", "row", "relus"),
    [
        ("macro", (0, 0, 0, 0), 1),  # the head's
        ("macro", (5, 0, 1, 0), 5),  # two in each block that isn't the identity
        ("pooling", (0,), 10),  # nine blocks
        ("micro201", (0, 0, 0, 0, 0, 0), 0),  # dead: zeros reach the head, through none
    ],
)
def test_relus_inside_blocks_are_seen(space, row, relus):
    assert len(relus_of(space, row)) == relus


def test_a_network_computes_the_same_while_it_is_watched():
    network = small("macro")
    row = (5, 3, 8, 1)
    weights = Untrained(network, 0).weights(row)
    plain = network.forward(weights, row, images())
    before = BeforeNormalising()
    with ReluInputs():
        watched = network.forward(weights, row, images(), before)
    assert torch.equal(plain, watched)


def test_what_convolutions_give_leaves_out_the_sum_before_the_head():
    network = small("macro")
    row = (5, 0, 0, 0)
    before = BeforeNormalising()
    network.forward(Untrained(network, 0).weights(row), row, images(), before)
    # stem, the block's two convolutions; option 5 is a 3x3 of inner width 4
    assert [tuple(x.shape) for x in before.convolved] == [
        (4, 16, 4, 4),
        (4, 4, 4, 4),
        (4, 16, 4, 4),
    ]
    assert len(before.values) == 4


def test_each_asks_row_by_row():
    scorer = each(lambda row: float(row[0]))
    assert list(scorer(small("pooling").space.all()[[3, 1]])) == [3.0, 1.0]
