"""One target that is trained on everything and told no condition: what conditions are worth.

Here: the same batches as a hypernetwork sees, stage after stage; of a sequence the target is
finetuned on task after task, and what it forgets is the scale for methods that keep. Not here: the
row that this makes (suites.hypernet.references), a target for each condition
(suites.hypernet.direct).
"""

from __future__ import annotations

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import Recipe, cross_entropy, train
from suites.hypernet.course import Part, Stage
from suites.hypernet.direct import RATE


def train_shared(part: Part, seed: int) -> Tensor:
    """Train one target on all stages in order, the optimiser new in each, and ask it after each.

    Returns:
        Logits, shape (stages, m, examples, classes).
    """
    asked, target = part.test, part.target
    draws = generator(seed, f"shared/{part.name}")
    state = target.split(target.initial(draws)[None])

    def loss(state: dict[str, Tensor], inputs: Tensor, labels: Tensor, *mask: Tensor) -> Tensor:
        return cross_entropy(target.logits(copies(state, len(inputs)), inputs, *mask), labels)

    answers = []
    for stage in part.stages:

        def batches(first: int, last: int, step: int, stage: Stage = stage) -> tuple[Tensor, ...]:
            found = (stage.inputs(step)[None], stage.labels[step][None])
            return found if stage.masks is None else (*found, stage.masks[step][None])

        state = train(loss, state, batches, [RATE], Recipe(stage.steps)).states
        one = {name: tensor[0] for name, tensor in state.items()}
        answers.append(target.logits(copies(one, len(asked.names)), asked.inputs, asked.masks))
    return torch.stack(answers)


def copies(state: dict[str, Tensor], count: int) -> dict[str, Tensor]:
    """One target's parameters for `count` conditions: name -> (count, *shape)."""
    return {name: tensor.expand(count, *tensor.shape) for name, tensor in state.items()}
