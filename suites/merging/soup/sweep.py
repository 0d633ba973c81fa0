"""The fine-tunings of the task `soup`: their hyperparameters, and training them.

Here: dealing a grid's values to the experts, the asset builders for networks, and what augmentation
and label smoothing are. Every expert starts at the pretrained network, whole (its head is trained
too), and sees the same training images in an order of its own. Those of one length and one weight
decay are trained together. Not here: the pretrained network, which compose's builder makes
(suites.merging.compose.networks), and the images (suites.merging.soup.data).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.draws import generator
from suites.common.trainer import Loss, Recipe, Shuffled, draw_order, logits, stack_states, train
from suites.merging.compose.cells import draw_cells
from suites.merging.compose.layout import layout
from suites.merging.compose.networks import template
from suites.merging.stored import expert_state, read, to_float

Hyperparameters = Mapping[str, Any]
"""Of one fine-tuning: `rate`, `decay`, `smoothing`, `shift` (pixels), `steps`."""


def deal(
    grid: Mapping[str, Sequence[Any]], experts: int, draws: Generator
) -> list[Hyperparameters]:
    """Each expert's hyperparameters: every value of the grid as often as any other, in any order.

    Dealt and not drawn one by one, so that no seed has a luckier sweep than another.

    Args:
        grid: name -> values.
        experts: how many.
        draws: of the orders.
    """
    columns = {}
    for name, values in grid.items():
        order = torch.randperm(experts, generator=draws).tolist()
        columns[name] = [values[place % len(values)] for place in order]
    return [{name: column[i] for name, column in columns.items()} for i in range(experts)]


def smoothed_loss(network: nn.Module) -> Loss:
    """`loss(state, images, labels, smoothing)`: cross-entropy with label smoothing.

    A label's class has the share 1 - smoothing, and all classes together the rest, evenly.
    """

    def loss(state: dict[str, Tensor], images: Tensor, labels: Tensor, smoothing: Tensor) -> Tensor:
        log_p = functional_call(network, state, (images,)).log_softmax(-1)
        own = log_p.gather(-1, labels[..., None])[..., 0]
        return -((1 - smoothing) * own + smoothing * log_p.mean(-1)).mean()

    return loss


def move(images: Tensor, offsets: Tensor) -> Tensor:
    """Images moved down and to the right; what leaves at one side comes in at the other.

    Args:
        images: shape (..., height, width).
        offsets: pixels down and right, int64 (..., 2).
    """
    height, width = images.shape[-2:]
    flat, by = images.reshape(-1, height, width), offsets.reshape(-1, 2)
    rows = (torch.arange(height) - by[:, :1]) % height
    columns = (torch.arange(width) - by[:, 1:]) % width
    number = torch.arange(len(flat))[:, None, None]
    return flat[number, rows[:, :, None], columns[:, None, :]].view(images.shape)


@dataclass(frozen=True)
class Moved:
    """Batches whose images are moved by a few pixels, each by a draw of its own.

    Attributes:
        batches: where they come from.
        offsets: int64 (networks, steps, batch, 2), see `move`.
    """

    batches: Shuffled
    offsets: Tensor

    def __call__(self, first: int, last: int, step: int) -> tuple[Tensor, ...]:
        """See suites.common.trainer.Batches."""
        images, *others = self.batches(first, last, step)
        return (move(images, self.offsets[first:last, step]), *others)


def build_experts(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune the pretrained network once for each expert.

    Returns:
        `{expert}/{parameter}`; data: `hyperparameters`, and `validation` (accuracy on all experts'
        validation images) of each.
    """
    seed, plan = arguments["seed"], arguments["sweep"]
    examples, pretrained = inputs["examples"], inputs["pretrained"]
    dealt = deal(plan["grid"], arguments["images"]["experts"], generator(seed, "soup/sweep"))
    states: dict[int, dict[str, Tensor]] = {}
    for steps, decay in sorted({(one["steps"], one["decay"]) for one in dealt}):
        members = [
            i for i, one in enumerate(dealt) if (one["steps"], one["decay"]) == (steps, decay)
        ]
        states |= fine_tune(pretrained, examples, plan, {i: dealt[i] for i in members}, seed)
    network = template(pretrained)
    validation = [_validate(network, examples, states[i]) for i in range(len(dealt))]
    tensors = {f"{i}/{name}": t for i in sorted(states) for name, t in states[i].items()}
    return Output(tensors, {"hyperparameters": dealt, "validation": validation})


def fine_tune(
    pretrained: Output,
    examples: Output,
    plan: Mapping[str, Any],
    members: Mapping[int, Hyperparameters],
    seed: int,
) -> dict[int, dict[str, Tensor]]:
    """Train some experts together, all of one number of steps and one weight decay.

    Args:
        pretrained, examples: the assets.
        plan: `batch`, `warmup`.
        members: hyperparameters by the expert's number, which its order and moves depend on.
        seed: of the task.
    Returns:
        Each expert's state by its number.
    """
    network = template(pretrained)
    pixels, labels = examples.tensors["training/images"], examples.tensors["training/labels"]
    each, batch = list(members.values()), plan["batch"]
    steps, decay = each[0]["steps"], each[0]["decay"]
    orders, offsets = [], []
    for i, one in members.items():
        draws = generator(seed, f"soup/expert/{i}")
        orders.append(draw_order(len(pixels), steps, batch, draws))
        reach = one["shift"]
        offsets.append(torch.randint(-reach, reach + 1, (steps, batch, 2), generator=draws))
    smoothing = torch.tensor([one["smoothing"] for one in each])
    rows = Shuffled((pixels, labels), torch.stack(orders), (smoothing,), to_float)
    trained = train(
        smoothed_loss(network),
        stack_states([pretrained.tensors] * len(members)),
        Moved(rows, torch.stack(offsets)),
        [one["rate"] for one in each],
        Recipe(steps, weight_decay=decay, warmup=plan["warmup"]),
    )
    return {i: trained.state(place) for place, i in enumerate(members)}


def build_informed(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune the pretrained network on more images, in every style, the shifted ones too.

    Args:
        arguments: `informed` has `held_in` and `each`: images of a class in the style that the
            experts know, theirs among them, and in each other; `steps`, `batch`, `rate`, `warmup`.
    Returns:
        The state by name; data: `validation` as of the experts.
    """
    seed, plan, images = arguments["seed"], arguments["informed"], arguments["images"]
    network, start = template(inputs["pretrained"]), inputs["pretrained"].tensors
    drawn = []
    for cell in layout(images).cells:
        each = plan["held_in" if cell == (0, 0) else "each"]
        drawn.append(draw_cells({**images, "training": each}, seed, "training", [cell]))
    pixels, labels = (torch.cat([f[0] for f in part]) for part in zip(*drawn, strict=True))
    draws = generator(seed, "soup/informed")
    order = draw_order(len(pixels), plan["steps"], plan["batch"], draws)
    trained = train(
        smoothed_loss(network),
        stack_states([start]),
        Shuffled((pixels, labels), order[None], (torch.zeros(1),), to_float),
        [plan["rate"]],
        Recipe(plan["steps"], warmup=plan["warmup"]),
    )
    state = trained.state(0)
    return Output(state, {"validation": _validate(network, inputs["examples"], state)})


def build_expert_accuracies(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The experts' mean test accuracy on every cell; for scoring only.

    Returns:
        data: `accuracies`, in the cells' order, and `each`, every expert's on them.
    """
    network = template(inputs["pretrained"])
    pixels, labels = inputs["test_inputs"].tensors, inputs["answers"].tensors
    each = []
    for i in range(arguments["images"]["experts"]):
        state = expert_state(inputs["experts"], i)
        answers = [
            logits(network, state, to_float(pixels[f"{cell}/images"]))
            for cell in range(len(pixels))
        ]
        each.append([accuracy(choose(a), labels[f"{c}/labels"]) for c, a in enumerate(answers)])
    means = [sum(column) / len(each) for column in zip(*each, strict=True)]
    return Output(data={"accuracies": means, "each": each})


def _validate(network: nn.Module, examples: Output, state: dict[str, Tensor]) -> float:
    """Accuracy on all experts' validation images."""
    parts = [
        read(examples, "validation", i) for i in range(len(examples.tensors["validation/labels"]))
    ]
    images, labels = (torch.cat(column) for column in zip(*parts, strict=True))
    return accuracy(choose(logits(network, state, images)), labels)
