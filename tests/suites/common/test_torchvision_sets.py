"""torchvision's data sets by name: real files, read by torchvision's own classes."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import subprocess
import sys
import threading
from functools import partial
from hashlib import md5
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from suites.common.sources import SourceError, digest, load
from suites.common.torchvision_shim import import_torchvision

FASHION = Path("/usr/share/datasets/fashion-mnist")


def idx(content, size):
    """The numbers of an idx file: a header of magic number and sizes, then bytes."""
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    assert shape[0] == size
    return np.frombuffer(content[4 + 4 * dimensions :], np.uint8).reshape(shape)


def packed(array):
    """The content of an idx file."""
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_mnist(root, train=6, test=4, kind="MNIST"):
    """A small set in MNIST's own form; its images and labels, training first."""
    raw = root / kind / "raw"
    raw.mkdir(parents=True)
    draws = np.random.default_rng(0)
    images = draws.integers(256, size=(train + test, 5, 5), dtype=np.uint8)
    labels = np.arange(train + test, dtype=np.uint8) % 10
    for part, rows in (("train", slice(None, train)), ("t10k", slice(train, None))):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(packed(images[rows]))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(packed(labels[rows]))
    return images, labels


def write_pictures(root, split, name, picture):
    """One picture of torchvision's RenderedSST2: a folder a split, in it a folder a class."""
    folder = root / "rendered-sst2" / split / name
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(folder / f"{len(list(folder.iterdir()))}.png")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder, the only one that is searched, and an empty home."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("WEIGHHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WEIGHHOUSE_DATA", f"{folder}:off")
    monkeypatch.delenv("WEIGHHOUSE_DOWNLOAD", raising=False)
    load.cache_clear()
    return folder


@pytest.fixture(scope="module")
def fashion_home(tmp_path_factory):
    """A home in which Debian's Fashion-MNIST is kept."""
    assert FASHION.is_dir(), "run: apt install dataset-fashion-mnist"
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def fashion(fashion_home, monkeypatch):
    """Debian's Fashion-MNIST, where a machine that has the package finds it unasked."""
    monkeypatch.setenv("WEIGHHOUSE_HOME", str(fashion_home))
    monkeypatch.delenv("WEIGHHOUSE_DATA", raising=False)
    load.cache_clear()


def test_fashion_mnist_is_what_debian_s_files_say(fashion):
    data = load("tv:FashionMNIST")
    read = {path.name: gzip.decompress(path.read_bytes()) for path in FASHION.glob("*.gz")}
    sizes = {"train": 60_000, "t10k": 10_000}
    images = [idx(read[f"{part}-images-idx3-ubyte.gz"], size) for part, size in sizes.items()]
    labels = [idx(read[f"{part}-labels-idx1-ubyte.gz"], size) for part, size in sizes.items()]
    expected = np.concatenate(images).astype(np.float32) / 255
    assert data.inputs.shape == (70_000, 28, 28)
    assert np.array_equal(data.inputs.numpy(), expected)
    assert np.array_equal(data.labels.numpy(), np.concatenate(labels))
    assert data.class_names[:2] == ("T-shirt/top", "Trouser")
    assert data.licence == "MIT"
    assert "1708.07747" in data.source
    assert data.digest == digest("tv:FashionMNIST")


def test_a_split_alone_is_that_part(fashion):
    whole, test = load("tv:FashionMNIST"), load("tv:FashionMNIST[test]")
    assert len(test.labels) == 10_000
    assert np.array_equal(test.inputs, whole.inputs[60_000:])
    assert np.array_equal(test.labels, whole.labels[60_000:])


def test_a_known_digest_needs_neither_torch_nor_numpy(fashion):
    expected = digest("tv:FashionMNIST")
    code = (
        "import sys; from suites.common.sources import digest; print(digest('tv:FashionMNIST'));"
        "print({'torch', 'numpy', 'torchvision', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [expected, "set()"]


def test_training_and_test_examples_follow_each_other(root):
    images, labels = write_mnist(root)
    data = load("tv:MNIST")
    assert np.array_equal(data.inputs.numpy(), images.astype(np.float32) / 255)
    assert data.labels.tolist() == labels.tolist()


def test_the_digest_is_the_content_s_wherever_it_lies(root, tmp_path, monkeypatch):
    write_mnist(root)
    first = digest("tv:MNIST")
    shutil.move(root, tmp_path / "elsewhere")
    monkeypatch.setenv("WEIGHHOUSE_DATA", f"{root}:{tmp_path / 'elsewhere'}:off")
    assert digest("tv:MNIST") == first


def test_a_changed_file_gives_another_digest(root):
    write_mnist(root)
    first = digest("tv:MNIST")
    file = root / "MNIST/raw/train-labels-idx1-ubyte"
    before = file.stat()
    file.write_bytes(file.read_bytes()[:-1] + b"\7")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert digest("tv:MNIST") != first


def test_an_unchanged_file_isn_t_read_again(root):
    write_mnist(root)
    first = digest("tv:MNIST")
    file = root / "MNIST/raw/train-labels-idx1-ubyte"
    before = file.stat()
    file.write_bytes(b"\0" * before.st_size)  # nobody could tell, and nobody looks
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest("tv:MNIST") == first


def test_a_damaged_kept_set_is_read_from_its_files_again(root, tmp_path):
    images, _labels = write_mnist(root)
    first = digest("tv:MNIST")
    (kept,) = (tmp_path / "home/cache/data").iterdir()
    tensors = kept / "tensors.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-1] + b"\xff")
    data = load("tv:MNIST")
    assert np.array_equal((data.inputs * 255).round().numpy(), images)
    assert data.digest == first


def test_a_home_that_can_t_be_written_keeps_nothing_and_says_nothing(root, monkeypatch):
    images, _labels = write_mnist(root)
    monkeypatch.setenv("WEIGHHOUSE_HOME", "/proc/nowhere")
    assert np.array_equal((load("tv:MNIST").inputs * 255).round().numpy(), images)


def test_the_first_folder_that_has_it_counts(root, tmp_path, monkeypatch):
    write_mnist(root)
    write_mnist(tmp_path / "second", train=3)
    monkeypatch.setenv("WEIGHHOUSE_DATA", f"{tmp_path}/none:{tmp_path}/second:{root}:off")
    assert len(load("tv:MNIST").labels) == 7


def test_colour_comes_channel_by_channel_and_splits_in_order(root):
    pictures = np.random.default_rng(0).integers(256, size=(3, 2, 4, 6, 3), dtype=np.uint8)
    for split, pair in zip(("train", "valid", "test"), pictures, strict=True):
        for name, picture in zip(("negative", "positive"), pair, strict=True):
            write_pictures(root, split, name, picture)
    data = load("tv:RenderedSST2")
    assert data.inputs.shape == (6, 3, 4, 6)
    assert data.class_names == ("negative", "positive")
    assert data.labels.tolist() == [0, 1] * 3
    expected = pictures.reshape(6, 4, 6, 3).transpose(0, 3, 1, 2)
    assert np.array_equal((data.inputs * 255).round().numpy(), expected)
    assert np.array_equal(load("tv:RenderedSST2[val]").inputs, data.inputs[2:4])


def test_a_set_of_no_known_place_lies_in_a_folder_of_its_name(root):
    for name in ("cat", "dog"):
        (root / "ImageFolder" / name).mkdir(parents=True)
        Image.fromarray(np.full((2, 2), 9, np.uint8)).save(root / "ImageFolder" / name / "1.png")
    data = load("tv:ImageFolder")
    assert data.class_names == ("cat", "dog")
    assert data.inputs.shape == (2, 3, 2, 2)  # torchvision's own loader makes everything colour


def test_a_set_that_isn_t_here_says_what_to_do_without_importing_torch(root):
    code = (
        "import sys\n"
        "from suites.common.sources import SourceError, digest\n"
        "try:\n    digest('tv:FashionMNIST')\n"
        "except SourceError as error:\n    print(error)\n"
        "print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, heavy = done.stdout.splitlines()
    assert said == (
        "tv:FashionMNIST isn't here: apt install dataset-fashion-mnist, or put its files "
        "(FashionMNIST/raw/*) into a folder that WEIGHHOUSE_DATA names, or set "
        "WEIGHHOUSE_DOWNLOAD=1 to have torchvision fetch it, or use an embedded set such as "
        f"mnist5k (looked in {root})"
    )
    assert heavy == "set()"


def damage_mnist(root):
    write_mnist(root)
    file = root / "MNIST/raw/train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-7])


def damage_debian(root):
    (root / "fashion-mnist").mkdir()
    for part in ("train", "t10k"):
        for what in ("images-idx3", "labels-idx1"):
            name = f"{part}-{what}-ubyte.gz"
            (root / "fashion-mnist" / name).write_bytes((FASHION / name).read_bytes()[:1000])


def write_two_sizes(root):
    for split, size in (("train", 4), ("valid", 4), ("test", 5)):
        for name in ("negative", "positive"):
            write_pictures(root, split, name, np.zeros((size, 4, 3), np.uint8))


def write_kitti(root):
    """A set whose targets are boxes and not classes."""
    raw = root / "Kitti/Kitti/raw/training"
    for folder in ("image_2", "label_2"):
        (raw / folder).mkdir(parents=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(raw / "image_2/1.png")
    (raw / "label_2/1.txt").write_text("Car 0 0 0 1 1 2 2 1 1 1 1 1 1 1\n")


@pytest.mark.parametrize(
    ("prepare", "name", "said"),
    [
        (None, "tv:FashionMnist", r"no data set 'FashionMnist' .*: did you mean tv:FashionMNIST\?"),
        (None, "tv:CIFAR1O", r"did you mean tv:CIFAR10\?"),
        (None, "tv:Xyzzy", "torchvision has no data set 'Xyzzy' .*: correct the name"),
        (None, "tv:MNIST/train", r"write tv:NAME or tv:NAME\[SPLIT\]"),
        (None, "tv:CIFAR10", r"tv:CIFAR10 isn't here: put its files \(cifar-10-batches-py/\*\)"),
        (write_mnist, "tv:MNIST[valid]", "no split 'valid'; its splits are train, test"),
        (damage_mnist, "tv:MNIST", r"tv:MNIST can't be read from .*: put its files there anew"),
        (damage_debian, "tv:FashionMNIST", r"tv:FashionMNIST can't be read from .*fashion-mnist"),
        (write_two_sizes, "tv:RenderedSST2", "pictures of 2 sizes, from 4 x 4 to 5 x 4 pixels"),
        (write_kitti, "tv:Kitti[train]", "tv:Kitti.train. has no labels"),
        (lambda root: write_mnist(root, kind="EMNIST"), "tv:EMNIST", r"splits.*tv:EMNIST\[NAME\]"),
    ],
)
def test_what_is_wrong_is_one_clear_sentence(root, prepare, name, said):
    if prepare:
        prepare(root)
    with pytest.raises(SourceError, match=said) as raised:
        load(name)
    assert "\n" not in str(raised.value)


@pytest.fixture
def mirror(monkeypatch):
    """Debian's files on a web server of this machine, as torchvision's mirror of the set."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(FASHION))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = import_torchvision().datasets.FashionMNIST
    digests = [(name, md5((FASHION / name).read_bytes()).hexdigest()) for name, _ in made.resources]
    monkeypatch.setattr(made, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    monkeypatch.setattr(made, "resources", digests)
    yield server
    server.shutdown()
    server.server_close()


def test_where_it_is_allowed_torchvision_fetches_the_set_once(root, mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("WEIGHHOUSE_DOWNLOAD", "1")
    monkeypatch.setenv("WEIGHHOUSE_DATA", f"{tmp_path / 'home' / 'data'}:off")
    assert len(load("tv:FashionMNIST[test]").labels) == 10_000
    mirror.shutdown()
    load.cache_clear()
    monkeypatch.delenv("WEIGHHOUSE_DOWNLOAD")
    assert digest("tv:FashionMNIST[test]") == load("tv:FashionMNIST[test]").digest


def test_a_fetch_that_fails_is_one_sentence(root, mirror, monkeypatch):
    monkeypatch.setenv("WEIGHHOUSE_DOWNLOAD", "1")
    mirror.shutdown()
    mirror.server_close()
    with pytest.raises(
        SourceError, match=r"isn't here: .*; torchvision tried to fetch it"
    ) as raised:
        load("tv:FashionMNIST")
    assert "\n" not in str(raised.value)
