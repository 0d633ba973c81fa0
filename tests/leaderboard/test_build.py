"""Files and folders: what is written, when it is refused, and that it is the same twice."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from bench.records.published import write
from leaderboard import build as builder
from leaderboard.build import MARKER, NotASiteError, build
from tests.reports.invented import catalogue, records, suite

SUITE = suite()


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


class Page(HTMLParser):
    """The links, identifiers and attribute names of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.inline_scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes |= set(found)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [v for n, v in attrs if n in ("href", "src") and v]
        self.inline_scripts += tag == "script" and "src" not in found
        self.inline_scripts += tag == "style"


def test_there_is_a_page_for_every_suite_task_method_and_run(site: Path) -> None:
    made = set(files(site))
    assert {"index.html", "invented/index.html", "empty/index.html", "empty/lonely.html"} <= made
    assert {f"invented/{t.name}.html" for t in SUITE.tasks} <= made
    assert {f"invented/methods/{m}.html" for m in catalogue(SUITE).methods["invented"]} <= made
    assert "invented/run.html" in made
    assert {f"data/invented-runs/{r.method}.js" for r in records(SUITE)} <= made


def test_every_internal_link_and_fragment_resolves(site: Path) -> None:
    pages = {p: Page(p.read_text()) for p in site.rglob("*.html")}
    assert len(pages) > 30
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("https://", "data:")):
                continue
            target, _, fragment = unquote(link).partition("#")
            file = (path.parent / target).resolve() if target else path
            assert file.is_file(), f"{path}: {link}"
            if file.name == "run.html" and "/" in fragment:
                method, _, key = fragment.partition("/")
                runs = (site / "data" / f"{file.parent.name}-runs" / f"{method}.js").read_text()
                assert f'"key":"{key}"' in runs, f"{path}: {link}"
            elif fragment and file.suffix == ".html":
                assert fragment in pages[file].ids, f"{path}: {link}"


def test_no_page_has_a_double_identifier(site: Path) -> None:
    for path in site.rglob("*.html"):
        ids = Page(path.read_text()).ids
        assert len(ids) == len(set(ids)), path


def test_no_page_has_inline_style_or_script(site: Path) -> None:
    for path in site.rglob("*.html"):
        page = Page(path.read_text())
        assert "style" not in page.attributes, path
        assert not any(name.startswith("on") for name in page.attributes), path
        assert page.inline_scripts == 0, path
        assert "default-src 'none'" in path.read_text()


def test_text_from_records_and_titles_is_escaped(site: Path) -> None:
    page = (site / "invented/index.html").read_text()
    assert "Less than &lt;nothing&gt; &amp; &#34;more&#34;" in page
    failures = (site / "invented/methods/flaky.html").read_text()
    assert "<b>not</b>" not in failures
    assert "&lt;b&gt;not&lt;/b&gt;" in failures


def test_every_page_states_tier_date_and_commit(site: Path) -> None:
    for path in site.rglob("*.html"):
        foot = path.read_text().partition("<footer")[2]
        assert "Tier small" in foot
        assert "2025-11-20" in foot
        assert "9f2c1ab7e0" in foot


def test_a_suite_without_records_says_so_and_how_to_make_them(site: Path) -> None:
    for page in ("index.html", "empty/index.html"):
        text = (site / page).read_text()
        assert "No records at tier small yet" in text
        assert "python -m bench run --suite empty --tier small" in text


def test_downloads_hold_the_tables(site: Path) -> None:
    rows = json.loads((site / "data/invented.json").read_text())
    assert {row["method"] for row in rows} >= {"strong", "flaky", "joint"}
    assert (site / "data/invented.csv").read_text().startswith("suite,tier,track,rank,")
    assert r"\toprule" in (site / "data/invented-near.tex").read_text()
    cost = json.loads((site / "data/invented-many-cost.json").read_text())
    assert [(row["track"], row["method"]) for row in cost] == [("many", "many_models")]
    assert (site / "data/invented-tasks.md").is_file()
    assert len(json.loads((site / "data/invented-runs.json").read_text())) == len(records(SUITE))


def test_the_same_records_give_the_same_bytes_in_any_order(site: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    build(records(SUITE), catalogue(SUITE), "small", one)
    build(reversed(records(SUITE)), catalogue(SUITE), "small", two)
    assert files(one) == files(two)


def test_another_tier_shows_none_of_these_records_and_says_where_they_are(tmp_path: Path) -> None:
    build(records(SUITE), catalogue(SUITE), "smoke", tmp_path / "site")
    text = (tmp_path / "site/invented/index.html").read_text()
    assert "No records at tier smoke yet. There are records at tier small." in text
    assert not (tmp_path / "site/data/invented-runs").exists()


def test_without_any_record_there_is_still_a_site(tmp_path: Path) -> None:
    build([], catalogue(SUITE), "small", tmp_path / "site")
    assert "no records yet" in (tmp_path / "site/index.html").read_text()


def test_references_alone_make_a_site_without_a_ranking(tmp_path: Path) -> None:
    made = [r for r in records(SUITE) if r.kind == "reference"]
    build(made, catalogue(SUITE), "small", tmp_path / "site")
    page = (tmp_path / "site/invented/index.html").read_text()
    assert 'class="ref"' in page
    assert "data-m=" not in page
    assert 'class="words"' not in page
    assert (tmp_path / "site/invented/methods/joint.html").is_file()


def test_a_task_without_a_scale_is_shown_and_left_out_of_the_ranking(tmp_path: Path) -> None:
    made = [r for r in records(SUITE) if (r.task, r.method) != ("far", "joint")]
    build(made, catalogue(SUITE), "small", tmp_path / "site")
    text = (tmp_path / "site/invented/index.html").read_text()
    assert "its reference joint has no finished run" in text
    assert "Metrics" in (tmp_path / "site/invented/far.html").read_text()


def test_a_folder_that_is_not_a_site_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(NotASiteError, match="isn't a site that may be replaced"):
        build([], catalogue(SUITE), "small", tmp_path)
    assert files(tmp_path) == {"thesis.tex": b"mine"}


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("/dev/shm", "/dev/shm is a mount point, .* Name a folder in it with --out"),
        ("/proc/site", "/proc: the site can't be made in this folder"),
    ],
)
def test_a_place_that_can_t_hold_a_site_is_refused_in_a_sentence(out: str, said: str) -> None:
    with pytest.raises(NotASiteError, match=said):
        build([], catalogue(SUITE), "small", Path(out))


def test_a_site_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "site"
    build(records(SUITE), catalogue(SUITE), "small", out)
    build([], catalogue(SUITE), "small", out)
    assert not (out / "invented/runs").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_a_build_that_fails_leaves_the_old_site_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    build(records(SUITE), catalogue(SUITE), "small", out)
    before = files(out)
    monkeypatch.setattr(builder, "STATIC", tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        build([], catalogue(SUITE), "small", out)
    assert files(out) == before


def test_a_build_killed_between_its_renames_is_mended_by_the_next(tmp_path: Path) -> None:
    out = tmp_path / "site"
    build(records(SUITE), catalogue(SUITE), "small", out)
    before = files(out)
    os.rename(out, tmp_path / ".site.replaced")
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy/file").write_text("x")
    with pytest.raises(NotASiteError):
        build([], catalogue(SUITE), "small", tmp_path / "busy")
    build(records(SUITE), catalogue(SUITE), "small", out)
    assert files(out) == before


def test_the_marker_says_tier_and_date(site: Path) -> None:
    marker = json.loads((site / MARKER).read_text())
    assert marker == {"tier": "small", "published": "2025-11-20", "commit": "9f2c1ab7e0"}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leaderboard", *arguments], capture_output=True, text=True
    )


def test_the_command_prints_the_path_of_the_first_page(tmp_path: Path) -> None:
    write(records(SUITE), tmp_path / "published")
    done = command(
        "build", "--published", str(tmp_path / "published"), "--out", str(tmp_path / "s")
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "s/index.html")


def test_a_missing_folder_of_records_is_a_sentence_and_exit_2(tmp_path: Path) -> None:
    done = command("build", "--published", str(tmp_path / "none"), "--out", str(tmp_path / "s"))
    assert done.returncode == 2
    assert re.fullmatch(r"error: .*no such folder.*\n", done.stderr)
    assert not (tmp_path / "s").exists()


def test_help_shows_examples() -> None:
    assert "python -m leaderboard build --out site" in command("build", "--help").stdout


def test_a_skipped_run_isn_t_counted_as_one(tmp_path: Path) -> None:
    own = [r for r in records(SUITE) if r.task == "near"]
    skipped = [replace(r, status="skipped", metrics={}) for r in own if r.method == "tunable"]
    by_key = {r.key: r for r in skipped}
    build([by_key.get(r.key, r) for r in own], catalogue(SUITE), "small", tmp_path / "site")
    count = len(own) - len(skipped)
    for page in ("index.html", "invented/index.html", "invented/near.html"):
        assert f"<b>{count}</b> runs" in (tmp_path / "site" / page).read_text(), page


def test_a_method_s_page_says_what_its_file_says_and_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "methods" / "invented" / "strong.py"
    file.parent.mkdir(parents=True)
    file.write_text('"""Strong: a < b.\n\ntheta = theta_0 + t\n"""\n')
    known = catalogue(SUITE)
    own = known.methods["invented"] | {
        "strong": replace(known.methods["invented"]["strong"], path=file, root=tmp_path)
    }
    build(records(SUITE), replace(known, methods={"invented": own}), "small", tmp_path / "site")
    page = (tmp_path / "site/invented/methods/strong.html").read_text()
    assert "Strong: a &lt; b." in page
    assert "theta = theta_0 + t" in page
    assert "Beside the rows next to it" in page
    assert "By its mean it stands best on" in page
    other = (tmp_path / "site/invented/methods/flaky.html").read_text()
    assert "How it works" not in other
