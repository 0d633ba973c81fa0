"""What the site says of its records beside what they hold."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from leaderboard.build import build
from leaderboard.trust import Trust, read_proof
from tests.leaderboard.opened import opened, run_page
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
PROOF = "34 of 60 published runs were made again here: 34 identical."


def test_a_carried_record_says_so_on_its_page_and_no_other_does(tab, tmp_path):
    made = records(SUITE)
    carried = {made[0].key: "306 of 306 alike (whole sample, abc to def)"}
    build(made, catalogue(SUITE), "small", tmp_path / "site", trust=Trust(carried))
    (own, other) = made[0], made[1]
    with opened(tab, run_page(tmp_path / "site", own)) as page:
        expect(page.locator(".facts")).to_contain_text("carried: 306 of 306 alike")
    with opened(tab, run_page(tmp_path / "site", other)) as page:
        expect(page.locator(".facts")).not_to_contain_text("carried")


def test_the_overview_says_what_was_made_again(tmp_path):
    build(records(SUITE), catalogue(SUITE), "small", tmp_path / "site", trust=Trust(proof=PROOF))
    assert PROOF in (tmp_path / "site/index.html").read_text()


def test_a_proof_is_shown_for_its_own_tier_and_with_its_fault(tmp_path):
    file = tmp_path / "proof.json"
    assert read_proof(file, "small") == ""
    file.write_text(json.dumps({"tier": "small", "sentence": PROOF, "fault": ""}))
    assert read_proof(file, "small") == PROOF
    assert read_proof(file, "smoke") == ""
    file.write_text(json.dumps({"tier": "small", "sentence": PROOF, "fault": "1 differs"}))
    assert read_proof(file, "small") == f"{PROOF} 1 differs."
