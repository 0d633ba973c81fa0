"""Reading pickles that hold nothing but data, so that none can make this process do anything.

A pickle is a program: whatever it names it may call. Here only the opcodes for dictionaries, lists
and plain values are let through, and no class or function, but for numpy's numbers where they are
asked for; those are made by stand-ins of this module, so that numpy's own code, which trusts what
it is given, isn't reached either. Here: reading. Not here: where the files lie and what their
digests are (suites.supernet.tabular.packages); they are checked before anything is read.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import struct
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

MEMO = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT"})
"""Opcodes that put something aside, to be fetched again."""

DATA = MEMO | {
    *("PROTO", "FRAME", "STOP", "MARK", "BINGET", "LONG_BINGET"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("SHORT_BINUNICODE", "BINUNICODE", "BINFLOAT", "BININT", "BININT1", "BININT2"),
    *("NEWTRUE", "NEWFALSE", "NONE"),
}
"""Opcodes that make dictionaries, lists, strings, numbers, truth values and None."""

NUMBERS = frozenset(
    {
        *("GLOBAL", "REDUCE", "BUILD", "TUPLE", "TUPLE2", "TUPLE3"),
        *("SHORT_BINBYTES", "BINBYTES"),
    }
)
"""Opcodes that numpy's numbers need besides, in protocol 3."""

KINDS = {"f4": "f", "f8": "d", "i4": "i", "i8": "q"}
"""Kinds of numpy's numbers, as the module struct calls them."""


class Refused(Exception):
    """A pickle holds more than data, or isn't whole; the message says what."""


def load_data(content: bytes, name: str, numpy_numbers: bool = False) -> Any:
    """What a pickle holds: dictionaries, lists and plain values.

    Args:
        content: the pickle.
        name: of the file, for messages.
        numpy_numbers: whether it may hold numpy's numbers; they become Python's.
    Raises:
        Refused: it holds anything else, or can't be read.
    """
    allowed = DATA | NUMBERS if numpy_numbers else DATA
    try:
        _check_opcodes(content, allowed)
        return _DataUnpickler(content, numpy_numbers).load()
    except Refused as error:
        raise Refused(f"{name} isn't read: {error}") from None
    except Exception as error:
        # A damaged or hostile pickle can fail in any way that the machine of pickles has.
        raise Refused(f"{name} isn't read: it is no whole pickle of data ({error})") from None


def _check_opcodes(content: bytes, allowed: frozenset[str]) -> None:
    """Go through a pickle without running it.

    A place in the memo below the opcode's position is enough for any honest pickle; a huge one
    would make the memo as large. A tuple may only be the arguments of what is called next: as a
    key, tuples in tuples take unbounded time or stack to hash.
    """
    after_tuple = False
    for opcode, argument, position in pickletools.genops(content):
        assert position is not None  # it is known of bytes
        if opcode.name not in allowed:
            raise Refused(f"opcode {opcode.name} at byte {position} makes more than data")
        if opcode.name in MEMO:
            if argument is not None and argument > position:
                raise Refused(f"opcode {opcode.name} at byte {position} asks for a vast memo")
            continue
        if after_tuple and opcode.name not in ("REDUCE", "BUILD"):
            raise Refused(f"a tuple before byte {position} is no number's")
        after_tuple = opcode.name.startswith("TUPLE")


class _Kind:
    """Stands in for numpy's dtype: which number it is. REDUCE makes it, BUILD finishes it."""

    __slots__ = ("_code",)

    def __init__(self, code: object, align: object, copy: object) -> None:
        if type(code) is not str or code not in KINDS:
            raise Refused(f"{code!r} is no kind of number")
        self._code = KINDS[code]

    def __setstate__(self, state: object) -> None:
        if state != (3, "<", None, None, None, -1, -1, 0):
            raise Refused(f"{state!r} is no plain number's")

    def value(self, content: object) -> int | float:
        if type(content) is not bytes or len(content) != struct.calcsize(self._code):
            raise Refused("a number's bytes aren't as many as its kind has")
        return struct.unpack(f"<{self._code}", content)[0]


def _number(kind: object, content: object) -> int | float:
    """Stands in for numpy's scalar, which REDUCE calls with a kind and a number's bytes."""
    if type(kind) is not _Kind:
        raise Refused("a number has no kind")
    return kind.value(content)


class _Name:
    """What a pickle is given for a name: it can be called, and nothing else be done to it."""

    __slots__ = ("_made_by",)

    def __init__(self, made_by: Callable[..., _Kind | int | float]) -> None:
        self._made_by = made_by

    def __call__(self, *arguments: object) -> _Kind | int | float:
        return self._made_by(*arguments)

    def __setstate__(self, state: object) -> NoReturn:
        raise Refused("a name is changed")


_Names = Mapping[tuple[str, str], Callable[..., _Kind | int | float]]

_NUMPY: _Names = {("numpy", "dtype"): _Kind, ("numpy.core.multiarray", "scalar"): _number}
"""The names of numpy's numbers in pickles of numpy below 2, with their stand-ins."""


class _DataUnpickler(pickle.Unpickler):
    def __init__(self, content: bytes, numpy_numbers: bool) -> None:
        super().__init__(io.BytesIO(content))
        self._names: _Names = _NUMPY if numpy_numbers else {}

    def find_class(self, module: str, name: str) -> _Name:
        if (module, name) not in self._names:
            raise Refused(f"it names {module}.{name}, and may name nothing of the kind")
        return _Name(self._names[module, name])
