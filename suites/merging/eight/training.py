"""Builds the networks of the task `eight`: pretrained with its heads, experts, multitask.

Here: the asset builders for networks. The backbone is the released one. Each set's head is a
logistic regression on the backbone's features of some training images, and is never changed again;
side by side the heads are the network's one head. An expert fine-tunes the backbone on one set,
multitask on all of them, each example's loss among its own set's classes. One network at a time in
a plain loop: stacked by suites.common.trainer, convolutions become grouped ones, which are slower.
Not here: images (suites.merging.eight.data), the network (suites.merging.eight.network).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.draws import generator
from suites.common.trainer import draw_order, logits
from suites.merging.eight.network import FoldedEfficientNet, template
from suites.merging.eight.released import fold, load_released, shapes_of
from suites.merging.eight.sets import classes_of, outputs_of
from suites.merging.evaluation import BATCH
from suites.merging.stored import backbone, expert_state, read, to_float
from suites.merging.vectors import State, copy_state


def build_pretrained(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The released backbone, and a head for each set fitted on its frozen features.

    Returns:
        The whole state by name; data: what `template` needs, and `validation` (accuracy on each
        set's validation images).
    """
    images, examples = arguments["images"], inputs["examples"]
    released = load_released()
    blocks, stem = shapes_of(released), released._conv_stem.out_channels
    network = FoldedEfficientNet(blocks, stem, outputs_of(images)).eval()
    network.load_state_dict(fold(released), strict=False)
    with torch.no_grad():
        for i, classes in enumerate(classes_of(images).values()):
            pixels, labels = read(examples, "training", i)
            count = arguments["head"]["images"]
            weight, bias = fit_head(
                features(network, pixels[:count]),
                labels[:count] - classes.start,
                arguments["head"]["ridge"],
            )
            network.head.weight[classes.start : classes.stop] = weight
            network.head.bias[classes.start : classes.stop] = bias
    state = copy_state(network.state_dict())
    data = {"blocks": blocks, "stem": stem, "outputs": outputs_of(images)}
    asset = Output(state, data)
    data["validation"] = _validate(asset, examples, [backbone(state)] * len(images["sets"]))
    return asset


def features(network: FoldedEfficientNet, pixels: Tensor) -> Tensor:
    """The backbone's features of images, shape (images, FEATURES)."""
    with torch.no_grad():
        return torch.cat([network.features(chunk) for chunk in pixels.split(BATCH)])


def fit_head(inputs: Tensor, labels: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """The weights and biases that minimise mean cross-entropy + ridge / 2 * |weights|^2.

    Args:
        inputs: features, shape (examples, FEATURES).
        labels: counted from 0, each class among them, shape (examples,).
        ridge: positive, no unit.
    Returns:
        Weights, shape (classes, FEATURES), and biases, (classes,).
    """
    # The minimum lies in the span of the centred examples: there it has fewer numbers.
    mean = inputs.double().mean(0)
    basis, _triangle = torch.linalg.qr((inputs.double() - mean).T)  # (FEATURES, examples at most)
    rows = (inputs.double() - mean) @ basis
    classes = int(labels.max()) + 1
    weight = torch.zeros(classes, rows.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=200, tolerance_grad=1e-6, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(rows @ weight.T + bias, labels) + ridge / 2 * weight.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimiser.step(closure)
    full = weight.detach() @ basis.T
    return full.float(), (bias.detach() - full @ mean).float()


def build_experts(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune one backbone on each set.

    Returns:
        `{expert}/{parameter}` for each; data: `validation` (each expert's accuracy on its own set)
        and `loss` (mean of the last tenth of the steps).
    """
    examples, pretrained = inputs["examples"], inputs["pretrained"]
    count = len(arguments["images"]["sets"])
    states, losses = [], []
    for i in range(count):
        state, loss = fine_tune(
            pretrained, examples, [i], arguments["experts"], generator(arguments["seed"], _order(i))
        )
        states.append(state)
        losses.append(loss)
    tensors = {f"{i}/{name}": t for i, state in enumerate(states) for name, t in state.items()}
    data = {"validation": _validate(pretrained, examples, states), "loss": losses}
    return Output(tensors, data)


def build_multitask(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Fine-tune one backbone on all sets together.

    Returns:
        The backbone by name; data: `validation` (accuracy on each set) and `loss`.
    """
    examples, pretrained = inputs["examples"], inputs["pretrained"]
    sets = list(range(len(arguments["images"]["sets"])))
    draws = generator(arguments["seed"], "eight/multitask/order")
    state, loss = fine_tune(pretrained, examples, sets, arguments["multitask"], draws)
    return Output(
        state, {"validation": _validate(pretrained, examples, [state] * len(sets)), "loss": loss}
    )


def build_expert_accuracies(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Each expert's test accuracy on its own set, among its classes; for scoring only.

    Args:
        arguments: `distance` names the experts.
    Returns:
        data: `accuracies`, in the sets' order.
    """
    network = template(inputs["pretrained"])
    experts = inputs[f"experts_{arguments['distance']}"]
    pixels, labels = inputs["test_inputs"].tensors["images"], inputs["answers"].tensors["labels"]
    accuracies = []
    for i, classes in enumerate(classes_of(arguments["images"]).values()):
        scores = logits(network, expert_state(experts, i), to_float(pixels[i]), BATCH)
        accuracies.append(accuracy(choose(scores, torch.tensor(classes)), labels[i]))
    return Output(data={"accuracies": accuracies})


def fine_tune(
    pretrained: Output,
    examples: Output,
    sets: list[int],
    plan: Mapping[str, Any],
    draws: torch.Generator,
) -> tuple[State, float]:
    """Train the backbone from the pretrained one on some sets together; the head stays.

    AdamW without weight decay, at a constant rate.

    Args:
        pretrained, examples: the assets.
        sets: numbers of the sets.
        plan: `steps`, `batch` (examples a step), `rate`.
        draws: of the batches.
    Returns:
        The backbone's state, and the mean loss of the last tenth of the steps.
    """
    network = template(pretrained)
    network.head.requires_grad_(False)
    tensors = examples.tensors
    pixels = torch.cat([tensors["training/images"][i] for i in sets])
    labels = torch.cat([tensors["training/labels"][i] for i in sets])
    masks = _masks(examples)[sets].repeat_interleave(tensors["training/labels"].shape[1], 0)
    weights = [p for name, p in network.named_parameters() if not name.startswith("head.")]
    optimiser = torch.optim.AdamW(weights, lr=plan["rate"], weight_decay=0.0, fused=True)
    losses = []
    with torch.enable_grad():
        for rows in draw_order(len(pixels), plan["steps"], plan["batch"], draws):
            scores = network(to_float(pixels[rows])).masked_fill(~masks[rows], -torch.inf)
            loss = F.cross_entropy(scores, labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
    last = losses[-max(1, len(losses) // 10) :]
    return copy_state(backbone(network.state_dict())), sum(last) / len(last)


def _order(expert: int) -> str:
    """What an expert's batches are drawn for; the same at each distance."""
    return f"eight/experts/order/{expert}"


def _masks(examples: Output) -> Tensor:
    """Which outputs are each set's, bool (sets, outputs)."""
    images = examples.data["images"]
    masks = torch.zeros(len(images["sets"]), outputs_of(images), dtype=torch.bool)
    for i, classes in enumerate(classes_of(images).values()):
        masks[i, classes.start : classes.stop] = True
    return masks


def _validate(pretrained: Output, examples: Output, states: list[State]) -> list[float]:
    """Accuracy on each set's validation images of the state given for it."""
    network, found = template(pretrained), []
    for i, classes in enumerate(classes_of(examples.data["images"]).values()):
        images, labels = read(examples, "validation", i)
        scores = logits(network, states[i], images, BATCH)
        found.append(accuracy(choose(scores, torch.tensor(classes)), labels))
    return found
