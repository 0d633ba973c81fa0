"""A word model of what was chosen, and how well it foretells other text.

Interpolated Kneser-Ney over three words, of one discount D. With c the count of a trigram in the
training text and N(. v w) the number of different words before `v w` there,

    p(w | u v) = max(c(uvw) - D, 0) / c(uv.)  +  D N(uv .) / c(uv.)  p(w | v)
    p(w | v)   = max(N(. vw) - D, 0) / N(. v .)  +  D N(v .) / N(. v .)  p(w)
    p(w)       = max(N(. w) - D, 0) / N(. .)  +  D N(.) / N(. .)  1 / V

where a context that was never seen leaves it to the next line. V, the words that can be foretold,
is the whole pool's vocabulary and one word for all others: were it the chosen texts' own, a choice
of fewer words would have the easier task. Source: Chen, Goodman, An empirical study of smoothing
techniques for language modeling (1998), section 3, with D = .75. Not here: the texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DISCOUNT = 0.75
START, UNKNOWN = 0, 1
"""Numbers of what stands twice before each text, and of a word that isn't in the vocabulary."""

Numbers = NDArray[np.int64]


def vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """A number for each word of the texts, in the order in which they occur, from 2."""
    words = dict.fromkeys(word for text in texts for word in text.split(" "))
    return {word: number for number, word in enumerate(words, UNKNOWN + 1)}


def cross_entropy(
    training: Sequence[str], held_out: Sequence[str], numbers: Mapping[str, int]
) -> float:
    """Of the model of the training texts on others, in nats a word.

    Args:
        training, held_out: words separated by single spaces; each text is foretold from its start.
        numbers: of the vocabulary, see `vocabulary`.
    """
    probabilities = foretold(training, held_out, numbers)
    return float(-np.log(probabilities).mean())


def foretold(
    training: Sequence[str], held_out: Sequence[str], numbers: Mapping[str, int]
) -> NDArray[np.float64]:
    """The probability of each word of the held-out texts after those before it, shape (words,)."""
    size = len(numbers) + 2
    seen, asked = _trigrams(training, numbers), _trigrams(held_out, numbers)
    # a triple and a pair of words as one number each
    triples, counts = np.unique(_joined(seen, size), return_counts=True)
    pairs, before = np.unique(triples % size**2, return_counts=True)
    single, before_single = np.unique(pairs % size, return_counts=True)
    uniform = np.full(asked.shape[1], 1 / (size - 1))  # the start is never foretold
    by_one = _discounted(single, before_single, asked[2], size, uniform)
    by_two = _discounted(pairs, before, _joined(asked[1:], size), size, by_one)
    return _discounted(triples, counts, _joined(asked, size), size, by_two)


def _discounted(
    known: Numbers, counts: Numbers, asked: Numbers, size: int, below: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One line of the formula.

    Args:
        known: different runs of words as numbers, ascending; the last word is the rest by `size`.
        counts: of each.
        asked: runs whose last word is foretold, shape (words,).
        below: what the next line says of them.
    """
    contexts, first = np.unique(known // size, return_index=True)
    if not len(contexts):
        return below
    totals = np.add.reduceat(counts, first)
    different = np.diff(np.append(first, len(known)))
    context = _found(contexts, asked // size)
    count = np.where((at := _found(known, asked)) < 0, 0, counts[at])
    total = totals[context]
    own = np.maximum(count - DISCOUNT, 0) / total
    return np.where(context < 0, below, own + DISCOUNT * different[context] / total * below)


def _found(known: Numbers, asked: Numbers) -> Numbers:
    """Where each number stands in an ascending list; -1 where it doesn't."""
    at = np.searchsorted(known, asked).clip(max=len(known) - 1)
    return np.where(known[at] == asked, at, -1)


def _joined(words: Numbers, size: int) -> Numbers:
    """Each column of (run, words) as one number."""
    joined = np.zeros(words.shape[1], dtype=np.int64)
    for row in words:
        joined = joined * size + row
    return joined


def _trigrams(texts: Sequence[str], numbers: Mapping[str, int]) -> Numbers:
    """Every word with the two before it, shape (3, words)."""
    rows = [
        [START, START, *(numbers.get(word, UNKNOWN) for word in text.split(" "))] for text in texts
    ]
    parts = [np.array([row[:-2], row[1:-1], row[2:]], dtype=np.int64) for row in rows]
    return np.concatenate(parts, axis=1) if parts else np.zeros((3, 0), dtype=np.int64)
