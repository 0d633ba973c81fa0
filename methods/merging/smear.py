"""SMEAR: each block runs on the experts' weights averaged for each input, as a router says.

For a block with the input h of shape (tokens, width): p(h) = softmax of R norm(mean over tokens
of h) + r, one number an expert, and its weights are sum_i p_i(h) theta_i. R starts normal with
deviation .01, r at 0; norm is a layer's, without gain. Everything outside of blocks is averaged.
Adam on the routers lowers the cross-entropy, among its task's classes, of labelled inputs of every
expert's task.
Source: Muqeeth et al., section 3, and github.com/r-three/smear (hyperformer/adapters:
`parameter_averaging_routing`). There the experts are trained along with the routers, from nothing,
for 600,000 steps at 3e-4; here they are what is to be merged and stay, and the routers have 50
steps at 1e-2. Blocks: suites.merging.blocks. Their second norm, of R, is left out.
Each input costs 2 K P FLOPs to mix; a step three times that and three forward passes an image.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench import method
from suites.merging.blocks import blocks, call_of, part_of
from suites.merging.buffers import observed
from suites.merging.pools import IMPOSSIBLE
from suites.merging.problem import MergingProblem, Router
from suites.merging.routed import Network, mixed, router_of, stacked_changes, with_modules
from suites.merging.vectors import State, average, weight_names


@method(
    name="smear",
    title="SMEAR (experts frozen)",
    paper=(
        "Soft Merging of Experts with Adaptive Routing",
        2024,
        "https://arxiv.org/abs/2306.03745",
    ),
    track="multi",
    needs=["labels", "gradients", "extra_parameters"],
    params={"rate": 1e-2, "steps": 50, "images": 16, "examples": 256},
    traits=["random"],
)
def smear(
    problem: MergingProblem, *, rate: float, steps: int, images: int, examples: int
) -> Router:
    """Average the experts, put a router before each block, and teach the routers."""
    pools = [problem.labeled(i, examples) for i in range(len(problem.experts))]
    merged = average(problem.experts)
    names = blocks(problem.model, merged, pools[0][0][:1])
    modules = {name: AveragedBlock(problem, merged, name, pools[0][0][:1]) for name in names}
    network = with_modules(problem.model, merged, modules)
    if modules:
        routers = [p for module in modules.values() for p in module.parameters()]
        teach(problem, network, routers, pools, rate=rate, steps=steps, images=images)
    return router_of(network)


class AveragedBlock(nn.Module):
    """A block with weights of its own for each input, and the router that says which."""

    def __init__(self, problem: MergingProblem, merged: State, name: str, inputs: Tensor) -> None:
        super().__init__()
        self.block = [problem.model.get_submodule(name)]  # a list hides its parameters
        self.start = part_of(merged, name)
        buffers = observed(self.block[0], self.start)
        weights = [n for n in weight_names(self.start) if n not in buffers]
        own = [part_of(expert, name) for expert in problem.experts]
        self.changes = stacked_changes(own, self.start, weights)
        arguments, _ = call_of(problem.model, merged, name, inputs)
        self.router = nn.Linear(arguments[0].shape[-1], len(own))
        nn.init.normal_(self.router.weight, std=0.01, generator=problem.generator)
        nn.init.zeros_(self.router.bias)

    def decide(self, x: Tensor) -> Tensor:
        """p(h): shape (inputs, ..., width) -> (inputs, experts)."""
        pooled = x.reshape(len(x), -1, x.shape[-1]).mean(1)
        return self.router(F.layer_norm(pooled, pooled.shape[1:])).softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (inputs, ..., width) -> (inputs, ...)."""
        return mixed(self.block[0], self.start, self.changes, self.decide(x), x)


def teach(
    problem: MergingProblem,
    network: Network,
    routers: list[nn.Parameter],
    pools: list[tuple[Tensor, Tensor]],
    *,
    rate: float,
    steps: int,
    images: int,
) -> None:
    """Lower the cross-entropy of the experts' own labelled inputs, `steps` times.

    Args:
        pools: each expert's inputs and labels.
    """
    inputs, labels = (torch.cat(parts) for parts in zip(*pools, strict=True))
    tasks = torch.cat([torch.full((len(own),), i) for i, (own, _) in enumerate(pools)])
    optimiser = torch.optim.Adam(routers, lr=rate)
    for _ in range(steps):
        rows = torch.randperm(len(inputs), generator=problem.generator)[:images]
        scores = network(inputs[rows])
        allowed = torch.zeros(scores.shape, dtype=torch.bool)
        for row, task in enumerate(tasks[rows].tolist()):
            allowed[row, problem.classes(task)] = True
        loss = F.cross_entropy(scores.masked_fill(~allowed, IMPOSSIBLE), labels[rows])
        optimiser.zero_grad()
        loss.backward(inputs=routers)
        optimiser.step()
