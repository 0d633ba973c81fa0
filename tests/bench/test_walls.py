"""Methods that attack: each is refused or seen, and nobody else notices.

One bench runs all of tests/bench/hostile_cases.py, two side by side, among four honest methods.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.conftest import HONEST, chosen
from tests.bench.hostile_cases import CASES, write
from tests.bench.hostile_reach import REACHING
from tests.bench.hostile_staying import UNMETERED

SMOKE = ("run", "--tier", "smoke", "--seeds", "1", "--jobs", "2", "--json")


def be_patient(checkout):
    """Give a run longer than its own five seconds, on a busy machine."""
    checkout.edit("suites/toy/definition.py", "seconds=5,", "seconds=12,")


def files_below(*folders):
    """Each file's digest and mode; what must not change."""
    return {
        path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mode)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


class Attacked:
    """What one bench of all cases left, in a checkout where the honest methods had run alone."""

    def __init__(self, checkout):
        self.checkout = checkout
        self.folder = checkout.root.with_name("attackers")
        be_patient(checkout)
        write(self.folder, *CASES)
        self.alone = {row["method"]: row for row in checkout.kept if row["seed"] == 0}
        watched = (*(checkout.root / n for n in ("bench", "suites", "methods")), self.folder)
        built = checkout.home / "assets"
        before = files_below(*watched, built)
        options = (*SMOKE, "--fresh", "--methods-dir", str(self.folder))
        process = checkout.start(*options, *chosen(*HONEST, *CASES))
        out, self.err = process.communicate(timeout=600)
        assert out, self.err
        self.rows = {row["method"]: row for row in json.loads(out)["records"]}
        self.alive = checkout.left_behind()
        after = files_below(*watched, built)
        self.changed = [p for p in {**before, **after} if before.get(p) != after.get(p)]
        self.litter = [
            *checkout.home.glob("scratch/*"),
            *checkout.home.glob("assets/*.tmp"),
            *Path("/tmp").glob("weighhouse-evil*"),
        ]

    def text(self, method):
        """A row as it stands in the store."""
        done = self.checkout.bench("show", self.rows[method]["key"], "--json")
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, honest):
    """All cases, benched once."""
    checkout = honest.copy_to(tmp_path_factory.mktemp("attacked") / "checkout")
    return Attacked(checkout)


def test_every_method_has_its_row(attacked):
    assert set(attacked.rows) == {*HONEST, *CASES}
    assert "Traceback" not in attacked.err


@pytest.mark.parametrize("method", HONEST)
def test_their_company_changes_no_honest_digit(attacked, method):
    assert attacked.rows[method]["status"] == "ok", attacked.rows[method]["reason"]
    assert attacked.rows[method]["metrics"] == attacked.alone[method]["metrics"]


@pytest.mark.parametrize("method", CASES)
def test_an_attack_has_the_status_of_what_it_did(attacked, method):
    _body, status, reason = CASES[method]
    row = attacked.rows[method]
    assert row["status"] == status, (row["reason"], row["log"])
    assert reason in row["reason"]


@pytest.mark.parametrize("method", [*HONEST, *CASES])
def test_no_row_holds_a_character_that_anything_would_act_on(attacked, method):
    row = attacked.rows[method]
    for text in (row["reason"], row["log"]):
        assert all(c.isprintable() or c in "\n\t" for c in text)
    assert len(row["reason"]) <= 1000
    assert len(row["log"]) <= 20_000


@pytest.mark.parametrize("method", UNMETERED)
def test_work_that_no_meter_sees_is_flagged(attacked, method):
    cost = attacked.rows[method]["cost"]
    assert cost["unmetered"], cost
    assert cost["cpu_seconds"] > 0.5


@pytest.mark.parametrize("method", HONEST)
def test_honest_work_isn_t_flagged(attacked, method):
    assert not attacked.rows[method]["cost"]["unmetered"]


@pytest.mark.parametrize("method", ["forges_walls", "half", next(iter(REACHING))])
def test_the_record_says_which_walls_stood(attacked, method):
    assert attacked.text(method)["provenance"]["walls"].startswith("walled (Landlock ")


def test_nothing_of_anybody_s_was_changed(attacked):
    assert attacked.changed == []


def test_nothing_that_they_started_outlives_the_bench(attacked):
    assert attacked.alive == []


def test_nothing_that_they_wrote_outlives_the_bench(attacked):
    assert attacked.litter == []


# --- a kernel without walls ------------------------------------------------------------------


@pytest.fixture
def unwalled(checkout):
    """A checkout that takes the kernel for one that has neither Landlock nor seccomp's filters."""
    checkout.edit("bench/running/walls.py", "return max(0, call(", "return 0 * max(0, call(")
    checkout.edit("bench/running/syscalls.py", "if not program:", "if program:")
    be_patient(checkout)
    return checkout


def test_without_landlock_everything_works_and_says_so(unwalled):
    rows = {row["method"]: row for row in unwalled.run(*HONEST)}
    assert {row["status"] for row in rows.values()} == {"ok"}
    shown = unwalled.bench("show", rows["half"]["key"]).stdout
    assert "not walled, kernel has none" in shown


def test_what_takes_the_forkserver_away_costs_its_neighbours_no_row(unwalled):
    folder = unwalled.root.with_name("attackers")
    write(folder, "kills_the_forkserver", "stops_the_forkserver")
    methods = (*HONEST, "kills_the_forkserver", "stops_the_forkserver")
    done = unwalled.bench(*SMOKE, "--methods-dir", str(folder), *chosen(*methods))
    rows = {row["method"]: row for row in json.loads(done.stdout)["records"]}
    assert {name: rows[name]["status"] for name in HONEST} == dict.fromkeys(HONEST, "ok")
    for name in ("kills_the_forkserver", "stops_the_forkserver"):
        assert rows[name]["status"] == "crashed"
        assert "even alone" in rows[name]["reason"]
    assert unwalled.left_behind() == []


# --- where state and methods may lie ----------------------------------------------------------


def test_a_method_beside_the_home_that_holds_the_answers_can_t_reach_them(checkout, tmp_path):
    """The folder of methods holds the home: rules allow what lies beside it, one by one."""
    folder = tmp_path / "mine"
    write(folder, "lists_the_home", "lists_the_assets")
    home = folder / "toy" / "state"
    variables = {"WEIGHHOUSE_HOME": str(home)}
    options = (*SMOKE, "--methods-dir", str(folder))
    done = checkout.bench(*options, *chosen("lists_the_home", "lists_the_assets"), **variables)
    rows = json.loads(done.stdout)["records"]
    assert {row["status"] for row in rows} == {"crashed"}, rows
    assert all("PermissionError" in row["reason"] for row in rows)


def test_a_method_reads_the_data_that_lie_in_its_folder_and_imports_its_helpers(checkout, tmp_path):
    be_patient(checkout)  # it imports much
    folder = tmp_path / "mine"
    write(folder, "goes_elsewhere")
    file = folder / "toy" / "goes_elsewhere.py"
    file.write_text(
        file.read_text().replace(
            "    os.chdir('/')",
            "    from toy._mine import SHARE\n"
            "    import common_part\n"
            "    import scipy.optimize, sklearn.cluster, psutil\n"
            "    assert psutil.Process().memory_info().rss and psutil.cpu_count()\n"
            "    assert torch.backends.mkldnn.is_available() in (True, False)\n"
            "    assert subprocess.check_output(['/bin/echo', 'x']) == b'x\\n'\n"
            "    import tempfile\n"
            "    with tempfile.TemporaryDirectory() as made: Path(made, 'x').write_text('x')\n"
            "    os.rename(Path('a').mkdir() or 'a', 'b'); os.replace('b', Path('c'))\n"
            "    total = total * SHARE * float((Path(__file__).parent / 'table.csv').read_text())",
        )
    )
    (folder / "toy" / "_mine.py").write_text("SHARE = 0.5\n")
    (folder / "common_part.py").write_text("X = 1\n")
    (folder / "toy" / "table.csv").write_text("2.0")
    options = (*SMOKE, "--methods-dir", str(folder), *chosen("goes_elsewhere"))
    row = json.loads(checkout.bench(*options).stdout)["records"][0]
    assert row["status"] == "ok", (row["reason"], row["log"])


CHANGED_SINCE_LISTED = """
import os
import sys
from pathlib import Path

from bench.running.child import _wall_in
from bench.running.walls import readable_places
from bench.running.worker import MethodSource

from suites.toy import data  # lists the folder

time = os.stat("suites/toy").st_mtime
Path("suites/toy/__pycache__/new").mkdir(parents=True)
os.utime("suites/toy", (time + 2, time + 2))  # as when another process was the first to compile
file, root = Path("methods/toy/half.py").resolve(), Path.cwd()
readable = readable_places(file, root, (root / "suites/toy/offsets.csv.gz",))
method = MethodSource(str(file), str(root), "function", tuple(map(str, readable)))
if not (child := os.fork()):  # without the threads that libraries have started
    print(_wall_in(method, Path(sys.argv[1]), 2), flush=True)
    from suites.toy import scoring, offsets
    try:
        open("suites/toy/offsets.csv.gz")
    except PermissionError:
        print("imported, and withheld", flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_what_a_suite_withholds_hides_none_of_its_modules(checkout, tmp_path):
    """Its folder can't be listed behind the walls, and may have changed since imports listed it."""
    command = [sys.executable, "-c", CHANGED_SINCE_LISTED, str(tmp_path / "scratch")]
    done = subprocess.run(
        command, cwd=checkout.root, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.endswith("imported, and withheld\n"), done.stdout + done.stderr


def test_trying_a_file_loads_it_behind_the_walls_too(checkout, tmp_path):
    write(tmp_path / "mine", "lists_the_assets")
    file = tmp_path / "mine" / "toy" / "lists_the_assets.py"
    text = file.read_text().replace("@method", 'os.listdir(HOME / "scratch")\n\n\n@method')
    file.write_text(text)
    done = checkout.bench("try", str(file))
    assert done.returncode == 2
    assert "importing the file fails: PermissionError" in done.stderr
    assert os.listdir(checkout.home / "scratch") == []
