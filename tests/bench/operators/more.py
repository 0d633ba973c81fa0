"""Operators that few methods call: held like the others, and left off the page."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

from tests.bench.operators.case import Case, normal

aten = torch.ops.aten
A, SQUARE, VOLUME = normal(4, 5), normal(6, 6), normal(1, 2, 4, 4, 4)
IMAGES, LINE, STEPS = normal(2, 3, 8, 8), normal(2, 3, 8), normal(5, 2, 6)
EIGHT = torch.ones(32, 32, dtype=torch.int8)
POINTS = F.affine_grid(normal(1, 3, 4), [1, 2, 2, 3, 4], align_corners=False)
CSR = torch.tensor([[1.0, 0, 2], [0, 3, 0]]).to_sparse_csr()
COO = torch.sparse_coo_tensor(torch.tensor([[0, 0, 1, 0], [1, 1, 2, 0]]), torch.ones(4), (2, 3))
BAG = (torch.arange(8) % 4, torch.tensor([0, 3, 5]))
FOUR = torch.tensor([0, 1, 0, 1])
FIRST = (torch.tensor([0, 0]),)


def packed(relu: bool, dynamic: bool) -> Case:
    """A linear layer of 8-bit weights, 5 to 6, called by its operator's name."""
    names = [f"linear{'_relu' * relu}{'_dynamic' * dynamic}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weight = torch.quantize_per_tensor(normal(6, 5), 0.1, 0, torch.qint8)
        x = A if dynamic else torch.quantize_per_tensor(A, 0.1, 0, torch.quint8)
    form = torch.ops.quantized.linear_prepack(weight, None)
    more = () if dynamic else (0.1, 0)
    operator = getattr(torch.ops.quantized, names[0])
    return Case(names[0], "(4, 5) to 6", lambda: operator(x, form, *more), (), "2*4*5*6")


CASES = [
    packed(False, False), packed(True, False), packed(True, True),
    Case("_int_mm", "(32, 32) twice", torch._int_mm, (EIGHT, EIGHT), "2*32*32*32"),
    Case("addbmm", "3 of (4, 5) by (5, 6)", torch.addbmm,
         (normal(4, 6), normal(3, 4, 5), normal(3, 5, 6)), "3 * 2*4*5*6"),
    Case("addmv", "(4, 5) by (5)", torch.addmv, (normal(4), A, normal(5)), "2*4*5"),
    Case("vdot", "5", torch.vdot, (normal(5, kind=torch.complex64),) * 2, "8*5"),
    Case("linear, into a tensor", "(4, 5) to 6",
         lambda: aten.linear.out(A, normal(6, 5), out=torch.empty(4, 6)), (), "2*4*5*6 + 6*5"),
    Case("_weight_int8pack_mm", "(4, 32) to 32",
         lambda: aten._weight_int8pack_mm(torch.ones(4, 32, dtype=torch.bfloat16), EIGHT,
                                          torch.ones(32, dtype=torch.bfloat16)),
         (), "2*4*32*32"),
    Case("_convolution", "3 to 4 channels, 3 x 3, on 8 x 8",
         lambda x: aten._convolution(x, torch.ones(4, 3, 3, 3), None, [1], [0], [1], False, [0],
                                     1, False, True, False, False), (IMAGES,),
         "2 * 2*4*6*6 * 3*3*3"),
    Case("conv_tbc", "5 steps of 2, 6 to 7 channels, 3 wide, padded",
         lambda x: torch.conv_tbc(x, torch.ones(3, 6, 7), torch.ones(7), 1), (STEPS,),
         "2 * 5*2*7 * 3*6"),
    Case("sparse.mm, reducing", "3 stored, by (3, 4)",
         lambda b: torch.sparse.mm(CSR, b, "amax"), (normal(3, 4),), "2*3*4", "2*3*4"),
    Case("spspmm", "(2, 3) with 3 stored, by its transpose",
         lambda: torch.sparse.mm(CSR.to_sparse_coo(), CSR.to_sparse_coo().T), (),
         "2 * (1*1 + 1*1 + 1*1)"),
    Case("bmm, sparse", "2 of 2 x 2, 3 stored, by (2, 4)",
         lambda b: torch.bmm(torch.tensor([[[1.0, 0], [0, 2]], [[0, 3], [0, 0]]]).to_sparse(), b),
         (normal(2, 2, 4),), "2*3*4"),
    Case("addmm, sparse", "5 of (2, 3)", lambda b: torch.addmm(torch.ones(2, 4), CSR, b),
         (normal(3, 4),), "2*3*4"),
    Case("a + b, sparse", "3 stored each", lambda: CSR.to_sparse_coo() + CSR.to_sparse_coo(), (),
         "3 + 3"),
    Case("coalesce", "4 stored", lambda: COO.coalesce(), (), "4 * log2(4) + 4"),
    Case("eigvals, into a tensor", "(6, 6)",
         lambda a: aten.linalg_eigvals.out(a, out=torch.empty(6, dtype=torch.complex64)),
         (SQUARE,), "10 * 6**3"),
    Case("geqrf", "(8, 5)", torch.geqrf, (normal(8, 5),), "2 * 5**2 * (8 - 5/3)"),
    Case("lu", "(5, 8)", torch.linalg.lu, (normal(5, 8),), "5**2 * (8 - 5/3)"),
    Case("det", "(6, 6)", torch.linalg.det, (SQUARE,), "2/3 * 6**3"),
    Case("triangular_solve", "(6, 6), 4 sides",
         lambda a: aten.triangular_solve(normal(6, 4, seed=1), a), (SQUARE,), "6*6*4 + 6*4"),
    Case("max_pool1d", "2 on 8", nn.MaxPool1d(2), (LINE,), "2*3*4 * 2"),
    Case("max_pool2d, rounded up", "3, stride 2, on 8", nn.MaxPool2d(3, 2, ceil_mode=True),
         (IMAGES,), "2*3*4*4 * 3*3"),
    Case("max_pool2d, rounded up, padded", "2, stride 3, padding 1, on 8",
         nn.MaxPool2d(2, 3, padding=1, ceil_mode=True), (IMAGES,), "2*3*3*3 * 2*2"),
    Case("max_pool2d, dilated", "2, dilation 3, stride 1, on 8",
         nn.MaxPool2d(2, 1, dilation=3), (IMAGES,), "2*3*5*5 * 2*2"),
    Case("max_pool3d", "2 on 4", nn.MaxPool3d(2), (VOLUME,), "2*2*2*2 * 2*2*2", "2*2*2*2"),
    Case("avg_pool1d", "2 on 8", lambda x: aten.avg_pool1d.out(x, [2], out=torch.empty(2, 3, 4)),
         (LINE,), "2*3*4 * 2"),
    Case("avg_pool3d", "2 on 4", nn.AvgPool3d(2), (VOLUME,), "2*2*2*2 * 2*2*2",
         "2*2*2*2 * 2*2*2"),
    Case("adaptive_avg_pool1d", "3 on 8",
         lambda x: aten.adaptive_avg_pool1d.out(x, [3], out=torch.empty(2, 3, 3)), (LINE,),
         "2*3 * (3 + 4 + 3)"),
    Case("adaptive_avg_pool3d", "2 on 4", nn.AdaptiveAvgPool3d(2), (VOLUME,), "2 * 4*4*4",
         "2 * 4*4*4"),
    Case("adaptive_max_pool2d", "3 on 8", nn.AdaptiveMaxPool2d(3), (IMAGES,),
         "2*3 * (3 + 4 + 3)**2", "2*3*3*3"),
    Case("adaptive_max_pool3d", "2 on 4", nn.AdaptiveMaxPool3d(2), (VOLUME,), "2 * 4*4*4",
         "2 * 2*2*2"),
    Case("fractional_max_pool2d", "2 to 5, of 8", nn.FractionalMaxPool2d(2, output_size=5),
         (IMAGES,), "2*3*5*5 * 2*2 + 2*3*2", "2*3*5*5", "and its draws"),
    Case("fractional_max_pool3d", "2 to 2, of 4", nn.FractionalMaxPool3d(2, output_size=2),
         (VOLUME,), "2*2*2*2 * 2*2*2 + 1*2*3", "2*2*2*2", "and its draws"),
    Case("interpolate, linear", "8 to 16", lambda x: F.interpolate(x, 16, mode="linear"), (LINE,),
         "2*3*16 * 2*2", "2*3*16 * 2*2"),
    Case("interpolate, trilinear", "4 to 6", lambda x: F.interpolate(x, 6, mode="trilinear"),
         (VOLUME,), "2*6*6*6 * 2*8", "2*6*6*6 * 2*8"),
    # 8 to 4: a filter of 1 reaches 2 x 1 elements to each side: 5 taps, rows first, then columns
    Case("interpolate, antialiased", "8 to 4",
         lambda x: F.interpolate(x, 4, mode="bilinear", antialias=True), (IMAGES,),
         "2 * 2*3 * (4*5*8 + 4*4*5)", "2 * 2*3 * (4*5*8 + 4*4*5)"),
    # 8 to 16: it reaches 2 elements: 5 taps
    Case("interpolate, bicubic, antialiased", "8 to 16",
         lambda x: F.interpolate(x, 16, mode="bicubic", antialias=True), (IMAGES,),
         "2 * 2*3 * (16*5*8 + 16*16*5)", "2 * 2*3 * (16*5*8 + 16*16*5)"),
    Case("grid_sample, nearest", "8 x 8", lambda x: F.grid_sample(
        x, torch.zeros(2, 4, 5, 2), mode="nearest", align_corners=False), (IMAGES,), "0",
        "2*3*4*5"),
    Case("grid_sample, bicubic", "8 x 8", lambda x: F.grid_sample(
        x, torch.zeros(2, 4, 5, 2), mode="bicubic", align_corners=False), (IMAGES,),
        "2*3*4*5 * 2*16", "2*3*4*5 * 2*16"),
    Case("grid_sample, 3d", "2 x 3 x 4 points", lambda x, g: F.grid_sample(
        x, g, align_corners=False), (VOLUME, POINTS), "2*2*3*4 * 2*8", "4 * 2*2*3*4 * 2*8"),
    Case("embedding_bag, weighed", "8 rows of 3 in 3 bags",
         lambda w, p: F.embedding_bag(BAG[0], w, BAG[1], mode="sum", per_sample_weights=p),
         (normal(4, 3), normal(8)), "8*3 * 2", "8*3 + 2 * 8*3"),
    Case("batch_norm, without statistics", "4 of 5", lambda x: aten._native_batch_norm_legit(
        x, None, None, True, 0.1, 1e-5), (A,), "3 * 4*5"),
    Case("nll_loss2d", "2 of 3 x 8 x 8", lambda x: F.nll_loss(
        x, torch.zeros(2, 8, 8, dtype=torch.int64)), (IMAGES,), "2*8*8", "2*8*8"),
    Case("glu", "(4, 6)", lambda x: F.glu(x, 1), (normal(4, 6),), "4*3", "4*6"),
    Case("trace", "(4, 5)", torch.trace, (A,), "4"),
    Case("mode", "4 of 8", torch.mode, (normal(4, 8),), "4*8 * log2(8)"),
    Case("unique rows", "8 of 3", lambda x: x.unique(dim=0), (normal(8, 3),), "8*3 * log2(8)"),
    Case("bucketize", "5 among 8", lambda x: torch.bucketize(x, torch.arange(8.0)), (normal(5),),
         "5 * log2(8)"),
    Case("histogram", "20 in 4", lambda x: torch.histogram(x, 4), (A,), "4*5"),
    Case("histogram of given edges", "20 in 8", lambda x: torch.histogram(x, torch.arange(8.0)),
         (A,), "4*5 * log2(8)"),
    Case("isin", "6 among 2", torch.isin, (torch.arange(6), torch.arange(2)), "8 * log2(8)"),
    Case("multinomial", "3 of 8, twice", lambda x: torch.multinomial(x, 3, True),
         (torch.ones(2, 8),), "2*8 + 2*3 * log2(8)"),
    Case("index_reduce", "4 rows of 5", lambda x: torch.zeros(2, 5).index_reduce(
        0, FOUR, x, "amax"), (A,), "4*5"),
    Case("scatter_add", "5", lambda x: x.scatter_add(0, torch.tensor([0, 0, 1]), torch.ones(3)),
         (normal(5),), "3"),
    Case("scatter_reduce", "5", lambda x: x.scatter_reduce(
        0, torch.tensor([0, 0, 1]), torch.ones(3), "amax"), (normal(5),), "3"),
    Case("scatter", "5", lambda x: x.scatter(0, torch.tensor([0, 2]), torch.ones(2)),
         (normal(5),), "0"),
    Case("scatter, adding", "5", lambda x: x.scatter(
        0, torch.tensor([0, 2]), torch.ones(2), reduce="add"), (normal(5),), "2"),
    Case("index_put", "2 rows of 5", lambda x: x.index_put(FIRST, x[:2]), (A,), "0"),
    Case("_index_put_impl_", "2 rows of 5",
         lambda x: aten._index_put_impl_(x.clone(), FIRST, x[:2], True), (A,), "2*5"),
    Case("_unsafe_index_put", "2 rows of 5",
         lambda x: aten._unsafe_index_put(x, FIRST, x[:2], True), (A,), "2*5"),
    Case("_unsafe_masked_index_put_accumulate", "2 rows of 5",
         lambda x: aten._unsafe_masked_index_put_accumulate(
             x, torch.ones(2, 1, dtype=torch.bool), FIRST, x[:2]), (A,), "2*5"),
    Case("put, accumulating", "2", lambda x: x.put(torch.tensor([0, 0]), x[0, :2], True), (A,),
         "2"),
    Case("AdamW(fused=True)", "20 numbers", lambda: aten._fused_adamw_(
        [A.clone()], [A], [A.clone()], [A.abs()], [], [torch.ones(())], lr=0.1, beta1=0.9,
        beta2=0.9, weight_decay=0.1, eps=1e-8, amsgrad=False, maximize=False), (),
        "20 + 20*16"),
    Case("Adagrad(fused=True)", "20 numbers", lambda: aten._fused_adagrad_(
        [A.clone()], [A], [A.abs()], [torch.ones(())], lr=0.1, lr_decay=0.0, weight_decay=0.0,
        eps=1e-8, maximize=False), (), "20 + 20*7"),
]  # fmt: skip
