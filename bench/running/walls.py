"""Walls around a method: the files that its process may still reach, given up by itself.

Here: Landlock, Linux's way for a process without rights to give some up for good, children
included (kernel 5.13 and newer; the manual page landlock(7) has the interface). The process keeps
the interpreter's and the libraries' files, the repository's sources, the method's own, and its
scratch; it loses everything else: answers, other runs, the store, the user's files, TCP, and
signals to processes outside. Not here: system calls that reach past files (bench.running.syscalls),
when the walls go up (bench.running.child).
"""

from __future__ import annotations

import ctypes
import os
import site
import struct
import sys
import sysconfig
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.machinery import FileFinder
from pathlib import Path
from pkgutil import get_importer
from stat import S_ISDIR

from bench.catalogue.modules import ROOT
from bench.planning.data_files import named_files
from bench.running import syscalls

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls; their numbers are the same on every processor."""

VERSION_FLAG, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
"""What the first version knows: the four above, removing, and making files of every kind."""

READ = EXECUTE | READ_FILE | READ_DIR
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""The rights that a file can have; the others are a folder's."""

SINCE = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEVICE))
"""Rights on files that later versions brought."""

TCP_SINCE, TCP = 4, 0b11
"""To bind and to connect."""

SCOPES_SINCE, SCOPES = 6, 0b11
"""Abstract unix sockets and signals of processes outside."""

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/nsswitch.conf"),
    *("/etc/passwd", "/etc/group", "/etc/localtime", "/etc/timezone", "/etc/ssl/openssl.cnf"),
    *("/proc", "/sys/devices/system", "/sys/fs/cgroup"),
    *("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
)
"""What programs and libraries read of a system. Of another process /proc shows what `ps` does: the
kernel keeps its memory, environment and open files from those behind walls."""

NULL = "/dev/null"

SOURCES = ("bench", "suites", "methods")
"""The folders of the repository that a method's imports are resolved from."""

Call = Callable[..., int]


_libc = ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: object) -> int:
    """A system call of Linux: what it returns, or -1 with errno set."""
    return int(_libc.syscall(ctypes.c_long(number), *arguments))


def version(call: Call = system_call) -> int:
    """Which version of Landlock the kernel has, 0 for none."""
    return max(0, call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG)))


def put_up(readable: Iterable[Path], writable: Iterable[Path], call: Call = system_call) -> str:
    """Give up all that isn't named, for this process and all that it will start.

    Args:
        readable: files and folders that may be read and executed.
        writable: folders in which everything may be done.
        call: the kernel.
    Returns:
        What stands from now on, for the record's provenance: `walled (Landlock 7, ...)`, or
        `not walled, ...` and why.
    """
    syscalls.give_up_privileges()
    number = version(call)
    why = "" if number else "kernel has none"
    if number:
        try:
            _restrict(number, readable, writable, call)
        except OSError as error:
            why = f"refused by the kernel ({error.strerror})"
    filtered = syscalls.filter_calls(truncation=number < 3)
    others = _other_threads()
    if others:
        why = why or f"{others} other threads were there before, which stay outside"
    stands = [f"Landlock {number}"] if number and not why else []
    stands += [filtered] if filtered else []
    return ("not walled, " + "; ".join([why, *stands])) if why else f"walled ({', '.join(stands)})"


def _other_threads() -> int:
    """How many threads this process has besides this one."""
    try:
        return len(os.listdir("/proc/self/task")) - 1
    except OSError:
        return 0


def _restrict(number: int, readable: Iterable[Path], writable: Iterable[Path], call: Call) -> None:
    rights = FIRST_RIGHTS
    for since, right in SINCE:
        rights |= right if number >= since else 0
    parts = [rights]
    if number >= TCP_SINCE:
        parts.append(TCP)
    if number >= SCOPES_SINCE:
        parts.append(SCOPES)
    form = struct.pack(f"={len(parts)}Q", *parts)
    ruleset = _checked(call, CREATE_RULESET, form, ctypes.c_size_t(len(form)), ctypes.c_uint32(0))
    try:
        for place in readable:
            _allow(ruleset, place, rights & READ, call)
        for place in writable:
            _allow(ruleset, place, rights, call)
        _allow(ruleset, Path(NULL), rights & (READ_FILE | WRITE_FILE | TRUNCATE), call)
        _checked(call, RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, place: Path, rights: int, call: Call) -> None:
    """Add a rule for a file or a folder and all below it; one that isn't there needs none."""
    try:
        place_fd = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not S_ISDIR(os.fstat(place_fd).st_mode):
            rights &= ON_FILES
        form = struct.pack("=Qi", rights, place_fd)
        _checked(
            call,
            ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(PATH_BENEATH),
            form,
            ctypes.c_uint32(0),
        )
    finally:
        os.close(place_fd)


def _checked(call: Call, number: int, *arguments: object) -> int:
    result = call(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@cache
def readable_places(
    file: Path, root: Path, apart: tuple[Path, ...], elsewhere: tuple[Path, ...] = ()
) -> tuple[Path, ...]:
    """What a method's process may read; worked out once by the bench, not by each child.

    Args:
        file, root: where the method stands, and from where its imports are resolved.
        apart: folders of which nothing may be read though they lie inside of others.
        elsewhere: folders of suites that aren't this repository's.
    """
    closed = [ROOT, *apart]
    installed = {sys.prefix, sys.exec_prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    installed |= {*site.getsitepackages(), site.getusersitepackages()}
    installed |= {path for path in sys.path if Path(path).name.endswith("-packages")}
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    places = [Path(p) for p in (*SYSTEM, *sorted(installed), *filter(None, libraries))]
    readable = [part for place in places for part in without(place, closed)]
    readable += [part for name in SOURCES for part in without(ROOT / name, apart)]
    readable += [part for folder in elsewhere for part in without(folder, apart)]
    if file.parent != root:
        readable += without(file.parent, apart)
    else:  # the folder may be anything, e.g. somebody's home: just what the file names in it
        named = {data.relative_to(file.parent).parts[0] for data in named_files(file)}
        readable += [part for name in sorted(named) for part in without(file.parent / name, apart)]
    for folder in sorted({root, *(Path(path).resolve() for path in sys.path)} - {ROOT}):
        if not any(folder.is_relative_to(place) for place in readable):
            readable += [part for module in modules_in(folder) for part in without(module, closed)]
    known = set(readable)
    return tuple(place for place in dict.fromkeys(readable) if known.isdisjoint(place.parents))


def without(place: Path, closed: Iterable[Path]) -> Iterator[Path]:
    """A place, or its parts where something that is closed lies inside: rules only ever allow."""
    here = place.resolve()
    inside = [c for c in (path.resolve() for path in closed) if c.is_relative_to(here)]
    if not inside:
        yield here
    elif here not in inside:
        with suppress(OSError):
            for part in sorted(here.iterdir()):
                if not part.is_symlink():
                    yield from without(part, inside)


def modules_in(folder: Path) -> Iterator[Path]:
    """The modules and packages that lie in a folder from which imports are resolved.

    The folder itself may be anything, e.g. somebody's home.
    """
    with suppress(OSError):
        for part in sorted(folder.iterdir()):
            if part.suffix in (".py", ".so") or (part / "__init__.py").is_file():
                yield part


def open_in_part(readable: Iterable[Path], searched: Collection[Path]) -> list[Path]:
    """The folders of which only parts may be read, as something in them is withheld.

    Args:
        readable: what may be read.
        searched: the folders from which imports are resolved: only what lies in them counts.
    Returns:
        Each folder once, among them those of `searched` that hold something readable.
    """
    parents = {parent for place in readable for parent in place.parents}
    return sorted(p for p in parents if any(map(p.is_relative_to, searched)))


def remember_listing(folder: Path) -> None:
    """Have imports find what a folder holds now, though it can't be listed behind the walls.

    Python lists a folder anew when its time of change isn't what it was, and takes one that it
    can't list for empty.
    """
    finder = get_importer(str(folder))
    if isinstance(finder, FileFinder):
        finder.find_spec("none")  # makes it list
        finder._fill_cache = lambda: None  # type: ignore[attr-defined]
