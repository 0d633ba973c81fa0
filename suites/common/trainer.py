"""Trains many networks of one shape, each with its own seed, learning rate and data.

Here: one loop for any network and loss. Weights of R networks lie in one slab of shape (R, P);
the step (loss and gradient under `vmap`) is recorded once as plain operators, which are replayed
on views of the slab, and a fused optimiser updates the slab. As many networks are stacked as
`chunk_size` says, and the digits are the same as one by one (tests hold that bit for bit), because
stacked products don't mix networks and every tensor starts on a multiple of 16 numbers, so that no
number changes between the optimiser's vector loop and its remainder. All runs on one thread.
Being recorded, a loss must not branch on values, and what changes from step to step comes in the
batch. Not here: networks (suites.common.networks), what is trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.utils._python_dispatch import TorchDispatchMode

from suites.common.networks import initialise
from suites.common.replay import Recording, record

State = Mapping[str, Tensor]
"""Parameter name -> tensor, as `nn.Module.state_dict` gives it."""

Loss = Callable[..., Tensor]
"""`loss(state, *batch)` -> scalar, for one network: what `vmap` stacks."""

ALIGNMENT, ROW = 16, 64
"""Numbers to a multiple of which tensors start, and rows of the slab are long."""

STACK = 32 * 2**20
"""Bytes that a stack's step may touch. Measured: tiny networks are fastest with as many at once as
fit, large ones with fewer than four."""


class Batches(Protocol):
    """Where batches come from: `batches(first, last, step)` stacks those of networks
    first <= i < last at that step, as a tuple of tensors of shape (last - first, ...)."""

    def __call__(self, first: int, last: int, step: int) -> tuple[Tensor, ...]: ...


@dataclass(frozen=True)
class Recipe:
    """How networks are trained; the learning rate is given apart.

    Attributes:
        steps: updates.
        optimiser: `adamw` (betas .9 and .999, epsilon 1e-8) or `sgd`.
        weight_decay: decoupled for adamw, added to the gradient for sgd.
        momentum: of sgd.
        schedule: `constant`, or `cosine` to zero over all steps.
        warmup: steps of linear rise before that.
    """

    steps: int
    optimiser: str = "adamw"
    weight_decay: float = 0.0
    momentum: float = 0.9
    schedule: str = "cosine"
    warmup: int = 0

    def factor(self, step: int) -> float:
        """What the learning rate is multiplied by at a step, counted from 0."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        if self.schedule == "constant":
            return 1.0
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return 0.5 + 0.5 * math.cos(math.pi * done)

    def __post_init__(self) -> None:
        for name, value, known in (
            ("optimiser", self.optimiser, ("adamw", "sgd")),
            ("schedule", self.schedule, ("constant", "cosine")),
        ):
            if value not in known:
                raise ValueError(f"no {name} {value!r}; choose one of {', '.join(known)}")


@dataclass(frozen=True)
class Trained:
    """What training gave.

    Attributes:
        states: each network's trained parameters, as names -> tensors of shape (networks, ...).
        losses: of every step, before its update, shape (networks, steps). A network that diverged
            has NaN or infinities from there on; the others are as if it weren't there.
    """

    states: dict[str, Tensor]
    losses: Tensor

    def state(self, network: int) -> dict[str, Tensor]:
        """One network's trained parameters, copied."""
        return {name: tensor[network].clone() for name, tensor in self.states.items()}


def train(
    loss: Loss,
    start: State,
    batches: Batches,
    rates: Sequence[float],
    recipe: Recipe,
    *,
    frozen: State | None = None,
    chunk: int | None = None,
) -> Trained:
    """Train len(rates) networks.

    Args:
        loss: of one network: `loss(parameters, *batch)` -> scalar; parameters hold start's names
            and frozen's. It is recorded (see above) and must not draw at random.
        start: initial parameters, float32 of shape (networks, ...); left as they are.
        batches: their data.
        rates: each network's peak learning rate.
        recipe: the rest.
        frozen: parameters and buffers that aren't trained, shared by all networks, without the
            leading dimension.
        chunk: networks stacked at once; by default what `chunk_size` says. Up to that it changes
            the time and the memory, never the digits.
    Raises:
        ValueError: shapes don't fit.
    """
    count = len(rates)
    wrong = [name for name, tensor in start.items() if len(tensor) != count]
    if wrong or not count:
        raise ValueError(
            f"start[{wrong[0] if wrong else ''}] should hold {count} networks in its first "
            "dimension, one for each learning rate"
        )
    if chunk is None:
        chunk = chunk_size(loss, start, batches(0, 1, 0), frozen)
    steps: dict[int, Recording] = {}
    parts = []
    with torch.no_grad(), _one_thread():
        for first in range(0, count, chunk):
            last = min(first + chunk, count)
            stack = _Stack({name: tensor[first:last] for name, tensor in start.items()})
            if last - first not in steps:
                sample = batches(first, last, 0)
                steps[last - first] = _record(loss, stack.parameters, sample, frozen or {})
            step = steps[last - first]
            losses = _run(stack, step, batches, first, last, rates[first:last], recipe)
            parts.append((stack.parameters, losses))
    names = list(start)
    return Trained(
        {name: torch.cat([part[name] for part, _ in parts]) for name in names},
        torch.cat([losses for _, losses in parts]),
    )


def _run(
    stack: _Stack,
    step: Recording,
    batches: Batches,
    first: int,
    last: int,
    rates: Sequence[float],
    recipe: Recipe,
) -> Tensor:
    """Train one stack in place; its losses, shape (networks, steps)."""
    optimiser = _optimiser(stack, rates, recipe)
    peaks = [group["lr"] for group in optimiser.param_groups]
    parameters, gradients = list(stack.parameters.values()), list(stack.gradients.values())
    losses = []
    for t in range(recipe.steps):
        *found, loss = step(*parameters, *batches(first, last, t))
        torch._foreach_copy_(gradients, found)
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * recipe.factor(t)
        optimiser.step()
        losses.append(loss)
    if not losses:
        return torch.empty(last - first, 0)
    return torch.stack(losses, 1)


class _Stack:
    """The weights of some networks in one slab, and their gradients in another."""

    def __init__(self, start: State) -> None:
        self.offsets: dict[str, int] = {}
        end = 0
        for name, tensor in start.items():
            self.offsets[name] = end
            end += -(-tensor[0].numel() // ALIGNMENT) * ALIGNMENT
        self.networks = len(next(iter(start.values())))
        self.weights = torch.zeros(self.networks, -(-end // ROW) * ROW)
        self.gradient = torch.zeros_like(self.weights)
        self.parameters = self._views(self.weights, start)
        self.gradients = self._views(self.gradient, start)
        for name, tensor in start.items():
            self.parameters[name].copy_(tensor)

    def _views(self, slab: Tensor, like: State) -> dict[str, Tensor]:
        views = {}
        for name, tensor in like.items():
            begin = self.offsets[name]
            flat = slab[:, begin : begin + tensor[0].numel()]
            views[name] = flat.view(tensor.shape)
        return views


def _optimiser(stack: _Stack, rates: Sequence[float], recipe: Recipe) -> torch.optim.Optimizer:
    """One fused optimiser; neighbours of equal learning rate share a slice of the slab."""
    groups: list[dict[str, Any]] = []
    begin = 0
    for i in range(1, len(rates) + 1):
        if i == len(rates) or rates[i] != rates[begin]:
            leaf = nn.Parameter(stack.weights[begin:i])
            leaf.grad = stack.gradient[begin:i]
            groups.append({"params": [leaf], "lr": rates[begin]})
            begin = i
    decay = recipe.weight_decay
    if recipe.optimiser == "adamw":
        return torch.optim.AdamW(groups, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        groups, lr=rates[0], momentum=recipe.momentum, weight_decay=decay, fused=True
    )


def _record(loss: Loss, parameters: State, batch: tuple[Tensor, ...], frozen: State) -> Recording:
    """The step as plain operators: (*parameters, *batch) -> (*gradients, losses)."""
    names = list(parameters)

    def one(state: dict[str, Tensor], *data: Tensor) -> Tensor:
        return loss({**frozen, **state}, *data)

    def step(*tensors: Tensor) -> list[Tensor]:
        state = dict(zip(names, tensors, strict=False))
        gradients, losses = vmap(grad_and_value(one))(state, *tensors[len(names) :])
        return [*(gradients[name] for name in names), losses]

    return record(step, [*parameters.values(), *batch])


def chunk_size(
    loss: Loss, start: State, batch: tuple[Tensor, ...], frozen: State | None = None
) -> int:
    """How many networks to stack: as many as fit in STACK, at least one.

    A network's share is four numbers a weight (weight, gradient, two moments) and what its forward
    pass keeps for the backward pass. One alone where stacking could change digits: convolutions
    (stacked they become grouped ones, for which other kernels are chosen), and matrices or batches
    whose size isn't a multiple of 4, so that in a stack not all start on 16 bytes, where the matrix
    library sums in another order (found by trying: 12 of 313 and 17 of 273 random shapes differed,
    all of them of that kind). It follows from shapes alone, so it is the same everywhere.

    Args:
        loss, start, frozen: as for `train`.
        batch: one network's, each tensor with a leading dimension of 1.
    """
    one = {name: tensor[0].detach().requires_grad_() for name, tensor in start.items()}
    watch = _OperatorWatch()
    kept = 0

    def note(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    saving = torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor)
    with torch.enable_grad(), saving, watch:
        loss({**(frozen or {}), **one}, *(tensor[0] for tensor in batch))
    sizes = [tensor.numel() for tensor in one.values() if tensor.dim() > 1]
    sizes += [tensor.shape[1] for tensor in batch[:1] if tensor.dim() > 1]
    if watch.convolution or any(size % 4 for size in sizes):
        return 1
    weights = sum(tensor.numel() for tensor in one.values())
    return max(1, min(len(next(iter(start.values()))), STACK // (16 * weights + kept)))


class _OperatorWatch(TorchDispatchMode):
    """Notes whether a convolution runs."""

    convolution = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.convolution.default:
            self.convolution = True
        return func(*args, **(kwargs or {}))


@contextmanager
def _one_thread() -> Iterator[None]:
    """With several threads a product is cut up, and its digits depend on where."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Shuffled:
    """Batches from rows of shared tensors, in an order that each network draws for itself.

    Attributes:
        tensors: inputs, labels, …, all of shape (rows, ...).
        order: the row of each example, int64 (networks, steps, batch).
        extra: tensors of shape (networks, ...) that follow in every batch, e.g. class masks.
        prepare: applied to the gathered inputs, e.g. bytes to floats.
    """

    tensors: tuple[Tensor, ...]
    order: Tensor
    extra: tuple[Tensor, ...] = ()
    prepare: Callable[[Tensor], Tensor] | None = None

    def __call__(self, first: int, last: int, step: int) -> tuple[Tensor, ...]:
        """The batches of those networks at that step; see Batches."""
        rows = self.order[first:last, step]
        flat = rows.reshape(-1)
        found = [
            tensor.index_select(0, flat).view(*rows.shape, *tensor.shape[1:])
            for tensor in self.tensors
        ]
        if self.prepare is not None:
            found[0] = self.prepare(found[0])
        return (*found, *(tensor[first:last] for tensor in self.extra))


def draw_order(rows: int, steps: int, batch: int, generator: Generator) -> Tensor:
    """One network's order: every row once before any comes again, int64 (steps, batch)."""
    needed, drawn = steps * batch, 0
    permutations = []
    while drawn < needed:
        permutations.append(torch.randperm(rows, generator=generator))
        drawn += rows
    return torch.cat(permutations)[:needed].view(steps, batch)


def cross_entropy(scores: Tensor, labels: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean cross-entropy among the mask's classes, in operators that stack without changing digits.

    Args:
        scores: shape (examples, ..., classes).
        labels: int64 (examples, ...); each of a class that the mask keeps.
        mask: bool (classes,), true for the classes to choose among; by default all.
    """
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return -F.log_softmax(scores, -1).gather(-1, labels[..., None])[..., 0].mean()


def classification_loss(network: nn.Module) -> Loss:
    """`loss(state, inputs, labels[, mask])`: the network's mean cross-entropy."""

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        return cross_entropy(functional_call(network, state, (inputs,)), labels, *mask)

    return loss


def stack_states(states: Sequence[State]) -> dict[str, Tensor]:
    """States of one form as one, each tensor of shape (networks, ...)."""
    return {name: torch.stack([state[name] for state in states]) for name in states[0]}


def initialise_many(network: nn.Module, generators: Sequence[Generator]) -> dict[str, Tensor]:
    """Fresh states of the network's shape, one from each generator; see networks.initialise."""
    return stack_states([initialise(network, draws) for draws in generators])


@torch.no_grad()
def logits(network: nn.Module, state: State, inputs: Tensor, chunk: int = 256) -> Tensor:
    """A network's outputs, shape (examples, outputs), in eval mode, chunk by chunk.

    Args:
        network: the template; its own mode is left as it was.
        state: parameters and buffers; what it lacks is the template's.
        inputs: shape (examples, ...).
        chunk: examples at once; small networks run fastest when a pass stays in the cache.
    """
    training = network.training
    network.eval()
    try:
        parts = [functional_call(network, dict(state), (x,)) for x in inputs.split(chunk)]
    finally:
        network.train(training)
    return torch.cat(parts)
