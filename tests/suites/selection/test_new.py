"""`new selection NAME`: each track's file keeps that track's contract as it is written."""

from __future__ import annotations

import runpy

import pytest

from bench.catalogue.registry import catalogue
from commands.scaffold import ScaffoldError, write_method
from suites.selection.distill.problem import Made
from suites.selection.distill.scoring import made_output
from suites.selection.tiny import CLASSES, tiny_distill


def test_a_file_of_the_track_that_makes_images_makes_them(tmp_path):
    path = write_method(catalogue(), "selection", "my_idea", tmp_path, "distill")
    written = runpy.run_path(str(path))["my_idea"]
    problem = tiny_distill(needs=(), per_class=2)
    made = written(problem, pull=0.5)
    assert isinstance(made, Made)
    assert made_output(made, problem).tensors["images"].shape[0] == 2 * CLASSES


@pytest.mark.parametrize(("track", "returned"), [("", "Chosen"), ("distill", "Made")])
def test_a_file_is_of_its_track_and_names_what_it_returns(tmp_path, track, returned):
    text = write_method(catalogue(), "selection", "my_idea", tmp_path, track).read_text()
    assert f'track="{track or "select"}"' in text
    assert f"-> {returned}:" in text
    assert "my_method" not in text


def test_a_track_that_the_suite_lacks_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(ScaffoldError) as refused:
        write_method(catalogue(), "selection", "my_idea", tmp_path, "distil")
    assert str(refused.value) == (
        "--track distil: suite 'selection' has no such track. Did you mean 'distill'? There are: "
        "select, distill."
    )
    assert list(tmp_path.iterdir()) == []
