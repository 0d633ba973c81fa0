"""One target that is trained on everything and told no condition: what conditions are worth.

Here: the same batches as a hypernetwork sees, stage after stage; of a sequence the target is
finetuned on task after task, and what it forgets is the scale for methods that keep. Not here: the
row that this makes (suites.hypernet.references), a target for each condition
(suites.hypernet.direct).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import Recipe, cross_entropy, train
from suites.hypernet.course import Part, Stage
from suites.hypernet.direct import RATES, best, validation_loss


def train_shared(part: Part, seed: int, rates: Sequence[float] = RATES) -> Tensor:
    """Train one target on all stages in order, the optimiser new in each, and ask it after each.

    It is trained at each rate; the one of least validation loss after the last stage counts.

    Returns:
        Logits, shape (stages, m, examples, classes).
    """
    asked, target = part.test, part.target
    draws = generator(seed, f"shared/{part.name}")
    state = target.split(target.initial(draws)[None].repeat(len(rates), 1))

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        return cross_entropy(target.logits(copies(state, len(inputs)), inputs, *mask), labels)

    states = []
    for stage in part.stages:

        def batches(first: int, last: int, step: int, stage: Stage = stage) -> tuple[Tensor, ...]:
            masks = () if stage.masks is None else (stage.masks[step],)
            batch = (stage.inputs(step), stage.labels[step], *masks)
            return tuple(tensor.expand(last - first, *tensor.shape) for tensor in batch)

        state = train(loss, state, batches, list(rates), Recipe(stage.steps)).states
        states.append(state)
    trained = [_one(state, rate) for rate in range(len(rates))]
    count = len(part.validation.names)
    chosen = best([validation_loss(target, copies(s, count), part.validation) for s in trained])
    return torch.stack(
        [
            target.logits(copies(_one(state, chosen), len(asked.names)), asked.inputs, asked.masks)
            for state in states
        ]
    )


def _one(state: dict[str, Tensor], network: int) -> dict[str, Tensor]:
    return {name: tensor[network] for name, tensor in state.items()}


def copies(state: dict[str, Tensor], count: int) -> dict[str, Tensor]:
    """One target's parameters for `count` conditions: name -> (count, *shape)."""
    return {name: tensor.expand(count, *tensor.shape) for name, tensor in state.items()}
