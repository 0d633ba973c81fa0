"""Run pages: small files that a run left, and what scoring it took."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bench.records.kept import folder_of, keep, read
from bench.records.record import Record
from leaderboard.build import build
from reports.errors import ReportError
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


def page(site: Path, record: Record) -> str:
    return (site / record.suite / "runs" / f"{record.key}.html").read_text()


def test_an_image_is_shown_and_anything_else_is_a_download(made: tuple[Path, Record]) -> None:
    site, record = made
    text = page(site, record)
    image, chosen = (record.artefacts[name]["digest"] for name in ("images.png", "chosen.json"))
    assert f'<img src="../kept/{image}.png"' in text
    assert f'<a href="../kept/{chosen}.json" download="chosen.json">chosen.json</a>' in text
    assert f'<img src="../kept/{chosen}' not in text


def test_the_files_are_copied_as_they_are(made: tuple[Path, Record]) -> None:
    site, _record = made
    copied = {path.name: path.read_bytes() for path in (site / "invented/kept").iterdir()}
    assert set(copied.values()) == set(FILES.values())
    assert len(copied) == len(FILES)


def test_the_page_tells_what_scoring_took_apart_from_the_budget(made: tuple[Path, Record]) -> None:
    text = page(*made)
    section = text.split("What scoring it took")[1].split("</dl>")[0]
    assert "Charged to nobody" in section
    # 2**28 bytes are 268 MB
    assert re.findall(r"<dd>([^<]*)</dd>", section) == ["2.5 GFLOP", "1.5 s", "1.4 s", "268 MB"]
    assert "scoring" not in text.split('<table class="bud')[1].split("</table>")[0].lower()


def test_a_browser_shows_the_image_from_a_file(made: tuple[Path, Record], browser: Browser) -> None:
    site, record = made
    opened = browser.new_page()
    opened.goto((site / record.suite / "runs" / f"{record.key}.html").as_uri())
    image = opened.locator(".picture img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("naturalWidth", 1)
    opened.close()


def test_a_record_that_keeps_nothing_has_no_such_section(made: tuple[Path, Record]) -> None:
    site, first = made
    other = next(r for r in records(SUITE) if r.key != first.key)
    assert "What it left" not in page(site, other)
    assert "What scoring it took" not in page(site, other)


def test_a_site_is_not_built_where_a_kept_file_is_not_to_be_had(
    made: tuple[Path, Record], tmp_path: Path
) -> None:
    with pytest.raises(ReportError, match=r"keeps images\.png, but the site wasn't told"):
        build([made[1]], catalogue(SUITE), "small", tmp_path / "site")
