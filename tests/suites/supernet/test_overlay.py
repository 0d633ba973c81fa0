"""The data set overlay: its lists, its recipe, and CIFAR's parts."""

from hashlib import sha256

import pytest
import torch

from suites.common.data_set import DataSet
from suites.supernet import cifar
from suites.supernet.overlay import BENEATH, EXAMPLES, NOISE, overlay


@pytest.mark.parametrize(("part", "count"), EXAMPLES.items())
def test_a_list_has_its_images_of_two_channels_and_ten_classes(part, count):
    examples = overlay(part)
    assert examples.images.shape == (count, 2, 8, 8)
    assert examples.images.is_contiguous(memory_format=torch.channels_last)
    assert set(examples.labels.tolist()) == set(range(10))


def test_labels_are_the_same_for_everybody():
    labels = torch.cat([overlay(part).labels for part in EXAMPLES])
    assert sha256(labels.numpy().tobytes()).hexdigest()[:12] == "803f1375ead9"


def test_channels_have_the_variance_of_what_they_are_made_of():
    # A digit has variance 1 over all pixels: .8^2 + 1.2^2 = 2.08 in the second channel.
    second = overlay("training").images[:, 1].var().item()
    assert second == pytest.approx(BENEATH**2 + NOISE[1] ** 2, rel=0.05)
    # The upper left corner is background in every digit, so all that varies there is noise.
    corner = overlay("training").images[:, :, 0, 0].var(0).tolist()
    assert corner == pytest.approx([NOISE[0] ** 2, NOISE[1] ** 2], rel=0.05)


def test_the_digit_beneath_is_moved_by_a_row_and_a_column_in_the_first_channel():
    images = overlay("training").images
    centred = images - images.mean(0)

    def agreement(down, right):
        first = centred[:, 0, 1 + down : 7 + down, 1 + right : 7 + right]
        return (first * centred[:, 1, 1:7, 1:7]).mean().item()

    shifts = {(d, r): agreement(d, r) for d in (-1, 0, 1) for r in (-1, 0, 1)}
    assert max(shifts, key=shifts.__getitem__) == (1, 1)


def test_cifar_is_split_as_nas_bench_201_splits_it(monkeypatch):
    count = 50_010
    source = DataSet(
        "tv:CIFAR10",
        torch.full((count, 3, 1, 1), 125.3 / 255),
        torch.arange(count),
        ("thing",),
        "",
        "",
        "",
    )
    monkeypatch.setattr(cifar, "load", lambda name: source)
    cifar.cifar10.cache_clear()
    parts = {part: cifar.cifar10(part) for part in ("training", "validation", "test")}
    cifar.cifar10.cache_clear()
    assert [len(part) for part in parts.values()] == [25_000, 25_000, 10]
    rows = torch.cat([part.labels for part in parts.values()])
    assert torch.equal(rows.sort().values, torch.arange(count))
    # Red at its mean; green and blue (125.3 - mean) / deviation of their own.
    expected = torch.tensor([0.0, (125.3 - 123.0) / 62.1, (125.3 - 113.9) / 66.7])
    torch.testing.assert_close(parts["test"].images[0, :, 0, 0], expected, atol=1e-5, rtol=0)
