"""What the meter sees, however an operator is reached; and what it refuses."""

from __future__ import annotations

import functools
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

from bench.metering import flops, linear_algebra, lists, products, sequences, windows
from bench.metering.budget import Budget
from bench.metering.compiler import load_compiler
from bench.metering.flops import UncountedOperator, formula, functional_name, refused
from bench.metering.meter import BudgetExceeded, Meter

load_compiler()

A, B = torch.ones(4, 5), torch.ones(5, 6)
PRODUCT = 2 * 4 * 5 * 6
SQUARE = torch.ones(4, 4)
OF_SQUARE = 2 * 4 * 4 * 4


def count(work):
    """FLOPs of a function's torch operators."""
    with Meter(Budget()) as meter:
        work()
    return meter.flops


class Disguised(torch.Tensor):
    """A tensor of one number that makes a large product of whatever is done with it."""

    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (1,))

    @classmethod
    def __torch_dispatch__(cls, operator, types, arguments=(), keywords=None):
        return A @ B


class Squaring(torch.autograd.Function):
    """A function with a backward pass of its own."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x @ x

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient @ x.T + x.T @ gradient


def inferred():
    with torch.inference_mode():
        F.linear(A, B.T)


def attended():
    with torch.inference_mode():
        x = torch.zeros(1, 2, 3, 4)
        F.scaled_dot_product_attention(x, x, x)


def checkpointed():
    x = torch.ones(4, 4, requires_grad=True)
    checkpoint(lambda x: (x @ x).sin(), x, use_reentrant=False).backward(SQUARE)


def own_function():
    x = torch.ones(4, 4, requires_grad=True)
    Squaring.apply(x).backward(SQUARE)


@functools.cache
def compiled():
    function = torch.compile(torch.matmul, backend="aot_eager")
    function(A, B)
    return function


def traced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = torch.jit.trace(torch.matmul, (A, B))
    with Meter(Budget()) as meter:
        function(A, B)
    return meter.flops


WAYS = {
    # by hand: what is called, however it is reached
    "inference mode": (inferred, PRODUCT),
    "inference mode, attention": (attended, 2 * 3 * 3 * (2 * 4 + 2 * 4 + 4)),
    "a tensor in disguise": (lambda: Disguised() + 1, PRODUCT),
    "called by its name": (lambda: torch.ops.aten.mm.default(A, B), PRODUCT),
    "into a given tensor": (lambda: torch.mm(A, B, out=torch.empty(4, 6)), PRODUCT),
    "in place": (lambda: torch.zeros(4, 6).addmm_(A, B), PRODUCT),
    "vmap": (lambda: torch.vmap(lambda row: row @ B)(A), PRODUCT),
    # the product, and the sum of two in which one side is the tangent
    "jvp": (lambda: torch.func.jvp(torch.matmul, (A, B), (A, B)), 3 * PRODUCT + 4 * 6),
    # forward, the product again, two products backward; sine, its cosine and their product, and
    # adding up x's two gradients
    "a checkpoint": (checkpointed, 4 * OF_SQUARE + 4 * (4 * 4)),
    "a function of its own": (own_function, 3 * OF_SQUARE + 4 * 4),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_an_operator_is_counted_in_full_however_it_is_reached(way):
    work, by_hand = WAYS[way]
    assert count(work) == by_hand


def test_a_function_compiled_before_is_counted_in_full():
    function = compiled()
    assert count(lambda: function(A, B)) == PRODUCT


def test_a_traced_function_is_counted_in_full():
    assert traced() == PRODUCT


def test_a_method_s_own_threads_are_not_seen():
    """Their CPU seconds are, by the parent process."""
    with ThreadPoolExecutor(1) as pool:
        assert count(lambda: pool.submit(torch.matmul, A, B).result()) == 0


@torch.library.custom_op("weighhouse_tests::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    """An operator of a contributor's own."""
    return x + x


REFUSED = {
    "torch.nn.functional.ctc_loss": (
        lambda: F.ctc_loss(torch.zeros(4, 1, 3), torch.ones(1, 2, dtype=torch.int64), [4], [2]),
        "aten._ctc_loss",
    ),
    "a custom operator": (lambda: twice(A), "weighhouse_tests.twice.default"),
    "prims": (lambda: torch.ops.prims.mul(A, A), "prims.mul.default"),
    "nested tensors": (
        lambda: torch.nested.nested_tensor([A, A]) * 2, "aten._nested_tensor_from_tensor_list"
    ),
    "a kernel below convolution": (
        lambda: torch.ops.aten.slow_conv_dilated2d(
            torch.ones(1, 1, 4, 4), torch.ones(1, 1, 2, 2), [2, 2]
        ),
        "aten.slow_conv_dilated2d",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_an_operator_without_a_cost_is_refused_by_name_with_what_to_do(what):
    work, name = REFUSED[what]
    said = rf"^{name}.* has no counted cost: write it in operators that have one .*, or, where"
    with pytest.raises(UncountedOperator, match=said):
        count(work)


def test_an_operator_that_takes_functions_is_refused_by_us_or_by_an_older_torch():
    with pytest.raises((UncountedOperator, NotImplementedError), match="cond"):
        count(lambda: torch.cond(torch.tensor(True), torch.sin, torch.cos, (A,)))


def test_what_is_stated_may_be_called_and_what_has_a_cost_counts_besides():
    meter = Meter(Budget())
    with meter, meter.stated(1000, "a doubling"):
        twice(A)
        A @ B
    assert meter.flops == 1000 + PRODUCT
    with meter, pytest.raises(UncountedOperator):
        twice(A)


def test_what_is_stated_is_charged_before_it_runs():
    meter = Meter(Budget(limits={"flops": 999}))
    with meter, pytest.raises(BudgetExceeded, match="a doubling"), meter.stated(1000, "a doubling"):
        raise AssertionError("it ran")


def test_wrong_arguments_get_torch_s_own_words():
    with pytest.raises(RuntimeError, match="mat2 must be a matrix"):
        count(lambda: torch.mm(A, torch.ones(5)))


def test_nothing_is_refused_or_counted_while_paused():
    meter = Meter(Budget(limits={"flops": 0}))
    with meter, meter.paused():
        twice(A)
        A @ B
    assert meter.flops == 0


def test_an_operator_that_torch_may_add_tomorrow_is_refused():
    class Tomorrow:
        """Not an overload that anybody has listed."""

    assert formula(Tomorrow()) is refused


def test_no_operator_stands_in_two_places():
    places = [
        lists.MOVING, lists.ELEMENTWISE, lists.REDUCTIONS, lists.LOSSES, lists.DRAWS,
        lists.PASSES, lists.PER_PARAMETER, flops.ACCUMULATING, products.FORMULAS,
        linear_algebra.FORMULAS, windows.FORMULAS, sequences.FORMULAS,
    ]  # fmt: skip
    names = [name for place in places for name in place]
    assert len(names) == len(set(names)) == len(flops.BY_NAME)


def test_what_torch_calls_pointwise_costs_an_element_or_is_refused():
    """The list is our own; torch's tags are a second opinion."""
    tagged = {
        functional_name(name)
        for name in dir(torch.ops.aten)
        if hasattr(packet := getattr(torch.ops.aten, name), "overloads")
        for overload in packet.overloads()
        if torch.Tag.pointwise in getattr(packet, overload).tags
    }
    known = tagged & set(flops.BY_NAME)
    # a copy moves; the others have overloads that reduce, and those give the count
    assert known - lists.ELEMENTWISE <= {"clone", "equal", "max", "min"}
