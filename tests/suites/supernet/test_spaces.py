"""The spaces: how many architectures there are, which are the same, and what can be counted."""

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.supernet.networks import NETWORKS, small
from suites.supernet.spaces import SPACES, find, macro, micro201, pooling

CELLS = st.tuples(*[st.integers(0, 4)] * 6)


def rows(*written):
    return np.array(written, dtype=np.int8)


def test_5772_cells_differ_and_give_something():
    assert len(micro201.alive()) == 5772


def test_702_cells_have_two_3x3_and_one_1x1_and_no_dead_edge():
    assert len(micro201.same_size()) == 702


def test_214_macro_architectures_lie_within_a_fortieth_of_4000_parameters():
    assert len(macro.band()) == 214


def test_there_are_36_poolings():
    assert len(find("pooling").lists["all"]) == 36


@pytest.mark.parametrize(
    ("space", "name", "size", "digest"),
    [
        ("micro201", "free", 1024, "6b006b587914"),
        ("micro201", "equal", 512, "6daf18fcf925"),
        ("macro", "free", 256, "0a1f07f24cf8"),
        ("macro", "band", 214, "873d2e96837b"),
        ("pooling", "all", 36, "5d7e2d9b1dcb"),
    ],
)
def test_lists_are_drawn_once_for_everybody(space, name, size, digest):
    listed = find(space).lists[name]
    assert len({tuple(row) for row in listed}) == len(listed) == size
    assert sha256(listed.tobytes()).hexdigest()[:12] == digest


def test_all_on_equal_have_the_same_parameters():
    # 2 x 3x3 x 16 x 16 + 16 x 16 = 4,864; the stem 3x3 x 2 x 16 = 288; the head 160.
    space = find("micro201")
    assert set(space.count_parameters(space.lists["equal"])) == {4864 + 288 + 160}


def test_macro_free_has_one_of_each_bin_of_parameters():
    space = find("macro")
    every = np.sort(space.count_parameters(space.all()))
    chosen = np.sort(space.count_parameters(space.lists["free"]))
    for number, parameters in enumerate(chosen):
        start, end = number * 6561 // 256, (number + 1) * 6561 // 256
        assert every[start] <= parameters <= every[end - 1]


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_are_the_weights_of_the_architecture_alone(name):
    network, space = small(name), find(name)
    drawn = space.all()[:: max(1, space.size // 50)]
    for row, parameters in zip(drawn, space.count_parameters(drawn), strict=True):
        shapes = network.shapes(row)
        assert sum(np.prod(shape) for shape in shapes.values()) == parameters


def test_a_cell_is_what_it_computes():
    skipped_in_two_steps, at_once = (1, 0, 0, 0, 3, 0), (0, 0, 0, 3, 0, 0)
    assert micro201.expression(skipped_in_two_steps) == micro201.expression(at_once) == "3x3(x)"
    swapped = (3, 2, 0, 0, 1, 4), (2, 3, 0, 0, 4, 1)
    assert micro201.expression(swapped[0]) == micro201.expression(swapped[1])
    assert micro201.expression((0, 0, 3, 0, 3, 2)) is None


@given(CELLS)
def test_a_dead_edge_changes_nothing_that_a_cell_computes(row):
    pruned = tuple(o if on else 0 for o, on in zip(row, micro201.live(row), strict=True))
    assert micro201.expression(pruned) == micro201.expression(row)
    assert (micro201.expression(row) is None) == (not any(micro201.live(row)))


def test_depth3_and_chain_count_along_one_path():
    cells = rows(
        (3, 3, 3, 3, 3, 3),  # 0-1-2-3: three 3x3
        (3, 2, 0, 2, 3, 2),  # 0-1-3: two 3x3; 0-2-3: two 1x1
        (3, 0, 2, 3, 0, 1),  # 0-1-2-3: one 3x3, one 1x1; 0-3: one 3x3
        (3, 0, 0, 2, 0, 3),  # 0-3: one 1x1; both 3x3 lead nowhere
    )
    assert micro201.depth3(cells).tolist() == [3, 2, 1, 0]
    assert micro201.chain(cells).tolist() == [12, 8, 5, 1]


def test_macro_counts_its_blocks():
    # identity; 1x1 width 4: 2 x 64; 3x3 width 8: 9 x 128 + 128; 3x3 width 32: 9 x 512 + 512.
    one = rows((0, 1, 6, 8))
    assert find("macro").count_parameters(one).tolist() == [448 + 128 + 1280 + 5120]
    assert macro.depth3(one).tolist() == [2]
    assert macro.chain(one).tolist() == [2 * 5 + 1]


def test_late_pooling_adds_the_two_places():
    assert pooling.late_pooling(rows((0,), (35,))).tolist() == [0 + 1, 7 + 8]


def test_a_space_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"no space 'macros'; there are micro201, macro, pooling"):
        find("macros")


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_every_row_is_there_once(space):
    every = space.all()
    assert len({tuple(row) for row in every}) == len(every) == space.size
