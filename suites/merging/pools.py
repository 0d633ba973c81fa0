"""Examples of several tasks as one pool, and losses among each example's own classes.

Here: the pools that a method may make of what a problem gives it, endless batches of one, and the
entropy and the cross-entropy of a network's answers to it. Not here: who may ask for examples and
what they cost (suites.merging.problem), training on them (suites.merging.fine_tuning).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.merging.evaluation import logits
from suites.merging.problem import MergingProblem

IMPOSSIBLE = -1e4
"""A score that leaves a class no probability, and the entropy's gradient finite."""


@dataclass(frozen=True)
class Pool:
    """Examples, perhaps of several tasks.

    Attributes:
        inputs: shape (examples, ...).
        allowed: which classes each example's task tells apart, bool (examples, outputs).
        labels: int64 (examples,); None where they weren't asked for.
    """

    inputs: Tensor
    allowed: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def at(self, rows: Tensor) -> Pool:
        """Some of the examples, by number."""
        labels = None if self.labels is None else self.labels[rows]
        return Pool(self.inputs[rows], self.allowed[rows], labels)


def scored_pool(problem: MergingProblem) -> Pool:
    """All inputs that will be scored, each with its cell's classes. Needs `test_inputs`."""
    cells = range(problem.test_cells)
    return _pool(problem, [(problem.test_inputs(c), problem.test_classes(c)) for c in cells])


def own_pool(problem: MergingProblem, examples: int) -> Pool:
    """Inputs of every expert's own task. Needs `unlabeled`.

    Args:
        examples: of each task, at most.
    """
    experts = range(len(problem.experts))
    return _pool(problem, [(problem.unlabeled(i, examples), problem.classes(i)) for i in experts])


def labelled_pool(
    problem: MergingProblem, examples: int, experts: Iterable[int] | None = None
) -> Pool:
    """Labelled examples of experts' tasks, one task after the other. Needs `labels`.

    Args:
        examples: of each task, at most.
        experts: whose; by default all.
    """
    asked = range(len(problem.experts)) if experts is None else list(experts)
    given = [problem.labeled(i, examples) for i in asked]
    tasks = [(inputs, problem.classes(i)) for i, (inputs, _) in zip(asked, given, strict=True)]
    pool = _pool(problem, tasks)
    return Pool(pool.inputs, pool.allowed, torch.cat([labels for _inputs, labels in given]))


def _pool(problem: MergingProblem, tasks: Sequence[tuple[Tensor, Tensor]]) -> Pool:
    """One pool of several tasks' inputs and classes."""
    outputs = logits(problem.model, problem.experts[0], tasks[0][0][:1]).shape[1]
    allowed = []
    for inputs, classes in tasks:
        among = torch.zeros(outputs, dtype=torch.bool)
        among[classes] = True
        allowed.append(among.expand(len(inputs), outputs))
    return Pool(torch.cat([inputs for inputs, _classes in tasks]), torch.cat(allowed))


def batches(pool: Pool, size: int, generator: Generator) -> Iterator[Pool]:
    """Batches without end: the pool in a random order, then in another; the last ones of an order
    that don't fill a batch are left out.

    Args:
        size: examples of a batch; all of the pool where it has fewer.
    """
    size = min(size, len(pool))
    while True:
        order = torch.randperm(len(pool), generator=generator)
        for rows in order[: len(pool) // size * size].split(size):
            yield pool.at(rows)


def entropy(scores: Tensor, allowed: Tensor | None = None) -> Tensor:
    """The mean over examples of -sum_c p_c log p_c, in nats; a scalar.

    Args:
        scores: shape (examples, outputs).
        allowed: the classes that count, bool of the same shape; by default all.
    """
    if allowed is not None:
        scores = scores.masked_fill(~allowed, IMPOSSIBLE)
    log_p = scores.log_softmax(1)
    return -(log_p.exp() * log_p).sum(1).mean()


def cross_entropy(scores: Tensor, batch: Pool) -> Tensor:
    """Mean cross-entropy of scores (examples, outputs), each among its own task's classes."""
    assert batch.labels is not None
    log_p = scores.masked_fill(~batch.allowed, IMPOSSIBLE).log_softmax(1)
    return -log_p.gather(1, batch.labels[:, None]).mean()
