"""Where the rectangles of a map stand, by hand, and what is no map."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leaderboard.treemap import GAP, Band, PoolClass, PoolMap, read_map, treemap

CELL = {"score": 0.5, "count": 4, "chosen": 1}


def pool(*classes: tuple[int, ...]) -> PoolMap:
    """Classes of bands with so many examples, one chosen of each."""
    made = [
        PoolClass(str(i), tuple(Band(0.1 * k, count, 1) for k, count in enumerate(counts)))
        for i, counts in enumerate(classes)
    ]
    return PoolMap(1, tuple(made))


def test_areas_are_proportional_to_examples() -> None:
    # 60 and 20 of 80 examples in a frame of 400 x 100: side by side, 300 and 100 wide
    first, second = treemap(pool((60,), (20,)), 400, 100).boxes
    assert (first.width + GAP, second.width + GAP) == pytest.approx((300, 100))
    assert (first.height + GAP, second.height + GAP) == pytest.approx((100, 100))
    assert (first.x, second.x) == pytest.approx((GAP / 2, 300 + GAP / 2))


def test_classes_stand_in_order_in_the_rows_that_are_most_nearly_square() -> None:
    # four equal classes in a square: two rows of two, each 100 x 100
    boxes = treemap(pool((5,), (5,), (5,), (5,)), 200, 200).boxes
    corners = [(box.x - GAP / 2, box.y - GAP / 2) for box in boxes]
    assert corners == [(0, 0), (100, 0), (0, 100), (100, 100)]


def test_bands_stand_from_left_to_right_and_are_filled_by_what_was_chosen() -> None:
    # a class of 403 - GAP = 400: bands of 10 and 30 examples are 100 and 300 wide; 1 of 10 chosen
    (box,) = treemap(pool((10, 30)), 403, 103).boxes
    low, high = box.bands
    assert (low.width, high.width) == pytest.approx((100, 300))
    assert high.x == pytest.approx(low.x + 100)
    assert (low.filled, high.filled) == pytest.approx((1 / 10, 1 / 30))


def test_a_class_without_room_has_no_label() -> None:
    large, small = treemap(pool((1000,), (1,)), 400, 100).boxes
    assert (large.label, small.label) == ("0", "")


def test_a_map_is_read_and_classes_without_examples_are_left_out() -> None:
    empty = {"name": "none", "cells": []}
    text = json.dumps({"size": 1, "classes": [{"name": 7, "cells": [CELL]}, empty]})
    assert read_map(text.encode()) == PoolMap(1, (PoolClass("7", (Band(0.5, 4, 1),)),))


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"size": 1},
        {"size": 1, "classes": []},
        {"size": -1, "classes": [{"name": "a", "cells": [CELL]}]},
        {"size": 1, "classes": [{"name": "a", "cells": [{**CELL, "chosen": 5}]}]},
        {"size": 1, "classes": [{"name": "a", "cells": [{**CELL, "count": 1.5}]}]},
        {"size": 1, "classes": [{"name": "a", "cells": [{**CELL, "score": None}]}]},
        {"size": 1, "classes": [{"name": "a", "cells": [{**CELL, "score": float("nan")}]}]},
    ],
)
def test_what_is_no_map_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"map of a pool|number of examples|band of scores"):
        read_map(json.dumps(wrong).encode())


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        read_map(b"map")
