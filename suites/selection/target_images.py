"""The assets of the targeted images: a pool in six styles, a target in one of them, the answers.

The seed deals the images of a source, and draws the target's style; an image is never in two styles
or two parts. An image's words are the codes of its patches, from k-means of all patches that a
method is given. Here: dealing, words, and the builders. Not here: the styles themselves
(suites.common.styles), what a choice is worth (suites.selection.targeted).
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
from suites.common.sources import load
from suites.common.styles import restyle

TARGETS = ("inverse", "grating", "relief")
"""The styles that a target can be in: those in which 500 images of its own teach most above 500 of
all six (digits' validation: .87, .74 and .84 against .62, .47 and .68)."""

SIX = (*TARGETS, "outline", "dots", "low_res")
"""The styles of a pool: in each its own images teach more than all, by .05 at least (`check`, left
out, is learnt from neither)."""


@dataclass(frozen=True)
class DealtImages:
    """Images by part, each of shape (images, 1, side, side), in [0, 1].

    Attributes:
        style: the target's.
        pool, labels: what can be chosen; int64, shape (n,).
        own: whether each of the pool is in the target's style, bool, shape (n,).
        target: without labels.
        test, test_labels: others in the target's style.
    """

    style: str
    pool: Tensor
    labels: Tensor
    own: Tensor
    target: Tensor
    test: Tensor
    test_labels: Tensor


def deal(arguments: Mapping[str, Any]) -> DealtImages:
    """Draw who goes where, and put each image into its style.

    Args:
        arguments: `source`, a data set of grey images, bright on black; `seed`; how many images
            are in `pool`, `target` and `test`.
    Raises:
        SourceError: the source hasn't so many images, or they aren't grey.
    """
    seed, data = arguments["seed"], load(arguments["source"])
    counts = [arguments[name] for name in ("pool", "target", "test")]
    if data.inputs.ndim != 3 or len(data.inputs) < sum(counts):
        raise SourceError(
            f"{arguments['source']} gives inputs of shape {tuple(data.inputs.shape)}; the task "
            f"takes {sum(counts)} grey images: name another set, or ask for fewer"
        )
    order = torch.randperm(len(data.inputs), generator=generator(seed, "styles/split"))
    pool, target, test = order[: sum(counts)].split(counts)
    chosen = int(torch.randint(len(TARGETS), (), generator=generator(seed, "styles/target")))
    # as many in each style, give or take one: numbers by turns, and the pool is shuffled already
    turn = torch.arange(len(pool)) % len(SIX)
    images = torch.empty_like(data.inputs[pool])
    for number, style in enumerate(SIX):
        mine = data.inputs[pool[turn == number]]
        images[turn == number] = restyle(mine, style, 1.0, generator(seed, f"styles/pool/{style}"))

    def styled(rows: Tensor, part: str) -> Tensor:
        draws = generator(seed, f"styles/{part}")
        return restyle(data.inputs[rows], SIX[chosen], 1.0, draws)[:, None]

    mixed = torch.randperm(len(pool), generator=generator(seed, "styles/order"))
    return DealtImages(
        SIX[chosen],
        images[mixed][:, None],
        data.labels[pool][mixed],
        (turn == chosen)[mixed],
        styled(target, "target"),
        styled(test, "test"),
        data.labels[test],
    )


def patches(images: Tensor, size: int) -> Tensor:
    """Patches that don't overlap, row after row, shape (images, patches, size * size).

    Args:
        images: shape (images, 1, side, side); what a whole number of patches doesn't cover at the
            right and at the bottom is left out.
    """
    cut = images[:, 0].unfold(1, size, size).unfold(2, size, size)
    return cut.reshape(len(images), -1, size * size)


def written(pool: Tensor, target: Tensor, size: int, codes: int) -> tuple[list[str], list[str]]:
    """The images of both as words, one a patch: `c17` is the 17th centre of k-means.

    Args:
        pool, target: shape (images, 1, side, side).
        size: a patch's side.
        codes: how many centres, fitted to the patches of both.
    Returns:
        A string for each image, its words separated by single spaces.
    """
    from sklearn.cluster import MiniBatchKMeans

    cut = patches(torch.cat([pool, target]), size)
    model = MiniBatchKMeans(codes, n_init=1, batch_size=4096, random_state=0)
    numbers = model.fit_predict(cut.flatten(0, 1).numpy()).reshape(len(cut), -1)
    texts = [" ".join(f"c{number}" for number in row) for row in numbers.tolist()]
    return texts[: len(pool)], texts[len(pool) :]


def build_pool(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """What can be chosen: `images` and `labels`; `tokens`, a string an image.

    Args:
        arguments: as of `deal`; `patch`, a patch's side; `codes`, how many words there are.
    """
    dealt = deal(arguments)
    tokens, _ = written(dealt.pool, dealt.target, arguments["patch"], arguments["codes"])
    return Output({"images": dealt.pool, "labels": dealt.labels}, {"tokens": tokens})


def build_target(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """What the choice is for: `images` and `tokens`, as the pool's; arguments as of it."""
    dealt = deal(arguments)
    _, tokens = written(dealt.pool, dealt.target, arguments["patch"], arguments["codes"])
    return Output({"images": dealt.target}, {"tokens": tokens})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """For scoring only: `test_images` and `test_labels` in the target's style; `labels`, the
    pool's; `domain`, which of the pool are in that style, bool (n,); and the style's `name`."""
    dealt = deal(arguments)
    return Output(
        {
            "test_images": dealt.test,
            "test_labels": dealt.test_labels,
            "labels": dealt.labels,
            "domain": dealt.own,
        },
        {"name": dealt.style},
    )
