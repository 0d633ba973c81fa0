"""Formulas of operators that a CPU or the newest torch doesn't run, by hand; and that no formula is
without a case."""

from __future__ import annotations

import pytest
import torch

from bench.metering import flops, linear_algebra, lists, products, sequences, watch, windows
from bench.metering.flops import BY_NAME, functional_name
from tests.bench.operators.case import by_hand, charged_backward, charged_forward
from tests.bench.operators.table import EVERY_CASE

QUERY, KEY = torch.ones(2, 3, 4, 8), torch.ones(2, 3, 7, 8)
ATTENTION = (QUERY, KEY, KEY)
STATE, STEPS = torch.ones(1, 2, 4), torch.ones(5, 2, 6)
WEIGHTS = [torch.ones(16, 6), torch.ones(16, 4), torch.ones(16), torch.ones(16)]
CUDNN = (STEPS, WEIGHTS, 4, None, STATE, STATE)
ROWS = torch.ones(4, 5)

FUSED = "2*3 * 4*7 * (2*8 + 2*8 + 4)"
FUSED_BACKWARD = "2*3 * 4*7 * (5 * 2*8 + 4)"
LSTM = "5*2 * (2 * 16*(6 + 4) + 13*4)"

NOT_RUN_HERE = {
    # name: (arguments, by hand)
    "_scaled_dot_product_flash_attention": (ATTENTION, FUSED),
    "_scaled_dot_product_efficient_attention": (ATTENTION, FUSED),
    "_scaled_dot_product_cudnn_attention": (ATTENTION, FUSED),
    "_scaled_dot_product_fused_attention_overrideable": (ATTENTION, FUSED),
    "_scaled_dot_product_flash_attention_backward": ((QUERY, *ATTENTION), FUSED_BACKWARD),
    "_scaled_dot_product_efficient_attention_backward": ((QUERY, *ATTENTION), FUSED_BACKWARD),
    "_scaled_dot_product_cudnn_attention_backward": ((QUERY, *ATTENTION), FUSED_BACKWARD),
    "_scaled_dot_product_fused_attention_overrideable_backward": (
        (QUERY, *ATTENTION), FUSED_BACKWARD,
    ),
    "_thnn_fused_lstm_cell": ((None, None, STATE), "13 * 2*4"),
    "_thnn_fused_lstm_cell_backward_impl": ((None, None, STATE), "2 * 13 * 2*4"),
    "_thnn_fused_gru_cell": ((None, None, STATE), "10 * 2*4"),
    "_thnn_fused_gru_cell_backward": ((STATE, None, True), "2 * 10 * 2*4"),
    "_cudnn_rnn": ((*CUDNN, 2, 4), LSTM),
    "_cudnn_rnn_backward": ((*CUDNN, None, None, None, None, 2, 4), f"2 * {LSTM}"),
    "_embedding_bag_dense_backward": ((torch.ones(3, 5), torch.arange(8)), "8*5"),
    "cudnn_batch_norm": ((ROWS, None, None, None, None, True), "3 * 4*5"),
    "cholesky": ((torch.ones(6, 6),), "6**3 / 3"),  # no more since torch 2.14
    "_amp_foreach_non_finite_check_and_unscale": (([ROWS, ROWS],), "2 * 2*4*5"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_RUN_HERE)
def test_the_formula_is_the_count_by_hand(name):
    arguments, expected = NOT_RUN_HERE[name]
    assert BY_NAME[name](*arguments) == by_hand(expected)


def test_every_formula_is_held_by_a_case_by_hand(monkeypatch):
    called = set()

    def noticed(operator):
        called.add(functional_name(operator.overloadpacket.__name__))
        return flops.formula(operator)

    monkeypatch.setattr(watch, "formula", noticed)
    for case in EVERY_CASE:
        charged_forward(case)
        if case.backward:
            charged_backward(case)
    formulas = {
        *products.FORMULAS, *products.QUANTISED, *linear_algebra.FORMULAS, *windows.FORMULAS,
        *sequences.FORMULAS, *flops.ACCUMULATING, *lists.PER_PARAMETER,
    }  # fmt: skip
    assert formulas - called - set(NOT_RUN_HERE) == set()
