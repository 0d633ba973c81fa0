"""The word model: a case worked out by hand, and what a probability must be."""

from __future__ import annotations

import time
from math import log

import numpy as np
import pytest

from suites.selection.text.words import cross_entropy, foretold, vocabulary


def test_kneser_ney_by_hand():
    # Training "a b a", "b a"; trigrams with starts S: SSa Sab aba, SSb Sba; V = 3 (a, b, other).
    # Bigrams by different words before: Sa 1 (S), Sb 1, ab 1 (S), ba 2 (a, S).
    # Words by different words before: a 2 (S, b), b 2 (S, a); 4 in all, 2 different.
    # p(a) = p(b) = (2 - .75)/4 + .75*2/4 * 1/3 = .3125 + .125 = .4375; p(other) = .125.
    # p(a | S) = (1 - .75)/2 + .75*2/2 * .4375 = .125 + .328125 = .453125
    # p(a | S S) = (1 - .75)/2 + .75*2/2 * .453125 = .125 + .33984375 = .46484375
    # p(b | a) = (1 - .75)/1 + .75 * .4375 = .578125
    # p(b | S a) = (1 - .75)/1 + .75 * .578125 = .68359375
    # p(a | b) = (2 - .75)/2 + .75*1/2 * .4375 = .625 + .1640625 = .7890625
    # p(a | a b) = .25 + .75 * .7890625 = .841796875
    # then c, which the vocabulary lacks: p(c | b a): `b a` was followed by nothing, nor is there
    # any longer context; p(c | a) = 0 + .75 * .125 = .09375
    numbers = {"a": 2, "b": 3}
    found = foretold(["a b a", "b a"], ["a b a c"], numbers)
    assert found == pytest.approx([0.46484375, 0.68359375, 0.841796875, 0.09375])
    expected = -sum(log(p) for p in (0.46484375, 0.68359375, 0.841796875, 0.09375)) / 4
    assert cross_entropy(["a b a", "b a"], ["a b a c"], numbers) == pytest.approx(expected)


def test_probabilities_of_all_words_sum_to_one_after_any_two():
    numbers = vocabulary(["a b c d", "e f"])
    training = ["a b c a b d", "b c c", "a"]
    for before in ("a b", "c c", "f e", "a never"):
        every = [f"{before} {word}" for word in (*numbers, "other")]
        ends = foretold(training, every, numbers)[2::3]
        assert ends.sum() == pytest.approx(1)


def test_without_training_every_word_is_as_likely():
    numbers = vocabulary(["a b c"])
    assert cross_entropy([], ["a c x"], numbers) == pytest.approx(log(4))


def test_the_vocabulary_numbers_words_in_their_order():
    assert vocabulary(["b a b", "c a"]) == {"b": 2, "a": 3, "c": 4}


def test_text_of_the_same_kind_is_foretold_better():
    numbers = vocabulary(["the cat sat on the mat", "dogs run far away from here"])
    asked = ["the cat sat"]
    same = cross_entropy(["the cat sat on the mat"], asked, numbers)
    assert same < cross_entropy(["dogs run far away from here"], asked, numbers)


def test_six_hundred_chunks_are_scored_within_a_second_of_cpu():
    draws = np.random.default_rng(0)
    texts = [" ".join(f"w{n}" for n in row) for row in draws.zipf(1.3, (720, 80)) % 20_000]
    numbers = vocabulary(texts)
    began = time.process_time()
    cross_entropy(texts[:600], texts[600:], numbers)
    assert time.process_time() - began < 1
