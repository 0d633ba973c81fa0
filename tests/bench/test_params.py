"""Hyperparameters as they are given on a command line."""

from __future__ import annotations

import re

import pytest

from bench.catalogue.params import values_of

PARAMS = {"rate": 0.01, "steps": 300, "kernel": "rbf", "clip": True}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("rate=.003,1e-2", ("rate", [0.003, 0.01])),
        ("steps=10", ("steps", [10])),
        ("kernel=linear", ("kernel", ["linear"])),
        ("clip=false,true", ("clip", [False, True])),
    ],
)
def test_values_are_of_the_kind_of_the_default(given, values) -> None:
    read = values_of(given, "frepo", PARAMS)
    assert read == values
    assert [type(value) for value in read[1]] == [type(PARAMS[read[0]])] * len(read[1])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "rat=1",
            "rat=1: frepo has no 'rat'. It has: rate=0.01, steps=300, kernel=rbf, clip=True. "
            "Did you mean 'rate'?",
        ),
        ("rate", "rate: rate takes a value like 0.01, of type float."),
        ("steps=many", "steps=many: steps takes a value like 300, of type int."),
        ("clip=2", "clip=2: clip takes a value like True, of type bool."),
    ],
)
def test_another_is_refused_in_one_sentence(given, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        values_of(given, "frepo", PARAMS)


def test_a_method_without_hyperparameters_says_so() -> None:
    with pytest.raises(ValueError, match=r"average has no 'scale'. It has: none.$"):
        values_of("scale=1", "average", None)
