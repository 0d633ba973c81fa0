"""The command line: JSON that scripts can read, clear refusals, and help with examples."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

COMMANDS = ("list", "plan", "run", "show", "table", "export", "audit", "docs")


def rows(checkout, *arguments):
    done = checkout.bench(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["suites", "tasks", "methods", "records"])
def test_list_gives_an_array_with_suite_and_name(checkout, kind):
    if kind == "records":
        checkout.run("half")
    found = rows(checkout, "list", kind)
    assert found
    assert all({"suite", "name"} <= set(row) for row in found)


def test_run_gives_one_json_document_with_its_records(checkout):
    done = checkout.bench("run", "--tier", "smoke", "--method", "half", "--json")
    records = json.loads(done.stdout)["records"]
    wanted = {"key", "suite", "task", "method", "params", "seed", "tier", "status", "served",
              "metrics", "cost"}  # fmt: skip
    assert len(records) == 2
    assert all(wanted <= set(record) for record in records)
    assert "2/2 runs" in done.stderr


def test_plan_tells_runs_assets_and_what_is_served(checkout):
    before = rows(checkout, "plan", "--tier", "smoke", "--method", "half")
    assert (len(before["runs"]), len(before["assets"]), before["served"]) == (2, 4, [])
    assert before["flops"] == 4e4
    assert before["seconds"] > 0
    checkout.run("half")
    after = rows(checkout, "plan", "--tier", "smoke", "--method", "half")
    assert (after["runs"], after["assets"], len(after["served"])) == ([], [], 2)


def test_show_takes_the_start_of_a_key(checkout):
    record = checkout.run("half")[0]
    text = checkout.bench("show", record["key"][:10]).stdout
    assert record["key"] in text
    assert record["provenance"]["command"] in text
    assert rows(checkout, "show", record["key"])["metrics"] == record["metrics"]


def test_a_record_says_where_it_comes_from(checkout):
    provenance = checkout.run("half", options=("--seeds", "1"))[0]["provenance"]
    wanted = {"commit", "dirty", "lock", "python", "torch", "numpy", "cpu", "cores", "threads",
              "device", "command", "created"}  # fmt: skip
    assert wanted <= set(provenance)


def test_a_record_says_what_it_cost(checkout):
    cost = checkout.run("truth", options=("--seeds", "1"))[0]["cost"]
    assert cost["flops"] == 8
    assert cost["seconds"] > 0
    assert cost["peak_memory"] >= 0
    assert cost["unmetered"] is False


def test_export_writes_what_is_current_and_nothing_stale(checkout):
    checkout.run("half", "truth")
    checkout.edit("methods/toy/_constants.py", "0.5", "0.7")
    done = checkout.bench("export", "--tier", "smoke", "--out", "published")
    assert done.returncode == 0, done.stderr
    files = {p.name for p in (checkout.root / "published/toy").iterdir()}
    assert files == {"truth.jsonl"}


def test_export_twice_gives_the_same_bytes(checkout):
    checkout.run("half")
    for folder in ("one", "two"):
        assert checkout.bench("export", "--tier", "smoke", "--out", folder).returncode == 0
    one, two = ((checkout.root / f / "toy/half.jsonl").read_bytes() for f in ("one", "two"))
    assert one == two


def test_audit_tells_identical_from_different(checkout):
    checkout.run("half")
    checkout.bench("export", "--tier", "smoke", "--out", "published")
    options = ("audit", "--published", "published", "--tier", "smoke", "--sample", "2")
    audited = rows(checkout, *options)["audited"]
    assert [row["verdict"] for row in audited] == ["identical", "identical"]
    file = checkout.root / "published/toy/half.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["metrics"]["error"] += 1
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = checkout.bench(*options, "--json")
    assert done.returncode == 1
    verdicts = sorted(row["verdict"] for row in json.loads(done.stdout)["audited"])
    assert verdicts == ["different", "identical"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--tier", "tiny"), "--tier tiny: choose one of smoke, small, full."),
        (("run", "--method", "hlaf"), "There is no such method. Did you mean 'half'?"),
        (("run", "--suite", "tay"), "There are: toy."),
        (("run", "--tier", "full"), "Nothing to run"),
        (("list", "things"), "list one of suites, tasks, methods, records"),
        (("show", "abc"), "fits no record"),
        (("run", "--seeds", "0"), "Invalid value"),
        (("table", "--frob"), "No such option"),
    ],
)
def test_wrong_usage_is_refused_with_what_is_there(checkout, arguments, said):
    done = checkout.bench(*arguments)
    assert done.returncode == 2
    assert said.lower() in " ".join(done.stderr.split()).lower()
    assert "Traceback" not in done.stderr


def test_a_damaged_store_is_one_sentence_and_is_left_as_it_was(checkout):
    path = checkout.root / "broken.sqlite"
    path.write_bytes(b"no database" * 1000)
    done = checkout.bench("run", "--tier", "smoke", "--store", str(path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {path}: the store can't be used")
    assert done.stderr.count("\n") == 1
    assert path.read_bytes() == b"no database" * 1000


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(checkout, command):
    text = checkout.bench(command, "--help").stdout
    assert "Example" in text
    assert f"python -m bench {command}" in text


@pytest.mark.parametrize(
    "arguments",
    [("list", "methods"), ("plan", "--tier", "smoke"), ("run", "--tier", "smoke")],
)
def test_listing_planning_and_serving_import_no_torch(checkout, arguments):
    checkout.run(*(() if arguments[0] == "run" else ("half",)))
    code = (
        "import sys\n"
        "from bench.cli import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'torch', 'pandas', 'distributed', 'numpy', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout.root, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
