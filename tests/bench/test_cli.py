"""The command line: JSON that scripts can read, clear refusals, and help with examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from commands.cli import app

RUN = ("run", "--tier", "smoke", "--method", "half", "--method", "truth")

COMMANDS = ("list", "plan", "run", "new", "try", "show", "table", "export", "audit", "docs")


@pytest.fixture(scope="module")
def ran(tmp_path_factory, make_checkout):
    """A checkout in which two methods have run, for tests that only read it."""
    found = make_checkout(tmp_path_factory.mktemp("ran") / "checkout")
    done = found.bench(*RUN, "--json")
    assert done.returncode == 0, done.stderr
    assert "4/4 runs" in done.stderr
    (found.root / "run.json").write_text(done.stdout)
    return found


@pytest.fixture(scope="module")
def records(ran):
    """What that run's `--json` gave."""
    return json.loads((ran.root / "run.json").read_text())["records"]


@pytest.fixture
def after_run(ran, tmp_path):
    """A copy of that checkout, to be changed."""
    return ran.copy_to(tmp_path / "after")


def rows(checkout, *arguments):
    done = checkout.bench(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["suites", "tasks", "methods", "records"])
def test_list_gives_an_array_with_suite_and_name(ran, kind):
    found = rows(ran, "list", kind)
    assert found
    assert all({"suite", "name"} <= set(row) for row in found)


def test_run_gives_one_json_document_with_its_records(records):
    wanted = {
        *("key", "suite", "task", "method", "params", "seed", "tier"),
        *("status", "served", "metrics", "cost"),
    }
    assert len(records) == 4
    assert all(wanted <= set(record) for record in records)


def test_plan_tells_runs_assets_and_what_is_served(ran, checkout):
    before = rows(checkout, "plan", *RUN[1:])
    assert (len(before["runs"]), len(before["assets"]), before["served"]) == (4, 5, [])
    assert before["flops"] == 4 * 2e4
    assert before["seconds"] > 0
    after = rows(ran, "plan", *RUN[1:])
    assert (after["runs"], after["assets"], len(after["served"])) == ([], [], 4)


def test_show_takes_the_start_of_a_key(ran, records):
    record = records[0]
    text = ran.bench("show", record["key"][:10]).stdout
    assert record["key"] in text
    assert record["provenance"]["command"] in text
    assert rows(ran, "show", record["key"])["metrics"] == record["metrics"]


def test_a_record_says_where_it_comes_from(records):
    wanted = {
        *("commit", "dirty", "lock", "python", "torch", "numpy"),
        *("cpu", "cores", "threads", "device", "command", "created"),
    }
    assert wanted <= set(records[0]["provenance"])


def test_a_record_says_what_it_cost(records):
    cost = next(r["cost"] for r in records if r["method"] == "truth")
    assert cost["flops"] == 8
    assert cost["seconds"] > 0
    assert cost["peak_memory"] >= 0
    assert cost["unmetered"] is False


def test_export_writes_what_is_current_and_nothing_stale(after_run):
    after_run.edit("methods/toy/_constants.py", "0.5", "0.7")
    done = after_run.bench("export", "--tier", "smoke", "--out", "current")
    assert done.returncode == 0, done.stderr
    files = {p.name for p in (after_run.root / "current/toy").glob("*.jsonl")}
    assert files == {"truth.jsonl"}


def test_export_twice_gives_the_same_bytes(ran):
    for folder in ("one", "two"):
        assert ran.bench("export", "--tier", "smoke", "--out", folder).returncode == 0
    one, two = ((ran.root / f / "toy/half.jsonl").read_bytes() for f in ("one", "two"))
    assert one == two


def test_published_records_are_listed_and_shown_by_the_start_of_their_key(after_run, records):
    """As in a fresh clone: nothing is stored here."""
    checkout, record = after_run, records[0]
    keys = sorted(r["key"] for r in records)
    assert checkout.bench("export", "--tier", "smoke").returncode == 0
    listed = rows(checkout, "list", "records", "--published")
    assert sorted(r["key"] for r in listed) == keys
    store = checkout.home / "records.sqlite"
    for file in checkout.home.glob("records.sqlite*"):
        file.unlink()
    done = checkout.bench("list", "records", "--json")
    assert sorted(r["key"] for r in json.loads(done.stdout)) == keys
    assert done.stderr == f"{store}: no store yet; these are the published records\n"
    assert rows(checkout, "show", record["key"][:10])["metrics"] == record["metrics"]


def test_audit_tells_identical_from_different(ran):
    ran.bench("export", "--tier", "smoke", "--out", "published")
    (ran.root / "published/toy/truth.jsonl").unlink()
    options = ("audit", "--published", "published", "--tier", "smoke", "--sample", "2")
    audited = rows(ran, *options)["audited"]
    assert [row["verdict"] for row in audited] == ["identical", "identical"]
    file = ran.root / "published/toy/half.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["metrics"]["error"] += 1
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = ran.bench(*options, "--json")
    assert done.returncode == 1
    verdicts = sorted(row["verdict"] for row in json.loads(done.stdout)["audited"])
    assert verdicts == ["different", "identical"]


REFUSED = {
    ("run", "--tier", "tiny"): "--tier tiny: choose one of smoke, small, full.",
    ("run", "--method", "hlaf"): "There is no such method. Did you mean 'half'?",
    ("run", "--suite", "tay"): "There are: toy.",
    ("run", "--tier", "full"): "Nothing to run",
    ("list", "things"): "list one of suites, tasks, methods, records",
    ("show", "abc"): "fits no record",
    ("list", "tasks", "--published"): "--published goes with `list records`",
    ("run", "--seeds", "0"): "Invalid value",
    ("table", "--frob"): "No such option",
}


@pytest.fixture(scope="module")
def refused(ran):
    """Arguments -> what came of them."""
    return dict(zip(REFUSED, ran.bench_each(REFUSED), strict=True))


@pytest.mark.parametrize(("arguments", "said"), REFUSED.items(), ids=map(" ".join, REFUSED))
def test_wrong_usage_is_refused_with_what_is_there(refused, arguments, said):
    done = refused[arguments]
    assert done.returncode == 2
    assert said.lower() in " ".join(done.stderr.split()).lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("run", "--tier", "tiny"), ("table", "--frob")])
def test_wrong_usage_ends_the_process_with_exit_code_2(ran, arguments):
    """The engine's own refusal, and that of the parser."""
    assert ran.bench(*arguments).returncode == 2


def test_a_damaged_store_is_one_sentence_and_is_left_as_it_was(ran):
    path = ran.root / "broken.sqlite"
    path.write_bytes(b"no database" * 1000)
    done = ran.bench("run", "--tier", "smoke", "--store", str(path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {path}: the store can't be used")
    assert done.stderr.count("\n") == 1
    assert path.read_bytes() == b"no database" * 1000


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command):
    asked = CliRunner().invoke(app, [command, "--help"], prog_name="python -m bench")
    text = asked.stdout
    assert asked.exit_code == 0
    assert "Example" in text
    assert f"python -m bench {command}" in text


def test_the_program_lists_its_commands(ran):
    done = ran.bench("--help")
    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("arguments", [("list", "methods"), ("plan", *RUN[1:]), RUN])
def test_listing_planning_and_serving_import_no_torch(ran, arguments):
    code = (
        "import sys\n"
        "from commands.cli import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'torch', 'pandas', 'distributed', 'numpy', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ran.root,
        env={**os.environ, "WEIGHHOUSE_HOME": str(ran.root / ".weighhouse")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
