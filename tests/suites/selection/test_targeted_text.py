"""Dealing texts to pool, target and held-out; reading labelled sets; what a choice is worth."""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.parquet
import pytest
import torch

from suites.common import sources
from suites.common.data_set import SourceError
from suites.selection.text import corpus, texts
from suites.selection.text.building import build_answers, build_pool, build_target, deal
from suites.selection.text.scoring import figures
from suites.selection.text.texts import Texts

ASKED = {"seed": 0, "pool": 60, "share": 0.1, "target": 5, "held_out": 4}


def text(first, seed, length=40):
    """Words of one of two vocabularies."""
    draws = random.Random(f"{first}/{seed}")
    return " ".join(f"{first}{draws.randrange(200)}" for _ in range(length))


@pytest.fixture
def labelled(tmp_path, monkeypatch):
    """A set of two topics with 100 texts each, and a copy of one of them; its name."""
    monkeypatch.setenv("WEIGHHOUSE_HOME", str(tmp_path / "home"))
    sources.load.cache_clear()
    columns = {
        "text": [text("Sport", i) for i in range(100)] + [text("law", i) for i in range(101)],
        "label": ["sport"] * 100 + ["law"] * 101,
    }
    columns["text"][200] = columns["text"][7]  # of sport, and comes later
    path = tmp_path / "a.parquet"
    pa.parquet.write_table(pa.table(columns), path)
    return f"hf:{path}"


def some_texts(counts):
    """So many invented texts of each domain."""
    domains = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    names = [f"domain{number}" for number in range(len(counts))]
    return Texts([f"text {number}" for number in range(sum(counts))], domains, names)


def test_a_labelled_set_s_classes_are_its_domains_and_duplicates_are_gone(labelled):
    found = texts.load(labelled)
    assert found.names == ["law", "sport"]
    assert found.domains.bincount().tolist() == [100, 100]
    assert found.texts[0].startswith("sport")  # lower case
    assert len(set(found.texts)) == 200


def test_what_was_read_is_kept_and_read_again_alike(labelled, monkeypatch):
    first = texts.load(labelled)
    monkeypatch.setattr(texts, "labelled", None)  # would fail if it were called
    again = texts.load(labelled)
    assert again.texts == first.texts
    assert torch.equal(again.domains, first.domains)


def test_a_long_text_is_cut_after_a_chunk_and_a_cut_character_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setenv("WEIGHHOUSE_HOME", str(tmp_path / "home"))
    sources.load.cache_clear()
    columns = {"text": ["a " * 300, "é" * 1000, "b " * 6, "few words"], "label": [0, 1, 1, 0]}
    path = tmp_path / "a.parquet"
    pa.parquet.write_table(pa.table(columns), path)
    found = texts.labelled(f"hf:{path}")
    assert found == [("0", " ".join(["a"] * corpus.CHUNK)), ("1", "b b b b b b")]


def test_a_set_of_images_holds_no_texts():
    with pytest.raises(SourceError, match="digits holds no texts: name a Hugging Face set"):
        texts.labelled("digits")


def test_the_builders_take_a_labelled_set(labelled):
    arguments = {**ASKED, "source": labelled}
    pool, target, answers = (
        build(arguments, {}) for build in (build_pool, build_target, build_answers)
    )
    own = answers.data["name"]
    tokens = pool.data["tokens"]
    assert len(tokens) == 60
    assert [t.startswith(own) for t in tokens] == answers.tensors["domain"].tolist()
    assert int(answers.tensors["domain"].sum()) == 6
    assert len(target.data["tokens"]) == 5
    assert all(t.startswith(own) for t in target.data["tokens"] + answers.data["held_out"])
    parts = [*tokens, *target.data["tokens"], *answers.data["held_out"]]
    assert len(set(parts)) == 60 + 5 + 4


def test_only_domains_with_enough_texts_are_drawn():
    # 6 of the pool, 5 and 4: 15 are asked for, and 54 of others: beside domain 3 there are 49
    given = some_texts([14, 15, 20, 80])
    names = {deal(given, {**ASKED, "seed": seed}).name for seed in range(20)}
    assert names == {"domain1", "domain2"}


def test_the_seed_draws_the_domain_the_texts_and_the_order():
    given = some_texts([100, 100])
    one, same, other = (deal(given, {**ASKED, "seed": seed}) for seed in (0, 0, 1))
    assert torch.equal(one.pool, same.pool)
    assert not torch.equal(one.pool, other.pool)
    # the target's own don't come first: they are 6 of 60
    assert not one.own[:6].all()


def test_a_set_without_a_domain_that_large_says_so():
    with pytest.raises(SourceError, match="no domain has the 15 texts that are asked for beside"):
        deal(some_texts([14] * 10), ASKED)


def test_figures_of_a_choice(labelled):
    arguments = {**ASKED, "source": labelled, "pool": 100, "share": 0.5, "target": 10}
    pool = build_pool(arguments, {}).data["tokens"]
    answers = build_answers(arguments, {})
    own = answers.tensors["domain"].nonzero()[:, 0]
    others = (~answers.tensors["domain"]).nonzero()[:, 0]
    half = torch.cat([own[:20], others[:20]])
    best, mixed, worst = (figures(c, answers, pool) for c in (own[:40], half, others[:40]))
    assert [f["target_share"] for f in (best, mixed, worst)] == [1, 0.5, 0]
    assert best["cross_entropy"] < mixed["cross_entropy"] < worst["cross_entropy"]
