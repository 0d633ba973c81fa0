"""The page of a run, and a method's list of them: drawn in the browser from the suite's data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.records.record import Record
from leaderboard.build import build
from tests.leaderboard.opened import Tab, fresh, go, opened, run_page
from tests.reports.invented import FAILURES, catalogue, records, suite

SUITE = suite()
SPENT = {
    "flops": 3e9, "flops_by": {"merge": 1e9, "tuning_of": 2e9}, "seconds": 12.5,
    "cpu_seconds": 11.0, "peak_memory": 3e8, "parameters": 130080, "unmetered": True,
}  # fmt: skip
ALLOWED = {"flops": 2e9, "seconds": 100.0, "memory": 1e9}


def a_run(status: str = "ok") -> Record:
    return next(r for r in records(SUITE) if r.status == status and r.kind == "method")


def built(out: Path, *changed: Record) -> Path:
    """A site in which these stand for the records of their keys."""
    by_key = {record.key: record for record in changed}
    build([by_key.get(r.key, r) for r in records(SUITE)], catalogue(SUITE), "small", out / "site")
    return out / "site"


@pytest.mark.parametrize("status", FAILURES)
def test_a_failed_run_s_page_has_status_reason_log_and_command(
    site: Path, tab: Tab, status: str
) -> None:
    with opened(tab, run_page(site, a_run(status))) as page:
        shown = page.locator("#run")
        for text in (
            status.replace("_", " "), "No result.", "on purpose", "RuntimeError: on purpose",
            "python -m bench run --suite invented", "git checkout 9f2c1ab7e0",
        ):  # fmt: skip
            expect(shown).to_contain_text(text)


def test_what_the_suite_adds_is_short_values_tables_and_the_rest(site: Path, tab: Tab) -> None:
    run = next(r for r in records(SUITE) if r.key == "strong-near-default-0")
    with opened(tab, run_page(site, run)) as page:
        expect(page.locator("#run")).to_contain_text("scale 0.3")
        page.locator("details.more summary").first.click()
        heads = page.locator("details.more table th").all_inner_texts()
        assert heads == ["Accuracy", "Group"]
        expect(page.locator("#run")).to_contain_text("0.1234567")


def test_what_was_spent_stands_beside_what_was_allowed(tab: Tab, tmp_path: Path) -> None:
    run = replace(a_run(), cost=SPENT, budget=ALLOWED)
    with opened(tab, run_page(built(tmp_path, run), run)) as page:
        lines = page.locator(".bud tbody tr").all()
        said = [[cell.strip() for cell in line.inner_text().split("\t")] for line in lines]
    # 3 of 2 GFLOP, of which 1 to merge and 2 to tune; what has no limit after what has one
    assert said == [
        ["FLOPs", "", "3.0 GFLOP", "2.0 GFLOP"],
        ["Merge", "", "1.0 GFLOP", ""],
        ["Tuning of", "", "2.0 GFLOP", ""],
        ["Examples", "", "–", ""],
        ["Validation calls", "", "–", ""],
        ["Wall time", "", "12 s", "100 s"],
        ["Peak memory", "", "300 MB", "1.0 GB"],
        ["CPU seconds", "", "11 s", ""],
        ["Parameters", "", "130,080", ""],
        ["Unmetered", "", "yes ‡", ""],
    ]


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\u202e" \' & ' + "long " * 2000


def test_hostile_text_of_a_record_is_text(tab: Tab, tmp_path: Path) -> None:
    details = {HOSTILE[:80]: HOSTILE, "rows": [{"<b>": "<i>"}], "short": "<u>"}
    run = replace(a_run("crashed"), log=HOSTILE, reason=HOSTILE[:200], details=details)
    with opened(tab, run_page(built(tmp_path, run), run), 390) as page:
        expect(page.locator("pre").nth(1)).to_have_text(HOSTILE, use_inner_text=False)
        assert page.locator("#run :is(script, img, b:not(.mono, .dag, .note b), i, u)").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_run_leads_to_the_others_of_its_cell_and_back(site: Path, tab: Tab) -> None:
    with opened(tab, run_page(site, a_run())) as page:
        first = page.locator("h1").inner_text()
        page.locator(".rank th a").nth(1).click()
        expect(page.locator("h1")).to_have_text(first.replace("seed 0", "seed 1"))
        assert page.title() == page.locator("h1").inner_text() + " · Weighhouse"
        page.go_back()
        expect(page.locator("h1")).to_have_text(first)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Its address names no run"),
        ("strong", "Its address names no run"),
        ("nobody/1", "No method here is called nobody"),
        ("../strong", "No method here is called .."),
        ("%zz/1", "No method here is called"),
        ("strong/gone", "No run of Strong here has the key gone: it was made again since"),
    ],
)
def test_an_address_that_names_no_run_says_so(
    site: Path, tab: Tab, address: str, said: str
) -> None:
    with fresh(tab, 1400, 1000) as page:
        go(page, site / f"invented/run.html#{address}")
        expect(page.locator("#run")).to_contain_text(said)


def test_a_method_s_runs_are_listed_when_they_are_asked_for(site: Path, tab: Tab) -> None:
    made = [r for r in records(SUITE) if r.method == "flaky"]
    with opened(tab, site / "invented/methods/flaky.html") as page:
        assert page.locator("details.runs table").count() == 0
        page.locator("details.runs summary").click()
        lines = page.locator("details.runs tbody tr")
        expect(lines).to_have_count(len(made))
        page.locator("details.runs").get_by_role("button", name="Seed").click()
        seeds = [int(text) for text in page.locator("details.runs tbody td.n:nth-child(3)")
                 .all_inner_texts()]  # fmt: skip
        assert seeds == sorted(seeds)
        lines.first.get_by_role("link").click()
        page.locator("#run[data-drawn]").wait_for()
        expect(page.locator("h1")).to_contain_text("seed 0")


def test_a_task_s_failed_cell_leads_to_its_log_without_scripts(
    site: Path, browser: Browser
) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / "invented/far.html").as_uri())
    page.locator("td.f a").first.click()
    assert "#run-" in page.url
    expect(page.locator(".fails details").first).to_contain_text("on purpose")
    page.close()


def test_without_scripts_a_run_s_page_says_how_to_see_it(site: Path, browser: Browser) -> None:
    page: Page = browser.new_page(java_script_enabled=False)
    go_to = run_page(site, a_run()).as_uri().replace("%23", "#")
    page.goto(go_to)
    assert "python -m bench show KEY" in page.locator("#run").inner_text()
    page.close()


def test_runs_are_held_by_method_and_shared_values_once(site: Path) -> None:
    text = (site / "data/invented-runs/strong.js").read_text()
    held = json.loads(text.partition("runs = ")[2].removesuffix(";\n"))
    made = [r for r in records(SUITE) if r.method == "strong"]
    assert {run["key"] for run in held["runs"] if "key" in run} == {r.key for r in made}
    assert len(held["shared"]) <= 4  # a provenance, a budget, the hyperparameters
    assert text.count(made[0].provenance["commit"]) == 1
