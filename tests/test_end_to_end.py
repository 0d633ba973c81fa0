"""The whole of it, for real: a smoke bench of every suite, its site, a look at it in a browser.

Everything runs as the README says, in processes of their own, with an empty home. The usual run
benches the first seed of most tasks and of some methods; with `-m endurance` all of them.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.catalogue.registry import catalogue
from bench.planning.keys import Keys
from bench.planning.plan import make_plan
from bench.planning.selection import Selection
from bench.planning.source import SourceIndex
from bench.records.store import Store
from bench.running.executor import execute
from tests.bench.conftest import Checkout
from tests.conftest import TASKS_LIKE_OTHERS, representatives, smoke_options

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.timeout(1800)  # a smoke bench of everything, on a busy machine
TOLD = {"better", "worse", "can't tell"}
"""What `try` says of a baseline that can do all of the tasks that it tries."""

ONE_SEED = ("--tier", "smoke", "--seeds", "1")


def python(*arguments, home, **variables):
    """Run a module of this repository with its state in `home`."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "WEIGHHOUSE_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def benched(home, *options):
    """The records of a bench of everything."""
    done = python("bench", "run", "--json", *options, home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["records"]


@pytest.fixture(scope="module")
def home(tmp_path_factory, smoke_home):
    """A home, empty at first, in which the smoke tier's first seed has been run."""
    return shutil.copytree(smoke_home, tmp_path_factory.mktemp("copy") / "home")


@pytest.fixture(scope="module")
def records(home):
    return json.loads((home / "run.json").read_text())["records"]


@pytest.fixture(scope="module")
def records_of_every_seed(tmp_path_factory):
    return benched(tmp_path_factory.mktemp("every_seed"), "--tier", "smoke")


@pytest.fixture(
    params=[1, pytest.param(None, marks=pytest.mark.endurance)],
    ids=["one seed", "every seed"],
)
def smoke(request):
    """How many seeds of each task were asked for (None: all), and the records."""
    fixture = "records" if request.param else "records_of_every_seed"
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture(scope="module")
def site(home):
    store = str(home / "records.sqlite")
    done = python(
        "leaderboard", "build", "--store", store, "--tier", "smoke", "--out", str(home / "site"),
        home=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home / "site"


def test_every_method_has_a_record_on_every_task_and_none_fails(smoke):
    seeds, records = smoke
    found = catalogue()
    expected = {
        (suite.name, task.name, method.name, variant, seed)
        for suite in found.suites.values()
        for task in suite.tasks
        if "smoke" in task.settings and not (seeds and task.name in TASKS_LIKE_OTHERS)
        for method in found.methods[suite.name].values()
        if method.runs_at("smoke") and method.enters(task)
        if not seeds or method.name in representatives(found.methods[suite.name])
        for variant in method.variants
        for seed in range(seeds or task.seeds["smoke"])
    }
    got = {(r["suite"], r["task"], r["method"], r["variant"], r["seed"]) for r in records}
    assert got == expected
    assert {r["status"] for r in records} <= {"ok", "skipped"}


def test_every_record_has_its_task_s_metrics_and_stayed_in_its_budget(smoke):
    tasks = {t.name: t for s in catalogue().suites.values() for t in s.tasks}
    for record in smoke[1]:
        if record["status"] != "ok":
            continue
        task = tasks[record["task"]]
        assert set(task.scored_by) <= set(record["metrics"])  # others may be not applicable
        assert set(record["metrics"]) <= {m.name for m in task.metrics}
        for what in record["budget"].keys() - {"memory"}:
            assert record["cost"][what] <= record["budget"][what]


def test_every_task_has_a_scale_at_this_tier(smoke):
    """Its ceiling is beyond its floor in every scored metric at each seed, by .05 or more."""
    by_cell = {(r["task"], r["method"], r["seed"]): r["metrics"] for r in smoke[1]}
    narrow = []
    tasks = [task for suite in catalogue().suites.values() for task in suite.tasks]
    for task in (task for task in tasks if "smoke" in task.settings):
        for metric in map(task.metric, task.scored_by):
            sign = 1 if metric.better == "high" else -1
            spans = [
                sign * (ceiling[metric.name] - by_cell[task.name, task.floor, seed][metric.name])
                for (name, method, seed), ceiling in by_cell.items()
                if (name, method) == (task.name, task.ceiling)
            ]
            if spans and min(spans) < 0.05:
                narrow.append((task.name, metric.name, spans))
    assert narrow == []


def test_the_same_bench_again_is_all_served(home, records):
    again = benched(home, *smoke_options())
    assert all(r["served"] for r in again)
    assert len(again) == len(records)


@pytest.mark.parametrize(
    "tasks",
    [["compose-near", "rotation"], pytest.param(["scaling"], marks=pytest.mark.endurance)],
    ids=" and ".join,
)
def test_one_job_at_a_time_in_another_order_gives_the_same_digits(records, tmp_path, tasks):
    """The fixture's bench ran as many jobs as there are cores; this one has its own assets."""
    methods = sorted({r["method"] for r in records if r["task"] in tasks})
    selection = Selection(tier="smoke", tasks=tasks, methods=methods, seeds=[0])
    keys = Keys(SourceIndex())
    store = Store(tmp_path / "records.sqlite")
    plan = make_plan(catalogue(), selection, keys, store, tmp_path)
    random.Random(0).shuffle(plan.todo)
    execute(plan, keys, store, tmp_path, jobs=1, scheduler="", on_progress=lambda progressed: None)
    first = {r["key"]: r["metrics"] for r in records}
    mine = {r.key: r.metrics for r in store.records()}
    assert mine
    assert mine == {key: first[key] for key in mine}


def test_tables_come_in_every_form(home, records):
    of = ("table", "--suite", "merging", "--tier", "smoke", "--format")
    forms = ("text", "csv", "json", "latex", "markdown")
    printed = Checkout(ROOT, {"WEIGHHOUSE_HOME": str(home)}).bench_each((*of, f) for f in forms)
    for form, done in zip(forms, printed, strict=True):
        assert done.returncode == 0, done.stderr
        for method in ("ties", "regmean"):
            assert method in done.stdout.lower(), form


def test_the_site_opens_in_a_browser_and_shows_the_records(browser, site, records):
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else troubles.append(r.url),
    )
    page.goto((site / "index.html").as_uri())
    assert "Weighhouse" in page.title()
    page.goto((site / "merging" / "index.html").as_uri())
    shown = page.locator("table").first.inner_text()
    for title in ("Task arithmetic", "TIES", "RegMean", "Average"):
        assert title in shown
    record = records[0]
    run = site / record["suite"] / "run.html"
    page.goto(f"{run.as_uri()}#{record['method']}/{record['key']}")
    page.locator("#run[data-drawn]").wait_for()
    assert record["provenance"]["command"] in page.locator("main").inner_text()
    page.close()
    assert not troubles


def test_the_generated_pages_of_the_documentation_are_current(tmp_path):
    done = python("bench", "docs", "--out", str(tmp_path), home=tmp_path)
    assert done.returncode == 0, done.stderr
    pages = sorted(tmp_path.glob("*.md"))
    assert pages
    for page in pages:
        committed = ROOT / "docs" / page.name
        assert committed.read_text() == page.read_text(), "run `python -m bench docs`"


def test_the_published_table_of_the_documentation_is_current(tmp_path):
    command = "bench", "table", "--published", "--format", "markdown"
    done = python(*command, home=tmp_path)
    assert done.returncode == 0, done.stderr
    committed = (ROOT / "docs" / "results.md").read_text()
    assert committed == done.stdout, f"run `python -m {' '.join(command)} > docs/results.md`"


def test_the_method_of_the_readme_runs_as_it_stands_there(home, tmp_path):
    text = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    (tmp_path / "merging").mkdir()
    (tmp_path / "merging" / "weighted_average.py").write_text(text)
    done = python(
        *("bench", "run", *ONE_SEED, "--method", "weighted_average", "--json"),
        *("--task", "compose-near", "--task", "scaling"),
        *("--methods-dir", str(tmp_path)),
        home=home,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["records"]
    assert {r["variant"] for r in found} == {"default", "tuned"}
    assert {r["status"] for r in found} == {"ok"}


WRONG = {
    # what a method does: (its body, the line, the reason)
    "returns other names": (
        '    return {"weight": problem.experts[0]}',
        6,
        "the method's state lacks ",
    ),
    "writes in place": (
        "    for tensor in problem.experts[0].values():\n        tensor.mul_(2)\n"
        "    return dict(problem.experts[0])",
        6,
        "the method changed what it was given: experts[0][",
    ),
    "asks for what it didn't declare": (
        "    start = problem.pretrained\n    return dict(start)",
        8,
        "the method asked for problem.pretrained, which takes the need 'pretrained'",
    ),
}


@pytest.fixture(scope="module")
def wrong(home, tmp_path_factory):
    """The record of each of these methods, benched together."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "merging").mkdir()
    names = {f"wrong_{number}": what for number, what in enumerate(WRONG)}
    for name, what in names.items():
        (folder / "merging" / f"{name}.py").write_text(
            '"""Wrong."""\n\nfrom bench import method\n\n\n'
            f'@method(name="{name}", title="{name}", paper=("On wrongs", 2026, "https://a.org"))\n'
            f"def {name}(problem):\n{WRONG[what][0]}\n"
        )
    done = python(
        *("bench", "run", "--tier", "smoke", "--json", "--seeds", "1", "--task", "compose-near"),
        *("--methods-dir", str(folder), *(part for name in names for part in ("--method", name))),
        home=home,
    )
    assert done.returncode == 1, done.stderr
    return {names[r["method"]]: r for r in json.loads(done.stdout)["records"]}


@pytest.mark.parametrize("what", WRONG)
def test_a_broken_contract_names_the_file_and_line_in_its_record(wrong, what):
    _body, line, reason = WRONG[what]
    record = wrong[what]
    assert record["status"] == "invalid"
    assert record["reason"].startswith(f"{record['method']}.py:{line}: {reason}")


@pytest.mark.parametrize(
    ("suite", "task"),
    [
        ("merging", "compose-near"),
        ("hypernet", "rotation"),
        ("supernet", "pooling"),
        ("selection", "coreset-noise"),
    ],
)
def test_a_new_method_is_tried_as_it_is(home, tmp_path, suite, task):
    new = python("bench", "new", suite, "my_idea", "--methods-dir", str(tmp_path), home=home)
    assert new.returncode == 0, new.stderr
    file = tmp_path / suite / "my_idea.py"
    done = python("bench", "try", str(file), "--task", task, *ONE_SEED, "--json", home=home)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["contract"]["breaches"] == []
    assert "ok" in {r["status"] for r in document["records"]} <= {"ok", "skipped"}
    entries = catalogue().methods[suite].values()
    first = catalogue().suites[suite].tracks[0].name
    (entered,) = (t for t in catalogue().suites[suite].tasks if t.name == task)
    able = [e for e in entries if e.runs_at("smoke") and set(e.needs) <= set(entered.offers)]
    rivals = {e.name for e in able if e.kind == "method" and e.track == first}
    (variant,) = document["variants"]
    assert {b["method"] for b in variant["baselines"]} == rivals
    verdicts = {b["verdict"] for b in variant["baselines"]}
    assert verdicts & TOLD
    assert verdicts <= {*TOLD, "can't do all of these tasks"}
    assert re.search(r", [1-9]\d* served", done.stderr)  # what the smoke bench has made


def test_a_task_of_one_track_has_the_rows_of_that_track_alone(browser, site):
    page = browser.new_page()
    page.goto((site / "hypernet" / "compress.html").as_uri())
    rows = [row.get_attribute("data-m") for row in page.locator("table.rank tr[data-m]").all()]
    assert "pranc" in rows
    assert "mip" not in rows
    page.close()


NO_DATA = {"WEIGHHOUSE_DATA": "off"}
"""As on a machine that has no data but the embedded: no folder is searched."""


def test_without_its_data_a_task_is_left_out_of_a_bench_that_is_served_else(home, records):
    plan = python("bench", "plan", *ONE_SEED, "--json", home=home, **NO_DATA)
    assert plan.returncode == 0, plan.stderr
    found = json.loads(plan.stdout)
    tasks = [task for suite in catalogue().suites.values() for task in suite.tasks]
    fashion = {
        task.name for task in tasks if "tv:FashionMNIST" in task.data and "smoke" in task.settings
    }
    reasons = {left["task"]: left["reason"] for left in found["left_out"]}
    assert set(reasons) == fashion
    assert all("apt install dataset-fashion-mnist" in reason for reason in reasons.values())
    assert {r["key"] for r in records if r["task"] not in fashion} <= set(found["served"])
    usual = {name for rows in catalogue().methods.values() for name in representatives(rows)}
    runs = found["runs"]
    assert {r["task"] in TASKS_LIKE_OTHERS or r["method"] not in usual for r in runs} == {True}
    text = python("bench", "plan", *ONE_SEED, home=home, **NO_DATA).stdout
    assert f"compose-fashion is left out: {reasons['compose-fashion']}" in text.splitlines()


def test_a_task_without_its_data_is_refused_by_name_in_one_sentence(home):
    for command in ("plan", "run"):
        done = python("bench", command, "--task", "compose-fashion", home=home, **NO_DATA)
        assert done.returncode == 2
        assert done.stderr.startswith("error: compose-fashion is left out: tv:FashionMNIST isn't")
        assert done.stderr.count("\n") == 1


def test_published_records_are_shown_where_their_data_are_not(home, records, tmp_path):
    published = str(tmp_path / "published")
    done = python("bench", "export", "--tier", "smoke", "--out", published, home=home)
    assert done.returncode == 0, done.stderr
    done = python(
        "leaderboard", "build", "--published", published, "--tier", "smoke",
        "--out", str(tmp_path / "site"), home=tmp_path / "elsewhere", **NO_DATA,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = tmp_path / "site" / "merging" / "compose-fashion.html"
    record = next(r for r in records if r["task"] == "compose-fashion" and r["method"] == "ties")
    assert record["key"] in page.read_text()


def test_planning_again_is_quick_because_the_data_are_read_once(home):
    """No timing: what reads data imports torch, and planning that knows the digest doesn't."""
    code = f"import sys; from commands.cli import main\ntry: main({['plan', *smoke_options()]})\n"
    code += "finally: print({'torch', 'numpy', 'torchvision'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "WEIGHHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip().splitlines()[-1] == "set()"
