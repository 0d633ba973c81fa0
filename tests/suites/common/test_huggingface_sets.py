"""Hugging Face data sets by name: local files of every kind, read by the library itself."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from PIL import Image

from suites.common.sources import SourceError, digest, load


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder for files, an empty home, an empty cache of the library, and no network."""
    monkeypatch.setenv("WEIGHHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WEIGHHOUSE_DOWNLOAD", raising=False)
    load.cache_clear()
    made = tmp_path / "files"
    made.mkdir()
    return made


def png(pixels):
    """A picture's encoded bytes."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write_parquet(path, columns):
    """A Parquet file of plain columns."""
    pa.parquet.write_table(pa.table(columns), path)
    return path


def grey(count):
    """Random grey pictures, (count, 4, 3)."""
    return np.random.default_rng(0).integers(256, size=(count, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("form", ["bytes alone", "bytes and path"])
def test_a_parquet_of_encoded_pictures(folder, form):
    pixels = grey(5)
    encoded = [png(picture) for picture in pixels]
    column = encoded if form == "bytes alone" else [{"bytes": b, "path": None} for b in encoded]
    path = write_parquet(folder / "a.parquet", {"image": column, "label": [2, 0, 1, 0, 2]})
    data = load(f"hf:{path}")
    assert np.array_equal(data.inputs.numpy(), pixels.astype(np.float32) / 255)
    assert data.labels.tolist() == [2, 0, 1, 0, 2]
    assert data.class_names == ("0", "1", "2")
    assert data.digest == digest(f"hf:{path}")


def test_declared_types_of_columns_count_before_their_names(folder):
    """As the library itself writes Parquet; the column `label` isn't one of classes here."""
    from datasets import ClassLabel, Dataset, Features, Value
    from datasets import Image as Picture

    features = Features(
        {"label": Value("int64"), "photo": Picture(), "kind": ClassLabel(names=["cat", "dog"])}
    )
    pixels = grey(2)
    rows = {"label": [7, 8], "photo": [Image.fromarray(p) for p in pixels], "kind": [1, 0]}
    Dataset.from_dict(rows, features=features).to_parquet(str(folder / "a.parquet"))
    data = load(f"hf:{folder / 'a.parquet'}")
    assert data.class_names == ("cat", "dog")
    assert data.labels.tolist() == [1, 0]
    assert np.array_equal((data.inputs * 255).round().numpy(), pixels)


def test_a_parquet_of_numbers_gives_vectors_in_the_columns_order(folder):
    columns = {"b": [0.5, -1e-7], "class": ["owl", "ant"], "a": [1, 2], "note": ["x", "y"]}
    data = load(f"hf:{write_parquet(folder / 'a.parquet', columns)}")
    assert data.inputs.tolist() == [[0.5, 1.0], [pytest.approx(-1e-7), 2.0]]
    assert data.class_names == ("ant", "owl")
    assert data.labels.tolist() == [1, 0]


def test_a_small_difference_in_a_number_is_another_digest(folder):
    first = write_parquet(folder / "a.parquet", {"x": [1e-7, 2.0], "y": [0, 1]})
    second = write_parquet(folder / "b.parquet", {"x": [2e-7, 2.0], "y": [0, 1]})
    assert digest(f"hf:{first}") != digest(f"hf:{second}")


def test_a_csv(folder):
    (folder / "a.csv").write_text("height,weight,label\n1.5,2,b\n3,4.25,a\n0,0,b\n")
    data = load(f"hf:{folder / 'a.csv'}")
    assert data.inputs.tolist() == [[1.5, 2.0], [3.0, 4.25], [0.0, 0.0]]
    assert data.labels.tolist() == [1, 0, 1]
    assert data.class_names == ("a", "b")


def test_a_folder_s_splits_follow_each_other_and_one_can_be_named(folder):
    (folder / "test.csv").write_text("x,label\n3,0\n")
    (folder / "train.csv").write_text("x,label\n1,0\n2,0\n")
    assert load(f"hf:{folder}").inputs.tolist() == [[1.0], [2.0], [3.0]]
    assert load(f"hf:{folder}[test]").inputs.tolist() == [[3.0]]


def test_a_folder_of_pictures_by_class(folder):
    pixels = grey(4).repeat(3).reshape(4, 4, 3, 3)
    for i, picture in enumerate(pixels):
        place = folder / ("cat", "dog")[i % 2]
        place.mkdir(exist_ok=True)
        (place / f"{i}.png").write_bytes(png(picture))
    data = load(f"hf:{folder}")
    assert data.class_names == ("cat", "dog")
    assert data.inputs.shape == (4, 3, 4, 3)
    assert data.labels.tolist() == [0, 0, 1, 1]


def test_text_is_its_bytes(folder):
    columns = {"text": ["ab", "é" * 1000], "label": [0, 1]}
    data = load(f"hf:{write_parquet(folder / 'a.parquet', columns)}")
    assert data.inputs.shape == (2, 1014)
    assert data.inputs[0, :3].tolist() == [97, 98, 0]
    assert data.inputs[1, :2].tolist() == list("é".encode())


def test_a_changed_file_gives_another_digest(folder):
    path = folder / "a.csv"
    path.write_text("x,label\n1,0\n2,1\n")
    first = digest(f"hf:{path}")
    path.write_text("x,label\n1,0\n2,1\n3,1\n")
    assert digest(f"hf:{path}") != first
    path.write_text("x,label\n1,0\n2,1\n")
    assert digest(f"hf:{path}") == first


def test_a_known_digest_needs_neither_the_library_nor_numpy(folder):
    name = f"hf:{write_parquet(folder / 'a.parquet', {'x': [1.0, 2.0], 'y': [0, 1]})}"
    expected = digest(name)
    code = (
        f"import sys; from suites.common.sources import digest; print(digest({name!r}));"
        "print({'torch', 'numpy', 'datasets', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [expected, "set()"]


def damaged(folder):
    path = write_parquet(folder / "a.parquet", {"x": list(range(99)), "y": [0] * 99})
    path.write_bytes(path.read_bytes()[:-40])


def hidden(folder):
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"x": Value("int64"), "label": ClassLabel(names=["a", "b"])})
    rows = Dataset.from_dict({"x": [1, 2], "label": [0, -1]}, features=features)
    rows.to_parquet(str(folder / "a.parquet"))


def columns(**given):
    return lambda folder: write_parquet(folder / "a.parquet", given)


@pytest.mark.parametrize(
    ("prepare", "name", "said"),
    [
        (damaged, "a.parquet", r"a\.parquet can't be read \(.*\): put its files there anew"),
        (columns(x=[1], y=[0]), "b.parquet", r"there is no file or folder .*: did you mean .*/a\."),
        (None, "nowhere", r"there is no file or folder .*/nowhere; correct the path"),
        (None, "", r"the folder .* is empty"),
        (columns(x=[1], y=[0]), "a.parquet[test]", r"no split 'test'; its splits are train"),
        (columns(x=[1], z=["b"]), "a.parquet", r"no labels: its columns are x, z; call the column"),
        (hidden, "a.parquet", r"hidden labels \(class -1\); name a split"),
        (columns(x=[1.0, None], y=[0, 1]), "a.parquet", r"column 'x' has missing"),
        (columns(x=[1.0, 2.0], y=[0, None]), "a.parquet", r"column 'y' lacks the labels of some"),
        (columns(x=[1.0, 2.0], y=[0.5, 0.1]), "a.parquet", r"column 'y' holds numbers, not cl"),
        (columns(y=[0, 1]), "a.parquet", r"neither pictures, numbers nor text"),
        (columns(image=[b"no", b"png"], y=[0, 1]), "a.parquet", r"column 'image' holds what is no"),
        (lambda f: (f / "a.xls").write_text("x"), "a.xls", r"can be read: \.parquet, \.csv"),
    ],
)
def test_what_is_wrong_is_one_clear_sentence(folder, prepare, name, said):
    if prepare:
        prepare(folder)
    with pytest.raises(SourceError, match=said) as raised:
        load(f"hf:{folder}/{name}" if name else f"hf:{folder}")
    assert "\n" not in str(raised.value)


def test_a_set_of_the_hub_that_isn_t_here_says_what_to_do(folder, tmp_path):
    with pytest.raises(SourceError, match=r"hf:ag_news isn't here: set WEIGHHOUSE_DOWNLOAD=1") as e:
        digest("hf:ag_news")
    assert f"(looked in {tmp_path / 'cache'})" in str(e.value)
    assert "hf:FOLDER" in str(e.value)


def test_a_set_that_the_library_has_cached_needs_no_network(folder, tmp_path):
    """What the library leaves after a download: its Arrow file, below the set's name."""
    from datasets import ClassLabel, Dataset, Features, SplitDict, SplitInfo, Value

    features = Features({"x": Value("int64"), "label": ClassLabel(names=["a", "b"])})
    rows = Dataset.from_dict({"x": [5, 6], "label": [0, 1]}, features=features)
    place = tmp_path / "cache" / "someone___things" / "default" / "0.0.0" / "abc"
    place.mkdir(parents=True)
    rows.save_to_disk(str(tmp_path / "saved"))
    arrow = next((tmp_path / "saved").glob("*.arrow"))
    (place / "things-train.arrow").write_bytes(arrow.read_bytes())
    info = rows.info
    info.config_name, info.dataset_name, info.version = "default", "things", "0.0.0"
    info.splits = SplitDict({"train": SplitInfo("train", 100, 2, dataset_name="things")})
    info.write_to_directory(str(place))
    code = (
        "from suites.common.sources import load; data = load('hf:someone/things');"
        "print(data.inputs.tolist(), data.labels.tolist(), data.class_names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[[5.0], [6.0]] [0, 1] ('a', 'b')", done.stderr
