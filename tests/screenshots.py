"""Takes the pictures of the site that documents show, in Debian's chromium.

    nox -s screenshots        or        python -m tests.screenshots SITE [--out FOLDER]

Not here: looking at pages in tests (tests/leaderboard).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the page, and the screen that it is of."""

    file: str
    page: str
    width: int = 1400
    height: int = 900


PICTURES = (Picture("leaderboard.png", "merging/index.html"),)


def take(site: Path, out: Path, pictures: Sequence[Picture] = PICTURES) -> list[Path]:
    """Take pictures; the files that were written.

    Args:
        site: what `python -m leaderboard build` wrote.
        out: a folder.
    """
    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for picture in pictures:
            screen = {"width": picture.width, "height": picture.height}
            page = browser.new_page(viewport=screen, color_scheme="light")
            page.goto((site / picture.page).resolve().as_uri())
            page.screenshot(path=out / picture.file)
            page.close()
            made.append(out / picture.file)
        browser.close()
    return made


def main() -> None:
    """Take them, and name the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("site", type=Path, help="a built site")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs", help="where they go; docs/ by default"
    )
    asked = parser.parse_args()
    if not (asked.site / "index.html").is_file():
        raise SystemExit(
            f"{asked.site} holds no site; make one: python -m leaderboard build --out {asked.site}"
        )
    for file in take(asked.site, asked.out):
        print(file)


if __name__ == "__main__":
    main()
