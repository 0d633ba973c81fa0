"""OPCM: experts arrive one by one; of each, add only what is new to the merged model so far.

With t the new expert's change and M that of the merged model, for each weight matrix:
1. M = U diag(s) V^T; r is the first rank with s_1 + ... + s_r above `share` of the sum of s;
2. P = U^T t V, with its diagonal and its first r x r entries set to zero;
3. M <- (what was added up so far + U P V^T) / lambda; for other tensors t is added as it is.
lambda keeps the norm of M, over the whole model, at the mean of |t_1|, ..., |t_t|.
Source: Tang et al., the section on their method, with their share 0.5. The r x r block includes
rank r; in their released code it ends one short (fusion_bench/method/opcm). There only the weights
of linear layers are projected; here it is any tensor of two dimensions, tables of positions too.
As dividing by lambda changes no singular vector, it is put off to the end, and tensors are taken
one after the other: the running sum is all that is kept of past experts. U and V are thin: what
lies outside them is t itself. Directions of one singular value come in the order LAPACK gives;
singular values that the rounding of the stored experts can make count as zero.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import rounding, thin_svd
from suites.merging.vectors import State, weight_names


@method(
    name="opcm",
    title="OPCM",
    paper=(
        "Merging Models on the Fly Without Retraining",
        2025,
        "https://arxiv.org/abs/2501.09522",
    ),
    needs=["pretrained"],
    params={"share": 0.5},
    space={"share": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]},
    traits=["order_matters"],
)
def opcm(problem: MergingProblem, *, share: float) -> State:
    """Add what is new of each expert in turn, then give the sum the experts' mean norm."""
    pretrained = problem.pretrained
    squares = torch.zeros(len(problem.experts), dtype=torch.float64)
    total = {}
    for name in weight_names(pretrained):
        start = pretrained[name]
        added, noise = torch.zeros_like(start, dtype=torch.float64), 0.0
        for i, expert in enumerate(problem.experts):
            change = expert[name].double() - start
            squares[i] += torch.linalg.vector_norm(change).square()
            is_matrix = change.dim() == 2 and change.numel() > 0
            added += new_part(change, added, share, noise) if i and is_matrix else change
            noise += rounding(expert[name])
        total[name] = added.to(start.dtype)
    norms = [torch.linalg.vector_norm(t, dtype=torch.float64) for t in total.values()]
    norm = torch.stack(norms).norm()
    scale = float(squares.sqrt().mean() / norm) if norm > 0 else 0.0
    return {
        name: start.add(total[name], alpha=scale) if name in total else start.clone()
        for name, start in pretrained.items()
    }


def new_part(change: Tensor, merged: Tensor, share: float, noise: float = 0.0) -> Tensor:
    """U P V^T of steps 1 and 2: the change without what the merged matrix already does.

    Args:
        change: t, shape (rows, columns).
        merged: M at any scale, the same shape.
        share: of the sum of singular values, in [0, 1].
        noise: singular values of M up to it count as zero.
    Returns:
        The same shape and type.
    """
    left, values, right = thin_svd(merged, noise=noise)
    shares = values.cumsum(0) / values.sum().clamp(min=torch.finfo(values.dtype).tiny)
    rank = int((shares <= share).sum()) + 1
    inside = left.T @ change.double() @ right.T
    block = inside[:rank, :rank].clone()
    removed = (left * inside.diagonal()) @ right
    removed += left[:, :rank] @ block.fill_diagonal_(0) @ right[:rank]
    return (change - removed).to(change.dtype)
