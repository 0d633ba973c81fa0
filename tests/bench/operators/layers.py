"""Recurrent and transformer layers, windows, normalisations, searches, optimisers."""

import torch
import torch.nn.functional as F
from torch import nn

from tests.bench.operators.case import Attending, Case, Taking, normal

IMAGES, STEPS = normal(2, 3, 8, 8), normal(5, 2, 6)
TOKENS = normal(2, 7, 8)
GRID = F.affine_grid(normal(2, 2, 3), [2, 3, 4, 5], align_corners=False)
LOGITS, LABELS = normal(4, 6), torch.tensor([0, 1, 2, 3])
ROWS = torch.tensor([[0, 1], [2, 2], [3, 1], [0, 0]])


def stepped(kind: type[torch.optim.Optimizer], **settings: object) -> object:
    """One step of an optimiser on 20 numbers, its state there already."""
    parameter = nn.Parameter(torch.ones(4, 5))
    parameter.grad = torch.ones(4, 5)
    optimiser = kind([parameter], **settings)
    optimiser.step()
    return optimiser.step


CASES = [
    Case("`nn.LSTM`", "5 steps of 2 rows, 6 inputs, 4 units", Taking(nn.LSTM(6, 4)), (STEPS,),
         "5*2 * (2 * 16*(6 + 4) + 13*4)", "2 * 5*2 * (2 * 16*(6 + 4) + 13*4)",
         "13 element-wise operations a unit; backward twice the forward"),
    Case("`nn.LSTM`, 2 layers, both ways", "the same",
         Taking(nn.LSTM(6, 4, num_layers=2, bidirectional=True)), (STEPS,),
         "2 * 5*2 * (2 * 16*(6 + 4) + 13*4) + 2 * 5*2 * (2 * 16*(8 + 4) + 13*4)"),
    Case("`nn.GRU`", "5 steps of 2 rows, 6 inputs, 4 units", Taking(nn.GRU(6, 4)), (STEPS,),
         "5*2 * (2 * 12*(6 + 4) + 10*4)"),
    Case("`nn.RNN`", "5 steps of 2 rows, 6 inputs, 4 units", Taking(nn.RNN(6, 4)), (STEPS,),
         "5*2 * (2 * 4*(6 + 4) + 2*4)"),
    Case("`nn.LSTMCell`", "2 rows, 6 inputs, 4 units", Taking(nn.LSTMCell(6, 4)),
         (normal(2, 6),), "2 * (2 * 16*(6 + 4) + 13*4)"),
    Case("`nn.MultiheadAttention`, eval", "2 x 7 tokens of 8, 2 heads",
         Attending(nn.MultiheadAttention(8, 2, batch_first=True), wanted=False), (TOKENS,),
         "4 * 2 * 14*8*8 + 2*7*7 * (4*8 + 2*4)", "",
         "the fused kernel; four projections, both products, the passes over the scores"),
    Case("`nn.MultiheadAttention`, eval, weights", "the same",
         Attending(nn.MultiheadAttention(8, 2, batch_first=True), wanted=True), (TOKENS,),
         "4 * 2 * 14*8*8 + 2*7*7 * (4*8 + 2*5)", "", "and weights are averaged over heads"),
    Case("`nn.TransformerEncoderLayer`, eval", "2 x 7 tokens of 8, 2 heads, 16 hidden",
         Taking(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)), (TOKENS,),
         "4 * 2 * 14*8*8 + 2*7*7 * (4*8 + 2*4) + 2 * 2 * 14*8*16 + 14*16 + 14*8 * (2 + 2*3)",
         "", "the fused kernel; and two linear layers, ReLU, two sums, two normalisations"),
    Case("`MaxPool2d`", "2 x 2 on 8 x 8", nn.MaxPool2d(2), (IMAGES,), "2*3*4*4 * 2*2",
         "2*3*4*4"),
    Case("`MaxPool2d`, overlapping", "3 x 3, stride 1, on 8 x 8", nn.MaxPool2d(3, stride=1),
         (IMAGES,), "2*3*6*6 * 3*3", "2*3*6*6"),
    Case("`AvgPool2d`", "2 x 2 on 8 x 8", nn.AvgPool2d(2), (IMAGES,), "2*3*4*4 * 2*2",
         "2*3*4*4 * 2*2"),
    Case("`AdaptiveAvgPool2d`, 3", "on 8 x 8", nn.AdaptiveAvgPool2d(3), (IMAGES,),
         "2*3 * (3 + 4 + 3)**2", "2*3 * (3 + 4 + 3)**2",
         "windows 0 to 3, 2 to 6 and 5 to 8"),
    Case("`interpolate`, bilinear", "8 x 8 to 16 x 16",
         lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), (IMAGES,),
         "2*3*16*16 * 2*4", "2*3*16*16 * 2*4", "four neighbours"),
    Case("`interpolate`, bicubic", "8 x 8 to 16 x 16",
         lambda x: F.interpolate(x, size=(16, 16), mode="bicubic"), (IMAGES,),
         "2*3*16*16 * 2*16", "2*3*16*16 * 2*16", "sixteen neighbours"),
    Case("`interpolate`, nearest", "8 x 8 to 16 x 16",
         lambda x: F.interpolate(x, scale_factor=2), (IMAGES,), "0", "2*3*16*16",
         "moved; backward adds up"),
    Case("`grid_sample`, bilinear", "8 x 8 at 4 x 5 points",
         lambda x, g: F.grid_sample(x, g, align_corners=False), (IMAGES, GRID),
         "2*3*4*5 * 2*4", "3 * 2*3*4*5 * 2*4", "the grid's gradient has two directions"),
    Case("`affine_grid`", "4 x 5 points of 2 images",
         lambda t: F.affine_grid(t, [2, 3, 4, 5], align_corners=False), (normal(2, 2, 3),),
         "2 * 2*4*5 * 2*3"),
    Case("`EmbeddingBag`", "4 bags of 2 rows of 3", nn.EmbeddingBag(10, 3, mode="sum"), (ROWS,),
         "4*2 * 3", "4*2 * 3"),
    Case("`Embedding`", "8 rows of 3", nn.Embedding(10, 3), (ROWS,), "0", "4*2 * 3",
         "moved; backward adds up"),
    Case("`BatchNorm2d`, training", "2 x 3 x 8 x 8", nn.BatchNorm2d(3, track_running_stats=False),
         (IMAGES,), "3 * 2*3*8*8", "3 * 2*3*8*8", "mean, variance, result"),
    Case("`BatchNorm2d`, eval", "2 x 3 x 8 x 8", Taking(nn.BatchNorm2d(3)), (IMAGES,),
         "2*3*8*8", "3 * 2*3*8*8"),
    Case("`LayerNorm`", "14 rows of 8", nn.LayerNorm(8), (TOKENS,), "3 * 14*8", "5 * 14*8"),
    Case("`GroupNorm`", "2 x 3 x 8 x 8", nn.GroupNorm(3, 3), (IMAGES,), "3 * 2*3*8*8",
         "5 * 2*3*8*8"),
    Case("`softmax`", "(4, 6)", lambda x: x.softmax(1), (LOGITS,), "3 * 4*6", "2 * 4*6",
         "the largest, the sum of exponentials, the quotient"),
    Case("`cross_entropy`", "(4, 6)", F.cross_entropy, (LOGITS, LABELS), "3 * 4*6 + 4",
         "4 + 2 * 4*6"),
    Case("`F.mse_loss`", "(4, 6)", F.mse_loss, (LOGITS, normal(4, 6, seed=1)), "4*6",
         "2 * 4*6", "one function of two elements, reduced"),
    Case("`gelu`", "(4, 6)", F.gelu, (LOGITS,), "4*6", "4*6",
         "one function of an element, however complicated"),
    Case("`torch.special.bessel_j0`", "(4, 6)", torch.special.bessel_j0, (LOGITS,), "4*6"),
    Case("`torch.where`", "(4, 6)", lambda x: torch.where(x > 0, x, 0), (LOGITS,), "2 * 4*6",
         "4*6", "and the comparison"),
    Case("`a * b`, complex", "(4, 6)", torch.mul, (LOGITS + 1j, LOGITS - 1j), "2 * 4*6", "",
         "a complex element is two numbers"),
    Case("`sum`", "(4, 6)", torch.sum, (LOGITS,), "4*6", "0"),
    Case("`var`", "(4, 6)", torch.var, (LOGITS,), "2 * 4*6", "", "mean, squared differences"),
    Case("`linalg.vector_norm`", "(4, 6)", torch.linalg.vector_norm, (LOGITS,), "4*6"),
    Case("`cumsum`", "(4, 6)", lambda x: x.cumsum(1), (LOGITS,), "4*6", "4*6"),
    Case("`sort`", "3 of 8", lambda x: x.sort(dim=1), (normal(3, 8),), "3*8 * log2(8)"),
    Case("`topk`, 4", "3 of 8", lambda x: x.topk(4, dim=1), (normal(3, 8),),
         "3*8 + 3 * 4 * log2(4)", "", "a selection, and sorting what is kept"),
    Case("`unique`", "16", torch.unique, (torch.arange(16),), "16 * log2(16)"),
    Case("`searchsorted`", "5 among 8", torch.searchsorted,
         (torch.arange(8.0), normal(5)), "5 * log2(8)"),
    Case("`index_add`", "2 rows of 6", lambda x: x.index_add(0, torch.tensor([0, 0]), x[:2]),
         (LOGITS,), "2*6"),
    Case("`index_put_`, accumulating", "2 rows of 6",
         lambda x: x.index_put((torch.tensor([0, 0]),), x[:2], accumulate=True), (LOGITS,),
         "2*6"),
    Case("`torch.randn`", "(4, 6)", lambda: torch.randn(4, 6), (), "4*6", "", "one a draw"),
    Case("`normal_`", "(4, 6)", lambda: torch.empty(4, 6).normal_(), (), "4*6"),
    Case("views and copies", "(4, 6)", lambda x: x.T.clone().reshape(2, 12)[0], (LOGITS,), "0"),
    Case("`_foreach_mul`", "2 of (4, 6)",
         lambda x: torch._foreach_mul([x, x], [x, x]), (LOGITS,), "2 * 4*6"),
    Case("`Adam(fused=True)`", "20 numbers",
         stepped(torch.optim.Adam, fused=True), (), "20*14 + 1", "", "and counting the step"),
    Case("`SGD(fused=True, momentum=.9)`", "20 numbers",
         stepped(torch.optim.SGD, fused=True, lr=0.1, momentum=0.9), (), "20*4"),
]  # fmt: skip
