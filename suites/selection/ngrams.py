"""Words and pairs of words, hashed into buckets: how texts are counted without a vocabulary.

Here: hashing, charged by a formula as it isn't torch's work, and sums over a text. Not here: what
is made of them (methods.selection.dsir, methods.selection.domain_classifier).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import torch
from torch import Tensor

from bench.metering.meter import MethodMeter

BUCKETS = 10_000
"""As many as in the package `data-selection`."""

HASH = 64 * 24 + 48 * 13 + 8
"""Operations of sha256 on one block, which holds 55 bytes: in each of 64 rounds 14 of logic and
rotation besides 3 shared ones and 7 sums; 13 for each of the schedule's 48 words; 8 sums at the
end. A rotation counts one."""


@dataclass(frozen=True)
class NGrams:
    """The words and pairs of words of some texts.

    Attributes:
        buckets: of each, text after text, int64, shape (all,).
        texts: the number of the text that each stands in, int64, shape (all,).
        count: how many texts there are.
    """

    buckets: Tensor
    texts: Tensor
    count: int

    def counts(self) -> Tensor:
        """How often each bucket occurs in all texts, shape (BUCKETS,), double."""
        return self.buckets.bincount(minlength=BUCKETS).double()

    def sums(self, weights: Tensor) -> Tensor:
        """For each text the sum of its n-grams' weights, shape (count,), double.

        Args:
            weights: of the buckets, shape (BUCKETS,).
        """
        zeros = torch.zeros(self.count, dtype=torch.float64)
        return zeros.index_add(0, self.texts, weights.double()[self.buckets])

    def of(self, rows: Tensor) -> Tensor:
        """The counts of some texts, shape (len(rows), BUCKETS), float32."""
        place = torch.full((self.count,), -1)
        place[rows] = torch.arange(len(rows))
        mine = place[self.texts]
        at = mine[mine >= 0] * BUCKETS + self.buckets[mine >= 0]
        return at.bincount(minlength=len(rows) * BUCKETS).view(len(rows), BUCKETS).float()


def hashed(texts: Sequence[Sequence[str]], meter: MethodMeter) -> NGrams:
    """The n-grams of texts, each one's sha256 modulo BUCKETS.

    As the package `data-selection` 1.0.3: a text's words, then its pairs joined by a space.

    Args:
        texts: words of each.
        meter: charged with HASH for each different n-gram and with one operation for each.
    """
    known: dict[str, int] = {}
    buckets: list[int] = []
    lengths = []
    for words in texts:
        grams = [*words, *(f"{a} {b}" for a, b in pairwise(words))]
        for gram in grams:
            bucket = known.get(gram)
            if bucket is None:
                bucket = known[gram] = int.from_bytes(sha256(gram.encode()).digest()) % BUCKETS
            buckets.append(bucket)
        lengths.append(len(grams))
    meter.charge(HASH * len(known) + len(buckets), "hashing n-grams")
    numbers = torch.arange(len(texts)).repeat_interleave(torch.tensor(lengths, dtype=torch.int64))
    return NGrams(torch.tensor(buckets, dtype=torch.int64), numbers, len(texts))
