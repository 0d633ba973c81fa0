"""Merging checkpoints: the numbers are the method's, and nothing half-written has a name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from bench.catalogue.registry import catalogue
from suites.merging.apply import WRITTEN, CheckpointError, Request, apply
from suites.merging.apply.checkpoints import open_checkpoint
from suites.merging.apply.given import Call, lacking
from suites.merging.apply.trial import ROWS, TENSORS, WHOLE, try_out
from suites.merging.problem import MergingProblem
from tests.suites.merging.apply.files import family, saved, state

METHODS = {
    name: entry for name, entry in catalogue().methods["merging"].items() if entry.kind == "method"
}
ON_WEIGHTS = [name for name, entry in METHODS.items() if not lacking(entry.needs, True, False)]


def call(name: str) -> Call:
    entry = METHODS[name]
    function = getattr(import_module(f"methods.merging.{name}"), entry.function)
    return lambda problem: function(problem, **(entry.params or {}))


def request(name: str, folder: Path, paths: list[Path], **more) -> Request:
    base = paths[0] if "pretrained" in METHODS[name].needs else None
    return Request(
        call(name),
        METHODS[name].needs,
        tuple(paths[1:]),
        **{"out": folder / "merged.safetensors", "pretrained": base, **more},
    )


def quiet(*_told: object) -> None:
    """No progress."""


@pytest.mark.parametrize("name", ON_WEIGHTS)
def test_what_is_written_is_what_the_method_gives_on_the_states(
    name, tmp_path, monkeypatch
) -> None:
    if "random" in METHODS[name].traits:  # portions have draws of their own
        monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.empty(*shape).fill_(0.66))
    paths = family(tmp_path)
    order = open_checkpoint(paths[0]).entries  # a method that draws does so name by name
    start, *experts = ({key: state(number)[key] for key in order} for number in range(4))
    problem = MergingProblem(nn.Module(), experts, pretrained=start)
    merged = call(name)(problem)
    if callable(merged):
        with pytest.raises(CheckpointError, match="no file of weights holds"):
            apply(request(name, tmp_path, paths), quiet)
        return
    applied = apply(request(name, tmp_path, paths), quiet)
    wanted = [merged] if isinstance(merged, dict) else merged
    assert len(applied.files) == len(wanted)
    for file, tensors in zip(applied.files, wanted, strict=True):
        written = load_file(file)
        assert set(written) == set(tensors)
        for key, tensor in tensors.items():
            assert torch.equal(written[key], tensor), key


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("average", ROWS), ("task_arithmetic", ROWS), ("breadcrumbs", ROWS), ("regmean", ROWS)),
        *(("dare", ROWS), ("della", ROWS), ("model_stock", TENSORS), ("iso_c", TENSORS)),
        *(("lines", TENSORS), ("ties", WHOLE), ("dare_ties", WHOLE), ("opcm", WHOLE)),
    ],
)
def test_a_method_is_given_as_little_at_a_time_as_changes_no_digit(name, expected) -> None:
    assert try_out(call(name), METHODS[name].needs).portion == expected


def test_a_method_that_looks_at_all_names_is_given_them_with_each_tensor(tmp_path) -> None:
    # LiNeS scales a block by its place among all blocks
    states = [
        {f"blocks.{block}.weight": torch.full((2, 3), float(number)) for block in range(3)}
        for number in range(3)
    ]
    paths = [saved(tmp_path, f"{number}.safetensors", s) for number, s in enumerate(states)]
    applied = apply(request("lines", tmp_path, paths), quiet)
    written = load_file(tmp_path / "merged.safetensors")
    # 0 + (1/2 + 0.5 l / 2) (1 + 2), l = 0, 1, 2
    assert [float(written[f"blocks.{block}.weight"][0, 0]) for block in range(3)] == [1.5, 2.25, 3]
    assert applied.portion == TENSORS


def test_portions_of_a_method_that_draws_have_draws_of_their_own(tmp_path, monkeypatch) -> None:
    # all weights change by 1, and DARE keeps a tenth of them: of every row others
    monkeypatch.setattr("suites.merging.apply.merging.PIECE", 100)
    names = ("a.weight", "b.weight")
    start = {name: torch.zeros(200, 100) for name in names}
    moved = {name: torch.ones(200, 100) for name in names}
    paths = [saved(tmp_path, f"{i}.safetensors", s) for i, s in enumerate((start, moved, start))]

    def merged(seed: int) -> torch.Tensor:
        apply(request("dare", tmp_path, paths, seed=seed), quiet)
        written = load_file(tmp_path / "merged.safetensors")
        return torch.cat([written[name] for name in names])

    monkeypatch.setitem(METHODS, "dare", replace(METHODS["dare"], params={"drop": 0.9, "scale": 1}))
    kept = merged(1) != 0
    assert len(kept.unique(dim=0)) == 400
    assert abs(float(kept.float().mean()) - 0.1) < 6 * (0.09 / 40000) ** 0.5
    assert torch.equal(merged(1) != 0, kept)
    assert not torch.equal(merged(2) != 0, kept)


def test_tensors_are_merged_some_rows_at_a_time_where_they_are_large(tmp_path, monkeypatch) -> None:
    paths = family(tmp_path)
    apply(request("task_arithmetic", tmp_path, paths), quiet)
    whole = load_file(tmp_path / "merged.safetensors")
    monkeypatch.setattr("suites.merging.apply.merging.PIECE", 18)  # 3 rows of 6 numbers
    read = []
    apply(request("task_arithmetic", tmp_path, paths), lambda *told: read.append(told))
    assert len({done for _, done, _ in read}) == 12 / 3 + 6 / 3 + 2 + 1  # and 'written'
    again = load_file(tmp_path / "merged.safetensors")
    assert all(torch.equal(tensor, again[name]) for name, tensor in whole.items())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_numbers_are_computed_in_single_precision_at_least_and_written_as_they_came(
    dtype, tmp_path
) -> None:
    paths = family(tmp_path, 3, dtype)
    apply(request("average", tmp_path, paths), quiet)
    states = [state(number, dtype) for number in (1, 2, 3)]
    for name, tensor in load_file(tmp_path / "merged.safetensors").items():
        exact = torch.stack([s[name].double() for s in states]).mean(0)
        assert tensor.dtype == dtype
        assert torch.equal(tensor, exact.to(torch.promote_types(dtype, torch.float32)).to(dtype))


def test_a_tied_head_is_merged_once_and_written_twice(tmp_path) -> None:
    paths = []
    for number in range(3):
        tensors = state(number)
        tensors["head.weight"] = tensors["embed.weight"]
        paths.append(saved(tmp_path, f"{number}.pt", tensors))
    applied = apply(request("task_arithmetic", tmp_path, paths), quiet)
    written = load_file(tmp_path / "merged.safetensors")
    assert torch.equal(written["head.weight"], written["embed.weight"])
    assert applied.notes == ("'head.weight' is 'embed.weight': merged once, written under both.",)


def test_counters_are_the_pretrained_ones_and_running_statistics_the_mean(tmp_path) -> None:
    paths = []
    for number in range(3):
        tensors = {
            **state(number),
            "norm.running_var": torch.full((6,), 1.0 + number),
            "norm.num_batches_tracked": torch.tensor(number),
        }
        paths.append(saved(tmp_path, f"{number}.safetensors", tensors))
    apply(request("task_arithmetic", tmp_path, paths), quiet)
    written = load_file(tmp_path / "merged.safetensors")
    assert torch.equal(written["norm.running_var"], torch.full((6,), 2.5))  # of 2 and 3
    assert written["norm.num_batches_tracked"] == 0


def test_regmean_reads_what_layers_see(tmp_path) -> None:
    paths = family(tmp_path, 2)
    draws = torch.Generator().manual_seed(5)
    seen = {f"{i}/layer.weight": torch.randn(20, 6, generator=draws) for i in range(2)}
    inputs = saved(tmp_path, "inputs.safetensors", seen)
    apply(request("regmean", tmp_path, paths, inputs=inputs), quiet)
    written = load_file(tmp_path / "merged.safetensors")
    # each expert's outputs are repeated as well as one matrix can: with one's inputs alone, exactly
    only = {**seen, "1/layer.weight": torch.zeros(20, 6)}
    inputs = saved(tmp_path, "only.safetensors", only)
    apply(request("regmean", tmp_path, paths, inputs=inputs), quiet)
    alone = load_file(tmp_path / "merged.safetensors")["layer.weight"]
    assert torch.allclose(alone, state(1)["layer.weight"], atol=1e-5)
    assert not torch.allclose(written["layer.weight"], alone, atol=1e-3)


def test_a_pretrained_checkpoint_that_the_method_doesnt_ask_for_is_told_of(tmp_path) -> None:
    paths = family(tmp_path, 2)
    applied = apply(request("average", tmp_path, paths, pretrained=paths[0]), quiet)
    assert applied.notes == (
        "the pretrained checkpoint wasn't read: this method doesn't ask for it.",
    )


def test_the_file_says_how_it_was_made(tmp_path) -> None:
    paths = family(tmp_path, 2)
    apply(request("average", tmp_path, paths, about={"method": "Average"}), quiet)
    with safe_open(tmp_path / "merged.safetensors", "pt") as file:
        about = file.metadata()
    digests = {str(path): sha256(path.read_bytes()).hexdigest() for path in paths[1:]}
    assert about["method"] == "Average"
    assert json.loads(about["inputs"]) == digests


WRONG = {
    "no pretrained": ("ties", {"pretrained": None}, "--pretrained FILE"),
    "no inputs": ("regmean", {}, "--inputs FILE"),
    "inputs that aren't read": ("ties", {"inputs": Path("x.safetensors")}, "leave --inputs out"),
    "a network that must run": ("fisher", {}, "which takes running the network"),
    "one expert": ("average", {"experts": 1}, "give two or more experts"),
    "another ending": ("average", {"out": Path("merged.pt")}, "end its name so"),
    "no folder": ("average", {"out": Path("no/such/m.safetensors")}, "there is no folder"),
    "over an input": ("average", {"out": Path("1.safetensors")}, "is one of the inputs"),
    "over a base that isn't read": (
        "average",
        {"out": Path("0.safetensors"), "pretrained": True},
        "is one of the inputs",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cant_be_done_is_told_in_a_sentence_and_writes_nothing(what, tmp_path) -> None:
    name, more, sentence = WRONG[what]
    paths = family(tmp_path, more.get("experts", 3))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    changed = {key: value for key, value in more.items() if key != "experts"}
    if changed.get("pretrained"):
        changed["pretrained"] = paths[0]
    if "out" in changed:
        changed["out"] = tmp_path / changed["out"]
    with pytest.raises(CheckpointError) as error:
        apply(request(name, tmp_path, paths, **changed), quiet)
    assert sentence in str(error.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_disk_without_room_is_told_beforehand(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, 9))
    with pytest.raises(CheckpointError, match="Make room, or name another disk"):
        apply(request("average", tmp_path, family(tmp_path)), quiet)


@pytest.mark.parametrize("name", ["tall_masks", "emr"])
def test_room_is_asked_for_every_file_of_a_method_that_writes_one_an_expert(
    name, tmp_path, monkeypatch
) -> None:
    # three experts: room for two files is too little, room for three is enough
    paths = family(tmp_path)
    size = open_checkpoint(paths[0]).size
    before = set(tmp_path.iterdir())

    def free(count: int) -> None:
        disk = shutil._ntuple_diskusage(0, 0, count * size)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: disk)

    free(2)
    with pytest.raises(CheckpointError, match=r"will be written \(3 files of .*Make room"):
        apply(request(name, tmp_path, paths), quiet)
    assert set(tmp_path.iterdir()) == before
    free(3)
    assert len(apply(request(name, tmp_path, paths), quiet).files) == 3
    free(1)
    assert len(apply(request("ties", tmp_path, paths), quiet).files) == 1


@pytest.mark.parametrize("name", ["average", "ties"])
def test_what_isnt_finite_is_refused_and_leaves_what_was_there(name, tmp_path) -> None:
    paths = family(tmp_path)
    broken = state(2)
    broken["norm.weight"][1] = torch.nan
    saved(tmp_path, "2.safetensors", broken)
    (tmp_path / "merged.safetensors").write_text("an earlier one")
    with pytest.raises(
        CheckpointError, match=r"'norm\.weight' became infinite or NaN: .*2\.safetensors holds"
    ):
        apply(request(name, tmp_path, paths), quiet)
    assert (tmp_path / "merged.safetensors").read_text() == "an earlier one"
    assert not list(tmp_path.glob("*.tmp"))


def test_a_state_for_each_expert_isnt_written_over_an_expert(tmp_path) -> None:
    # --out e.safetensors writes e-0, e-1, ..., which may be what the experts are called
    paths = [saved(tmp_path, f"e-{number}.safetensors", state(number)) for number in range(3)]
    before = {path: path.read_bytes() for path in paths}
    with pytest.raises(CheckpointError, match=r"e-0\.safetensors is one of the inputs"):
        apply(
            request(
                "tall_masks", tmp_path, paths, out=tmp_path / "e.safetensors", pretrained=paths[0]
            ),
            quiet,
        )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_last_step_comes_when_all_is_merged_and_nothing_has_its_name(tmp_path) -> None:
    steps = []

    def told(step: str, done: int, size: int) -> None:
        steps.append((step, done, size, (tmp_path / "merged.safetensors").exists()))

    apply(request("average", tmp_path, family(tmp_path)), told)
    *merging, last = steps
    assert last == (WRITTEN, 1, 1, False)
    _, done, size, _ = merging[-1]
    given = [open_checkpoint(tmp_path / f"{number}.safetensors") for number in (1, 2, 3)]
    assert done == size == sum(checkpoint.size for checkpoint in given)


def test_what_is_raised_in_the_last_step_leaves_nothing(tmp_path) -> None:
    def told(step: str, _done: int, _size: int) -> None:
        if step == WRITTEN:
            raise KeyboardInterrupt

    paths = family(tmp_path)
    before = set(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        apply(request("average", tmp_path, paths), told)
    assert set(tmp_path.iterdir()) == before


RETURNED = {
    "what it was given": lambda problem: problem.experts[0],
    "what it was given, though it looks at all": lambda problem: problem.experts[
        int(sum(t.double().sum() for t in problem.experts[0].values()) == 0)
    ],
    "one state for several experts": lambda problem: [dict(problem.experts[0])] * 3,
}


@pytest.mark.parametrize("what", RETURNED)
def test_a_method_may_return(what, tmp_path) -> None:
    paths = family(tmp_path)
    out = tmp_path / "merged.safetensors"
    applied = apply(Request(RETURNED[what], (), tuple(paths[1:]), out), quiet)
    for file in applied.files:
        written = load_file(file)
        assert all(torch.equal(written[name], tensor) for name, tensor in state(1).items())
