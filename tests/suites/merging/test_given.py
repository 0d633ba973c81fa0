"""States that don't fit together are refused in one sentence, before any method runs."""

from __future__ import annotations

import pytest
import torch

from suites.merging.problem import MergingProblem


def state(**changed):
    """Two tensors by name, in order; None leaves one out."""
    kept = {"a": torch.ones(2), "b": torch.zeros(3)} | changed
    return {name: tensor for name, tensor in kept.items() if tensor is not None}


SHARED = torch.ones(2)

WRONG = {
    # what is wrong with the second expert: (it, the sentence)
    "another order": (dict(reversed(state().items())), "expert 1 has 'b' where expert 0 has 'a'"),
    "a name less": (state(b=None), r"expert 1 lacks \['b'\] and holds nothing besides"),
    "a name more": (state(c=torch.ones(1)), r"expert 1 lacks nothing and holds \['c'\] besides"),
    "another shape": (state(b=torch.zeros(4)), r"'b' as torch.float32 of shape \(4,\); expert 0"),
    "another type": (state(b=torch.zeros(3).double()), "'b' as torch.float64 of shape"),
    "half precision": (state(a=torch.ones(2).half()), "'a' as torch.float16, in which sums lose"),
    "brain floats": (state(a=torch.ones(2).bfloat16()), "'a' as torch.bfloat16"),
    "a sparse tensor": (state(a=torch.ones(2).to_sparse()), "'a' sparse or without numbers"),
    "a meta tensor": (state(a=torch.ones(2, device="meta")), "'a' sparse or without numbers"),
    "two names for one": ({"a": SHARED, "b": SHARED}, "under two names 'a' and 'b': one tensor"),
    "complex numbers": (state(a=torch.ones(2).cfloat()), "'a' as torch.complex64, which no method"),
}


@pytest.mark.parametrize(("expert", "sentence"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("where", ["an expert", "pretrained"])
def test_a_state_that_doesn_t_fit_is_refused(where, expert, sentence):
    experts = [state(), expert if where == "an expert" else state()]
    pretrained = expert if where == "pretrained" else state()
    said = (
        sentence if where == "an expert" else sentence.replace("expert 1", "the pretrained state")
    )
    with pytest.raises(ValueError, match=said):
        MergingProblem(torch.nn.Identity(), experts, pretrained=pretrained)


def test_a_problem_without_experts_is_refused():
    with pytest.raises(ValueError, match="at least one expert"):
        MergingProblem(torch.nn.Identity(), [])


class Tied(torch.nn.Module):
    """Two names for one parameter, as a language model's embedding and head often are."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.ones(2))
        self.b = self.a


def test_names_that_the_template_ties_are_refused_also_as_copies():
    """A checkpoint read from a file holds them apart, so that no pointer tells."""
    copies = {"a": torch.ones(2), "b": torch.ones(2)}
    with pytest.raises(ValueError, match=r"ties 'a' and 'b': .* merged\['b'\] = merged\['a'\]"):
        MergingProblem(Tied(), [copies, copies])


@pytest.mark.parametrize("left", ["a", "b"])
def test_one_of_two_tied_names_is_fine(left):
    assert MergingProblem(Tied(), [{left: torch.ones(2)}] * 2).experts


def test_states_of_integers_alone_are_refused():
    with pytest.raises(ValueError, match="no floating-point tensor: there is nothing to merge"):
        MergingProblem(torch.nn.Identity(), [{"count": torch.tensor(3)}])


def test_empty_tensors_and_numbers_of_another_kind_are_fine():
    """BatchNorm counts its batches in an integer; a layer may have an empty bias."""
    extra = {"count": torch.tensor(3), "none": torch.zeros(0), "void": torch.zeros(0)}
    assert MergingProblem(torch.nn.Identity(), [state(**extra), state(**extra)]).experts
