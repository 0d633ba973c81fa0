"""`python -m bench publication`: what is published is written down once, by a real process."""

import shutil
import subprocess
import sys
from pathlib import Path

from reports.history import read_history

ROOT = Path(__file__).parents[1]
NAMES = ("pretrained", "multitask", "average", "ties")


def published(folder: Path, *names: str) -> Path:
    """A published folder with the records of a few merging methods."""
    (folder / "merging").mkdir(parents=True, exist_ok=True)
    for name in names:
        source = ROOT / f"reports/published/merging/{name}.jsonl"
        shutil.copy(source, folder / f"merging/{name}.jsonl")
    return folder


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "publication", "--published", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_publication_is_written_once_and_again_when_records_came(tmp_path: Path) -> None:
    folder = published(tmp_path / "published", *NAMES[:-1])
    first = run(folder, "--note", "The first.")
    assert first.returncode == 0, first.stderr
    [one] = read_history(tmp_path / "publications.jsonl")
    assert one.note == "The first."
    assert "Average" in one.places["merging"]["single"]
    again = run(folder)
    assert again.stdout.strip() == f"Nothing changed since {one.id}."
    published(folder, NAMES[-1])
    assert run(folder).returncode == 0
    [kept, _new] = read_history(tmp_path / "publications.jsonl")
    assert kept == one


def test_without_records_nothing_is_written_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    made = run(tmp_path / "published")
    assert made.returncode == 2
    assert "holds no records: publish some with export" in " ".join(made.stderr.split())
    assert not (tmp_path / "publications.jsonl").exists()
