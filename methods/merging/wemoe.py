"""WEMoE: each perceptron's weights are mixed for each input, by a router learnt without labels.

For each perceptron (a pair of linear layers, suites.merging.blocks.perceptrons) with the input
h of shape (tokens, inputs): g(h) = mean over tokens of W_2 relu(W_1 h + b_1) + b_2, one number an
expert, and its weights are theta_0 + sum_i g_i(h) t_i, t_i = theta_i - theta_0. W_1 is square; W_1
and W_2 start normal with deviation .01, b_2 at `start`. All other weights are task arithmetic's at
the scale `start`. Adam on the routers lowers the entropy of the answers, among their task's
classes, to inputs of the experts' tasks; while they learn, g is averaged over a batch, which is of
one task.
Source: Tang et al., section 3, and their code in fusion-bench (method/we_moe, models/we_moe.py:
start .3, 1,000 steps of Adam at 1e-4, 16 images of each task a step, `batch_reduce`). Here 100
steps at 1e-3, which reach as far, of 2 tasks each, drawn anew. They learn from test inputs;
these routers learn from the experts' own inputs and see no test input, so that they stand beside
the other routers, which see none. A network without such pairs is task arithmetic's.
"""

import torch
from torch import Generator, Tensor, nn

from bench import method
from suites.merging.blocks import perceptrons
from suites.merging.pools import entropy
from suites.merging.problem import MergingProblem, Router
from suites.merging.routed import Network, combination, router_of, with_modules
from suites.merging.task_vectors import add_change, sum_task_vectors
from suites.merging.vectors import State

TASKS = 2
"""Experts' tasks, drawn anew, that a step sees."""


@method(
    name="wemoe",
    title="WEMoE (on the experts' own inputs, fewer and larger steps)",
    paper=(
        "Merging Multi-Task Models via Weight-Ensembling Mixture of Experts",
        2024,
        "https://arxiv.org/abs/2402.00433",
    ),
    track="multi",
    needs=["pretrained", "unlabeled", "gradients", "extra_parameters"],
    params={"start": 0.3, "rate": 1e-3, "steps": 100, "images": 32, "examples": 256},
    traits=["random"],
)
def wemoe(
    problem: MergingProblem, *, start: float, rate: float, steps: int, images: int, examples: int
) -> Router:
    """Merge by task arithmetic, put routers before the perceptrons, and teach them."""
    pools = [problem.unlabeled(i, examples) for i in range(len(problem.experts))]
    merged = add_change(problem.pretrained, sum_task_vectors(problem), start)
    modules: dict[str, nn.Module] = {}
    gates = []
    for up, down in perceptrons(problem.model, merged, pools[0][:1]):
        width = problem.pretrained[f"{up}.weight"].shape[1]
        gate = Gate(width, len(problem.experts), start, problem.generator)
        modules |= {
            layer: MixedLinear(gate, asks=layer == up, **layer_weights(problem, layer))
            for layer in (up, down)
        }
        gates.append(gate)
    network = with_modules(problem.model, merged, modules)
    if gates:
        teach(problem, network, gates, pools, rate=rate, steps=steps, images=images)
    return router_of(network)


class Gate(nn.Module):
    """g(h): while it learns, of a whole batch; then of each input."""

    def __init__(self, width: int, experts: int, start: float, generator: Generator) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, experts)
        for layer, bias in ((self.first, 0.0), (self.second, start)):
            nn.init.normal_(layer.weight, std=0.01, generator=generator)
            nn.init.constant_(layer.bias, bias)
        self.weights = torch.empty(0)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (inputs, ..., width) -> (inputs, experts), or (1, experts) while it learns."""
        tokens = x.reshape(len(x), -1, x.shape[-1])
        self.weights = self.second(self.first(tokens).relu()).mean(1)
        if self.training:
            self.weights = self.weights.mean(0, keepdim=True)
        return self.weights


class MixedLinear(nn.Module):
    """A linear layer with weights of its own for each input; the first of a pair asks the gate."""

    def __init__(self, gate: Gate, asks: bool, start: State, changes: State) -> None:
        super().__init__()
        self.gate = [gate] if not asks else gate  # a list hides it from `parameters`: one owner
        self.asks, self.start, self.changes = asks, start, changes

    def forward(self, x: Tensor) -> Tensor:
        weights = self.gate(x) if isinstance(self.gate, Gate) else self.gate[0].weights
        own = {n: self.start[n] + combination(weights, t) for n, t in self.changes.items()}
        found = x.reshape(len(weights), -1, x.shape[-1]) @ own["weight"].mT
        if "bias" in own:
            found = found + own["bias"][:, None]
        return found.view(*x.shape[:-1], -1)


def layer_weights(problem: MergingProblem, layer: str) -> dict[str, State]:
    """theta_0 of a layer (`start`), and t_i of all experts, shape (experts, ...) (`changes`)."""
    names = [n for n in ("weight", "bias") if f"{layer}.{n}" in problem.pretrained]
    start = {n: problem.pretrained[f"{layer}.{n}"] for n in names}
    experts = {n: torch.stack([e[f"{layer}.{n}"] for e in problem.experts]) for n in names}
    return {"start": start, "changes": {n: experts[n] - start[n] for n in names}}


def teach(
    problem: MergingProblem,
    network: Network,
    gates: list[Gate],
    pools: list[Tensor],
    *,
    rate: float,
    steps: int,
    images: int,
) -> None:
    """Lower the entropy on some images of some tasks, `steps` times.

    Args:
        pools: each expert's inputs.
    """
    parameters = [p for gate in gates for p in gate.train().parameters()]
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        for task in torch.randperm(len(pools), generator=problem.generator)[:TASKS].tolist():
            rows = torch.randperm(len(pools[task]), generator=problem.generator)[:images]
            scores = network(pools[task][rows])[:, problem.classes(task)]
            entropy(scores).backward(inputs=parameters)
        optimiser.step()
    for gate in gates:
        gate.eval()
