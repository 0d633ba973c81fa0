"""What is asked of the kernel, version by version, with a kernel that only listens."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bench.running import syscalls, walls

REPOSITORY = Path(__file__).resolve().parents[2]


class Kernel:
    """Notes what is asked; has a version of Landlock, or refuses to put it up."""

    def __init__(self, version, refuses=0):
        self.version, self.refuses, self.asked = version, refuses, []

    def __call__(self, number, *arguments):
        values = [getattr(a, "value", a) for a in arguments]
        if number == walls.CREATE_RULESET and values[0] is None:
            return self.version or -1
        self.asked.append((number, values))
        if number == walls.RESTRICT_SELF and self.refuses:
            ctypes.set_errno(self.refuses)
            return -1
        return os.open(os.devnull, os.O_RDONLY) if number == walls.CREATE_RULESET else 0

    def handled(self):
        (form, *_rest) = next(v for n, v in self.asked if n == walls.CREATE_RULESET)
        return struct.unpack(f"={len(form) // 8}Q", form)


@pytest.fixture(autouse=True)
def nothing_given_up(monkeypatch):
    """This process stays as it is: what it gave up it would never get back."""
    monkeypatch.setattr(syscalls, "give_up_privileges", lambda: None)
    monkeypatch.setattr(syscalls, "filter_calls", lambda truncation: "seccomp")
    monkeypatch.setattr(walls, "_other_threads", lambda: 0)


@pytest.mark.parametrize(
    ("version", "handled"),
    [
        # the 13 rights of the first version; then referring, truncating, TCP, ioctl, scopes
        (1, (0x1FFF,)),
        (2, (0x3FFF,)),
        (3, (0x7FFF,)),
        (4, (0x7FFF, 0b11)),
        (5, (0xFFFF, 0b11)),
        (6, (0xFFFF, 0b11, 0b11)),
        (9, (0xFFFF, 0b11, 0b11)),
    ],
)
def test_a_version_is_asked_for_all_that_it_knows_and_no_more(version, handled, tmp_path):
    kernel = Kernel(version)
    said = walls.put_up([Path("/usr")], [tmp_path], kernel)
    assert kernel.handled() == handled
    assert said == f"walled (Landlock {version}, seccomp)"


def test_a_file_gets_no_right_that_only_folders_have(tmp_path):
    file = tmp_path / "file"
    file.touch()
    kernel = Kernel(6)
    walls.put_up([file], [], kernel)
    rights = [struct.unpack("=Qi", v[2])[0] for n, v in kernel.asked if n == walls.ADD_RULE]
    assert rights[0] == walls.EXECUTE | walls.READ_FILE


def test_a_kernel_without_landlock_says_so():
    assert walls.put_up([], [], Kernel(0)) == "not walled, kernel has none; seccomp"


def test_a_kernel_that_refuses_says_why():
    said = walls.put_up([], [], Kernel(6, refuses=errno.E2BIG))
    assert said == f"not walled, refused by the kernel ({os.strerror(errno.E2BIG)}); seccomp"


def test_threads_that_would_stay_outside_are_told_of(monkeypatch):
    monkeypatch.setattr(walls, "_other_threads", lambda: 3)
    said = walls.put_up([], [], Kernel(6))
    assert said.startswith("not walled, 3 other threads were there before")


def test_rules_only_ever_allow_so_what_is_closed_is_gone_round(tmp_path):
    """a/ holds b/ and home/, which is closed: b/ is allowed, and not a/."""
    for name in ("a/b", "a/home/assets", "a/home.txt"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "home")
    allowed = list(walls.without(tmp_path / "a", [tmp_path / "a" / "home"]))
    assert allowed == [tmp_path / "a" / "b", tmp_path / "a" / "home.txt"]
    assert list(walls.without(tmp_path / "a", [tmp_path])) == [tmp_path / "a"]
    assert list(walls.without(tmp_path, [tmp_path])) == []


def test_of_a_folder_that_may_be_anybody_s_only_the_modules_are_read(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    (tmp_path / "letters").mkdir()
    for name in ("mine.py", "secret.txt", "letters/love.txt"):
        (tmp_path / name).touch()
    places = walls.readable_places(tmp_path / "mine.py", tmp_path, ())
    mine = [p for p in places if p.is_relative_to(tmp_path)]
    assert mine == [tmp_path / "mine.py", tmp_path / "pack"]


def test_no_place_holds_the_repository_s_state_or_published_records():
    closed = (REPOSITORY / ".weighhouse", REPOSITORY / "reports" / "published")
    method = REPOSITORY / "methods" / "merging" / "ties.py"
    for place in walls.readable_places(method, REPOSITORY, closed):
        assert not any(path.is_relative_to(place) for path in closed), place


def test_an_import_finds_a_module_though_its_folder_can_t_be_listed_any_more(tmp_path):
    """Listing is refused and the folder has changed since: Python would take it for empty."""
    (tmp_path / "there.py").write_text("X = 1\n")
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from bench.running import walls\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "sys.path.insert(0, str(folder))\n"
        "walls.remember_listing(folder)\n"
        "os.utime(folder, (1, 1))\n"
        "print(walls.put_up([Path('/usr'), Path(sys.prefix), Path(sys.base_prefix),"
        " folder / 'there.py'], []))\n"
        "try: os.listdir(folder); print('listed')\n"
        "except PermissionError: print('refused')\n"
        "import there\n"
        "print(there.X)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    said, listed, value = done.stdout.splitlines()
    assert value == "1"
    assert (said.startswith("walled"), listed) in ((True, "refused"), (False, "listed"))


@pytest.mark.parametrize("machine", sorted(syscalls.ARCHITECTURES))
@pytest.mark.parametrize("truncation", [True, False])
def test_the_filter_of_each_processor_refuses_what_is_listed_and_nothing_else(machine, truncation):
    """The program is run here, instruction by instruction, as the kernel would."""
    program = [struct.unpack("=HBBI", one) for one in syscalls._program(machine, truncation)]

    def verdict(number, argument=0, architecture=syscalls.ARCHITECTURES[machine]):
        loaded, at = 0, 0
        while True:
            code, true, false, constant = program[at]
            if code == syscalls.RETURN:
                return constant
            at += 1
            if code == syscalls.LOAD:
                loaded = {0: number, 4: architecture, 16: argument}[constant]
            else:
                holds = loaded == constant if code == syscalls.EQUAL else loaded >= constant
                at += true if holds else false

    listed = {getattr(call, machine) for call in syscalls.ALWAYS.values()}
    listed |= {getattr(syscalls.TRUNCATE, machine)} if truncation else set()
    others = {getattr(call, machine) for call in syscalls.TO_OTHERS.values()}
    prctl = getattr(syscalls.PRCTL, machine)
    for number in range(600):
        assert (verdict(number) == syscalls.REFUSE) == (number in listed), number
        assert (verdict(number, 7) == syscalls.REFUSE) == (number in listed | others), number
    assert verdict(prctl, syscalls.PR_SET_PDEATHSIG) == syscalls.REFUSE
    assert verdict(prctl, syscalls.PR_SET_CHILD_SUBREAPER) == syscalls.REFUSE
    assert verdict(1, architecture=0x40000003) == syscalls.REFUSE  # 32 bits
    assert verdict(syscalls.FOREIGN_FORM + 1) == syscalls.REFUSE


def test_a_processor_whose_numbers_aren_t_known_has_no_filter():
    assert syscalls._program("riscv64", truncation=False) == []


HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
"""Where Linux's own numbers stand, on a machine that has its headers."""


@pytest.mark.parametrize("machine", [m for m, header in HEADERS.items() if header.is_file()])
def test_the_numbers_are_the_kernel_s_own(machine):
    lines = HEADERS[machine].read_text().splitlines()
    known = {
        line.split()[1].replace("__NR3264_", "__NR_"): line.split()[2]
        for line in lines
        if line.startswith(("#define __NR_", "#define __NR3264_")) and len(line.split()) > 2
    }
    table = {**syscalls.ALWAYS, **syscalls.TO_OTHERS, "truncate": syscalls.TRUNCATE}
    table |= {"prctl": syscalls.PRCTL, "capget": syscalls.CAPGET, "capset": syscalls.CAPSET}
    for name, numbers in table.items():
        if known.get(f"__NR_{name}", "").isdecimal():
            assert int(known[f"__NR_{name}"]) == getattr(numbers, machine), name
