"""1bit-Merging: each expert's change is kept as one bit a weight and a scale a tensor; a router
picks an expert.

t_i' = mean |t_i| * sign(t_i) for each matrix, the sign of 0 being +, as a bit has two values
(vectors stay whole), t_i = theta_i - theta_0. No other scale of the signs is nearer to t_i. An
input runs on theta_0 + t_i' of the expert i whose task a router takes it for, from the features
that theta_0 gives it (suites.merging.task_router).
Source: Liu et al., abstract: 1-bit task vectors, compressed layer by layer, and a router. Their
equations weren't at hand when this was last held against its sources, nor is there code of theirs;
the scale and the sign of 0 are BitDelta's, of whose form these vectors are
(github.com/FasterDecoding/BitDelta, bitdelta/diff.py); it then trains its scales, which stay here.
Left out, so that the row is of the signs and the routing alone: they compress only those layers in
which a kind of expert (chat, mathematics, code) keeps little, attention or MLP, which has no
counterpart here, and merge the other experts' changes into the routed model.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem, Router
from suites.merging.routed import chosen_scores
from suites.merging.task_router import features, learn_tasks, own_features, task_scores
from suites.merging.vectors import State


@method(
    name="one_bit",
    title="1bit-Merging (every matrix compressed, the routed expert alone)",
    paper=("1bit-Merging", 2025, "https://arxiv.org/abs/2502.10743"),
    track="multi",
    needs=["pretrained", "unlabeled", "gradients", "extra_parameters"],
    params={"router_steps": 200, "examples": 256},
    traits=["random"],
)
def one_bit(problem: MergingProblem, *, router_steps: int, examples: int) -> Router:
    """Compress the experts, teach the router, send each input to one of them."""
    states = [quantise(expert, problem.pretrained) for expert in problem.experts]
    known, tasks = own_features(problem, problem.pretrained, examples)
    learnt = learn_tasks(known, tasks, len(states), router_steps, problem.generator)

    def router(inputs: Tensor, task: int) -> Tensor:
        known = features(problem.model, problem.pretrained, inputs)
        with torch.no_grad():
            chosen = task_scores(learnt, known).argmax(1)
            return chosen_scores(problem.model, states, chosen, inputs)

    return router


def quantise(expert: State, start: State) -> State:
    """theta_0 +- mean |t|, + where t is 0, of tensors of two dimensions or more; others whole."""
    state = {}
    for name, tensor in start.items():
        if tensor.is_floating_point() and tensor.dim() > 1 and tensor.numel():
            change = expert[name] - tensor
            scale = change.abs().mean()
            state[name] = tensor + torch.where(change < 0, -scale, scale)
        else:
            state[name] = expert[name]
    return state
