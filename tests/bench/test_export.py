"""`python -m bench export`: what it writes, what it leaves, and what a fresh clone has of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from bench.records import published
from bench.records.ledger import PUBLISHED as LEDGER
from commands.publishing import worth_publishing
from tests.bench.conftest import HONEST
from tests.reports.invented import record

TOY = "reports/published/toy"


@pytest.fixture(scope="module")
def finished(tmp_path_factory, honest):
    """A checkout with four methods' records, published, of two lines or four each."""
    made = honest.copy_to(tmp_path_factory.mktemp("finished") / "checkout")
    made.keep_methods(*HONEST)
    export(made, "--all")
    return made


@pytest.fixture
def shared(finished, tmp_path):
    """The same, to be changed."""
    return finished.copy_to(tmp_path / "checkout")


def export(checkout, *options):
    """Run `export` at tier smoke; what it printed, and what it said."""
    done = checkout.bench("export", "--tier", "smoke", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def export_after(checkout, command, *options):
    """The same once that command was given, by one process."""
    smoke = ("--tier", "smoke")
    before, done = checkout.bench_each([(*command, *smoke), ("export", *smoke, *options)])
    assert (before.returncode, done.returncode) == (0, 0), before.stderr + done.stderr
    return done.stdout, done.stderr


def files(checkout):
    """Published file -> its bytes."""
    return {file.name: file.read_bytes() for file in (checkout.root / TOY).glob("*.json*")}


def changed(before, after):
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def new_home(checkout):
    """As in a fresh clone: nothing is stored, nothing is built."""
    shutil.rmtree(checkout.home)


def plan(checkout, *options):
    done = checkout.bench("plan", "--tier", "smoke", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


TRY_MINE = ("try", "methods/toy/mine.py")


def add_mine(checkout):
    source = (checkout.root / "methods/toy/half.py").read_text()
    text = source.replace('"half"', '"mine"').replace("def half", "def mine")
    (checkout.root / "methods/toy/mine.py").write_text(text)


def test_a_record_replaces_the_line_of_its_own_cell_and_no_other(tmp_path):
    lines = [
        record("ties", task, seed, {"held_in": 0.5, "held_out": 0.5})
        for task in ("near", "far")
        for seed in (0, 1)
    ]
    published.write([*lines, replace(lines[0], variant="tuned", key="tuned")], tmp_path)
    published.write([replace(lines[0], key="new")], tmp_path)
    after = {(r.task, r.variant, r.seed): r.key for r in published.read(tmp_path)}
    assert after == {
        **{(r.task, "default", r.seed): r.key for r in lines},
        ("near", "tuned", 0): "tuned",
        ("near", "default", 0): "new",
    }


def test_after_a_partial_run_every_other_line_stays(shared):
    before = files(shared)
    new_home(shared)
    half = ("--method", "half")
    export_after(shared, ("run", *half, "--seed", "1", "--fresh"), *half)
    after = files(shared)
    assert changed(before, after) == {"half.jsonl"}
    rows = [name["half.jsonl"].decode().splitlines() for name in (before, after)]
    assert [then == now for then, now in zip(*rows, strict=True)] == [True, False]


def test_after_a_trial_only_the_method_that_was_tried_changes(shared):
    before = files(shared)
    new_home(shared)
    add_mine(shared)
    out, said = export_after(shared, TRY_MINE)
    assert changed(before, files(shared)) == {"mine.jsonl"}
    assert out.splitlines() == [str(shared.root / TOY / "mine.jsonl")]
    assert said == ""


def test_baselines_that_ran_here_are_left_unless_they_are_named(shared):
    """Half was edited, so that trying another method runs it anew, to compare."""
    shared.edit("methods/toy/half.py", "scaled(p", "1 * scaled(p")
    add_mine(shared)
    before = files(shared)
    _, said = export_after(shared, TRY_MINE)
    assert changed(before, files(shared)) == {"mine.jsonl"}
    assert said == (
        "Left as they are: the published files of half, though they were run here. Name those that "
        "you mean to change, e.g. --method half, or give --all.\n"
    )
    done = shared.bench("export", "--tier", "smoke")
    assert done.returncode == 2
    assert "nothing is written. Left as they are" in " ".join(done.stderr.split())
    before = files(shared)
    export(shared, "--all")
    assert changed(before, files(shared)) == {"half.jsonl"}


def test_what_was_served_from_the_published_records_is_not_written_anew(shared):
    new_home(shared)
    assert all(r["served"] for r in shared.run("half"))
    done = shared.bench("export", "--tier", "smoke", "--method", "half")
    assert done.returncode == 2
    assert "no current record of these runs" in " ".join(done.stderr.split())


def test_a_method_that_ran_nowhere_leaves_no_skipped_rows(shared):
    text = (shared.root / "methods/toy/half.py").read_text().replace('"half"', '"needy"')
    text = text.replace("def half", "def needy").replace("@method(", '@method(needs=["oracle"], ')
    (shared.root / "methods/toy/needy.py").write_text(text)
    export_after(shared, ("run", "--method", "needy"), "--all")
    assert "needy.jsonl" not in files(shared)


def test_what_a_method_that_is_published_cant_do_is_published_too(tmp_path):
    skipped = record("strong", status="skipped")
    assert worth_publishing([skipped], tmp_path) == []
    file = tmp_path / skipped.suite / f"{skipped.method}.jsonl"
    file.parent.mkdir()
    file.write_text("")
    assert worth_publishing([skipped], tmp_path) == [skipped]


def test_lines_of_what_is_no_longer_there_go_and_that_is_said(shared):
    shared.edit("suites/toy/definition.py", "version=1", "version=2")
    half = ("--method", "half")
    _, said = export_after(shared, ("run", *half, "--seeds", "1"), *half)
    file = shared.root / TOY / "half.jsonl"
    assert [json.loads(line)["task_version"] for line in file.read_text().splitlines()] == [2]
    assert said.splitlines() == [
        f"{file}: 2 lines dropped: there is no default run of task add (version 1, tier smoke) any "
        "more",
        "half: 1 run has no current record here at tier smoke; what is published of that stays. "
        "`python -m bench run --tier smoke --method half` goes on.",
    ]


def test_only_the_words_for_a_standing_are_taken(shared):
    done = shared.bench("export", "--all", "--standing", "gold")
    assert done.returncode == 2
    sentence = "--standing gold: choose one of self-reported, reproduced, maintainer-run."
    assert sentence in " ".join(done.stderr.split())
    export(shared, "--all", "--standing", "reproduced")
    assert {r.standing for r in published.read(shared.root / "reports/published")} == {"reproduced"}


def test_a_fresh_clone_serves_everything_and_builds_nothing(shared):
    new_home(shared)
    options = ("--tier", "smoke", "--json")
    planning, run = shared.bench_each([("plan", *options), ("run", *options)])
    planned = json.loads(planning.stdout)
    assert (planned["runs"], planned["assets"]) == ([], [])
    assert len(planned["served"]) == 4 * 2 + 2  # noisy is tuned, too
    assert all(r["served"] for r in json.loads(run.stdout)["records"])
    assert not list(shared.home.glob("assets/*"))


def test_without_the_ledger_a_fresh_clone_could_not_know_what_the_assets_hold(shared):
    new_home(shared)
    (shared.root / TOY / LEDGER).unlink()
    assert {why for run in plan(shared)["runs"] for why in run["why"]} == {
        f"asset {name} was never built" for name in ("numbers", "offsets")
    }


def test_where_a_builder_is_edited_and_gives_the_same_bytes_a_fresh_clone_serves(shared):
    new_home(shared)
    shared.edit("suites/toy/building.py", "torch.randn(", "1 * torch.randn(")
    planned = plan(shared, "--method", "half")
    assert {why for run in planned["runs"] for why in run["why"]} == {
        "suites/toy/building.py changed"
    }
    assert all(r["served"] for r in shared.run("half"))
    assert list(shared.home.glob("assets/numbers-*"))
    assert plan(shared, "--method", "half")["runs"] == []


def test_publishing_again_what_was_published_changes_no_byte(shared):
    before = files(shared)
    export(shared, "--all")
    assert changed(before, files(shared)) == set()


def test_a_ledger_that_is_none_is_named_and_kept(shared):
    ledger = shared.root / TOY / LEDGER
    ledger.write_text("<<<<<<< mine\n")
    done = shared.bench("export", "--tier", "smoke", "--all")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {ledger}: not a ledger (")
    assert ledger.read_text() == "<<<<<<< mine\n"


def test_a_figure_out_of_its_declared_range_is_refused_before_anything_is_written(shared):
    before = files(shared)
    shared.edit(
        "suites/toy/definition.py", 'unit="", better="low"', 'unit="fraction", better="low"'
    )
    done = shared.bench("export", "--tier", "smoke", "--all")
    assert done.returncode == 2
    assert "nothing is written: the record of" in done.stderr
    assert "outside of its range 0 to 1" in done.stderr
    assert files(shared) == before
