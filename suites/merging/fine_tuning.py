"""Training on the labelled examples of experts' tasks, for methods that go on where merging ends.

Here: examples of some experts as one pool, batches of it, the loss among each example's own
classes, and a short fine-tuning by AdamW. All of it is run by the method and metered operator by
operator. Not here: who may ask for labels and what they cost (suites.merging.problem), what a
method trains for (methods/merging).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call

from suites.merging.buffers import observed
from suites.merging.evaluation import logits
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state, weight_names


@dataclass(frozen=True)
class Labelled:
    """Labelled examples, perhaps of several tasks.

    Attributes:
        inputs: shape (examples, ...).
        labels: int64 (examples,).
        allowed: which classes each example's task tells apart, bool (examples, outputs).
    """

    inputs: Tensor
    labels: Tensor
    allowed: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, rows: Tensor) -> Labelled:
        """Some of the examples, by number."""
        return Labelled(self.inputs[rows], self.labels[rows], self.allowed[rows])


def labelled_pool(
    problem: MergingProblem, examples: int, experts: Iterable[int] | None = None
) -> Labelled:
    """Labelled examples of experts' tasks, one task after the other. Needs `labels`.

    Args:
        examples: of each task, at most.
        experts: whose; by default all.
    """
    inputs, labels, allowed = [], [], []
    for expert in range(len(problem.experts)) if experts is None else experts:
        own, own_labels = problem.labeled(expert, examples)
        inputs.append(own)
        labels.append(own_labels)
        outputs = logits(problem.model, problem.experts[expert], own[:1]).shape[1]
        classes = torch.zeros(outputs, dtype=torch.bool)
        classes[problem.classes(expert)] = True
        allowed.append(classes.expand(len(own), outputs))
    return Labelled(torch.cat(inputs), torch.cat(labels), torch.cat(allowed))


def batches(pool: Labelled, size: int, generator: Generator) -> Iterator[Labelled]:
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


def cross_entropy(scores: Tensor, batch: Labelled) -> Tensor:
    """Mean cross-entropy of scores (examples, outputs), each among its own task's classes."""
    log_p = scores.masked_fill(~batch.allowed, -inf).log_softmax(1)
    return -log_p.gather(1, batch.labels[:, None]).mean()


def trained_names(model: nn.Module, state: State) -> list[str]:
    """Names of what training changes: floating-point numbers that aren't running statistics."""
    statistics = observed(model, state)
    return [n for n in weight_names(state) if n not in statistics and state[n].numel()]


def fine_tune(
    problem: MergingProblem,
    start: State,
    pool: Labelled,
    *,
    steps: int,
    images: int,
    rate: float,
    decay: float = 0.0,
    masks: Mapping[str, Tensor] | None = None,
) -> State:
    """A state after some steps of AdamW, the rate falling linearly to zero.

    Args:
        start: where it begins; left as it is.
        pool: what it learns from.
        steps: updates.
        images: examples of a batch.
        rate: the first step's, no unit.
        decay: decoupled weight decay.
        masks: by name, where weights may differ from zero; those elsewhere are zero after each
            step.
    Returns:
        A state of its own; running statistics are the start's, what the network doesn't use too.
    """
    own = copy_state(start)
    leaves = {name: own[name].requires_grad_() for name in trained_names(problem.model, start)}
    optimiser = torch.optim.AdamW(list(leaves.values()), lr=rate, weight_decay=decay, fused=True)
    drawn = batches(pool, images, problem.generator)
    for step, batch in zip(range(steps), drawn, strict=False):
        with torch.enable_grad():
            loss = cross_entropy(functional_call(problem.model, own, (batch.inputs,)), batch)
            slopes = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        for leaf, slope in zip(leaves.values(), slopes, strict=True):
            # The fused step reads memory as it lies, and the slope of a sum is one number expanded.
            leaf.grad = None if slope is None else slope.contiguous()
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        optimiser.step()
        for name, mask in (masks or {}).items():
            leaves[name].data.mul_(mask)
    return {name: tensor.detach() for name, tensor in own.items()}
