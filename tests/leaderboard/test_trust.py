"""What the site says of its records beside what they hold."""

from __future__ import annotations

import json

from leaderboard.build import build
from leaderboard.trust import Trust, read_proof
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
PROOF = "34 of 60 published runs were made again here: 34 identical."


def test_a_carried_record_says_so_on_its_page_and_no_other_does(tmp_path):
    made = records(SUITE)
    carried = {made[0].key: "306 of 306 alike (whole sample, abc to def)"}
    build(made, catalogue(SUITE), "small", tmp_path / "site", trust=Trust(carried))
    pages = {file.stem: file.read_text() for file in (tmp_path / "site").glob("*/runs/*.html")}
    saying = [key for key, text in pages.items() if "carried: 306 of 306 alike" in text]
    assert saying == [made[0].key]


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
