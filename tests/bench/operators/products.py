"""Products: of matrices, sparse, complex and quantised, convolutions, attention, distances."""

import warnings

import torch
import torch.nn.functional as F

from tests.bench.operators.case import Case, normal

A, B, VECTOR = normal(4, 5), normal(5, 6), normal(5)
STACK, OTHERS = normal(3, 4, 5), normal(3, 5, 6)
COMPLEX = (normal(4, 5, kind=torch.complex64), normal(5, 6, kind=torch.complex64))
WHOLE = (torch.arange(20).view(4, 5), torch.arange(30).view(5, 6))
SPARSE = torch.tensor([[1.0, 0, 0, 2, 0], [0, 0, 0, 0, 0], [0, 3, 0, 0, 0], [4, 0, 0, 0, 5]])
IMAGES = normal(2, 6, 8, 8)
QUERY, KEY, VALUE = normal(2, 3, 4, 8), normal(2, 3, 7, 8), normal(2, 3, 7, 8)


def quantised() -> torch.nn.Module:
    """A linear layer of 8-bit weights, 5 inputs and 6 outputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.nn.quantized.dynamic.Linear(5, 6)


CASES = [
    Case("`a @ b`", "(4, 5) by (5, 6)", torch.matmul, (A, B), "2*4*5*6", "2 * (2*4*5*6)"),
    Case("`a @ b`, complex", "(4, 5) by (5, 6)", torch.matmul, COMPLEX, "8*4*5*6",
         "2 * (8*4*5*6)", "a complex multiply-add is four real ones"),
    Case("`a @ b`, integers", "(4, 5) by (5, 6)", torch.matmul, WHOLE, "2*4*5*6"),
    Case("`torch.mv`", "(4, 5) by (5)", torch.mv, (A, VECTOR), "2*4*5", "4*5 + 2*4*5",
         "the matrix's gradient is an outer product, one multiplication an element"),
    Case("`torch.dot`", "(5) by (5)", torch.dot, (VECTOR, VECTOR), "2*5", "5 + 5"),
    Case("`torch.bmm`", "3 of (4, 5) by (5, 6)", torch.bmm, (STACK, OTHERS), "3 * 2*4*5*6",
         "2 * 3 * 2*4*5*6"),
    Case("`torch.baddbmm`", "3 of (4, 5) by (5, 6)", torch.baddbmm,
         (normal(3, 4, 6), STACK, OTHERS), "3 * 2*4*5*6", "2 * 3 * 2*4*5*6"),
    Case("`torch.addr`", "(4) by (5)", torch.addr, (A, normal(4), VECTOR), "2*4*5",
         "2*4*5 + 2*4*5"),
    Case("`einsum('ij,kj->ik')`", "(4, 5) by (6, 5)",
         lambda a, b: torch.einsum("ij,kj->ik", a, b), (A, B.T.contiguous()), "2*4*5*6",
         "2 * (2*4*5*6)"),
    Case("`F.linear`", "(4, 5) to 6, bias", F.linear, (A, normal(6, 5), normal(6)), "2*4*5*6",
         "2 * (2*4*5*6) + 4*6", "forward, a bias is the accumulator's start and free"),
    Case("`F.bilinear`", "3 rows, 4 by 5 to 6", F.bilinear,
         (normal(3, 4), normal(3, 5), normal(6, 4, 5)), "2 * (3*6*4*5 + 3*6*5)",
         "2 * (3*6*4*5 + 3*6*4*5) + 2 * (3*6*4 + 3*6*4*5) + 2 * (3*6*4*5 + 3*6*5)",
         "one product after the other, output by output"),
    Case("`torch.sparse.mm`", "(4, 5) with 5 stored, by (5, 6)",
         lambda b: torch.sparse.mm(SPARSE.to_sparse(), b), (B,), "2*5*6", "2*5*6"),
    Case("`csr @ csr`", "(4, 5) with 5 stored, by its transpose",
         lambda: SPARSE.to_sparse_csr() @ SPARSE.T.contiguous().to_sparse_csr(), (),
         "2 * (2*2 + 1*1 + 1*1 + 1*1)", "", "column by row: the stored elements that meet"),
    Case("`torch.sparse.sampled_addmm`", "5 stored, of (4, 3) by (3, 5)",
         lambda a, b: torch.sparse.sampled_addmm(SPARSE.to_sparse_csr(), a, b),
         (normal(4, 3), normal(3, 5)), "2*5*3"),
    Case("`torch.sparse.spdiags`", "3 diagonals of (5, 5)",
         lambda d: torch.sparse.spdiags(d, torch.tensor([-1, 0, 1]), (5, 5)), (normal(3, 5),),
         "0", "", "places numbers"),
    Case("quantised `Linear`", "(4, 5) to 6", quantised(), (A,), "2*4*5*6"),
    Case("`Conv1d`", "6 to 9 channels, 3 wide, on 8", torch.nn.Conv1d(6, 9, 3, bias=False),
         (normal(2, 6, 8),), "2 * 2*9*6 * 6*3", "2 * (2 * 2*9*6 * 6*3)"),
    Case("`Conv2d`", "6 to 9 channels, 3 x 3, on 8 x 8", torch.nn.Conv2d(6, 9, 3),
         (IMAGES,), "2 * 2*9*6*6 * 6*3*3", "2 * (2 * 2*9*6*6 * 6*3*3) + 2*9*6*6"),
    Case("`Conv2d`, strided, dilated", "the same, stride 2, dilation 2, padding 1",
         torch.nn.Conv2d(6, 9, 3, stride=2, dilation=2, padding=1, bias=False), (IMAGES,),
         "2 * 2*9*3*3 * 6*3*3", "2 * (2 * 2*9*3*3 * 6*3*3)"),
    Case("`Conv2d`, 3 groups", "6 to 9 channels, 3 x 3, on 8 x 8",
         torch.nn.Conv2d(6, 9, 3, groups=3, bias=False), (IMAGES,), "2 * 2*9*6*6 * 2*3*3",
         "2 * (2 * 2*9*6*6 * 2*3*3)"),
    Case("`Conv2d`, depthwise", "6 channels, 3 x 3, on 8 x 8",
         torch.nn.Conv2d(6, 6, 3, groups=6, bias=False), (IMAGES,), "2 * 2*6*6*6 * 3*3",
         "2 * (2 * 2*6*6*6 * 3*3)"),
    Case("`ConvTranspose2d`", "6 to 9 channels, 3 x 3, on 8 x 8",
         torch.nn.ConvTranspose2d(6, 9, 3, stride=2, bias=False), (IMAGES,),
         "2 * 2*6*8*8 * 9*3*3", "2 * (2 * 2*6*8*8 * 9*3*3)"),
    Case("`ConvTranspose2d`, 3 groups", "the same",
         torch.nn.ConvTranspose2d(6, 9, 3, groups=3, bias=False), (IMAGES,),
         "2 * 2*6*8*8 * 3*3*3", "2 * (2 * 2*6*8*8 * 3*3*3)"),
    Case("`Conv3d`", "2 to 3 channels, 2 x 2 x 2, on 4 x 4 x 4",
         torch.nn.Conv3d(2, 3, 2, bias=False), (normal(1, 2, 4, 4, 4),),
         "2 * 3*3*3*3 * 2*2*2*2", "2 * (2 * 3*3*3*3 * 2*2*2*2)"),
    Case("`scaled_dot_product_attention`", "2 x 3 heads, 4 queries, 7 keys of 8",
         F.scaled_dot_product_attention, (QUERY, KEY, VALUE), "2*3 * 4*7 * (2*8 + 2*8 + 4)",
         "2*3 * 4*7 * (5 * 2*8 + 4)",
         "scaling and softmax's three passes; backward computes the weights again"),
    Case("`scaled_dot_product_attention`, causal", "2 x 3 heads, 4 by 4 of 8",
         lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True), (QUERY,),
         "2*3 * 4*4 * (2*8 + 2*8 + 4)", "2*3 * 4*4 * (5 * 2*8 + 4) + 2 * 2*3*4*8",
         "a mask saves nothing; three gradients are added"),
    Case("`torch.cdist`", "4 rows to 6, of 5", torch.cdist, (A, B.T.contiguous()), "3*4*6*5",
         "2 * 4*4*6*5", "a difference, a power and a sum"),
    Case("`torch.cdist`, by a product", "30 rows to 40, of 5", torch.cdist,
         (normal(30, 5), normal(40, 5, seed=1)), "3*30*5 + 2*40*5 + 30*40 * (2*7 + 2)",
         "3 * 30*40 + 2 * 2*30*40*5 + 2 * 30*40 + 2*30*5 + 2*40*5",
         "backward: the quotient, zeros masked; two products; two sums; two differences"),
    Case("`F.pdist`", "4 rows of 5", F.pdist, (A,), "3 * 6*5", "4 * 6*5"),
]  # fmt: skip
