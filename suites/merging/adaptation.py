"""Adapting to inputs without labels, by the entropy of what a network answers.

Here: the inputs of all cells or of all experts as one pool, endless batches of a pool, and the
entropy. Not here: what is adapted (methods/merging), who may ask for inputs and what it costs
(suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.merging.evaluation import logits
from suites.merging.problem import MergingProblem

IMPOSSIBLE = -1e4
"""A score that leaves a class no probability, and the entropy's gradient finite."""


@dataclass(frozen=True)
class Pool:
    """Inputs without labels.

    Attributes:
        inputs: shape (examples, ...).
        allowed: which classes each input's task has, bool (examples, outputs); None for all.
    """

    inputs: Tensor
    allowed: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def scored_pool(problem: MergingProblem) -> Pool:
    """All inputs that will be scored, each with its cell's classes. Needs `test_inputs`."""
    cells = range(problem.test_cells)
    return _pool(problem, [(problem.test_inputs(c), problem.test_classes(c)) for c in cells])


def own_pool(problem: MergingProblem, examples: int) -> Pool:
    """Inputs of every expert's own task, each with its task's classes. Needs `unlabeled`.

    Args:
        examples: of each task, at most.
    """
    experts = range(len(problem.experts))
    return _pool(problem, [(problem.unlabeled(i, examples), problem.classes(i)) for i in experts])


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
    """Batches without end: the pool in a random order, again and again, each time another.

    Args:
        size: inputs of a batch; at most the pool's.
    """
    size = min(size, len(pool))
    while True:
        order = torch.randperm(len(pool), generator=generator)
        for chosen in order[: len(pool) // size * size].split(size):
            allowed = None if pool.allowed is None else pool.allowed[chosen]
            yield Pool(pool.inputs[chosen], allowed)


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
