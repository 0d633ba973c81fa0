"""The assets of the targeted texts: a pool, a target without labels, and the answers.

The seed draws one domain among those that have enough texts; some of its texts are the target, some
are held out, and a small share of the pool; the rest of the pool is drawn from all other domains.
Here: dealing, and the builders. Not here: the texts (suites.selection.text.texts), what a choice is
worth (suites.selection.text.scoring).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Output
from suites.common.data_set import SourceError
from suites.common.draws import generator
from suites.selection.text.texts import Texts, load


@dataclass(frozen=True)
class Dealt:
    """Which texts are what.

    Attributes:
        name: the target's domain.
        pool, target, held_out: numbers of texts, int64; no text is in two of them.
        own: whether each of the pool is of the target's domain, shape (pool,).
    """

    name: str
    pool: Tensor
    own: Tensor
    target: Tensor
    held_out: Tensor


def deal(texts: Texts, arguments: Mapping[str, Any]) -> Dealt:
    """Draw the target's domain, and who goes where.

    Args:
        arguments: `seed`; how many texts are in `pool`, `target` and `held_out`; `share`, which
            part of the pool is of the target's domain.
    Raises:
        SourceError: no domain has enough texts, or all others together haven't.
    """
    seed, pool = arguments["seed"], arguments["pool"]
    share = round(arguments["share"] * pool)
    asked = share + arguments["target"] + arguments["held_out"]
    counts = texts.domains.bincount(minlength=len(texts.names))
    enough = ((counts >= asked) & (len(texts.domains) - counts >= pool - share)).nonzero()[:, 0]
    if not len(enough):
        raise SourceError(
            f"no domain has the {asked} texts that are asked for beside {pool - share} of others; "
            f"the largest has {int(counts.max())} of {len(texts.domains)}. Ask for fewer in the "
            "task's settings, or name a larger set"
        )
    chosen = enough[torch.randint(len(enough), (), generator=generator(seed, "text/domain"))]
    mine = _shuffled((texts.domains == chosen).nonzero()[:, 0], seed, "text/own")
    others = _shuffled((texts.domains != chosen).nonzero()[:, 0], seed, "text/others")
    own, target, held_out = mine[:asked].split([share, arguments["target"], arguments["held_out"]])
    mixed = _shuffled(torch.cat([own, others[: pool - share]]), seed, "text/order")
    return Dealt(texts.names[int(chosen)], mixed, texts.domains[mixed] == chosen, target, held_out)


def build_pool(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """What can be chosen: `tokens`, a string a text, its words separated by single spaces."""
    texts = load(arguments["source"])
    return _output(texts, deal(texts, arguments).pool)


def build_target(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """What the choice is for: `tokens`, as the pool's."""
    texts = load(arguments["source"])
    return _output(texts, deal(texts, arguments).target)


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """For scoring only: `domain`, whether each of the pool is of the target's domain, bool (n,);
    `held_out`, other texts of that domain, as the pool's; and the domain's `name`."""
    texts = load(arguments["source"])
    dealt = deal(texts, arguments)
    held_out = [texts.texts[row] for row in dealt.held_out.tolist()]
    return Output({"domain": dealt.own}, {"held_out": held_out, "name": dealt.name})


def _output(texts: Texts, rows: Tensor) -> Output:
    return Output({}, {"tokens": [texts.texts[row] for row in rows.tolist()]})


def _shuffled(numbers: Tensor, seed: int, purpose: str) -> Tensor:
    return numbers[torch.randperm(len(numbers), generator=generator(seed, purpose))]
