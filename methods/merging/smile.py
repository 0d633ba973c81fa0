"""SMILE: each linear layer becomes the pretrained one and low-rank experts; no router is taught.

For a layer with T_i = W_i - W_0 = U diag(s) V^T, its first `rank` directions, and input x of a
token: W_0 x + b_0 + U_i diag(s_i) V_i^T x + (b_i - b_0) for the one expert i whose ||V_i^T x|| is
largest, of its first `gate` directions. Every other parameter stays pretrained.
Source: Tang et al., section 4, and their code in fusion-bench (method/smile_upscaling,
models/smile_moe/linear_from_module.py: top_k 1, `routing_use_diff`; 16 and 32 directions for CLIP's
ViT-B/32, whose layers have 768 inputs). Here a gate has at most half as many directions as a layer
has inputs: with all of them each projection is x itself, and its norm tells nothing.
No data: 9 n^3 + 4 n^2 m FLOPs an expert for a layer of sides n <= m, and a few products an input.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench import method
from suites.merging.problem import MergingProblem, Router
from suites.merging.routed import router_of, with_modules
from suites.merging.spectral import rounding, thin_svd
from suites.merging.vectors import State, linear_layers


@method(
    name="smile",
    title="SMILE",
    paper=(
        "SMILE: Zero-Shot Sparse Mixture of Low-Rank Experts Construction",
        2024,
        "https://arxiv.org/abs/2408.10174",
    ),
    track="multi",
    needs=["pretrained", "extra_parameters"],
    params={"gate": 16, "rank": 32},
    space={"gate": [1, 4, 16], "rank": [8, 32]},
)
def smile(problem: MergingProblem, *, gate: int, rank: int) -> Router:
    """Replace every linear layer that an expert changed."""
    modules: dict[str, nn.Module] = {}
    for weight, _layer in linear_layers(problem.model, problem.pretrained):
        changes = [expert[weight] - problem.pretrained[weight] for expert in problem.experts]
        if any(change.any() for change in changes):
            modules[weight.removesuffix(".weight")] = low_rank_experts(problem, weight, gate, rank)
    return router_of(with_modules(problem.model, problem.pretrained, modules))


def low_rank_experts(problem: MergingProblem, weight: str, gate: int, rank: int) -> nn.Module:
    """What takes the place of the linear layer with that weight."""
    factors = problem.remember(("smile", weight), lambda: decompose(problem, weight))
    bias = weight.removesuffix("weight") + "bias"
    start = problem.pretrained.get(bias)
    gates = min(gate, max(1, problem.pretrained[weight].shape[1] // 2))
    return LowRankExperts(
        weight=problem.pretrained[weight],
        bias=start,
        gates=factors["right"][:, :gates],
        down=factors["values"][:, :rank, None] * factors["right"][:, :rank],
        up=factors["left"][..., :rank],
        biases=None
        if start is None
        else torch.stack([expert[bias] for expert in problem.experts]) - start,
    )


def decompose(problem: MergingProblem, weight: str) -> State:
    """U, s and V^T of every expert's change of a weight: `left`, `values` and `right`, stacked."""
    start = problem.pretrained[weight].double()
    parts = [
        thin_svd(expert[weight].double() - start, noise=rounding(expert[weight]))
        for expert in problem.experts
    ]
    names = ("left", "values", "right")
    kind = problem.pretrained[weight].dtype
    return {
        name: torch.stack(part).to(kind)
        for name, part in zip(names, zip(*parts, strict=True), strict=True)
    }


class LowRankExperts(nn.Module):
    """A linear layer and, for each token, one of its low-rank experts.

    Args:
        weight, bias: the pretrained layer's, shapes (outputs, inputs) and (outputs,).
        gates: V^T, shape (experts, gate directions, inputs).
        down, up: diag(s) V^T and U, shapes (experts, rank, inputs) and (experts, outputs, rank).
        biases: what each expert adds, shape (experts, outputs).
    """

    def __init__(
        self,
        *,
        weight: Tensor,
        bias: Tensor | None,
        gates: Tensor,
        down: Tensor,
        up: Tensor,
        biases: Tensor | None,
    ) -> None:
        super().__init__()
        self.weight, self.bias, self.gates = weight, bias, gates
        self.down, self.up, self.biases = down, up, biases

    def choose(self, tokens: Tensor) -> Tensor:
        """The expert of each token, int64 (tokens,); of equal norms the first.

        Args:
            tokens: shape (tokens, inputs).
        """
        projections = (tokens @ self.gates.flatten(0, 1).T).view(len(tokens), len(self.gates), -1)
        return projections.norm(dim=2).argmax(1)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (..., inputs) -> (..., outputs)."""
        tokens = x.reshape(-1, x.shape[-1])
        found = F.linear(tokens, self.weight, self.bias)
        chosen = self.choose(tokens)
        for i in range(len(self.gates)):
            rows = (chosen == i).nonzero()[:, 0]
            change = tokens[rows] @ self.down[i].T @ self.up[i].T
            if self.biases is not None:
                change = change + self.biases[i]
            found[rows] += change
        return found.view(*x.shape[:-1], -1)
