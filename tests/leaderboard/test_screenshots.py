"""tests.screenshots: pictures of the size that was asked for, and a sentence without a site."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from tests.screenshots import PICTURES, ROOT, Picture


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # a process of its own: playwright starts once in each
    asked = [sys.executable, "-m", "tests.screenshots", *arguments]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)


def test_a_picture_is_a_png_of_the_screen(site: Path, tmp_path: Path) -> None:
    merging = tmp_path / "site" / "merging"
    merging.parent.mkdir()
    (tmp_path / "site" / "static").symlink_to(site / "static")
    (tmp_path / "site" / "index.html").write_bytes((site / "index.html").read_bytes())
    merging.symlink_to(site / "invented")
    done = run(str(tmp_path / "site"), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    for picture in PICTURES:
        header = (tmp_path / picture.file).read_bytes()[:24]
        assert struct.unpack(">II", header[16:]) == (picture.width, picture.height)


def test_every_picture_is_one_that_a_document_shows() -> None:
    written = "".join(file.read_text() for file in (ROOT / "README.md", *ROOT.glob("docs/*.md")))
    assert all(f"({picture_path(one)})" in written for one in PICTURES)


def picture_path(one: Picture) -> str:
    return f"docs/{one.file}"


def test_without_a_site_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert "holds no site; make one: python -m leaderboard build" in done.stderr
