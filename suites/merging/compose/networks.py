"""Trains the networks of a compositional task: pretrained, experts, multitask.

Here: the asset builders for networks. The pretrained network learns all classes in styles blended
with ink, backbone and head. Then the head is frozen: each expert fine-tunes the backbone on its
own cell, the multitask network on all held-in cells together, every example's loss among the
classes of its group. Not here: images (suites.merging.compose.cells), the grid
(suites.merging.compose.layout).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.draws import generator
from suites.common.networks import VisionTransformer, initialise
from suites.common.trainer import (
    Recipe,
    Shuffled,
    classification_loss,
    draw_order,
    logits,
    stack_states,
    train,
)
from suites.merging.compose.cells import draw_pretraining
from suites.merging.compose.layout import Layout, layout
from suites.merging.stored import backbone, expert_state, head, read, to_float


def template(pretrained: Output) -> VisionTransformer:
    """The network of a task with the pretrained weights in it, head included.

    Args:
        pretrained: the asset.
    """
    network = VisionTransformer(pretrained.data["outputs"], **pretrained.data["network"])
    network.load_state_dict(pretrained.tensors)
    return network


def group_masks(grid: Layout) -> Tensor:
    """Which classes each group has, bool (groups, outputs)."""
    masks = torch.zeros(len(grid.classes), grid.outputs, dtype=torch.bool)
    for group, classes in enumerate(grid.classes):
        masks[group, list(classes)] = True
    return masks


def group_accuracy(grid: Layout, group: int, scores: Tensor, labels: Tensor) -> float:
    """Accuracy where the choice is among a group's classes.

    Args:
        scores: shape (examples, outputs).
        labels: shape (examples,).
    """
    return accuracy(choose(scores, torch.tensor(grid.classes[group])), labels)


def build_pretrained(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Train backbone and head on all classes in all styles, blended with ink.

    Returns:
        The whole state by name; data: `network`, `outputs`, `validation` (accuracy on the held-in
        validation images in full style), `loss` (mean of the last tenth of the steps).
    """
    seed, plan = arguments["seed"], arguments["pretraining"]
    grid = layout(arguments["images"])
    network = VisionTransformer(grid.outputs, **arguments["network"])
    images, labels = draw_pretraining(
        arguments["images"], seed, plan["styles"], plan["strength"], plan["each"]
    )
    start = initialise(network, generator(seed, "pretraining/start"))
    order = draw_order(
        len(images), plan["steps"], plan["batch"], generator(seed, "pretraining/order")
    )
    trained = train(
        classification_loss(network),
        stack_states([start]),
        Shuffled((images, labels), order[None], prepare=to_float),
        [plan["rate"]],
        _recipe(plan),
    )
    state = trained.state(0)
    accuracies = _validate(network, grid, inputs["examples"], [state] * len(grid.held_in))
    data = {
        "network": dict(arguments["network"]),
        "outputs": grid.outputs,
        "validation": sum(accuracies) / len(accuracies),
        "loss": _last(trained.losses)[0],
    }
    return Output(state, data)


def build_experts(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune one backbone for each held-in cell.

    Returns:
        `{expert}/{parameter}` for each; data: `validation` (each expert's accuracy on its own
        cell) and `loss`.
    """
    seed, plan = arguments["seed"], arguments["experts"]
    grid = layout(arguments["images"])
    network, examples = template(inputs["pretrained"]), inputs["examples"]
    state, count = inputs["pretrained"].tensors, len(grid.held_in)
    masks = group_masks(grid)[[group for group, _style in grid.held_in]]
    pixels, labels = _training(examples)
    each = examples.tensors["training/images"].shape[1]
    order = torch.stack(
        [
            i * each
            + draw_order(each, plan["steps"], plan["batch"], generator(seed, f"experts/order/{i}"))
            for i in range(count)
        ]
    )
    trained = train(
        classification_loss(network),
        {name: tensor.expand(count, *tensor.shape) for name, tensor in backbone(state).items()},
        Shuffled((pixels, labels), order, (masks,), to_float),
        [plan["rate"]] * count,
        _recipe(plan),
        frozen=head(state),
    )
    experts = [trained.state(i) for i in range(count)]
    data = {
        "validation": _validate(network, grid, examples, experts),
        "loss": _last(trained.losses),
    }
    tensors = {f"{i}/{name}": t for i, expert in enumerate(experts) for name, t in expert.items()}
    return Output(tensors, data)


def build_multitask(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune one backbone on the training images of all held-in cells together.

    Each example's loss is among the classes of its own group, as the experts' is.

    Returns:
        The backbone by name; data: `validation` (accuracy on each held-in cell) and `loss`.
    """
    seed, plan = arguments["seed"], arguments["multitask"]
    grid = layout(arguments["images"])
    network, examples = template(inputs["pretrained"]), inputs["examples"]
    state = inputs["pretrained"].tensors
    pixels, labels = _training(examples)
    each = examples.tensors["training/images"].shape[1]
    groups = torch.tensor([group for group, _style in grid.held_in]).repeat_interleave(each)
    order = draw_order(
        len(pixels), plan["steps"], plan["batch"], generator(seed, "multitask/order")
    )
    trained = train(
        classification_loss(network),
        stack_states([backbone(state)]),
        Shuffled((pixels, labels, group_masks(grid)[groups]), order[None], prepare=to_float),
        [plan["rate"]],
        _recipe(plan),
        frozen=head(state),
    )
    found = trained.state(0)
    accuracies = _validate(network, grid, examples, [found] * len(grid.held_in))
    return Output(found, {"validation": accuracies, "loss": _last(trained.losses)[0]})


def build_expert_accuracies(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test accuracy on every cell of the expert that knows its classes; for scoring only.

    Where several experts know a group, it is the mean of those that weren't trained on the cell,
    and the cell's own expert where one was.

    Returns:
        data: `accuracies`, in the order of `Layout.cells`, choosing among the group's classes.
    """
    grid = layout(arguments["images"])
    network = template(inputs["pretrained"])
    pixels, labels = inputs["test_inputs"].tensors["images"], inputs["answers"].tensors["labels"]
    states = [expert_state(inputs["experts"], i) for i in range(len(grid.held_in))]
    accuracies = []
    for cell, (group, style) in enumerate(grid.cells):
        own = [i for i, held in enumerate(grid.held_in) if held == (group, style)]
        found = [
            group_accuracy(
                grid, group, logits(network, states[i], to_float(pixels[cell])), labels[cell]
            )
            for i in own or grid.experts_of(group)
        ]
        accuracies.append(sum(found) / len(found))
    return Output(data={"accuracies": accuracies})


def _training(examples: Output) -> tuple[Tensor, Tensor]:
    """All training images, bytes (rows, size, size), and labels (rows,), cell after cell."""
    return (
        examples.tensors["training/images"].flatten(0, 1),
        examples.tensors["training/labels"].flatten(),
    )


def _recipe(plan: Mapping[str, Any]) -> Recipe:
    return Recipe(plan["steps"], weight_decay=plan.get("decay", 0.01), warmup=plan.get("warmup", 0))


def _validate(
    network: VisionTransformer, grid: Layout, examples: Output, states: list[dict[str, Tensor]]
) -> list[float]:
    """Accuracy on each held-in cell's validation images of the state given for it."""
    accuracies = []
    for i, (group, _style) in enumerate(grid.held_in):
        images, labels = read(examples, "validation", i)
        accuracies.append(group_accuracy(grid, group, logits(network, states[i], images), labels))
    return accuracies


def _last(losses: Tensor) -> list[float]:
    """Each network's mean loss over the last tenth of its steps."""
    tail = max(1, losses.shape[1] // 10)
    return [float(value) for value in losses[:, -tail:].mean(1)]
