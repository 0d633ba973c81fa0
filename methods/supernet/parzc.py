"""ParZC: a mixer with Bayesian layers that learns accuracies from each layer's proxies.

An architecture is the gradient norm, SNIP and SynFlow of each tensor of weights, in a row. They are
projected to a sequence of patches; W = mean + softplus(rho) e, e normal, embeds each patch; blocks
mix patches, then channels; the mean over patches meets a Bayesian head. It is trained to maximise
    mean over pairs of tanh(alpha dp / 2) tanh(alpha dy / 2), alpha = .5   (DiffKendall)
with p the predictions of a batch and y its standardised accuracies; score = p with e = 0.
Source: Dong et al., section 3, and github.com/pprp/PicoNAS (`BaysianMLPMixer`): batches of 10, 100
epochs, Adam with decay .001, rate 1e-4 falling along a cosine, width 512, 4 blocks, rho = -5 at the
start, no prior. Simplified: the mixer alone, without the graph transformer (PINAT) that it is added
to; 2 blocks of width 32, and with a width 16 times smaller 16 times the rate; no biases, no
dropout, and the head gives the accuracy, where two layers more follow it. Otherwise than the
code: its second half of a block mixes channels again, here as in the paper it mixes patches; it
lists an architecture's layers without gaps, here each tensor of the supernet has its place, and 0
where it isn't used; it evaluates with random e; values are log(1 + x), standardised. Their 78
labels cost more than the budget; as many are bought as it holds.
"""

from math import cos, pi, sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from bench import method
from suites.supernet import saliency
from suites.supernet.labels import affordable, buy, standardised
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.untrained import one_batch, untrained

PATCHES, PATCH = 16, 16
"""Of the sequence that features are projected to."""

BATCH = 10
"""Labels a step."""

IMAGES = 64
"""Of the batch that the proxies see, as where they stand alone."""

Weights = dict[str, Tensor]


def rank_agreement(predictions: Tensor, targets: Tensor, alpha: float) -> Tensor:
    """DiffKendall: Kendall's tau with tanh in the sign's place, over all pairs of a batch."""
    signs = [torch.tanh(alpha / 2 * (x[:, None] - x[None, :])) for x in (predictions, targets)]
    pairs = len(targets) * (len(targets) - 1)
    return (signs[0] * signs[1]).sum() / pairs


def initialise(features: int, width: int, blocks: int, generator: Generator) -> Weights:
    """All weights: `rho` of the Bayesian layers -5, matrices uniform in +-1 / sqrt(fan-in)."""
    shapes = {"project": (PATCHES * PATCH, features), "embed": (width, PATCH), "head": (1, width)}
    for block in range(blocks):
        shapes |= {
            f"{block}/patches/in": (PATCHES // 2, PATCHES),
            f"{block}/patches/out": (PATCHES, PATCHES // 2),
            f"{block}/channels/in": (4 * width, width),
            f"{block}/channels/out": (width, 4 * width),
        }
    weights = {
        name: (2 * torch.rand(shape, generator=generator) - 1) / sqrt(shape[1])
        for name, shape in shapes.items()
    }
    for name in ("embed", "head"):
        weights[f"{name}/rho"] = torch.full(shapes[name], -5.0)
    return weights


def predict(weights: Weights, features: Tensor, noise: Generator | None) -> Tensor:
    """Accuracies, shape (n,), of features (n, numbers); without noise by the weights' means."""

    def bayesian(name: str, x: Tensor) -> Tensor:
        matrix = weights[name]
        if noise is not None:
            spread = F.softplus(weights[f"{name}/rho"])
            matrix = matrix + spread * torch.randn(matrix.shape, generator=noise)
        return x @ matrix.T

    def mixed(name: str, x: Tensor) -> Tensor:
        return F.gelu(x @ weights[f"{name}/in"].T) @ weights[f"{name}/out"].T

    sequence = features @ weights["project"].T
    x = bayesian("embed", sequence.view(-1, PATCHES, PATCH))
    for block in range(sum(name.endswith("channels/in") for name in weights)):
        x = x + mixed(f"{block}/patches", _normal(x).transpose(1, 2)).transpose(1, 2)
        x = x + mixed(f"{block}/channels", _normal(x))
    return bayesian("head", _normal(x).mean(1))[:, 0]


def _normal(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


def learning(labels: int, features: int, width: int, blocks: int, epochs: int) -> float:
    """FLOPs of learning, no less than the meter counts: three times the products forward, and 20
    operations a weight and step for Adam and the Bayesian layers' draws."""
    embedding = features * PATCHES * PATCH + PATCHES * PATCH * width
    block = 2 * (PATCHES // 2) * PATCHES * width + 2 * PATCHES * width * 4 * width
    weights = features * PATCHES * PATCH + 2 * PATCH * width + 2 * width
    weights += blocks * (PATCHES**2 + 8 * width**2)
    products = 2 * labels * (embedding + blocks * block)
    return epochs * (3.0 * products + 20.0 * weights * -(-labels // BATCH))


@method(
    name="parzc",
    title="ParZC, the mixer alone",
    paper=("ParZC", 2024, "https://arxiv.org/abs/2402.02105"),
    needs=["images", "labels"],
    params={
        "epochs": 100,
        "rate": 0.0016,
        "decay": 0.001,
        "alpha": 0.5,
        "width": 32,
        "blocks": 2,
    },
    track="labels",
)
def parzc(
    problem: SupernetProblem,
    *,
    epochs: int,
    rate: float,
    decay: float,
    alpha: float,
    width: int,
    blocks: int,
) -> Scorer:
    """Buy labels, then train the mixer on their architectures' proxies."""
    generator = problem.generator
    measure = proxies_of_each_tensor(problem)
    size = 3 * len(problem.network.shapes())
    look = max(problem.network.step_flops(row, IMAGES + 1) for row in problem.pool)

    def cost(labels: int) -> float:
        return labels * look + learning(labels, size, width, blocks, epochs)

    rows, accuracies = buy(problem, affordable(problem, cost))
    raw = measure(rows)
    mean, spread = raw.mean(0), raw.std(0, correction=0)
    spread[spread == 0] = torch.inf  # a tensor of which labels tell nothing counts nothing
    features, targets = (raw - mean) / spread, torch.tensor(standardised(accuracies)).float()
    weights = initialise(size, width, blocks, generator)
    leaves = [weight.requires_grad_() for weight in weights.values()]
    optimiser = torch.optim.Adam(leaves, weight_decay=decay)
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 + cos(pi * epoch / epochs)) / 2
        for drawn in torch.randperm(len(rows), generator=generator).split(BATCH):
            if len(drawn) > 1:
                predictions = predict(weights, features[drawn], generator)
                optimiser.zero_grad()
                (-rank_agreement(predictions, targets[drawn], alpha)).backward()
                optimiser.step()

    def scorer(architectures: Rows) -> object:
        features = (measure(architectures) - mean) / spread
        with torch.no_grad():
            return predict(weights, features, None)

    return scorer


def proxies_of_each_tensor(problem: SupernetProblem) -> Any:
    """A function from architectures to log(1 + proxy) of each tensor, (n, 3 x tensors)."""
    networks, examples = untrained(problem), one_batch(problem, IMAGES)
    names = list(problem.network.shapes())

    def measure(architectures: Rows) -> Tensor:
        table = []
        for row in architectures:
            weights = networks.weights(row)
            gradients = problem.step(weights, row, examples.images, examples.labels).gradients
            proxies = (
                saliency.gradient_norms(gradients),
                saliency.snip(weights, gradients),
                saliency.synflow(problem, weights, row),
            )
            table.append([proxy.get(name, 0.0) for proxy in proxies for name in names])
        return torch.tensor(table, dtype=torch.float64).log1p().float()

    return measure
