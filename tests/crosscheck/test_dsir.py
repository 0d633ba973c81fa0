"""DSIR beside data-selection, the package of its authors."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from methods.selection.dsir import log_ratios, log_weights
from suites.selection.ngrams import hashed
from suites.selection.text.corpus import words
from suites.selection.tiny import POOL, tiny_problem
from tests.crosscheck.comparisons import compared

PROSE = "The x.shape of `a` isn't (3, 4): see foo_bar[0]; 1e-3 -- e.g. l'été! \"Naïve\"?"


@pytest.fixture
def problem() -> Any:
    """300 texts of 40 words, and 30 for a target."""
    return tiny_problem(("tokens", "target"), words=True)


def theirs(folder: Path, pool: list[str], target: list[str], **options: Any) -> Any:
    """The package's object, fitted to texts, with the weights of the pool's written."""
    from data_selection import HashedNgramDSIR

    paths = []
    for name, texts in (("pool", pool), ("target", target)):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        paths.append([str(path)])
    found = HashedNgramDSIR(*paths, cache_dir=str(folder / "cache"), num_proc=1, **options)
    found.fit_importance_estimator(num_tokens_to_fit="all")
    found.compute_importance_weights()
    return found


def weights_of(found: Any) -> np.ndarray:
    return np.load(found.log_importance_weights_dir / "0.npy")


def joined(texts: list[list[str]]) -> list[str]:
    return [" ".join(text) for text in texts]


@compared("dsir", "data-selection `HashedNgramDSIR`: log-ratios of buckets, weights of texts")
def test_the_weights_are_the_same_without_smoothing(problem: Any, tmp_path: Path) -> None:
    found = theirs(
        tmp_path, joined(problem.tokens), joined(problem.target_tokens), min_example_length=0
    )
    pool, target = (hashed(t, problem.meter) for t in (problem.tokens, problem.target_tokens))
    ours = log_ratios(target.counts(), pool.counts(), 0.0)
    assert ours.numpy() == pytest.approx(found.log_diff, abs=1e-9)
    assert log_weights(problem, 0.0).numpy() == pytest.approx(weights_of(found), abs=1e-6)


@compared("dsir", "data-selection `HashedNgramDSIR.resample`, `top_k`")
def test_the_largest_weights_are_the_same_texts(problem: Any, tmp_path: Path) -> None:
    pool = joined(problem.tokens)
    found = theirs(tmp_path, pool, joined(problem.target_tokens), min_example_length=0)
    found.resample(str(tmp_path / "out"), 30, cache_dir=str(tmp_path / "resampled"), top_k=True)
    lines = [
        json.loads(line)["text"]
        for file in tmp_path.glob("out/**/*.jsonl")
        for line in file.read_text().splitlines()
    ]
    best = log_weights(problem, 0.0).argsort(descending=True)[:30]
    assert sorted(lines) == sorted(pool[row] for row in best.tolist())


@compared(
    "dsir",
    "data-selection `HashedNgramDSIR`, its `min_example_length` of 100",
    differs="data-selection leaves out texts of fewer than 100 words, which here is every one, and "
    "we none; with `min_example_length` 0 the same",
)
def test_by_default_the_package_leaves_out_texts_of_fewer_than_100_words(
    problem: Any, tmp_path: Path
) -> None:
    draws = random.Random(0)
    long = [" ".join(f"w{draws.randrange(60)}" for _ in range(n)) for n in (99, 100, 101)]
    target = joined(problem.target_tokens)
    lengths = {"cut": {}, "all": {"min_example_length": 0}}
    kept = {}
    for name, options in lengths.items():
        (tmp_path / name).mkdir()
        found = theirs(tmp_path / name, [*joined(problem.tokens), *long], target, **options)
        metadata = np.load(found.perexample_metadata_dir / "0.npy")
        kept[name] = found.perexample_metadata_filter(metadata).nonzero()[0].tolist()
    assert kept["cut"] == [POOL + 1, POOL + 2]
    assert kept["all"] == list(range(POOL + 3))


@compared("dsir", "data-selection `get_ngram_counts`: words of prose, and their buckets")
def test_prose_is_cut_into_the_same_words_and_buckets(problem: Any) -> None:
    from data_selection.hashed_ngram_dsir import get_ngram_counts, wpt

    assert words(PROSE) == wpt.tokenize(PROSE.lower())
    ours = hashed([words(PROSE)], problem.meter).counts()
    assert torch.equal(ours.long(), torch.from_numpy(get_ngram_counts(PROSE)))
    assert torch.equal(ours.long(), torch.from_numpy(get_ngram_counts(" ".join(words(PROSE)))))
