"""The images of the eight sets: which classes, which faces, and what splits share."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.common.draws import generator
from suites.merging.cells import read
from suites.merging.eight import data
from suites.merging.eight.fonts import deal_faces, draw
from suites.merging.eight.sets import CHARACTERS, CLASSES, classes_of, outputs_of, sources_of
from suites.merging.eight.settings import SMALL
from suites.merging.eight.sources import FACES
from tests.suites.merging.eight.tiny_eight import IMAGES, examples

FACES_OF_ALL = [face for family in FACES.values() for face in family]


def rows(images):
    return {bytes(image.flatten().tolist()) for image in images}


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
        drawn = [
            draw(character, face, 32, size=0.7, shift=(0, 0), angle=0.0).tobytes()
            for character in CHARACTERS[name]
        ]
        assert len(set(drawn)) == len(drawn), face
        missing = draw("\U0010fffd", face, 32, size=0.7, shift=(0, 0), angle=0.0).tobytes()
        assert missing not in drawn, face


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_testing_is_in_one_face_of_each_family_that_training_never_sees(seed):
    seen, unseen = deal_faces(generator(seed, "faces"))
    assert sorted(seen + unseen) == sorted(FACES_OF_ALL)
    for family in FACES.values():
        assert len(set(family) & set(unseen)) == 1


def test_a_shift_moves_the_character_and_keeps_its_ink():
    still, moved = (
        np.asarray(draw("A", "DejaVuSans", 64, size=0.5, shift=shift, angle=0))
        for shift in ((0, 0), (4 / 64, 2 / 64))
    )
    assert still.max() == 255
    assert np.array_equal(moved, np.roll(still, (2, 4), (0, 1)))  # down 2, right 4


def test_the_assets_hold_what_the_settings_say():
    for split in ("training", "calibration", "validation"):
        assert examples().tensors[f"{split}/images"].shape == (3, IMAGES[split], 32, 32)
        labels = examples().tensors[f"{split}/labels"]
        for mine, classes in zip(labels, classes_of(IMAGES).values(), strict=True):
            assert set(mine.tolist()) <= set(classes)
    images, labels = read(examples(), "training", 2)
    assert images.dtype == torch.float32
    assert 0 == images.min() < images.max() <= 1
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


@pytest.mark.parametrize("name", ["mnist5k", "digits", "glyphs", "greek"])
def test_no_instance_is_in_two_splits(name):
    images = {**IMAGES, "sets": [name]}
    found = {split: rows(data.draw_split(images, 0, split)[0][0]) for split in data.SPLITS}
    for i, one in enumerate(data.SPLITS):
        assert len(found[one]) == images[one]
        for other in data.SPLITS[i + 1 :]:
            assert not found[one] & found[other], (one, other)


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
