"""suites.supernet.tabular.unpickling: data are read, and nothing else is."""

from __future__ import annotations

import builtins
import os
import pickle
import pickletools
import struct
from collections import OrderedDict

import numpy as np
import pytest

from suites.supernet.tabular.unpickling import Refused, load_data

STOP = b"."
TARGET = "hostile"


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def old_scalar(kind: bytes = b"f8", content: bytes = struct.pack("<d", 1.5)) -> bytes:
    """The opcodes of such a number, without PROTO and STOP."""
    code = b"X" + struct.pack("<i", len(kind)) + kind
    made = b"cnumpy\ndtype\n" + code + b"\x89\x88\x87R"
    state = b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    value = b"C" + bytes([len(content)]) + content
    return b"cnumpy.core.multiarray\nscalar\n" + made + state + value + b"\x86R"


def pickled(body: bytes, protocol: int = 3) -> bytes:
    return b"\x80" + bytes([protocol]) + body + STOP


def hostile(path: str) -> dict[str, bytes]:
    """Pickles that would do something, or use up the machine, by what they try."""
    dangerous = {
        "os.system": Calls(os.system, f"touch {path}"),
        "builtins.eval": Calls(builtins.eval, f"open({path!r}, 'w')"),
        "builtins.exec": Calls(builtins.exec, f"open({path!r}, 'w')"),
        "numpy's load": Calls(np.load, path),
        "a harmless class": OrderedDict(a=1),
        "numpy's array": np.arange(3),
        "an object": OSError(path),
    }
    found = {
        f"{name}, protocol {protocol}": pickle.dumps({"000000": value}, protocol)
        for name, value in dangerous.items()
        for protocol in (2, 3, 4, 5)
    }
    system = b"cposix\nsystem\nq\x00"
    return found | {
        "protocol 0": pickle.dumps(dangerous["os.system"], 0),
        "instance": b"(S'touch'\nios\nsystem\n.",
        "object": b"(cos\nsystem\nS'touch'\no.",
        "a name fetched from the memo": pickled(system + b"0h\x00X\x01\x00\x00\x00a\x85R"),
        "a name assembled on the stack": pickled(
            b"\x8c\x05posix\x8c\x06system\x93\x8c\x01a\x85R", protocol=4
        ),
        "a registered extension": pickled(b"\x82\x01"),
        "a persistent id": pickled(b"Ptouch\n"),
        "a vast memo": pickled(b"Nr" + struct.pack("<I", 2**31)),
        "a place of the memo that was never filled": pickled(b"h\x07"),
        "a vast string": pickled(b"X" + struct.pack("<i", 2**31 - 1) + b"a"),
        "a vast frame": pickled(b"\x95" + struct.pack("<Q", 2**62) + b"N", protocol=4),
        "an empty stack": pickled(b"0"),
        "no end": b"\x80\x04}",
        "nothing": b"",
        "text": b"cell,cifar10\n",
        "a list as a key": pickled(b"}]Ns"),
    }


CASES = sorted(hostile(""))


@pytest.mark.parametrize("numpy_numbers", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_a_hostile_pickle_is_refused_in_one_sentence_and_does_nothing(
    tmp_path, case, numpy_numbers
) -> None:
    path = tmp_path / TARGET
    with pytest.raises(Refused) as refused:
        load_data(hostile(str(path))[case], "table.pkl", numpy_numbers)
    message = str(refused.value)
    assert message.startswith("table.pkl isn't read: ")
    assert "\n" not in message
    assert not path.exists()


NUMPY_GAMES = {
    "another of numpy's names": pickled(b"cnumpy\nload\nX\x01\x00\x00\x00aN\x86R"),
    "a name that is no function's": pickled(b"cnumpy.testing\nos.system\nX\x01\x00\x00\x00aN\x86R"),
    "a command of the system": pickled(b"cposix\nsystem\nX\x01\x00\x00\x00aN\x86R"),
    "numbers of objects": pickled(old_scalar(b"O8", b"\x00" * 8)),
    "a number of another length": pickled(old_scalar(b"f8", b"\x00" * 4)),
    "a number without a kind": pickled(b"cnumpy.core.multiarray\nscalar\nNC\x01a\x86R"),
    "a kind with another state": pickled(b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x89\x88\x87RNb"),
    "a name that is changed": pickled(b"cnumpy\ndtype\n}b"),
    "a name that is changed by its slots": pickled(b"cnumpy\ndtype\nN}\x86b"),
    "a kind in place of data": pickled(b"cnumpy\ndtype\n)R"),
    "a tuple for a key": pickled(b"}NN\x86Ns"),
    # Hashing 60 tuples of two, each holding the one before twice, takes 2^60 steps.
    "tuples in tuples for a key": pickled(
        b"}NN\x86q\x00" + b"".join(b"h%ch%c\x86q%c" % (i, i, i + 1) for i in range(60)) + b"Ns"
    ),
    "a deep tuple": pickled(b"}(((((NtNtNtNtNtNs"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("case", NUMPY_GAMES)
def test_where_numbers_of_numpy_may_stand_nothing_else_of_numpy_may(case) -> None:
    with pytest.raises(Refused, match=r"^table\.pkl isn't read: "):
        load_data(NUMPY_GAMES[case], "table.pkl", numpy_numbers=True)


def test_a_name_that_a_pickle_calls_is_named() -> None:
    with pytest.raises(Refused, match=r"it names posix\.system, and may name nothing of the kind$"):
        load_data(NUMPY_GAMES["a command of the system"], "table.pkl", numpy_numbers=True)


def test_the_hostile_cases_are_what_they_are_called() -> None:
    # Without these walls the mildest of them runs: the cases aren't merely damaged.
    assert pickle.loads(pickle.dumps(Calls(builtins.eval, "6 * 7"))) == 42
    assert [opcode.name for opcode, *_ in pickletools.genops(hostile("")["a vast memo"])] == [
        *("PROTO", "NONE", "LONG_BINPUT", "STOP")
    ]


DATA = {"421211": {"val_acc": [82.1, 81.6], "n": [1, 300, 70000, -5, True, None], "": []}}


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_dictionaries_lists_and_plain_values_are_read(protocol) -> None:
    assert load_data(pickle.dumps(DATA, protocol), "table.pkl") == DATA


def test_a_list_that_stands_twice_is_read() -> None:
    shared = [1.5]
    assert load_data(pickle.dumps([shared, shared], 4), "table.pkl") == [[1.5], [1.5]]


def test_numbers_of_numpy_become_pythons_where_they_are_asked_for() -> None:
    cases = {
        1.5: old_scalar(),
        0.25: old_scalar(b"f4", struct.pack("<f", 0.25)),
        7: old_scalar(b"i8", struct.pack("<q", 7)),
        -7: old_scalar(b"i4", struct.pack("<i", -7)),
    }
    for number, body in cases.items():
        found = load_data(pickled(body), "table.pkl", numpy_numbers=True)
        assert found == number
        assert type(found) is type(number)
    with pytest.raises(Refused, match="opcode GLOBAL at byte 2 makes more than data"):
        load_data(pickled(old_scalar()), "table.pkl")
