"""Near-duplicates: how alike two texts are, and which of a list stay."""

from __future__ import annotations

import random

import numpy as np
import pytest

from suites.selection.text.duplicates import _shingles, distinct, similarity


def words(count, seed):
    draws = random.Random(seed)
    return [f"w{draws.randrange(500)}" for _ in range(count)]


def test_similarity_is_the_share_of_common_shingles():
    # of a b c d e f g: abcde bcdef cdefg; of a b c d e f x: abcde bcdef cdefx. 2 of 4 are common
    one, other = _shingles("a b c d e f g"), _shingles("a b c d e f x")
    assert len(one) == 3
    assert similarity(one, other) == pytest.approx(2 / 4)


def test_the_order_of_words_counts_in_a_shingle():
    assert similarity(_shingles("a b c d e"), _shingles("e d c b a")) == 0


def test_a_repeated_shingle_counts_once():
    assert np.array_equal(_shingles("a a a a a a a a"), _shingles("a a a a a"))


def test_a_text_of_few_words_is_like_itself_alone():
    assert distinct(["a b", "a c", "a b", "a b c"]) == [0, 1, 3]


def test_of_near_duplicates_the_first_stays():
    text = words(80, 0)
    # one word changed takes 5 of 76 shingles: 71 / 81 are common
    changed = [*text[:40], "changed", *text[41:]]
    shifted = [*text[10:], *words(10, 1)]  # 66 / 86 are common
    other = words(80, 2)
    texts = [" ".join(t) for t in (text, changed, other, shifted)]
    assert distinct(texts) == [0, 2]


def test_texts_that_share_a_fifth_stay():
    text = words(80, 0)
    half = [*text[:30], *words(50, 1)]  # 26 common of 126
    assert distinct([" ".join(text), " ".join(half)]) == [0, 1]


def test_few_near_duplicates_are_missed_among_many_and_nothing_else_is_dropped():
    """150 texts, each beside a copy with three words changed: at least 61 / 91 shingles common.

    Four hashes of a band agree with a chance of .67^4 = .2, so one of 16 bands with .97.
    """
    draws = random.Random(3)
    texts = []
    for number in range(150):
        text = words(80, 100 + number)
        copy = list(text)
        for place in draws.sample(range(80), 3):
            copy[place] = "changed"
        texts += [" ".join(text), " ".join(copy)]
    kept = distinct(texts)
    assert set(range(0, 300, 2)) <= set(kept)
    assert len(kept) < 150 + 15


def test_nothing_of_nothing():
    assert distinct([]) == []
