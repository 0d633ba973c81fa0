"""Shipped assets: a table in the repository, held against its pin before anyone reads it."""

from __future__ import annotations

import gzip
import json
import shlex
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from bench.catalogue.registry import ROOT, catalogue
from bench.contract.asset import Asset, Shipped
from bench.planning.shipped import tables_of, tables_of_tasks
from bench.records.assets import shipped_file
from tests.bench.conftest import Checkout, add_elsewhere

TABLE = "suites/toy/offsets.csv.gz"
DEFINITION = "suites/toy/definition.py"

METHOD = '''"""The sum of the shipped table's second column."""

from bench import method


@method(name="tabled", title="Tabled", paper=("A note", 2020, "https://example.org"))
def tabled(problem):
    return problem.assets["offsets"].tensors["offsets"][:, 1].sum().float()
'''


@pytest.fixture(scope="module")
def checkout(make_checkout, tmp_path_factory) -> Checkout:
    made = make_checkout(tmp_path_factory.mktemp("shipped") / "checkout")
    (made.root / "methods/toy/tabled.py").write_text(METHOD)
    return made


def rows(checkout: Checkout) -> list[str]:
    return gzip.decompress((checkout.root / TABLE).read_bytes()).decode().splitlines()


def write(checkout: Checkout, lines: list[str], pinned: bool) -> None:
    """Change the table, and its pin in the definition too where it is meant."""
    path = checkout.root / TABLE
    before = sha256(path.read_bytes()).hexdigest()
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    if pinned:
        checkout.edit(DEFINITION, before, sha256(path.read_bytes()).hexdigest())


def planned_key(checkout: Checkout) -> str:
    """The key of the shipped asset, in a checkout where it hasn't been read yet."""
    done = checkout.bench("plan", "--tier", "smoke", "--method", "half", "--json")
    planned = {asset["name"]: asset["key"] for asset in json.loads(done.stdout)["assets"]}
    return planned["offsets"]


def test_any_row_can_be_computed_anew(checkout):
    lines = rows(checkout)
    assert len(lines) == 16
    command = Shipped(
        path=TABLE, digest="0" * 64, regenerate="python -m suites.toy.offsets --row {row}", rows=16
    ).command(5)
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=checkout.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == lines[5] == "5,28"  # 125 - 97


def test_a_run_is_handed_the_table_and_a_table_that_was_changed_is_refused(checkout):
    # 0..15 cubed, modulo 97: 0+1+8+27+64+28+22+52+27+50+30+70+79+63+28+77 = 626
    total = sum(n**3 % 97 for n in range(16))
    assert total == 626
    good = checkout.run("tabled", options=("--seed", "0"))[0]
    guess = json.loads((checkout.home / "kept" / kept_name(good)).read_text())["guess"]
    assert (good["status"], guess) == ("ok", 626.0)

    lines = rows(checkout)
    write(checkout, ["0,1", *lines[1:]], pinned=False)
    for folder in checkout.home.glob("assets/offsets-*"):
        folder.rename(folder.with_name("elsewhere"))
    bad = checkout.run("tabled", options=("--seed", "0", "--fresh"))[0]
    assert bad["status"] == "infra"
    for words in (TABLE, "isn't the one that is pinned", "git checkout", "--row {row}"):
        assert words in bad["reason"]

    (checkout.root / TABLE).unlink()
    gone = checkout.run("tabled", options=("--seed", "0", "--fresh"))[0]
    assert f"{TABLE}: this shipped table isn't there" in gone["reason"]


SPY = METHOD.replace(
    'problem.assets["offsets"].tensors["offsets"][:, 1].sum().float()',
    '__import__("torch").tensor(float(len(open("{table}", "rb").read())))',
)
"""Opens a table's file itself."""

SECRETS = """
    secrets = Asset(
        name="secrets",
        builder="suites.toy.offsets:load",
        arguments={"rows": 16},
        seconds=0.1,
        shipped=replace(OFFSETS, path="suites/toy/secrets.csv.gz"),
        for_scoring=True,
    )
    return (numbers, answers, offsets, secrets)
"""
"""The same table in another file, for scoring."""


def add_spies(suite: Path, methods: Path) -> tuple[str, ...]:
    """Add a method that opens the table that is handed to all, and one for the other; their names.

    Args:
        suite, methods: folders of a suite, and of its methods.
    """
    for name in ("offsets", "secrets"):
        text = SPY.replace("tabled", f"spy_on_{name}")
        text = text.replace("{table}", str(suite / f"{name}.csv.gz"))
        (methods / f"spy_on_{name}.py").write_text(text)
    return "spy_on_offsets", "spy_on_secrets"


@pytest.fixture(scope="module")
def spied(make_checkout, tmp_path_factory) -> dict[tuple[str, str], dict]:
    """(suite, method) -> the record of a spy, in the toy suite and in one that lies elsewhere."""
    made = make_checkout(tmp_path_factory.mktemp("spied") / "checkout")
    toy = made.root / "suites/toy"
    shutil.copy(toy / "offsets.csv.gz", toy / "secrets.csv.gz")
    made.edit(DEFINITION, "\n    return (numbers, answers, offsets)\n", SECRETS)
    made.edit(
        DEFINITION,
        "\nfrom bench.metering",
        "\nfrom dataclasses import replace\n\nfrom bench.metering",
    )
    folder = add_elsewhere(made)
    spies = add_spies(toy, made.root / "methods/toy")
    assert add_spies(folder / "mine", folder / "mine/methods") == spies
    suites = ("--suites-dir", str(folder), "--suite", "toy", "--suite", "mine")
    records = made.run(*spies, options=(*suites, "--seed", "0"))
    return {(record["suite"], record["method"]): record for record in records}


@pytest.mark.parametrize("suite", ["toy", "mine"])
def test_a_shipped_table_that_is_for_scoring_is_out_of_a_methods_reach(spied, suite):
    """Whether its suite lies here or elsewhere."""
    assert spied[suite, "spy_on_offsets"]["status"] == "ok"  # it is handed to all
    record = spied[suite, "spy_on_secrets"]
    assert record["provenance"]["walls"].startswith("walled")
    assert record["status"] == "crashed"
    assert "Permission denied" in record["reason"]


def kept_name(record: dict) -> str:
    return f"{record['artefacts']['guess.json']['digest']}.json"


def test_what_is_pinned_is_in_the_key_and_not_what_lies_there(make_checkout, tmp_path):
    made = make_checkout(tmp_path / "checkout")
    key, lines = planned_key(made), rows(made)
    path = made.root / TABLE
    good = path.read_bytes()
    path.write_bytes(b"something else")
    assert planned_key(made) == key
    path.write_bytes(good)
    write(made, ["0,1", *lines[1:]], pinned=True)
    assert planned_key(made) != key


def test_the_generated_page_tells_how_a_row_is_computed_anew(checkout, tmp_path):
    done = checkout.bench("docs", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "tasks.md").read_text()
    assert f"`{TABLE}`" in text
    assert "`python -m suites.toy.offsets --row {row}` computes any row anew" in text


def test_every_table_that_is_shipped_is_the_one_that_is_pinned():
    for suite in catalogue().suites.values():
        for shipped in tables_of_tasks(suite, suite.tasks):
            shipped_file(shipped.table, ROOT)


def test_a_table_that_an_asset_is_built_from_is_one_of_its_own():
    shipped = Shipped(path=TABLE, digest="0" * 64, regenerate="python -m x --row {row}", rows=1)
    table = Asset(name="table", builder="bench.records.home:f", arguments={}, shipped=shipped)
    built = Asset(name="built", builder="bench.records.home:g", arguments={}, inputs=(table, table))
    assert [found.path for found in tables_of([built, table])] == [ROOT / TABLE]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"digest": "abc"}, "give its sha256"),
        ({"regenerate": "python -m suites.toy.offsets"}, r"write \{row\} where"),
        ({"rows": 0}, "say how many rows"),
    ],
)
def test_a_declaration_that_cannot_be_checked_is_refused(changed, said):
    good = {"path": TABLE, "digest": "0" * 64, "regenerate": "python -m x --row {row}", "rows": 1}
    with pytest.raises(ValueError, match=said):
        Shipped(**{**good, **changed})


def test_an_audit_computes_rows_anew_and_tells_a_table_that_was_changed(make_checkout, tmp_path):
    made = make_checkout(tmp_path / "checkout")
    (made.root / "published").mkdir()
    options = ("audit", "--published", "published", "--rows", "2", "--json")
    done = made.bench(*options)
    assert done.returncode == 0, done.stderr
    audited = json.loads(done.stdout)["tables"]
    assert [(r["table"], r["verdict"]) for r in audited] == [(TABLE, "identical")] * 2
    first, second = (r["row"] for r in audited)
    assert 0 <= first < second < 16
    lines = rows(made)
    lines[second] = f"{second},98"  # a cube modulo 97 is less
    write(made, lines, pinned=True)
    again = made.bench(*options)
    assert again.returncode == 1
    verdicts = {r["row"]: r["verdict"] for r in json.loads(again.stdout)["tables"]}
    assert verdicts == {first: "identical", second: "different"}


def test_an_audit_knows_tables_that_lie_elsewhere_and_tells_one_that_is_damaged(
    make_checkout, tmp_path
):
    made = make_checkout(tmp_path / "checkout")
    (made.root / "published").mkdir()
    folder = add_elsewhere(made)
    (made.root / TABLE).write_bytes(b"something else")
    options = ("--published", "published", "--rows", "1", "--json", "--suites-dir", str(folder))
    done = made.bench("audit", *options)
    assert done.returncode == 1
    audited = {r["table"]: r for r in json.loads(done.stdout)["tables"]}
    assert audited["mine/offsets.csv.gz"]["verdict"] == "identical"
    assert audited[TABLE]["verdict"] == "different"
    assert "isn't the one that is pinned" in audited[TABLE]["reason"]


def test_a_row_of_a_table_that_another_processor_made_may_differ(make_checkout, tmp_path):
    made = make_checkout(tmp_path / "checkout")
    (made.root / "published").mkdir()
    write(made, ["0,1"] * 16, pinned=True)
    made.edit(DEFINITION, "rows=16,", 'rows=16,\n    made_on="an abacus",')
    done = made.bench("audit", "--published", "published", "--rows", "1", "--json")
    assert done.returncode == 0, done.stderr
    (audited,) = json.loads(done.stdout)["tables"]
    assert audited["verdict"] == "alike"
    assert "another kind of processor (an abacus)" in audited["reason"]


def test_a_shipped_asset_has_no_other_inputs():
    table = Shipped(path=TABLE, digest="0" * 64, regenerate="python -m x --row {row}", rows=1)
    with pytest.raises(ValueError, match="'t' is shipped, so it has neither inputs nor data"):
        Asset(name="t", builder="m:f", arguments={}, data=("dust",), shipped=table)
