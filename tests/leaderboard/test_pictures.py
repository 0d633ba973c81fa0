"""Pictures and maps that runs left: on a run's page, on a method's beside the baseline's."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bench.records.kept import folder_of, keep, read
from bench.records.record import Record
from leaderboard.build import build
from leaderboard.kept import pictures
from tests.leaderboard.opened import THEMES, Tab, opened, run_page
from tests.reports.invented import catalogue, record, records, reference, suite

SUITE = suite()
RANDOM = reference("random", "scale", "drawn at random")


def png(width: int, height: int, grey: int) -> bytes:
    """A greyscale PNG of one shade."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checked

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" + bytes([grey]) * width) * height)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def cell(score: float, count: int, chosen: int) -> dict[str, Any]:
    return {"score": score, "count": count, "chosen": chosen}


MAP = {
    "size": 5,
    "classes": [
        {"name": "cats", "cells": [cell(0.1, 30, 3), cell(0.9, 10, 0)]},
        {"name": "<dogs>", "cells": [cell(0.1, 10, 2), cell(0.9, 30, 0)]},
    ],
}
OWN = {"chosen.png": png(40, 20, 90), "extremes.png": png(700, 4, 30)}
OTHER = {"chosen.png": png(40, 20, 200)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], Record]]:
    """A site whose method `strong` left pictures on two tasks, and `random` on the first."""
    home = folder_of(tmp_path_factory.mktemp("home"))
    maps = {"map.json": json.dumps(MAP).encode()}
    left = {
        ("strong", "near"): OWN | maps,
        ("strong", "far"): OWN | {"map.json": b'{"size": 1}'},
        ("random", "near"): OTHER,
    }
    held = [
        record("random", task.name, seed, {m.name: 0.6 for m in task.metrics}, kind="reference",
               track="")
        for task in SUITE.tasks for seed in range(5)
    ]  # fmt: skip
    shown = []
    for one in [*records(SUITE), *held]:
        files = left.get((one.method, one.task), {}) if one.seed == 0 else {}
        shown.append(replace(one, artefacts=keep(files, home, 10**5)) if files else one)

    def artefact(record: Record, name: str) -> bytes:
        return read(name, record.artefacts[name], home)

    known = catalogue(SUITE)
    known = replace(known, methods={SUITE.name: {**known.methods[SUITE.name], "random": RANDOM}})
    out = tmp_path_factory.mktemp("site") / "site"
    build(shown, known, "small", out, artefact)
    return out, {(r.method, r.task): r for r in shown if r.artefacts}


Made = tuple[Path, dict[tuple[str, str], Record]]


def test_a_run_s_pictures_have_captions_alternatives_and_a_whole_number_of_times_their_size(
    made: Made, tab: Tab
) -> None:
    site, left = made
    with opened(tab, run_page(site, left["strong", "near"])) as page:
        images = page.locator(".picture img").evaluate_all(
            "all => all.map(one => ['alt', 'width', 'height'].map(n => one.getAttribute(n)))"
        )
        captions = page.locator("figcaption").all_inner_texts()
    # 560 CSS pixels at most, and 8 times: 40 wide is drawn 8 times, 700 wide once
    assert images == [
        ["Chosen, a row a class: Strong on near, seed 0", "320", "160"],
        ["Scored lowest and highest: Strong on near, seed 0", "700", "4"],
    ]
    assert captions[0] == "Chosen, a row a class"


def test_a_map_is_drawn_with_its_figures_as_a_table(made: Made, tab: Tab) -> None:
    site, left = made
    with opened(tab, run_page(site, left["strong", "near"])) as page:
        drawn = page.locator(".treemap svg").first
        said = "Chosen of each class: cats 3 of 40, <dogs> 2 of 40"
        expect(drawn).to_have_attribute("aria-label", said)
        # a wide and a narrow drawing, two bands with something chosen in each
        assert page.locator(".tm-chosen").count() == 4
        page.get_by_text("The same as a table").click()
        table = page.get_by_role("region", name="Chosen of each class and band of scores")
        cells = [text.splitlines()[0] for text in table.locator("td").all_inner_texts()]
    assert cells == ["3 of 40", "3 of 30", "0 of 10", "2 of 40", "2 of 10", "0 of 30"]


def test_a_map_that_is_none_is_a_download_alone(made: Made, tab: Tab) -> None:
    site, left = made
    with opened(tab, run_page(site, left["strong", "far"])) as page:
        assert page.locator(".treemap").count() == 0
        expect(page.get_by_role("link", name="map.json")).to_have_attribute("download", "map.json")


def test_a_methods_page_shows_its_pictures_beside_the_baselines_of_the_same_name(
    made: Made,
) -> None:
    site, left = made
    text = (site / "invented/methods/strong.html").read_text()
    section = text.split('id="h-beside"')[1].split("</section>")[0]
    near, far = section.split('<details class="more beside"')[1:]
    digests = {key: r.artefacts["chosen.png"]["digest"] for key, r in left.items()}
    assert digests["strong", "near"] in near
    assert digests["random", "near"] in near
    assert near.count("<img") == 3  # its two, and the one that random left, too
    assert far.count("<img") == 2
    assert digests["random", "near"] not in far


def test_the_baselines_own_page_shows_its_pictures_alone(
    made: Made,
) -> None:
    site, _left = made
    text = (site / "invented/methods/random.html").read_text()
    assert text.count("<img") == 1
    assert "beside it what" not in text


def test_a_method_that_left_nothing_has_no_such_section(
    made: Made,
) -> None:
    site, _left = made
    assert "h-beside" not in (site / "invented/methods/tunable.html").read_text()


def test_a_picture_whose_file_is_none_has_no_size_and_is_shown_all_the_same() -> None:
    torn = record("strong", artefacts={"made.png": {"digest": "0" * 64, "bytes": 3}})
    (picture,) = pictures(torn, lambda _record, _name: b"abc")
    assert (picture.width, picture.height, picture.caption) == (None, None, "Made, a row a class")


def test_a_column_of_images_is_no_taller_than_a_screen() -> None:
    # ten images of 28 pixels, one below the other: 3 times 289 is under 900, 4 times isn't
    kept = record("strong", artefacts={"made.png": {"digest": "0" * 64, "bytes": 3}})
    (picture,) = pictures(kept, lambda _record, _name: png(28, 289, 90))
    assert (picture.width, picture.height) == (84, 867)


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("width", [1400, 390])
def test_pictures_and_map_fit_the_screen_in_both_themes(
    made: Made, tab: Tab, width: int, scheme: Any
) -> None:
    site, left = made
    run = run_page(site, left["strong", "near"])
    for file in (run, site / "invented/methods/strong.html"):
        with opened(tab, file, width, scheme=scheme) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if file == run:
                seen = page.locator(".treemap svg:visible")
                assert seen.count() == 1
                fills = [
                    seen.locator(f".{name}").first.evaluate("x => getComputedStyle(x).fill")
                    for name in ("tm-class", "tm-chosen")
                ]
                assert fills[0] != fills[1]
