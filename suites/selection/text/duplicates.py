"""Near-duplicates among texts: MinHash finds pairs that may be alike, their shingles decide.

A text's shingles are its runs of five words; two texts are near-duplicates where the shingles that
both have are at least half of those that one has (Jaccard). MinHash: the chance that the least
hash of two sets is the same is their Jaccard similarity; signatures of 64 such hashes are cut in 16
bands of 4, and a pair that agrees in a band is looked at (of pairs at .5 it finds 64%, at .7 99%).
Source: Broder, On the resemblance and containment of documents (1997); bands as in Leskovec,
Rajaraman, Ullman, Mining of Massive Datasets, section 3.4. Not here: what is done with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5
BANDS, ROWS = 16, 4
ALIKE = 0.5


def distinct(texts: Sequence[str]) -> list[int]:
    """The numbers of texts that are no near-duplicate of an earlier one that stays.

    Args:
        texts: words separated by single spaces.
    """
    shingles = [_shingles(text) for text in texts]
    buckets: dict[tuple[int, int], list[int]] = {}
    kept = []
    for number, keys in enumerate(_bands(shingles)):
        beside = {other for band, key in enumerate(keys) for other in buckets.get((band, key), ())}
        if any(similarity(shingles[number], shingles[other]) >= ALIKE for other in beside):
            continue
        kept.append(number)
        for band, key in enumerate(keys):
            buckets.setdefault((band, key), []).append(number)
    return kept


def similarity(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    """Jaccard: what both sets have, of what either has; 1 of two empty ones.

    Args:
        one, other: each without repetition.
    """
    both = len(np.intersect1d(one, other, assume_unique=True))
    either = len(one) + len(other) - both
    return both / either if either else 1.0


def _shingles(text: str) -> NDArray[np.uint64]:
    """The different runs of five words as 64-bit hashes, ascending; of fewer words, the run itself.

    A word's hash is FNV-1a's, so that it hangs on nothing but its letters.
    """
    words = np.array([_hash(word) for word in text.split(" ")], dtype=np.uint64)
    length = min(SHINGLE, len(words))
    total = np.zeros(len(words) - length + 1, dtype=np.uint64)
    for place in range(length):
        total = total * _MULTIPLIER + words[place : len(words) - length + 1 + place]
    return np.unique(_mixed(total))


_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HASHES: dict[str, int] = {}


def _hash(word: str) -> int:
    found = _HASHES.get(word)
    if found is None:
        found = 0xCBF29CE484222325
        for byte in word.encode():
            found = (found ^ byte) * 0x100000001B3 % 2**64
        _HASHES[word] = found
    return found


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A bijection of 64-bit numbers after which all bits hang on all: SplitMix64's."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _bands(shingles: Sequence[NDArray[np.uint64]]) -> list[list[int]]:
    """For each text the keys of its bands, made of its signature."""
    starts = np.cumsum([0, *(len(one) for one in shingles)])[:-1]
    joined = np.concatenate(list(shingles)) if shingles else np.zeros(0, dtype=np.uint64)
    keys = np.zeros((len(shingles), BANDS), dtype=np.uint64)
    for row in range(BANDS * ROWS if len(shingles) else 0):
        salted = _mixed(joined + np.uint64((row + 1) * int(_MULTIPLIER) % 2**64))
        least = np.minimum.reduceat(salted, starts)
        keys[:, row // ROWS] = _mixed(keys[:, row // ROWS] * _MULTIPLIER + least)
    return keys.tolist()
