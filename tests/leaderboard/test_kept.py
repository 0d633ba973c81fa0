"""Run pages: small files that a run left, and what scoring it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.records.kept import folder_of, keep, read
from bench.records.record import Record
from leaderboard.build import build
from reports.errors import ReportError
from tests.leaderboard.opened import Tab, opened, run_page
from tests.reports.invented import catalogue, records, suite

# The smallest PNG there is: one black pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010100000000376ef924"
    "0000000a49444154789c6360000000020001737501180000000049454e44ae426082"
)
FILES = {"images.png": PIXEL, "chosen.json": b"[3, 1, 4]"}
SCORING = {"flops": 2.5e9, "seconds": 1.5, "cpu_seconds": 1.4, "peak_memory": 2**28}
SUITE = suite()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Record]:
    """A site whose first record keeps an image and a list, and a record of it."""
    home = tmp_path_factory.mktemp("home")
    first, *others = records(SUITE)
    cost = {**first.cost, "scoring": SCORING}
    first = replace(first, cost=cost, artefacts=keep(FILES, folder_of(home), 1000))

    def artefact(record: Record, name: str) -> bytes:
        return read(name, record.artefacts[name], folder_of(home))

    out = tmp_path_factory.mktemp("site") / "site"
    build([first, *others], catalogue(SUITE), "small", out, artefact)
    return out, first


@pytest.fixture
def page(made: tuple[Path, Record], tab: Tab) -> Iterator[Page]:
    """The first record's run."""
    with opened(tab, run_page(*made)) as page:
        yield page


def test_an_image_is_shown_and_anything_else_is_a_download(
    made: tuple[Path, Record], page: Page
) -> None:
    image, chosen = (made[1].artefacts[name]["digest"] for name in ("images.png", "chosen.json"))
    expect(page.locator(".picture img")).to_have_attribute("src", f"kept/{image}.png")
    download = page.get_by_role("link", name="chosen.json")
    expect(download).to_have_attribute("href", f"kept/{chosen}.json")
    expect(download).to_have_attribute("download", "chosen.json")
    assert page.locator("img").count() == 1
    page.locator(".picture img").scroll_into_view_if_needed()
    expect(page.locator(".picture img")).to_have_js_property("naturalWidth", 1)


def test_the_files_are_copied_as_they_are(made: tuple[Path, Record]) -> None:
    site, _record = made
    copied = {path.name: path.read_bytes() for path in (site / "invented/kept").iterdir()}
    assert set(copied.values()) == set(FILES.values())
    assert len(copied) == len(FILES)


def test_the_page_tells_what_scoring_took_apart_from_the_budget(page: Page) -> None:
    section = page.locator("section", has=page.get_by_text("What scoring it took")).last
    expect(section).to_contain_text("Charged to nobody")
    # 2**28 bytes are 268 MB
    assert section.locator("dd").all_inner_texts() == ["2.5 GFLOP", "1.5 s", "1.4 s", "268 MB"]
    expect(page.locator(".bud")).not_to_contain_text("coring")


def test_a_record_that_keeps_nothing_has_no_such_section(
    made: tuple[Path, Record], tab: Tab
) -> None:
    site, first = made
    other = next(r for r in records(SUITE) if r.key != first.key)
    with opened(tab, run_page(site, other)) as page:
        expect(page.locator("#run")).to_contain_text("All of its seeds")
        expect(page.locator("#run")).not_to_contain_text("What it left")
        expect(page.locator("#run")).not_to_contain_text("What scoring it took")


def test_a_site_is_not_built_where_a_kept_file_is_not_to_be_had(
    made: tuple[Path, Record], tmp_path: Path
) -> None:
    with pytest.raises(ReportError, match=r"keeps images\.png, but the site wasn't told"):
        build([made[1]], catalogue(SUITE), "small", tmp_path / "site")
