"""Every way of changing what was handed out is seen; leaving it alone in another form isn't one."""

from __future__ import annotations

import pytest
import torch

from bench.contract.inputs import Inputs, digests
from bench.contract.job import ContractError


class Loud(torch.Tensor):
    """A subclass, whose every operation is the method's own code."""


def through_a_view(given):
    given["w"].view(-1)[:2].zero_()


def through_numpy(given):
    given["w"].numpy()[0, 0] = 7


def through_data(given):
    given["w"].data.fill_(3)


def through_memory(given):
    import ctypes

    ctypes.memset(given["w"].data_ptr(), 1, 4)


def by_other_storage(given):
    given["w"].set_(torch.zeros(2, 3))


def by_another_shape(given):
    given["w"].resize_(3, 2)


def by_another_type(given):
    given["w"].data = given["w"].double()


def by_a_sparse_one(given):
    given["w"] = given["w"].to_sparse()


def by_one_on_no_device(given):
    given["w"] = torch.empty(2, 3, device="meta")


def by_a_subclass(given):
    given["w"] = given["w"].as_subclass(Loud)


def by_taking_away(given):
    del given["w"]


def by_adding(given):
    given["more"] = torch.ones(1)


def by_exchanging_two(given):
    given["w"], given["v"] = given["v"], given["w"]


WAYS = [
    through_a_view,
    through_numpy,
    through_data,
    through_memory,
    by_other_storage,
    by_another_shape,
    by_another_type,
    by_a_sparse_one,
    by_one_on_no_device,
    by_a_subclass,
    by_taking_away,
    by_adding,
    by_exchanging_two,
]


def given_tensors():
    """Two of one shape."""
    return {"w": torch.arange(6.0).view(2, 3), "v": torch.ones(2, 3)}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_change_is_seen_and_named(way):
    given = given_tensors()
    inputs = Inputs(lambda: given)
    way(given)
    assert inputs.changed() in ("w", "v", "more")
    with pytest.raises(ContractError, match="the method changed what it was given: "):
        inputs.check()


def test_a_collection_that_can_t_be_walked_any_more_is_a_change():
    holder = [given_tensors()]
    inputs = Inputs(lambda: holder[0])
    holder[0] = None
    assert inputs.changed() == "what holds them"


def test_reading_and_gradients_are_no_change():
    given = given_tensors()
    inputs = Inputs(lambda: given)
    given["w"].requires_grad_()
    (given["w"] ** 2).sum().backward()
    assert inputs.changed() == ""


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(0, 3),
        torch.tensor(1.5),
        torch.arange(6).view(2, 3).T,
        torch.tensor([True, False]),
        torch.tensor([float("nan"), -0.0]),
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, dtype=torch.complex64),
        torch.nn.Parameter(torch.ones(2)),
    ],
    ids=["empty", "scalar", "transposed", "bool", "nan", "half", "complex", "parameter"],
)
def test_tensors_of_every_kind_have_a_digest_that_stays(tensor):
    assert digests({"t": tensor}) == digests({"t": tensor.detach().clone()})
    assert len(digests({"t": tensor})["t"]) == 64


def test_minus_zero_is_another_number():
    assert digests({"t": torch.tensor(0.0)}) != digests({"t": torch.tensor(-0.0)})
