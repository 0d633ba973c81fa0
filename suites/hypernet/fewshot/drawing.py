"""The task fewshot: a classifier for classes that are told by a few labelled examples.

Here: how one seed's course is drawn. A condition is an episode's support set, one batch of training
is one episode's queries. Training and validation episodes are of the training classes, on images
that the other never shows; test episodes are of classes that training never shows. In an episode
the classes come in random order, queries are shuffled, and no image is both in the support set and
among the queries. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Split, split
from suites.hypernet.layers import plain_count
from suites.hypernet.problem import Conditions, Support
from suites.hypernet.target import Target


@dataclass(frozen=True)
class Episode:
    """Some classes, a few examples of each, and queries.

    Attributes:
        classes: in the order of the episode's labels.
        shots: examples of each class.
        support: rows of the images, int64 (ways, shots).
        queries: rows of the images in random order, int64 (ways * queries,).
        labels: of the queries, numbers of `classes`, int64 (ways * queries,).
    """

    classes: tuple[int, ...]
    shots: int
    support: Tensor
    queries: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Pools:
    """Images for different purposes; none is in two of them.

    Attributes:
        training, validation: of the training classes.
        test, lessons: of the test classes; from lessons the reference `direct` learns.
    """

    training: Split
    validation: Split
    test: Split
    lessons: Split


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The one part of this task at that seed."""
    images = _pools(settings, seed)
    target = Target(tuple(settings["target"]))
    hidden = tuple(settings["hidden"])
    ways, shots = settings["ways"], list(settings["shots"])
    support = Support(ways, max(shots), target.widths[0])
    size = support.ways * support.shots * support.features
    draws = generator(seed, "fewshot/training")
    which = torch.randint(len(shots), (settings["steps"],), generator=draws)
    training, seen = images.training, settings["training_classes"]
    lessons = [episode(training, seen, ways, shots[i], settings["queries"], draws) for i in which]
    test = _episodes(images.test, settings["test_classes"], settings, generator(seed, "test"))
    triples = list(dict.fromkeys(one.classes for one in test))
    return [
        Part(
            name="",
            target=target,
            conditions=Conditions(
                size,
                0.0,
                1.0,
                f"a support set: {ways} classes x {support.shots} images x {support.features} "
                "pixels",
            ),
            hidden=hidden,
            cap=plain_count(size, hidden, target.weights),
            stages=(_stage(training, lessons, support),),
            validation=_questions(
                images.validation,
                _episodes(images.validation, seen, settings, generator(seed, "validation")),
                support,
            ),
            test=_questions(images.test, test, support),
            support=support,
            lessons=tuple(_lesson(images.lessons, one, settings, seed) for one in triples),
            lesson_of=tuple(triples.index(one.classes) for one in test),
        )
    ]


def _pools(settings: Mapping[str, Any], seed: int) -> Pools:
    """Each class's images in random order, cut in two."""
    images = split({"validation": 0, "test": 0, **settings["images"]}, seed).training
    training, validation = _cut(images, settings["training_classes"], settings["training_share"])
    test, lessons = _cut(images, settings["test_classes"], settings["test_share"])
    return Pools(training, validation, test, lessons)


def _cut(images: Split, classes: Sequence[int], share: float) -> tuple[Split, Split]:
    """Each class's first images, so large a share of them, and its others."""
    first, rest = [], []
    for label in classes:
        rows = (images.labels == label).nonzero()[:, 0]
        middle = round(share * len(rows))
        first.append(rows[:middle])
        rest.append(rows[middle:])
    a, b = torch.cat(first), torch.cat(rest)
    return Split(images.inputs[a], images.labels[a]), Split(images.inputs[b], images.labels[b])


def episode(
    images: Split,
    classes: Sequence[int],
    ways: int,
    shots: int,
    queries: int,
    draws: Generator,
) -> Episode:
    """Draw one episode.

    Args:
        images: where from.
        classes: which ones to choose `ways` from.
        ways, shots, queries: classes, examples of each, queries of each.
        draws: all randomness.
    Raises:
        ValueError: a class hasn't so many images.
    """
    order = torch.randperm(len(classes), generator=draws)[:ways]
    chosen = tuple(classes[i] for i in order.tolist())
    support, asked = [], []
    for label in chosen:
        rows = (images.labels == label).nonzero()[:, 0]
        if len(rows) < shots + queries:
            raise ValueError(
                f"class {label} has {len(rows)} images, fewer than the {shots} shots and "
                f"{queries} queries of an episode"
            )
        rows = rows[torch.randperm(len(rows), generator=draws)[: shots + queries]]
        support.append(rows[:shots])
        asked.append(rows[shots:])
    labels = torch.arange(ways).repeat_interleave(queries)
    shuffled = torch.randperm(ways * queries, generator=draws)
    return Episode(
        chosen, shots, torch.stack(support), torch.cat(asked)[shuffled], labels[shuffled]
    )


def _episodes(
    images: Split, classes: Sequence[int], settings: Mapping[str, Any], draws: Generator
) -> list[Episode]:
    """Episodes to be asked: as many with each number of shots."""
    ways, queries = settings["ways"], settings["queries"]
    return [
        episode(images, classes, ways, shots, queries, draws)
        for shots in settings["shots"]
        for _ in range(settings["episodes"])
    ]


def condition_of(images: Split, one: Episode, support: Support) -> Tensor:
    """The support set as a condition, see problem.Support: shape (ways * shots * features,)."""
    shown = images.inputs[one.support]  # (ways, shots of the episode, features)
    return shown.repeat_interleave(support.shots // one.shots, dim=1).flatten()


def _stage(images: Split, episodes: Sequence[Episode], support: Support) -> Stage:
    """One episode a batch."""
    return Stage(
        images.inputs,
        torch.stack([one.queries for one in episodes])[:, None],
        torch.stack([one.labels for one in episodes])[:, None],
        torch.stack([condition_of(images, one, support) for one in episodes])[:, None],
    )


def _questions(images: Split, episodes: Sequence[Episode], support: Support) -> Questions:
    return Questions(
        tuple(f"episode {i + 1}, {one.shots}-shot" for i, one in enumerate(episodes)),
        torch.stack([condition_of(images, one, support) for one in episodes]),
        torch.stack([images.inputs[one.queries] for one in episodes]),
        torch.stack([one.labels for one in episodes]),
        groups=tuple(str(one.shots) for one in episodes),
    )


def _lesson(
    images: Split, classes: tuple[int, ...], settings: Mapping[str, Any], seed: int
) -> Stage:
    """What `direct` learns some test classes from: their images outside of the test's, plainly."""
    shown = images.of(classes)
    labels = (shown.labels[:, None] == torch.tensor(classes)).float().argmax(1)
    draws = generator(seed, f"fewshot/lesson/{classes}")
    batch = settings["ways"] * settings["queries"]
    rows = draw_order(len(shown.inputs), settings["steps"], batch, draws)
    return Stage(shown.inputs, rows[:, None], labels[rows][:, None], torch.zeros(len(rows), 1, 1))
