"""The task fewshot: a classifier for classes that are told by a few labelled examples.

Here: how one seed's course is drawn. Classes are procedural glyphs. A condition is an episode's
support set, one batch of training is one episode's queries. Training, validation and test have
classes of their own. In an episode the classes come in random order, queries are shuffled, and no
image is both in the support set and among the queries. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.glyphs import draw_classes, render
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Split
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


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The one part of this task at that seed."""
    training, validation, test = (pool(settings, seed, of) for of in POOLS)
    target = Target(tuple(settings["target"]))
    hidden = tuple(settings["hidden"])
    ways, shots = settings["ways"], list(settings["shots"])
    support = Support(ways, max(shots), target.widths[0])
    size = support.ways * support.shots * support.features
    draws = generator(seed, "fewshot/training")
    which = torch.randint(len(shots), (settings["steps"],), generator=draws)
    seen = classes_of(training)
    shown = [episode(training, seen, ways, shots[i], settings["queries"], draws) for i in which]
    triples = _triples(classes_of(validation), settings, generator(seed, "fewshot/validation"))
    tried = _episodes(validation, triples, settings, generator(seed, "validation"))
    triples = _triples(classes_of(test), settings, generator(seed, "fewshot/test"))
    asked = _episodes(test, triples, settings, generator(seed, "test"))
    lessons = pool(settings, seed, "test", lessons=True)
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
            stages=(_stage(training, shown, support),),
            validation=_questions(validation, tried, support),
            test=_questions(test, asked, support),
            support=support,
            lessons=tuple(_lesson(lessons, triple, settings, seed) for triple in triples),
            lesson_of=tuple(triples.index(one.classes) for one in asked),
            lesson_questions=_lesson_questions(lessons, triples),
        )
    ]


POOLS = ("training", "validation", "test")


def pool(settings: Mapping[str, Any], seed: int, of: str, *, lessons: bool = False) -> Split:
    """Images of the classes of training, validation or test; each kind has its own.

    Args:
        of: one of POOLS.
        lessons: other images of the same classes, from which the reference `direct` learns.
    Returns:
        Inputs in [0, 1], of which half are inverted; labels are numbers among all classes.
    """
    images, classes = settings["images"], settings["classes"]
    first = sum(classes[name] for name in POOLS[: POOLS.index(of)])
    labels = torch.arange(first, first + classes[of])
    shapes = draw_classes(sum(classes.values()), generator(seed, "fewshot/classes"))
    each = images["lessons"] if lessons else images["each"]
    labels = labels.repeat_interleave(each)
    draws = generator(seed, f"fewshot/images/{of}{'/lessons' * lessons}")
    ink = render(shapes[labels], images["size"], draws).flatten(1)
    inverted = torch.rand(len(ink), 1, generator=draws) < 0.5
    return Split(torch.where(inverted, 1 - ink, ink), labels)


def classes_of(images: Split) -> list[int]:
    """The classes that there are, increasing."""
    return images.labels.unique().tolist()


def _triples(
    classes: Sequence[int], settings: Mapping[str, Any], draws: Generator
) -> list[tuple[int, ...]]:
    """Sets of classes to ask about, all different, each in an order of its own."""
    found: dict[frozenset[int], tuple[int, ...]] = {}
    while len(found) < settings["triples"]:
        order = torch.randperm(len(classes), generator=draws)[: settings["ways"]]
        triple = tuple(classes[i] for i in order.tolist())
        found.setdefault(frozenset(triple), triple)
    return list(found.values())


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
        classes: which ones to choose `ways` from, in random order; just so many stay in theirs.
        ways, shots, queries: classes, examples of each, queries of each.
        draws: all randomness.
    Raises:
        ValueError: a class hasn't so many images.
    """
    chosen = tuple(classes)
    if len(classes) > ways:
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
    images: Split,
    triples: Sequence[tuple[int, ...]],
    settings: Mapping[str, Any],
    draws: Generator,
) -> list[Episode]:
    """Episodes to be asked: as many with each number of shots, the triples in turn."""
    ways, queries = settings["ways"], settings["queries"]
    return [
        episode(images, triples[number % len(triples)], ways, shots, queries, draws)
        for shots in settings["shots"]
        for number in range(settings["episodes"])
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


LESSON = 0.8
"""The share of a lesson's images that `direct` is trained on; by the others its rate is chosen."""


def _lesson(
    images: Split, classes: tuple[int, ...], settings: Mapping[str, Any], seed: int
) -> Stage:
    """What `direct` learns some test classes from: their images outside of the test's, plainly."""
    shown, _ = _parted(images, classes)
    draws = generator(seed, f"fewshot/lesson/{classes}")
    batch = settings["ways"] * settings["queries"]
    rows = draw_order(len(shown.inputs), settings["steps"], batch, draws)
    return Stage(
        shown.inputs, rows[:, None], shown.labels[rows][:, None], torch.zeros(len(rows), 1, 1)
    )


def _lesson_questions(images: Split, triples: Sequence[tuple[int, ...]]) -> Questions:
    held = [_parted(images, classes)[1] for classes in triples]
    return Questions(
        tuple(str(classes) for classes in triples),
        torch.zeros(len(held), 1),
        torch.stack([one.inputs for one in held]),
        torch.stack([one.labels for one in held]),
    )


def _parted(images: Split, classes: tuple[int, ...]) -> tuple[Split, Split]:
    """Some classes' images, labels from 0: the first of each class, and its others."""
    chosen = images.of(classes)
    each = len(chosen.labels) // len(classes)
    labels = (chosen.labels[:, None] == torch.tensor(classes)).float().argmax(1)
    first = torch.arange(len(labels)) % each < round(LESSON * each)
    return (
        Split(chosen.inputs[first], labels[first]),
        Split(chosen.inputs[~first], labels[~first]),
    )
