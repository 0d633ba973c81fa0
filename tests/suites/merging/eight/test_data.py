"""The images of the eight sets: which classes, which faces, and what splits share."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.common.draws import generator
from suites.merging.eight import data
from suites.merging.eight.fonts import deal_faces, draw
from suites.merging.eight.placing import draw_greys, place
from suites.merging.eight.sets import CHARACTERS, CLASSES, classes_of, outputs_of, sources_of
from suites.merging.eight.settings import SMALL
from suites.merging.eight.sources import FACES
from suites.merging.stored import read
from tests.suites.merging.eight.tiny_eight import IMAGES, examples

FACES_OF_ALL = [face for family in FACES.values() for face in family]


def rows(images):
    return {image.numpy().tobytes() for image in images}


def test_there_are_eight_sets_of_176_classes():
    assert len(SMALL["images"]["sets"]) == len(CLASSES) == 8
    assert outputs_of(SMALL["images"]) == sum(CLASSES.values()) == 176
    classes = classes_of(SMALL["images"])
    assert [c for own in classes.values() for c in own] == list(range(176))


def test_a_sets_classes_are_different_characters():
    for name, characters in CHARACTERS.items():
        assert len(set(characters)) == CLASSES[name] == len(characters)


@pytest.mark.parametrize("name", CHARACTERS)
def test_every_face_has_every_character_and_no_two_look_alike(name):
    for face in FACES_OF_ALL:
        drawn = [draw(character, face, 32).tobytes() for character in CHARACTERS[name]]
        assert len(set(drawn)) == len(drawn), face
        missing = draw("\U0010fffd", face, 32).tobytes()
        assert missing not in drawn, face


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_testing_is_in_one_face_of_each_family_that_training_never_sees(seed):
    seen, unseen = deal_faces(generator(seed, "faces"))
    assert sorted(seen + unseen) == sorted(FACES_OF_ALL)
    for family in FACES.values():
        assert len(set(family) & set(unseen)) == 1


@pytest.mark.parametrize("name", CHARACTERS)
def test_no_character_is_cut_off(name):
    for face in FACES_OF_ALL:
        for character in CHARACTERS[name]:
            ink = np.asarray(draw(character, face, 64))
            edges = (ink[0], ink[-1], ink[:, 0], ink[:, -1])
            assert not any(edge.any() for edge in edges), (face, character)


STILL = {"size": [1.0, 1.0], "angle": 0.0, "shift": 0.0, "contrast": 1.0}


def test_ink_that_is_neither_turned_nor_moved_stays_or_becomes_its_inverse():
    ink = torch.rand(40, 16, 16, generator=generator(0, "ink"))
    placed = place(ink, 16, STILL, generator(0, "placing"))
    as_it_is = torch.isclose(placed, ink, atol=1e-5).all(2).all(1)
    inverse = torch.isclose(placed, 1 - ink, atol=1e-5).all(2).all(1)
    assert (as_it_is ^ inverse).all()
    assert 8 < as_it_is.sum() < 32  # about half of 40


def test_half_the_size_has_a_quarter_of_the_ink_in_the_middle():
    ink = torch.ones(30, 32, 32)
    placed = place(ink, 32, STILL | {"size": [0.5, 0.5]}, generator(0, "placing"))
    for image in placed:
        bright = image if image[16, 16] > 0.5 else 1 - image
        assert bright[8:24, 8:24].min() > 0.99
        assert bright.mean() == pytest.approx(0.25, abs=0.001)


@settings(max_examples=30, deadline=None)
@given(contrast=st.floats(0.05, 1.0), seed=st.integers(0, 1000))
def test_ink_and_ground_differ_by_the_contrast_at_least_and_stay_grey(contrast, seed):
    ground, tint = draw_greys(50, contrast, generator(seed, "greys"))
    assert ((ground - tint).abs() >= contrast - 1e-6).all()
    for greys in (ground, tint):
        assert greys.min() >= -1e-6
        assert greys.max() <= 1 + 1e-6


def test_the_assets_hold_what_the_settings_say():
    for split in ("training", "calibration", "validation"):
        assert examples().tensors[f"{split}/images"].shape == (3, IMAGES[split], 32, 32)
        labels = examples().tensors[f"{split}/labels"]
        for mine, classes in zip(labels, classes_of(IMAGES).values(), strict=True):
            assert set(mine.tolist()) <= set(classes)
    images, labels = read(examples(), "training", 2)
    assert images.dtype == torch.float32
    assert 0 <= images.min() < images.max() <= 1
    assert labels.min() >= 34  # after 10 digits and 24 glyphs


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(list(CLASSES)),
    split=st.sampled_from(data.SPLITS),
    count=st.integers(1, 200),
    seed=st.integers(0, 1000),
)
def test_classes_are_as_even_as_the_number_allows(name, split, count, seed):
    labels = data.deal_labels(name, {split: count}, seed, split)
    counts = labels.bincount(minlength=CLASSES[name])
    assert len(labels) == count
    assert counts.max() - counts.min() <= 1


def apart(found):
    """Whether no two splits share an image."""
    return sum(map(len, found.values())) == len(set().union(*found.values()))


@pytest.mark.parametrize("name", ["mnist5k", "digits", "glyphs"])
def test_no_instance_is_in_two_splits(name):
    found = {}
    for split in data.SPLITS:  # as ink, where a shared instance would show
        labels = data.deal_labels(name, IMAGES, 0, split)
        found[split] = rows(data.draw_ink(name, IMAGES, 0, split, labels))
        assert len(found[split]) == IMAGES[split]
    assert apart(found)


def test_a_character_is_never_placed_alike_in_two_splits():
    images = {**IMAGES, "sets": ["greek"]}
    found = {split: rows(data.draw_split(images, 0, split)[0][0]) for split in data.SPLITS}
    assert apart(found)


@pytest.mark.parametrize("name", ["mnist5k", "digits"])
def test_the_embedded_sets_have_enough_of_each_class(name):
    images = {**SMALL["images"], "size": 8}
    labels = data.deal_labels(name, images, 0, "test")
    assert len(data.draw_set(name, images, 0, "test", labels)) == 300
    with pytest.raises(ValueError, match=f"{name} has .* too few for the splits"):
        data.draw_set(name, {**images, "training": 9000}, 0, "test", labels)


def test_the_same_seed_gives_the_same_images_and_another_others():
    first, labels = data.draw_split(IMAGES, 3, "test")
    again, same = data.draw_split(IMAGES, 3, "test")
    assert torch.equal(first, again)
    assert torch.equal(labels, same)
    other, _labels = data.draw_split(IMAGES, 4, "test")
    for mine, theirs in zip(first, other, strict=True):
        assert not rows(mine) & rows(theirs)


def test_the_answers_are_the_labels_of_the_test_inputs():
    arguments = {"seed": 0, "images": IMAGES}
    _images, labels = data.draw_split(IMAGES, 0, "test")
    assert torch.equal(data.build_answers(arguments, {}).tensors["labels"], labels)
    assert list(data.build_test_inputs(arguments, {}).tensors) == ["images"]


def test_a_set_names_what_it_is_read_from():
    assert sources_of(["mnist5k", "glyphs"]) == ("mnist5k",)
    assert sources_of(["digits", "greek", "symbols"]) == ("digits", "fonts:matplotlib")
