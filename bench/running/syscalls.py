"""System calls that reach past a method's files, taken from its process.

Here: a seccomp filter (every kernel that has Landlock has it) that refuses what Landlock leaves
open: making files unreadable to others, limits and priorities of other processes, sockets (a unix
socket leads to whoever listens: the user's session, a container's daemon), memory shared by number,
and a few doors that are only good for getting out; and root's privileges, where a bench runs as
root. Refused calls fail with EPERM, as for any process that lacks a right. Not here: files, TCP,
signals (bench.running.walls).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import NamedTuple

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Linux's prctl options: the signal that a process gets when its parent ends; whether a process
becomes the parent of descendants that have lost theirs."""

CAPABILITY_VERSION, KEPT_CAPABILITY = 0x20080522, 1 << 1
"""Of all root may do, only reading and writing past a file's mode bits is kept: a bench may run as
root in a checkout of somebody else's, and the walls stand before it anyway."""


class Numbers(NamedTuple):
    """A system call's numbers; -1 where the processor has none."""

    x86_64: int
    aarch64: int


ALWAYS = {
    # sockets, and what carries data between processes by number
    "socket": Numbers(41, 198),
    "shmget": Numbers(29, 194),
    "shmctl": Numbers(31, 195),
    "shmat": Numbers(30, 196),
    "semget": Numbers(64, 190),
    "semctl": Numbers(66, 191),
    "msgget": Numbers(68, 186),
    "msgctl": Numbers(71, 187),
    "mq_open": Numbers(240, 180),
    # who may use a file, which its owner may change wherever it lies
    "chmod": Numbers(90, -1),
    "fchmod": Numbers(91, 52),
    "fchmodat": Numbers(268, 53),
    "fchmodat2": Numbers(452, 452),
    "chown": Numbers(92, -1),
    "fchown": Numbers(93, 55),
    "lchown": Numbers(94, -1),
    "fchownat": Numbers(260, 54),
    "setxattr": Numbers(188, 5),
    "lsetxattr": Numbers(189, 6),
    "fsetxattr": Numbers(190, 7),
    # other processes
    "ptrace": Numbers(101, 117),
    "process_vm_readv": Numbers(310, 270),
    "process_vm_writev": Numbers(311, 271),
    "pidfd_getfd": Numbers(438, 438),
    "setpriority": Numbers(141, 140),
    "ioprio_set": Numbers(251, 30),
    # ways out
    "unshare": Numbers(272, 97),
    "setns": Numbers(308, 268),
    "mount": Numbers(165, 40),
    "keyctl": Numbers(250, 219),
    "add_key": Numbers(248, 217),
    "request_key": Numbers(249, 218),
    "bpf": Numbers(321, 280),
    "perf_event_open": Numbers(298, 241),
    "userfaultfd": Numbers(323, 282),
    "io_uring_setup": Numbers(425, 425),
    "open_by_handle_at": Numbers(304, 265),
}
"""Refused whatever is asked of them."""

TRUNCATE = Numbers(76, 45)
"""Landlock can't refuse it before its third version."""

TO_OTHERS = {
    "prlimit64": Numbers(302, 261),
    "sched_setaffinity": Numbers(203, 122),
    "sched_setscheduler": Numbers(144, 119),
    "sched_setparam": Numbers(142, 118),
    "sched_setattr": Numbers(314, 274),
}
"""Refused unless the process means itself by 0, their first argument."""

PRCTL = Numbers(157, 167)
KEPT_OPTIONS = (PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER)
"""Settings of prctl that end a method's processes with their bench, whatever it does."""

CAPGET, CAPSET = Numbers(125, 90), Numbers(126, 91)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""As seccomp names them; calls in another's form (32 bits) are refused altogether."""

FOREIGN_FORM = 0x40000000
"""From here on x86_64 numbers its second form, x32."""

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENT_AT = 0, 4, 16
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


def give_up_privileges() -> None:
    """Gain no rights by any program that is started, and drop those of root."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    machine = platform.machine()
    if os.geteuid() or machine not in ARCHITECTURES:
        return
    header = struct.pack("=Ii", CAPABILITY_VERSION, 0)
    held = ctypes.create_string_buffer(24)  # effective, permitted, inheritable; twice 32 bits
    if libc.syscall(ctypes.c_long(getattr(CAPGET, machine)), header, held) == 0:
        effective, permitted = struct.unpack("=6I", held.raw)[:2]
        kept = (effective & KEPT_CAPABILITY, permitted & KEPT_CAPABILITY, 0, 0, 0, 0)
        libc.syscall(ctypes.c_long(getattr(CAPSET, machine)), header, struct.pack("=6I", *kept))


def filter_calls(truncation: bool) -> str:
    """Refuse the calls above from now on, in this process and all that it starts.

    Args:
        truncation: refuse to cut a file by its name, too.
    Returns:
        `seccomp`, or "" where the processor's numbers aren't known or the kernel refuses.
    """
    program = _program(platform.machine(), truncation)
    if not program:
        return ""
    code = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    form = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(MODE_FILTER), form, 0, 0)
    return "" if refused else "seccomp"


def _program(machine: str, truncation: bool) -> list[bytes]:
    """The filter: at each call's number it returns; what falls through is allowed.

    An instruction is (code, where to jump if true, if false, constant); jumps count from the next.
    """
    if machine not in ARCHITECTURES:
        return []

    def instruction(code: int, constant: int, true: int = 0, false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, true, false, constant)

    def number(call: Numbers) -> int:
        return int(getattr(call, machine))

    refuse = instruction(RETURN, REFUSE)
    program = [
        instruction(LOAD, ARCHITECTURE_AT),
        instruction(EQUAL, ARCHITECTURES[machine], true=1),
        refuse,
        instruction(LOAD, NUMBER_AT),
        instruction(AT_LEAST, FOREIGN_FORM, false=1),
        refuse,
    ]
    for call in (*ALWAYS.values(), *((TRUNCATE,) if truncation else ())):
        if number(call) >= 0:
            program += [instruction(EQUAL, number(call), false=1), refuse]
    for call in TO_OTHERS.values():
        program += [
            instruction(EQUAL, number(call), false=4),
            instruction(LOAD, ARGUMENT_AT),
            instruction(EQUAL, 0, true=1),
            refuse,
            instruction(RETURN, ALLOW),
        ]
    program += [instruction(EQUAL, number(PRCTL), false=1 + 2 * len(KEPT_OPTIONS))]
    program += [instruction(LOAD, ARGUMENT_AT)]
    for option in KEPT_OPTIONS:
        program += [instruction(EQUAL, option, false=1), refuse]
    return [*program, instruction(RETURN, ALLOW)]
