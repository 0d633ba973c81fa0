"""What recurrent layers and fused transformer layers cost, as the operators that they fuse would.

Here: layers that torch runs as one operator. Each costs its matrix products, and for each number
of its state the element-wise operations of a cell. Not here: attention by itself
(bench.metering.products).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from torch import Tensor

from bench.metering.elements import Formula
from bench.metering.products import SCORE

LSTM_CELL, GRU_CELL, RNN_CELL = 13, 10, 2
"""Element-wise operations of a cell, for each number of its state.

An LSTM adds inputs' and state's part of 4 gates (4), squashes them (4), makes the cell (2 products,
1 sum), squashes it and multiplies (2). A GRU adds and squashes two gates (4), gates the candidate
(1), adds and squashes it (2), and mixes it with the state (3). A plain cell adds and squashes.
"""


def lstm_layer(x: Tensor, of_inputs: Tensor, of_state: Tensor, *arguments: Any) -> float:
    """One direction of one layer: x (time, batch, inputs), weights (4 state, inputs or state)."""
    steps = prod(x.shape[:-1])
    products = 2 * steps * (of_inputs.numel() + of_state.numel())
    return products + LSTM_CELL * steps * of_state.shape[-1]


def lstm_layer_backward(x: Tensor, of_inputs: Tensor, of_state: Tensor, *arguments: Any) -> float:
    """Twice the forward: the gradients of weights, and of inputs and states."""
    return 2 * lstm_layer(x, of_inputs, of_state)


def cell(operations: int) -> Formula:
    """A fused cell behind its products, from (gates, gates, state)."""

    def cost(_inputs: Tensor, _state: Tensor, state: Tensor, *_: Any, **__: Any) -> float:
        return operations * state.numel()

    return cost


def lstm_cell_backward(_gradient: Any, _cell_gradient: Any, state: Tensor, *_: Any) -> float:
    """Twice the forward."""
    return 2 * LSTM_CELL * state.numel()


def gru_cell_backward(gradient: Tensor, *_: Any) -> float:
    """Twice the forward."""
    return 2 * GRU_CELL * gradient.numel()


RNN_MODES = {0: RNN_CELL, 1: RNN_CELL, 2: LSTM_CELL, 3: GRU_CELL}
"""cuDNN's numbers of its kinds of network: ReLU, tanh, LSTM, GRU."""


def cudnn_rnn(x: Tensor, weights: Sequence[Tensor], _stride: int, _buffer: Any, hidden: Tensor,
              _cell: Any, mode: int, *_: Any) -> float:  # fmt: skip
    """Every weight matrix meets every step, in every layer and direction (hidden's first size)."""
    steps = prod(x.shape[:-1])
    products = 2 * steps * sum(weight.numel() for weight in weights if weight.dim() == 2)
    return products + RNN_MODES[mode] * steps * hidden.shape[0] * hidden.shape[-1]


def cudnn_rnn_backward(x: Tensor, weights: Sequence[Tensor], stride: int, buffer: Any,
                       hidden: Tensor, cell: Any, _output: Any, _g: Any, _gh: Any, _gc: Any,
                       mode: int, *_: Any) -> float:  # fmt: skip
    """Twice the forward."""
    return 2 * cudnn_rnn(x, weights, stride, buffer, hidden, cell, mode)


def multi_head_attention(
    query: Tensor, key: Tensor, value: Tensor, width: int, heads: int, _qkv: Tensor, _bias: Any,
    out: Tensor, _out_bias: Any, _mask: Any = None, wanted: bool = True, averaged: bool = True,
    *_: Any, **__: Any,
) -> float:  # fmt: skip
    """Projections of query, key and value, attention in each head, and its projection.

    Weights that are wanted are averaged over heads: one pass more over the scores.
    """
    rows = [prod(tensor.shape[:-1]) for tensor in (query, key, value)]
    projections = 2 * width * width * sum(rows) + 2 * rows[0] * out.numel()
    scores = rows[0] * key.shape[-2]
    return projections + scores * (4 * width + heads * (SCORE + (wanted and averaged)))


def transformer_layer(
    x: Tensor, width: int, heads: int, qkv: Tensor, qkv_bias: Any, out: Tensor, out_bias: Any,
    _gelu: bool, _first: bool, _epsilon: float, _w1: Any, _b1: Any, _w2: Any, _b2: Any,
    inner: Tensor, _inner_bias: Any, outer: Tensor, *_: Any, **__: Any,
) -> float:  # fmt: skip
    """Attention, both linear layers, the function between them, two sums and two normalisations."""
    rows = prod(x.shape[:-1])
    attended = multi_head_attention(
        x, x, x, width, heads, qkv, qkv_bias, out, out_bias, None, False
    )
    forward = 2 * rows * (inner.numel() + outer.numel()) + rows * inner.shape[0]
    return attended + forward + (2 + 2 * 3) * x.numel()


FORMULAS: dict[str, Formula] = {
    "mkldnn_rnn_layer": lstm_layer,  # torch calls it for LSTMs alone
    "mkldnn_rnn_layer_backward": lstm_layer_backward,
    "_thnn_fused_lstm_cell": cell(LSTM_CELL),
    "_thnn_fused_lstm_cell_backward_impl": lstm_cell_backward,
    "_thnn_fused_gru_cell": cell(GRU_CELL),
    "_thnn_fused_gru_cell_backward": gru_cell_backward,
    "_cudnn_rnn": cudnn_rnn,
    "_cudnn_rnn_backward": cudnn_rnn_backward,
    "_native_multi_head_attention": multi_head_attention,
    "_transformer_encoder_layer_fwd": transformer_layer,
}
