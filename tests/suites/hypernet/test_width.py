"""The task width: masks, the teacher, the order of its units."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.hypernet import course
from suites.hypernet.building import draw_course
from suites.hypernet.target import Target
from suites.hypernet.width import drawing as width
from suites.hypernet.width.ordering import distances, length, shortest_path, smooth
from suites.hypernet.width.settings import SETTINGS

SMOKE = SETTINGS["smoke"]


def drawn(seed: int = 0) -> course.Part:
    return draw_course("width", SMOKE, seed)[0]


def network(widths: tuple[int, ...], seed: int) -> dict[str, torch.Tensor]:
    draws = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(shape, generator=draws) for name, shape in Target(widths).shapes.items()
    }


def run(parameters: dict[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """Logits, written out with torch's own operators."""
    count = len(parameters) // 2
    for i in range(count):
        inputs = torch.nn.functional.linear(
            inputs, parameters[f"layers.{i}.weight"], parameters[f"layers.{i}.bias"]
        )
        inputs = inputs.relu() if i + 1 < count else inputs
    return inputs


def test_a_masked_target_equals_the_network_that_is_cut_out_of_it() -> None:
    whole = network((8, 12, 12, 3), 0)
    inputs = torch.rand(5, 8)
    for units in (1, 4, 12):
        cut = {
            "layers.0.weight": whole["layers.0.weight"][:units],
            "layers.0.bias": whole["layers.0.bias"][:units],
            "layers.1.weight": whole["layers.1.weight"][:units, :units],
            "layers.1.bias": whole["layers.1.bias"][:units],
            "layers.2.weight": whole["layers.2.weight"][:, :units],
            "layers.2.bias": whole["layers.2.bias"],
        }
        masks = width.masks_of(torch.tensor([units]), 12)
        found = Target((8, 12, 12, 3)).logits(
            {name: tensor[None] for name, tensor in whole.items()}, inputs[None], masks
        )
        torch.testing.assert_close(found[0], run(cut, inputs))


def test_masks_conditions_and_names_say_the_same_width() -> None:
    part = drawn()
    stage = part.stages[0]
    assert stage.masks is not None
    assert torch.equal(stage.masks.sum(-1), (stage.conditions * 20).round()[..., 0])
    assert part.test.masks is not None
    named = [int(name.split()[-1]) for name in part.test.names]
    assert part.test.masks.sum(-1).tolist() == named


def test_training_and_validation_ask_for_seen_widths_only() -> None:
    part = drawn()
    seen = {8.0, 12.0, 16.0}
    assert set((part.stages[0].conditions * 20).round().flatten().tolist()) == seen
    assert set((part.validation.conditions * 20).round().flatten().tolist()) == seen


def test_the_teacher_does_better_than_an_untrained_target() -> None:
    part = draw_course("width", {**SMOKE, "steps": 300}, 0)[0]
    validation = part.validation
    assert validation.labels is not None
    found = run(dict(part.teacher), validation.inputs[0]).argmax(-1) == validation.labels[0]
    assert float(found.float().mean()) > 0.6  # of ten classes


def test_a_course_is_the_same_after_its_asset() -> None:
    part = drawn()
    again = course.decode(*course.encode([part]))[0]
    assert again.test.groups == part.test.groups
    assert again.sizes == part.sizes
    assert all(torch.equal(again.teacher[name], part.teacher[name]) for name in part.teacher)


@given(st.integers(2, 14), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_an_ordered_network_computes_the_same(units: int, seed: int) -> None:
    before = network((5, units, units + 1, 3), seed)
    after = smooth(before)
    assert all(
        torch.equal(before[name].flatten().sort().values, after[name].flatten().sort().values)
        for name in before
    )
    inputs = torch.randn(7, 5)
    torch.testing.assert_close(run(after, inputs), run(before, inputs), rtol=1e-4, atol=1e-4)


@given(st.integers(2, 14), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_a_shortest_path_visits_all_units_and_is_no_longer_than_the_order_given(
    units: int, seed: int
) -> None:
    between = distances(network((5, units, 3), seed), 0)
    path = shortest_path(between)
    assert sorted(path.tolist()) == list(range(units))
    # Distances are rounded to 1/65535 of the largest: so much for each of the path's pieces.
    rounding = units * float(between.max()) / 65_535
    assert length(between, path) <= length(between, torch.arange(units)) + rounding


def test_units_on_a_line_are_put_in_their_order() -> None:
    places = torch.tensor([3.0, 0.0, 2.0, 1.0])
    between = (places[:, None] - places).abs()
    # 1, 3, 2, 0 walks 0 -> 1 -> 2 -> 3; reversed it starts at unit 0, the lower end.
    assert shortest_path(between).tolist() == [0, 2, 3, 1]
