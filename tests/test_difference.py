"""``diff`` says nothing of equal files, and names each kind of difference of others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.corpus.sources.paths import other_roots
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import DsfError, FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features import matching
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.steps import Steps, firsts
from deepspectrum_features.recipe import LogMel, Recipe, Zhao2018Asmmc
from deepspectrum_features.testing import tiny_corpus, tone

DSF = Path(sys.executable).with_name("dsf")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Return a file of 7 rows, one refused input, frames and attention."""
    folder = tiny_corpus(tmp_path_factory.mktemp("made") / "tones", speakers=2, per_class=2)
    soundfile.write(folder / "spk2_low_2.wav", tone(500, 0.01), 16000)
    extract(folder, folder / "out.h5", encoder=encoder, frames=True, attention=True)
    return folder / "out.h5"


def in_memory(path: Path) -> FeatureFile:
    """Read a file with all its steps."""
    table = FeatureFile.open(path)
    for name in ("frames", "attention"):
        steps = getattr(table, name)
        if steps is not None:
            setattr(table, name, replace(steps, values=steps.values[:]))
    return table


def take(table: FeatureFile, rows: list[int]) -> FeatureFile:
    """Return some rows of a table, in another order if need be."""
    fields: dict[str, Any] = {}
    for name in ("file", "label", "speaker", "split", "content"):
        fields[name] = [getattr(table, name)[row] for row in rows if getattr(table, name)]
    for name in ("features", "start", "end", "seen", "scores"):
        fields[name] = getattr(table, name)[rows]
    for name in ("frames", "attention"):
        steps = getattr(table, name)
        count = steps.count[rows]
        values = np.concatenate([steps[row] for row in rows])
        times = (steps.step_seconds, steps.first_step_centre_seconds)
        fields[name] = Steps(values, firsts(count), count, *times)
    return replace(table, **fields)


def changed(path: Path, place: Path, change: Callable[[FeatureFile], object]) -> list[str]:
    """Change a copy, and compare it both ways: the same things differ, the other way round."""
    table = in_memory(path)
    found = change(table)
    (found if isinstance(found, FeatureFile) else table).write(place / "changed.h5")
    back = differences(place / "changed.h5", path)
    there = differences(path, place / "changed.h5")
    assert len(back) == len(there)
    assert all("\n" not in line for line in there)
    return there


def test_two_runs_of_one_command_do_not_differ(
    made: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["dsf", "on another day"])
    again = tmp_path / "again.h5"
    extract(made.parent, again, encoder=encoder, frames=True, attention=True, jobs=1)
    commands = [FeatureFile.open(path).attributes["command"] for path in (made, again)]
    assert commands[0] != commands[1]
    assert differences(made, again) == []
    assert differences(str(made), made) == []


def test_the_order_of_rows_does_not_matter(made: Path, tmp_path: Path) -> None:
    order = [3, 0, 6, 2, 5, 1, 4]

    def shuffle(table: FeatureFile) -> FeatureFile:
        return take(table, order)

    assert changed(made, tmp_path, shuffle) == []
    shuffled = FeatureFile.open(tmp_path / "changed.h5")
    assert shuffled.file == [FeatureFile.open(made).file[row] for row in order]

    def shuffle_wrongly(table: FeatureFile) -> FeatureFile:
        return replace(take(table, order), features=table.features)

    assert changed(made, tmp_path, shuffle_wrongly)[0].startswith("features: 7 of 7 rows differ")


def test_rows_match_by_their_key(made: Path, tmp_path: Path) -> None:
    def rename(name: str, start: float) -> Callable[[FeatureFile], None]:
        def change(table: FeatureFile) -> None:
            table.file[0] = name
            table.start[0] += start

        return change

    composed = unicodedata.normalize("NFC", "grün.wav")
    assert changed(made, tmp_path, rename(composed, 0.0)) != []
    shutil.move(tmp_path / "changed.h5", tmp_path / "nfc.h5")
    decomposed = unicodedata.normalize("NFD", composed)
    assert changed(tmp_path / "nfc.h5", tmp_path, rename(decomposed, 1e-7)) == []
    found = changed(tmp_path / "nfc.h5", tmp_path, rename(decomposed, 1e-5))
    assert [line.split(":")[0] for line in found] == ["rows", "rows"]


def test_values_that_differ_are_counted_and_the_largest_is_shown(
    made: Path, tmp_path: Path
) -> None:
    def change(table: FeatureFile) -> None:
        table.features[2, 3] += np.float32(0.125)
        table.features[5, 0] -= np.float32(0.5)
        table.features[5, 1] += np.float32(0.25)

    assert changed(made, tmp_path, change) == [
        "features: 2 of 7 rows differ, by up to 0.5 (spk2_high_2.wav, fcn_000)"
    ]

    def one_bit(table: FeatureFile) -> None:
        table.features[1, 2] = np.nextafter(table.features[1, 2], np.float32(9))

    line = changed(made, tmp_path, one_bit)
    assert len(line) == 1
    assert line[0].startswith("features: 1 of 7 rows differ, by up to ")
    assert line[0].endswith("(spk1_high_2.wav, fcn_002)")

    def infinite(table: FeatureFile) -> None:
        table.features[4, 4] = np.nan

    assert changed(made, tmp_path, infinite) == [
        "features: 1 of 7 rows differ, by up to inf (spk2_high_1.wav, blstm_000)"
    ]


def test_rows_of_several_blocks_are_compared_as_one(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_BLOCK_BYTES", 1)  # as few rows at a time as there can be
    monkeypatch.setattr(matching, "_TOGETHER", 2)
    turned = [6, 5, 4, 3, 2, 1, 0]

    def change(table: FeatureFile) -> FeatureFile:
        table.features[1, 0] += np.float32(0.125)
        table.features[3, 2] += np.float32(0.5)
        table.features[6, 1] += np.float32(0.25)
        return take(table, turned)

    assert changed(made, tmp_path, change) == [
        f"features: 3 of 7 rows differ, by up to 0.5 ({FeatureFile.open(made).file[3]}, fcn_002)"
    ]
    assert changed(made, tmp_path, lambda table: take(table, turned)) == []


def test_scores_that_differ(made: Path, tmp_path: Path) -> None:
    def change(table: FeatureFile) -> None:
        assert table.scores is not None
        table.scores[6, 1] += np.float32(2)

    line = changed(made, tmp_path, change)
    assert line == ["scores: 1 of 7 rows differ, by up to 2 (spk2_low_1.wav, low)"]

    def reverse(table: FeatureFile) -> None:
        table.class_name.reverse()

    assert changed(made, tmp_path, reverse) == ["scores: other columns, or another order"]

    def forget(table: FeatureFile) -> None:
        table.scores, table.class_name = None, []

    assert changed(made, tmp_path, forget) == ["scores: in the first file alone"]


def test_rows_of_one_file_alone(made: Path, tmp_path: Path) -> None:
    def fewer(rows: list[int]) -> Callable[[FeatureFile], FeatureFile]:
        return lambda table: take(table, rows)

    found = changed(made, tmp_path, fewer([0, 1, 2, 3, 4, 6]))
    end = soundfile.info(made.parent / "spk2_high_2.wav").duration
    assert found == [f"rows: 1 in the first file alone: spk2_high_2.wav [0-{end:g} s]"]
    found = changed(made, tmp_path, fewer([0, 2]))
    assert len(found) == 1
    assert found[0].startswith("rows: 5 in the first file alone: spk1_high_2.wav [0-")
    assert found[0].count("spk") == 3
    assert found[0].endswith(", ...")
    back = differences(tmp_path / "changed.h5", made)
    assert back[0].startswith("rows: 5 in the second file alone: ")

    def longer(table: FeatureFile) -> None:
        table.end[0] += 1

    found = changed(made, tmp_path, longer)
    assert [line.split(":")[:2] for line in found] == [
        ["rows", " 1 in the first file alone"],
        ["rows", " 1 in the second file alone"],
    ]


@pytest.mark.slow
def test_columns_that_differ(made: Path, tmp_path: Path) -> None:
    def rename(table: FeatureFile) -> None:
        table.feature_name[4] = "abc"

    assert changed(made, tmp_path, rename) == [
        "columns: 1 in the first file alone: blstm_000",
        "columns: 1 in the second file alone: abc",
    ]

    def swap(table: FeatureFile) -> None:
        table.feature_name[:2] = table.feature_name[1::-1]

    assert changed(made, tmp_path, swap) == ["features: other columns, or another order"]

    def narrow(table: FeatureFile) -> FeatureFile:
        return replace(table, features=table.features[:, :9], feature_name=table.feature_name[:9])

    assert changed(made, tmp_path, narrow) == [
        "columns: 3 in the first file alone: blstm_005, blstm_006, blstm_007"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["label", "speaker", "content"])
def test_facts_that_differ(made: Path, tmp_path: Path, name: str) -> None:
    def change(table: FeatureFile) -> None:
        getattr(table, name)[2] = "other"
        getattr(table, name)[5] = "other"

    old = getattr(FeatureFile.open(made), name)[2]
    assert changed(made, tmp_path, change) == [
        f"{name}: 2 of 7 rows differ (spk1_low_1.wav: {old}, other)"
    ]
    found = changed(made, tmp_path, lambda table: getattr(table, name).clear())
    assert found == [f"{name}: in the first file alone"]


@pytest.mark.slow
def test_seen_and_split_that_differ(made: Path, tmp_path: Path) -> None:
    def seen(table: FeatureFile) -> None:
        table.seen[3] = 2

    def split(table: FeatureFile) -> None:
        table.split = ["train"] * 7

    assert changed(made, tmp_path, seen) == ["seen: 1 of 7 rows differ (spk1_low_2.wav: 0, 2)"]
    assert changed(made, tmp_path, split) == ["split: in the second file alone"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frames", "attention"])
def test_steps_that_differ(made: Path, tmp_path: Path, name: str) -> None:
    def one_value(table: FeatureFile) -> None:
        steps = getattr(table, name)
        flat = steps[4].reshape(-1)
        flat[7] = np.nextafter(flat[7], np.float32(9))

    def one_less(table: FeatureFile) -> None:
        steps = getattr(table, name)
        count = steps.count - np.array([0] * 6 + [1], np.int32)
        values = steps.values[: count.sum()]
        setattr(table, name, replace(steps, values=values, first=firsts(count), count=count))

    assert changed(made, tmp_path, one_value) == [f"{name}: 1 of 7 rows differ"]
    assert changed(made, tmp_path, one_less) == [f"{name}: 1 of 7 rows differ"]
    found = changed(made, tmp_path, lambda table: setattr(table, name, None))
    assert found == [f"{name}: in the first file alone"]

    def slower(table: FeatureFile) -> None:
        setattr(table, name, replace(getattr(table, name), step_seconds=0.02))

    def later(table: FeatureFile) -> None:
        setattr(table, name, replace(getattr(table, name), first_step_centre_seconds=0.5))

    assert changed(made, tmp_path, slower) == [f"{name}: step_seconds 0.01, 0.02"]
    assert changed(made, tmp_path, later) == [f"{name}: first_step_centre_seconds 0.0125, 0.5"]


@pytest.mark.slow
def test_the_ledger_differs(made: Path, tmp_path: Path) -> None:
    reason = "160 samples, need at least 400 (25 ms at 16000 Hz)"
    (line,) = changed(made, tmp_path, lambda table: table.refused.clear())
    assert line.startswith(f"refused: 1 in the first file alone: spk2_low_2.wav: {reason}")
    more = Refusal("b.wav", 0.5, None, "open", "0 bytes")
    (line,) = changed(made, tmp_path, lambda table: table.refused.append(more))
    assert line.startswith("refused: 1 in the second file alone: b.wav [0.5-end s]: 0 bytes")


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [{"stage": "open"}, {"start": 1000.0001, "end": 2000.0}], ids=["stage", "start"]
)
def test_the_ledger_differs_in_every_column(
    made: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    def first(table: FeatureFile) -> None:
        table.refused[0] = replace(table.refused[0], start=1000.0002, end=2000.0, stage="frame")

    def second(table: FeatureFile) -> None:
        table.refused[0] = replace(table.refused[0], **change)

    changed(made, tmp_path, first)
    shutil.move(tmp_path / "changed.h5", tmp_path / "first.h5")
    found = changed(tmp_path / "first.h5", tmp_path, second)
    assert found
    assert all(line.startswith("refused: ") for line in found)


@pytest.mark.slow
def test_attributes_that_differ(made: Path, tmp_path: Path) -> None:
    def other(table: FeatureFile) -> None:
        table.attributes |= {"corpus": "bells", "command": "x", "created": "y", "note": "z" * 99}
        versions = json.loads(table.attributes["versions"]) | {"soxr": "9.9"}
        table.attributes["versions"] = json.dumps(versions)
        del table.attributes["licence"]

    old = json.loads(FeatureFile.open(made).attributes["versions"])["soxr"]
    assert changed(made, tmp_path, other) == [
        "corpus: tones, bells",
        "licence: CC0-1.0, none",
        f"note: none, {'z' * 24}",
        f"versions soxr: {old}, 9.9",
    ]


@pytest.mark.slow
def test_versions_in_another_order_do_not_differ(made: Path, tmp_path: Path) -> None:
    def reorder(table: FeatureFile) -> None:
        versions = json.loads(table.attributes["versions"])
        table.attributes["versions"] = json.dumps(dict(reversed(versions.items())))

    assert changed(made, tmp_path, reorder) == []


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Return a second encoder, of 15 columns: more bands, another kernel, a wider BLSTM."""
    import torch

    from deepspectrum_features.networks import build_network
    from deepspectrum_features.training.exporting import to_onnx
    from deepspectrum_features.training.metadata import encoder_metadata

    network = Zhao2018Asmmc(
        view=LogMel(bands=12), filters=(3, 5), kernels=(4, 5), lstm_units=5, head_units=16
    )
    recipe = Recipe(preset="tiny", network=network)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        built = build_network(recipe, classes=2)
    metadata = encoder_metadata(built, recipe, name="wider", licence="MIT", classes=["high", "low"])
    path = tmp_path_factory.mktemp("wider") / "wider.onnx"
    return to_onnx(built, path, metadata)


@pytest.mark.slow
def test_two_encoders_differ_in_the_fields_of_their_recipes(
    made: Path, tmp_path: Path, encoder: Encoder, wider: Encoder
) -> None:
    extract(made.parent, tmp_path / "wider.h5", encoder=wider, frames=True, attention=True)
    found = differences(made, tmp_path / "wider.h5")
    assert [line for line in found if line.startswith("recipe ")] == [
        "recipe network.filters: [3, 4], [3, 5]",
        "recipe network.kernels: [4, 3], [4, 5]",
        "recipe network.lstm_units: 4, 5",
        "recipe network.view.bands: 10, 12",
    ]
    assert "encoder: tiny, wider" in found
    assert "licence: CC0-1.0, MIT" in found
    assert f"encoder_sha256: {encoder.sha256[:24]}, {wider.sha256[:24]}" in found
    assert f"options encoder_sha256: {encoder.sha256}, {wider.sha256}" in found
    columns = "fcn_004, blstm_008, blstm_009"
    assert f"columns: 3 in the second file alone: {columns}" in found
    assert any(line.startswith("scores: 7 of 7 rows differ, by up to ") for line in found)
    assert "frames: 7 of 7 rows differ" in found
    assert "attention: 7 of 7 rows differ" in found
    assert not [line for line in found if line.startswith(("rows", "label", "refused"))]


@pytest.mark.slow
def test_other_options_are_named(
    made: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = made.parent, tmp_path / "other.h5"
    options: dict[str, Any] = {"encoder": encoder, "frames": True, "attention": True}
    extract(source, out, channel=1, **options)
    found = differences(made, out)
    assert found[0] == "options channel: None, 1"
    assert [line.split(":")[0] for line in found[1:]] == ["plan_key"], "mono: nothing else differs"
    extract(source, out, encoder=encoder, attention=True, overwrite=True)
    found = differences(made, out)
    assert found[0] == "options frames: True, None"
    assert found[1].startswith("plan_key: ")
    assert found[2:] == ["frames: in the first file alone"]
    extract(source, out, chunk=0.5, overwrite=True, **options)
    found = differences(made, out)
    assert found[0] == "chunk_seconds: none, 0.5"
    assert found[1].startswith("plan_key: ")
    assert found[2].startswith("rows: 7 in the first file alone: ")
    assert "in the second file alone: spk1_high_1.wav [0-0.5 s], " in found[3]
    assert len(found) == 4
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    extract(source, out, shard=(1, 2), overwrite=True, **options)
    found = differences(made, out)
    assert found[0] == "shard: none, 1/2"
    assert found[1].startswith("rows: ")


@pytest.mark.slow
def test_all_that_differs_is_told(made: Path, tmp_path: Path) -> None:
    def change(table: FeatureFile) -> None:
        table.features[0, 0] += 1
        table.label[1] = "other"
        table.attributes["corpus"] = "bells"
        table.refused.clear()

    found = changed(made, tmp_path, change)
    assert [line.split(":")[0] for line in found] == ["corpus", "features", "label", "refused"]


@pytest.mark.slow
def test_no_row_in_common(made: Path, tmp_path: Path) -> None:
    def rename(table: FeatureFile) -> None:
        table.file = [f"other/{file}" for file in table.file]

    found = changed(made, tmp_path, rename)
    assert [line.split(":")[:2] for line in found] == [
        ["rows", " 7 in the first file alone"],
        ["rows", " 7 in the second file alone"],
        ["paths are relative to different folders", " spk1_high_1.wav is other/spk1_high_1.wav"],
    ]


def test_files_of_many_folders_are_relative_to_none() -> None:
    bare = ["1.wav", "2.wav", "3.wav"]
    folders = ["a/1.wav", "b/2.wav", "c/3.wav"]
    assert other_roots(bare, folders) == other_roots(folders, bare) == ""
    assert other_roots(["a/1.wav", "a/2.wav", "c/3.wav"], bare).endswith(": a/1.wav is 1.wav")


@pytest.mark.slow
def test_a_row_that_stands_twice_is_told(made: Path, tmp_path: Path) -> None:
    def double(table: FeatureFile) -> FeatureFile:
        return take(table, [0, 1, 2, 3, 4, 5, 6, 6])

    assert changed(made, tmp_path, double) != []


@pytest.mark.slow
@pytest.mark.parametrize("text", ["nonsense", "[1]"])
def test_a_broken_attribute_is_refused_in_one_line(made: Path, tmp_path: Path, text: str) -> None:
    shutil.copy(made, tmp_path / "broken.h5")
    with h5py.File(tmp_path / "broken.h5", "a") as store:
        store.attrs["versions"] = text
    with pytest.raises(
        FeatureFileError, match=r"broken\.h5: attribute versions: not a JSON object$"
    ):
        differences(made, tmp_path / "broken.h5")


def test_paths_of_another_root_are_said_to_be_that(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    whole, part, above = tmp_path / "whole.h5", tmp_path / "part.h5", folder.parent
    extract(folder, part, encoder=encoder)
    extract(above, whole, encoder=encoder)
    name = FeatureFile.open(part).file[0]
    line = "paths are relative to different folders: {} is {}"
    assert line.format(name, f"{folder.name}/{name}") in differences(part, whole)
    assert line.format(f"{folder.name}/{name}", name) in differences(whole, part)
    assert not [one for one in differences(part, part) if "relative" in one]


@pytest.mark.slow
def test_what_cannot_be_read_is_one_line(made: Path, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("hello")
    soundfile.write(tmp_path / "tone.wav", tone(440, 0.1), 16000)
    (tmp_path / "empty.h5").touch()
    (tmp_path / "half.h5").write_bytes(made.read_bytes()[:20_000])
    for name, reason in (
        ("text.h5", r"not a readable feature file \(a text file\)"),
        ("tone.wav", r"not a readable feature file \(WAV, a recording: dsf extract writes"),
        ("empty.h5", r"not a readable feature file \(0 bytes\)"),
        ("half.h5", "not a readable feature file"),
        ("gone.h5", "no such file"),
        (".", "a folder"),
    ):
        for pair in ((made, tmp_path / name), (tmp_path / name, made)):
            with pytest.raises(FeatureFileError, match=reason) as caught:
                differences(*pair)
            assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_damaged_steps_are_one_line(made: Path, tmp_path: Path) -> None:
    """Values of steps are read late, when the file has long been opened."""
    copy = tmp_path / "damaged.h5"
    content = bytearray(made.read_bytes())
    with h5py.File(made) as store:
        chunk = store["frames/values"].id.get_chunk_info(0)
    content[chunk.byte_offset + 100] ^= 0xFF
    copy.write_bytes(content)
    with pytest.raises(DsfError, match=r"damaged\.h5") as caught:
        differences(made, copy)
    assert "\n" not in str(caught.value)


def dsf_diff(*paths: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [str(DSF), "diff", *map(str, paths)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_exit_codes(made: Path, tmp_path: Path) -> None:
    shutil.copy(made, tmp_path / "same.h5")
    assert dsf_diff(made, tmp_path / "same.h5") == (0, "", "")
    changed(made, tmp_path, lambda table: table.label.clear())
    assert dsf_diff(made, tmp_path / "changed.h5") == (4, "label: in the first file alone\n", "")
    code, stdout, stderr = dsf_diff(made, tmp_path / "gone.h5")
    assert (code, stdout) == (1, "")
    assert stderr == f"error: {tmp_path / 'gone.h5'}: no such file, need a feature file\n"
    assert dsf_diff(made)[0] == 2


def test_families_are_compared_by_column(tmp_path: Path, made: Path) -> None:
    table = FeatureFile.open(made)
    names = table.feature_name
    told = replace(table, feature_family=list(table.families))
    told.write(tmp_path / "told.h5")
    assert differences(made, tmp_path / "told.h5") == []
    told.feature_family[0] = "other"
    told.write(tmp_path / "other.h5")
    assert differences(made, tmp_path / "other.h5") == [
        f"feature_family: 1 column of another family ({names[0]}: fcn, other)"
    ]
