"""The repository's documents as pages of the site."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from leaderboard.documents import Document, documents, search_script
from tests.leaderboard.opened import Tab, opened

ROOT = Path(__file__).parents[2]
FOUND = documents(ROOT)


def page(tmp_path: Path, text: str, **others: str) -> Document:
    """The page of docs/page.md in a checkout with a README and those other documents."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# The readme\n", encoding="utf-8")
    for name, content in (others | {"page": text}).items():
        (tmp_path / "docs" / f"{name}.md").write_text(content, encoding="utf-8")
    return next(one for one in documents(tmp_path) if one.name == "page")


def test_readme_comes_first_and_every_document_of_the_repository_has_a_page() -> None:
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    assert FOUND[0].name == "index"
    assert len(FOUND) == len(files)


def test_every_link_leads_to_a_page_and_a_heading_that_is_there(site: Path) -> None:
    by_name = {one.name: one for one in FOUND}
    for one in FOUND:
        for link in re.findall(r'href="([^"]*)"', one.html):
            if re.match("[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            other = by_name[path.removesuffix(".html")] if path else one
            assert not anchor or anchor in {s.anchor for s in other.sections}, (one.name, link)
        for picture in re.findall(r'src="([^"]*)"', one.html):
            assert (site / "docs" / picture).is_file()


def test_a_document_has_no_style_and_no_markup_of_its_own(tmp_path: Path) -> None:
    made = page(tmp_path, "# T\n<!-- gone -->\n<b onclick='x'>b</b>\n\n| a |\n| ---: |\n| 1 |\n")
    assert "style=" not in made.html
    assert "gone" not in made.html
    assert "&lt;b onclick=" in made.html
    assert '<td class="n">1</td>' in made.html


def test_a_file_without_a_page_is_named_and_not_linked(tmp_path: Path) -> None:
    made = page(tmp_path, "# T\n[code](../methods/x.py) and [other](other.md#a-b)\n", other="# O\n")
    assert "<span>code</span>" in made.html
    assert '<a href="other.html#a-b">other</a>' in made.html


def test_headings_of_one_name_have_anchors_of_their_own(tmp_path: Path) -> None:
    made = page(tmp_path, "# T\n## A `b`!\n## A b\n")
    assert [s.anchor for s in made.sections] == ["t", "a-b", "a-b-1"]


def test_a_checkout_without_a_readme_has_no_documents(tmp_path: Path) -> None:
    assert documents(tmp_path) == ()


def test_the_search_is_a_script_that_nothing_breaks_out_of(tmp_path: Path) -> None:
    made = page(tmp_path, "# </script><script>\n")
    assert "\n" not in search_script([made]).rstrip("\n")


def test_a_search_finds_sections_that_have_all_words(tab: Tab, site: Path) -> None:
    with opened(tab, site / "docs/index.html") as shown:
        shown.fill("#docq", "holm rank")
        first = shown.locator("#found a").first
        expect(first).to_be_visible()
        first.click()
        assert "#" in shown.url
        shown.fill("#docq", "zzzz")
        expect(shown.locator("#found")).to_have_text("Nothing has all of these words.")
        shown.fill("#docq", "")
        expect(shown.locator("#found")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 900])
def test_no_document_scrolls_sideways(tab: Tab, site: Path, width: int) -> None:
    with opened(tab, site / "docs/index.html", width, 900) as shown:
        for one in FOUND:
            shown.goto((site / f"docs/{one.name}.html").as_uri())
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, one.name


def test_every_page_leads_to_the_documents(tab: Tab, site: Path) -> None:
    with opened(tab, site / "invented/methods/tunable.html") as shown:
        shown.locator(".doclink").click()
        expect(shown.locator("h1")).to_have_text("Weighhouse")
