"""States that are read when they are looked at: the numbers are the file's, and none too early."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from suites.merging.apply.checkpoints import open_checkpoint
from suites.merging.apply.lazily import LazyState
from tests.suites.merging.apply.files import SHAPES, family, saved, state


def lazily(tmp_path, dtype=torch.float32, **options) -> tuple[LazyState, list[int]]:
    """The state number 1 of a family, and a list that grows with each tensor that is read."""
    looks: list[int] = []
    checkpoint = open_checkpoint(family(tmp_path, 1, dtype)[1])
    portion = dict.fromkeys(SHAPES)
    return LazyState(checkpoint, portion, note=lambda: looks.append(1), **options), looks


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_it_holds_what_the_file_does_and_half_precision_as_float32(late, dtype, tmp_path) -> None:
    given, _ = lazily(tmp_path, dtype, late=late)
    wanted = torch.promote_types(dtype, torch.float32)
    assert set(given) == set(SHAPES)
    for name, tensor in state(1, dtype).items():
        assert given[name].dtype == wanted
        assert torch.equal(given[name], tensor.to(wanted))


def test_a_late_tensor_tells_shape_and_type_without_being_read(tmp_path) -> None:
    given, looks = lazily(tmp_path, torch.float16, late=True)
    for name, tensor in given.items():
        assert tensor.is_floating_point()
        assert (tensor.shape, tensor.dim(), tensor.numel()) == (
            SHAPES[name],
            len(SHAPES[name]),
            torch.Size(SHAPES[name]).numel(),
        )
    assert not looks


def test_a_late_tensor_is_read_once_and_again_only_when_it_is_asked_for_again(tmp_path) -> None:
    given, looks = lazily(tmp_path, late=True)
    tensor = given["embed.weight"]
    assert float(tensor.sum()) == float(tensor.sum())
    assert len(looks) == 1
    given["embed.weight"].sum()
    assert len(looks) == 2


EXACT = state(1)["layer.weight"]
OPERATIONS = {
    "stacked": lambda t: torch.stack([t, t]),
    "into another": lambda t: torch.zeros(6, 6).add_(t, alpha=2),
    "written out": lambda t: torch.cat([t.reshape(-1)], out=torch.empty(36)).view(6, 6),
    "a part": lambda t: t[1:3, ::2],
    "multiplied": lambda t: t @ t.T,
    "as numpy's": lambda t: torch.from_numpy(t.numpy().copy()),
    "taken for numpy's": lambda t: torch.from_numpy(np.asarray(t) + 1),
    "as a list": lambda t: torch.tensor(t.tolist()),
    "decomposed": lambda t: torch.linalg.svdvals(t),
    "cloned": lambda t: t.clone(memory_format=torch.contiguous_format),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_what_is_done_with_a_late_tensor_is_done_with_its_numbers(what, tmp_path) -> None:
    given, _ = lazily(tmp_path, late=True)
    done = OPERATIONS[what](given["layer.weight"])
    assert type(done) is torch.Tensor
    torch.testing.assert_close(done, OPERATIONS[what](EXACT))


def test_a_portion_has_rows_of_one_tensor_and_none_of_another(tmp_path) -> None:
    checkpoint = open_checkpoint(family(tmp_path, 1)[1])
    given = LazyState(checkpoint, {"embed.weight": slice(3, 5), "layer.weight": slice(0, 0)})
    assert torch.equal(given["embed.weight"], state(1)["embed.weight"][3:5])
    assert given["layer.weight"].shape == (0, 6)
    assert "norm.weight" not in given


def test_running_statistics_are_the_mean_of_all_experts(tmp_path) -> None:
    paths = [
        saved(tmp_path, f"{i}.safetensors", {"running_var": torch.full((2,), float(i))})
        for i in range(3)
    ]
    checkpoints = [open_checkpoint(path) for path in paths]
    given = LazyState(checkpoints[0], {"running_var": None}, checkpoints[1:])
    assert given["running_var"].tolist() == [1.5, 1.5]


def test_it_may_be_copied_and_joined_as_a_dict_may(tmp_path) -> None:
    given, _ = lazily(tmp_path)
    more = {"more": torch.ones(1)}
    assert list(given.copy()) == list(given)
    assert list(given | more) == [*given, "more"]
    assert list(more | given) == ["more", *given]
    assert list({**given}) == list(dict(given)) == list(given)
