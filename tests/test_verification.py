"""``verify`` finds nothing in good files, and every damage that is done to one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.errors import DsfError, FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features import verification_apart
from deepspectrum_features.features.verification import verify
from deepspectrum_features.testing import tiny_corpus, tone

DSF = Path(sys.executable).with_name("dsf")
Damage = Callable[[h5py.File], object]


def corpus_with_everything(folder: Path) -> Path:
    """Write 8 tones with labels, speakers and splits, of which two give no row."""
    tiny_corpus(folder, speakers=2, per_class=2)
    soundfile.write(folder / "spk2_low_2.wav", tone(500, 0.01), 16000)
    table = folder / "corpus.csv"
    head, *lines = table.read_text().splitlines()
    table.write_text(
        "\n".join([f"{head},split", *(f"{line},train" for line in lines), "gone.wav,low,x,dev"])
        + "\n"
    )
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Return a file with all that a file may hold: 7 rows, two refused inputs."""
    folder = corpus_with_everything(tmp_path_factory.mktemp("good") / "tones")
    extract(folder, folder / "out.h5", encoder=encoder, frames=True, attention=True)
    return folder / "out.h5"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Return a file without frames, attention, labels and ledger: 4 rows."""
    folder = tiny_corpus(tmp_path_factory.mktemp("plain") / "tones", speakers=1, per_class=2)
    (folder / "corpus.csv").unlink()
    extract(folder, folder / "out.h5", encoder=encoder)
    return folder / "out.h5"


TRAINED = "zhao2018-asmmc-nemo"


@pytest.fixture(scope="module")
def bundled(plain: Path) -> Path:
    """Send the same recordings through the bundled encoder that tells classes."""
    extract(plain.parent, plain.parent / "bundled.h5", encoder=TRAINED)
    return plain.parent / "bundled.h5"


@cache
def whole(path: Path) -> bool:
    """Verify an original, once."""
    return verify(path) == []


def problems(path: Path, encoder: Encoder | None = None) -> list[str]:
    """Return what ``dsf verify`` would print; anything but an error of ours is a traceback."""
    try:
        found = verify(path, encoder)
    except DsfError as error:
        found = [str(error)]
    assert all(line and "\n" not in line for line in found)
    return found


def damaged(path: Path, place: Path, damage: Damage) -> list[str]:
    """Damage a copy and verify it."""
    copy = place / "damaged.h5"
    shutil.copy(path, copy)
    with h5py.File(copy, "a") as store:
        damage(store)
    assert whole(path)
    return problems(copy)


def replace_data(store: h5py.File, name: str, values: Any) -> None:
    del store[name]
    store[name] = values


def test_good_files_are_whole(good: Path, plain: Path, encoder: Encoder) -> None:
    for path in (good, plain):
        assert verify(path) == []
        assert verify(str(path), encoder) == []
    table = FeatureFile.open(good)
    assert (len(table.file), len(table.refused)) == (7, 2)
    assert table.label
    assert table.split
    assert table.frames is not None
    assert not FeatureFile.open(plain).label


def test_shards_segments_and_chunks_are_whole(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.wav", tone(300, 4.0), 16000)
    (tmp_path / "list.csv").write_text(
        "file,start,end,label\na.wav,0,1,low\na.wav,0,2,\na.wav,0.5,2.25,low\na.wav,3,,\n"
    )
    source = tmp_path / "list.csv"
    extract(source, tmp_path / "1.h5", encoder=encoder)
    assert verify(tmp_path / "1.h5") == []
    extract(tmp_path / "a.wav", tmp_path / "2.h5", encoder=encoder, chunk=0.7, frames=True)
    assert verify(tmp_path / "2.h5") == []
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    extract(source, tmp_path / "3.h5", encoder=encoder, shard=(2, 2), attention=True)
    assert verify(tmp_path / "3.h5") == []


@pytest.mark.slow
def test_a_file_of_the_bundled_encoder_fits_it(bundled: Path, encoder: Encoder) -> None:
    assert verify(bundled) == []
    assert verify(bundled, Encoder.open(TRAINED)) == []
    found = verify(bundled, encoder)
    assert found == [
        f"encoder {Encoder.open(TRAINED).sha256[:12]}, {encoder.path} is {encoder.sha256[:12]}"
    ]


COMPRESSED = ["features", "scores", "file", "start", "label", "content", "refused/reason"]


@pytest.mark.parametrize("name", [*COMPRESSED, "frames/values", "attention/values", "frames/step"])
def test_a_flipped_byte_is_found_by_its_checksum(good: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "damaged.h5"
    with h5py.File(good) as store:
        chunk = store[name].id.get_chunk_info(0)
    for place in (0, chunk.size // 2, chunk.size - 1):
        content = bytearray(good.read_bytes())
        content[chunk.byte_offset + place] ^= 0x10
        copy.write_bytes(content)
        found = problems(copy)
        assert len(found) == 1
        assert found[0] == f"/{name}: damaged, its checksum does not fit" or (
            found[0].startswith(f"{copy}: not a readable feature file (Can't ")
        )


def test_all_damaged_datasets_are_named(good: Path, tmp_path: Path) -> None:
    copy = tmp_path / "damaged.h5"
    content = bytearray(good.read_bytes())
    with h5py.File(good) as store:
        for name in ("features", "frames/values"):
            chunk = store[name].id.get_chunk_info(0)
            content[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    copy.write_bytes(content)
    assert problems(copy) == [
        f"/{name}: damaged, its checksum does not fit" for name in ("features", "frames/values")
    ]


def test_a_truncated_file_is_never_whole(good: Path, tmp_path: Path) -> None:
    content = good.read_bytes()
    copy = tmp_path / "damaged.h5"
    for eighth in range(8):
        copy.write_bytes(content[: len(content) * eighth // 8])
        found = problems(copy)
        assert len(found) == 1
        assert "not a readable feature file" in found[0]
    copy.write_bytes(content[:-1])
    assert len(problems(copy)) == 1
    copy.write_bytes(content)
    assert problems(copy) == []


@pytest.mark.parametrize("signature", [b"TREE", b"SNOD", b"HEAP", b"\x89HDF"])
def test_damaged_structures_of_hdf5_are_one_line(
    good: Path, tmp_path: Path, signature: bytes
) -> None:
    """Break each of HDF5's own marks in turn: groups, indexes of chunks, names, the beginning."""
    content = good.read_bytes()
    copy = tmp_path / "damaged.h5"
    places = [at for at in range(len(content)) if content.startswith(signature, at)]
    assert places
    silent = []
    for place in places:
        copy.write_bytes(content[:place] + b"XXXX" + content[place + 4 :])
        if not problems(copy):
            silent.append(place)
    assert silent == []


@pytest.mark.parametrize(
    "name",
    [
        *("features", "feature_name", "file", "start", "end", "row", "seen", "class_name"),
        *("refused", "refused/file", "refused/stage", "refused/end", "refused/entry"),
        *("frames", "frames/values", "frames/first", "frames/count", "frames/step"),
        *("attention", "attention/values", "attention/step"),
    ],
)
def test_a_missing_dataset_is_found(good: Path, tmp_path: Path, name: str) -> None:
    found = damaged(good, tmp_path, lambda store: store.__delitem__(name))
    assert len(found) >= 1
    assert not [line for line in found if "damaged, its checksum" in line]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["label", "speaker", "split", "content"])
def test_what_a_corpus_may_lack_may_be_missing(good: Path, tmp_path: Path, name: str) -> None:
    assert damaged(good, tmp_path, lambda store: store.__delitem__(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("rows", [0, 6, 8])
@pytest.mark.parametrize("name", ["start", "end", "label", "content", "seen"])
def test_a_column_of_another_length_is_found(
    plain: Path, tmp_path: Path, name: str, rows: int
) -> None:
    def change(store: h5py.File) -> None:
        values = store[name][:] if name in store else np.array([b"x"] * 4, "S2")
        if name in store:
            del store[name]
        store[name] = np.resize(values, rows)

    found = damaged(plain, tmp_path, change)
    if rows or name in ("start", "end", "seen"):
        assert f"/{name}: {rows} values, need 4" in found
    else:
        assert found == [], "a column of no value is one that is not there"


def test_recordings_that_cannot_be_are_one_line(plain: Path, tmp_path: Path) -> None:
    for name, values, line in (
        ("frames", [np.nan] * 4, "recording/frames: not a number, need whole ones"),
        ("frames", [1.0] * 3, "recording: 4 files, another number of frames"),
        ("sample_rate", [16000, 0, 8000, 8000], "recording/sample_rate: 0, need at least 1"),
    ):
        (found,) = damaged(
            plain, tmp_path, partial(replace_data, name=f"recording/{name}", values=values)
        )
        assert found.endswith(f"not a readable feature file ({line})")


@pytest.mark.slow
@pytest.mark.parametrize("rows", [0, 6, 8])
@pytest.mark.parametrize("name", ["start", "end", "frames/first", "attention/count"])
def test_columns_that_steps_are_placed_by(good: Path, tmp_path: Path, name: str, rows: int) -> None:
    found = damaged(
        good,
        tmp_path,
        lambda store: replace_data(store, name, np.resize(store[name][:], rows)),
    )
    assert any(name.split("/")[0] in line for line in found)
    assert any(f"{rows}" in line for line in found)
    assert all(f" {rows} rows, need {rows}" not in line for line in found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape", "line"),
    [
        ("features", (6, 12), "/features: (6, 12), need (7, 12)"),
        ("features", (7, 11), "/features: (7, 11), need (7, 12)"),
        ("features", (7,), "/features: (7,), need (7, 12)"),
        ("scores", (8, 2), "/scores: (8, 2), need (7, 2)"),
        ("frames/values", (3, 8), "steps counted, 3 there"),
        ("attention/values", (3,), "steps counted, 3 there"),
    ],
)
def test_a_matrix_of_another_shape_is_found(
    good: Path, tmp_path: Path, name: str, shape: tuple[int, ...], line: str
) -> None:
    found = damaged(
        good, tmp_path, lambda store: replace_data(store, name, np.ones(shape, np.float32))
    )
    assert any(line in one for one in found)


def put(name: str, place: Any, value: Any) -> Damage:
    return lambda store: store[name].__setitem__(place, value)


VALUES: list[tuple[Damage, list[str]]] = [
    (put("features", (3, 5), np.nan), ["/features: NaN or infinite in 1 row, the first is row 3"]),
    (
        put("features", (slice(2, 5), 0), np.inf),
        ["/features: NaN or infinite in 3 rows, the first is row 2"],
    ),
    (put("scores", (6, 1), -np.inf), ["/scores: NaN or infinite in 1 row, the first is row 6"]),
    (put("seen", 2, 7), ["/seen: 7, need [0, 1, 2]"]),
    (put("seen", 2, -1), ["/seen: -1, need [0, 1, 2]"]),
    (put("split", 0, b"foo"), ["/split: foo, need ['', 'dev', 'test', 'train']"]),
    (put("feature_name", 1, b"fcn_000"), ["/features: columns fcn_000 named twice"]),
    (put("class_name", 1, b"high"), ["/scores: columns high named twice"]),
    (
        put("frames/first", 1, 3),
        ["/frames: rows do not stand behind each other"],
    ),
    (
        put("frames/values", (0, 0), np.nan),
        ["/frames: NaN or infinite in row 0 (spk1_high_1.wav)"],
    ),
    (
        put("attention/values", 0, np.inf),
        ["/attention: NaN or infinite in row 0 (spk1_high_1.wav)"],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("damage", "lines"), VALUES)
def test_impossible_values_are_found(
    good: Path, tmp_path: Path, damage: Damage, lines: list[str]
) -> None:
    assert damaged(good, tmp_path, damage) == lines


@pytest.mark.slow
@pytest.mark.parametrize("end", [0.0, -1.0, np.nan, np.inf])
def test_an_end_that_is_not_behind_its_start_is_found(
    plain: Path, tmp_path: Path, end: float
) -> None:
    found = damaged(plain, tmp_path, put("end", 1, end))
    assert found == [f"spk1_high_2.wav: from 0 to {end:g} s, need 0 <= start < end"]


@pytest.mark.slow
@pytest.mark.parametrize("start", [-0.5, 99.0, np.nan])
def test_an_impossible_start_is_found(plain: Path, tmp_path: Path, start: float) -> None:
    end = soundfile.info(plain.parent / "spk1_high_1.wav").duration
    found = damaged(plain, tmp_path, put("start", 0, start))
    assert found == [f"spk1_high_1.wav: from {start:g} to {end:g} s, need 0 <= start < end"]


@pytest.mark.slow
def test_a_key_that_stands_twice_is_found(plain: Path, tmp_path: Path) -> None:
    def change(store: h5py.File) -> None:
        store["file"][1] = store["file"][0]
        store["start"][:2] = [0.25, 0.2500001]  # equal when rounded to a microsecond
        store["end"][:2] = 0.75

    assert damaged(plain, tmp_path, change) == ["spk1_high_1.wav [0.25-0.75 s]: 2 rows, need one"]

    def change_a_little(store: h5py.File) -> None:
        change(store)
        store["start"][1] = 0.250002

    assert damaged(plain, tmp_path, change_a_little) == []


@pytest.mark.slow
def test_attention_that_does_not_sum_to_one_is_found(good: Path, tmp_path: Path) -> None:
    def scale(factor: float) -> Damage:
        def change(store: h5py.File) -> None:
            group = store["attention"]
            first, count = group["first"][2], group["count"][2]
            group["values"][first : first + count] *= np.float32(factor)

        return change

    found = damaged(good, tmp_path, scale(1.01))
    assert found == ["/attention: row 2 (spk1_low_1.wav) sums to 1.01, need 1"]
    assert damaged(good, tmp_path, scale(1.00001)) == [], "that is rounding"


@pytest.mark.slow
def test_steps_of_another_row_are_found(good: Path, tmp_path: Path) -> None:
    def move_one(store: h5py.File) -> None:
        count = store["frames/count"][:] + np.array([4, -4, 0, 0, 0, 0, 0], np.int32)
        store["frames/count"][:] = count
        store["frames/first"][:] = np.cumsum(count) - count

    assert damaged(good, tmp_path, move_one) == [
        "/frames: row 0 (spk1_high_1.wav) has steps behind its end"
    ]
    (line,) = damaged(good, tmp_path, put("frames/count", 0, -1))
    assert "steps counted" in line

    def move_below_zero(store: h5py.File) -> None:
        count = store["frames/count"][:]
        count[:2] = [-1, count[0] + count[1] + 1]
        store["frames/count"][:] = count
        store["frames/first"][:] = np.cumsum(count) - count

    (line,) = damaged(good, tmp_path, move_below_zero)
    assert line.startswith("/frames: ")
    assert "row" not in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["step_seconds", "first_step_centre_seconds"])
@pytest.mark.parametrize("value", [5.0, np.nan, -0.01])
def test_steps_at_impossible_times_are_found(
    good: Path, tmp_path: Path, name: str, value: float
) -> None:
    found = damaged(good, tmp_path, lambda store: store["frames"].attrs.__setitem__(name, value))
    assert found
    assert all(line.startswith("/frames: ") for line in found)


ATTRIBUTES = [
    *("encoder", "encoder_sha256", "licence", "recipe", "options", "plan_key", "corpus"),
    *("versions", "command", "created"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_missing_attribute_is_found(good: Path, tmp_path: Path, name: str) -> None:
    found = damaged(good, tmp_path, lambda store: store.attrs.__delitem__(name))
    assert found[0] == f"attributes missing: {name}"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{", "", "nonsense", "[1]", "7", '"text"'])
@pytest.mark.parametrize("name", ["recipe", "options", "versions"])
def test_an_attribute_that_is_no_json_object_is_found(
    good: Path, tmp_path: Path, name: str, text: str
) -> None:
    found = damaged(good, tmp_path, lambda store: store.attrs.__setitem__(name, text))
    assert any(name in line for line in found)


@pytest.mark.slow
def test_another_format_or_version_is_refused(good: Path, tmp_path: Path) -> None:
    def version(value: Any) -> Damage:
        return lambda store: store.attrs.__setitem__("version", value)

    found = damaged(good, tmp_path, version(np.int32(3)))
    assert found == [f"{tmp_path / 'damaged.h5'}: format version 3, this version reads 1 and 2"]
    assert "not a readable feature file" in damaged(good, tmp_path, version("one"))[0]
    found = damaged(good, tmp_path, lambda store: store.attrs.__delitem__("version"))
    assert "not a readable feature file" in found[0]
    found = damaged(good, tmp_path, lambda store: store.attrs.__setitem__("format", "other"))
    assert "not a feature file of ours" in found[0]


@pytest.mark.slow
def test_an_encoder_that_the_options_do_not_name_is_found(good: Path, tmp_path: Path) -> None:
    found = damaged(
        good, tmp_path, lambda store: store.attrs.__setitem__("encoder_sha256", "0" * 64)
    )
    assert found == ["attributes options and encoder_sha256 name different encoders"]


@pytest.mark.slow
def test_columns_and_facts_of_another_encoder_are_found(bundled: Path, tmp_path: Path) -> None:
    name = TRAINED

    def rename(store: h5py.File) -> None:
        store["feature_name"][0] = b"abc_000"

    assert damaged(bundled, tmp_path, rename) == [f"columns: not those of encoder {name}"]

    def reverse_classes(store: h5py.File) -> None:
        store["class_name"][:] = store["class_name"][:][::-1]

    assert damaged(bundled, tmp_path, reverse_classes) == [f"classes: not those of encoder {name}"]
    found = damaged(bundled, tmp_path, lambda store: store.attrs.__setitem__("licence", "CC0-1.0"))
    assert found == [f"licence: not those of encoder {name}"]

    def other_recipe(store: h5py.File) -> None:
        recipe = json.loads(store.attrs["recipe"])
        recipe["network"]["kernels"][0] += 1
        store.attrs["recipe"] = json.dumps(recipe, sort_keys=True)

    assert damaged(bundled, tmp_path, other_recipe) == [f"recipe: not those of encoder {name}"]


@pytest.mark.slow
def test_a_renamed_file_of_a_tiny_encoder_is_held_against_the_one_given(
    plain: Path, tmp_path: Path, encoder: Encoder
) -> None:
    found = damaged(plain, tmp_path, put("feature_name", 0, b"abc_000"))
    assert found == [], "the encoder is not at hand"
    assert problems(tmp_path / "damaged.h5", encoder) == ["columns: not those of encoder tiny"]


@pytest.mark.slow
def test_several_damages_are_all_told(good: Path, tmp_path: Path) -> None:
    def change(store: h5py.File) -> None:
        for name, place, value in (("features", (0, 0), np.nan), ("seen", 0, 9), ("end", 1, 0.0)):
            store[name][place] = value
        del store.attrs["created"]

    found = damaged(good, tmp_path, change)
    for part in ("need 0 <= start < end", "/seen: 9", "/features: NaN", "missing: created"):
        assert sum(part in line for line in found) == 1


@pytest.mark.slow
def test_what_users_add_to_their_file_does_no_harm(good: Path, tmp_path: Path) -> None:
    def add(store: h5py.File) -> None:
        store["notes"] = "checked on Monday"
        store["offset"] = 0.25
        store.create_dataset("empty", data=h5py.Empty("f4"))
        store.create_group("mine/own")["ratings"] = np.arange(5)
        store.attrs["mine"] = "yes"

    assert damaged(good, tmp_path, add) == []


@pytest.mark.slow
def test_a_whole_file_without_rows_is_found(good: Path, tmp_path: Path) -> None:
    table = FeatureFile.open(good)
    empty = FeatureFile(
        np.zeros((0, 12), np.float32),
        table.feature_name,
        [],
        np.zeros(0),
        np.zeros(0),
        attributes=table.attributes,
    )
    empty.write(tmp_path / "empty.h5")
    assert "/file: no rows, need at least one" in problems(tmp_path / "empty.h5")
    empty.attributes = table.attributes | {"shard": "1/2"}
    empty.write(tmp_path / "shard.h5")
    assert "no rows" not in "".join(problems(tmp_path / "shard.h5"))


def not_feature_files(folder: Path) -> list[tuple[Path, str]]:
    """Make what is not a feature file, with the line that it gets."""
    (folder / "text.h5").write_text("hello")
    (folder / "empty.h5").touch()
    (folder / "folder").mkdir()
    with h5py.File(folder / "other.h5", "w") as store:
        store["features"] = np.zeros((2, 2))
    return [
        (folder / "text.h5", "not a readable feature file ("),
        (folder / "empty.h5", "not a readable feature file ("),
        (
            folder / "folder",
            f"a folder, need a feature file (dsf extract {folder / 'folder'} OUT.h5",
        ),
        (folder / "gone.h5", "no such file, need a feature file"),
        (folder / "other.h5", "an HDF5 file, but not a feature file of ours"),
    ]


@pytest.mark.slow
def test_what_is_no_feature_file_is_one_line(tmp_path: Path) -> None:
    for path, reason in not_feature_files(tmp_path):
        with pytest.raises(FeatureFileError) as caught:
            verify(path)
        assert str(caught.value).startswith(f"{path}: {reason}")
        assert "\n" not in str(caught.value)


def dsf_verify(*arguments: object) -> tuple[int, list[str], str]:
    command = [str(DSF), "verify", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.slow
def test_exit_codes(
    good: Path, plain: Path, bundled: Path, tmp_path: Path, encoder: Encoder
) -> None:
    assert dsf_verify(good, plain, bundled) == (
        0,
        [
            f"{good}: whole, 7 rows x 12 columns, encoder not at hand",
            f"{plain}: whole, 4 rows x 12 columns, encoder not at hand",
            f"{bundled}: whole, 4 rows x {Encoder.open(TRAINED).dim} columns, fits its encoder",
        ],
        "",
    )
    code, lines, stderr = dsf_verify(plain, bundled, "--encoder", encoder.path)
    assert (code, stderr) == (1, "")
    assert lines[0].endswith("fits its encoder")
    assert lines[1].startswith(f"{bundled}: encoder {Encoder.open(TRAINED).sha256[:12]}, ")
    assert len(lines) == 2


@pytest.mark.slow
def test_every_bad_file_is_named_among_good_ones(plain: Path, tmp_path: Path) -> None:
    damaged(plain, tmp_path, put("features", (3, 5), np.nan))
    broken = tmp_path / "damaged.h5"
    bad = not_feature_files(tmp_path)
    code, lines, stderr = dsf_verify(broken, plain, *(path for path, _ in bad), plain)
    assert (code, stderr) == (1, "")
    assert lines[0] == f"{broken}: /features: NaN or infinite in 1 row, the first is row 3"
    assert lines[1] == lines[-1] == f"{plain}: whole, 4 rows x 12 columns, encoder not at hand"
    for line, (path, reason) in zip(lines[2:-1], bad, strict=True):
        assert line.startswith(f"{path}: {reason}")


DEADLY = """
import os, resource, sys, time
import h5py

honest = h5py.File.__init__

def opened(store, name, *arguments, **options):
    if "crash" in os.path.basename(str(name)):
        os.kill(os.getpid(), 11)
    if "endless" in os.path.basename(str(name)):
        time.sleep(60)
    if "busy" in os.path.basename(str(name)):
        seconds, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (1, most))  # 8 are long for a test
        while seconds == 8:
            pass
    honest(store, name, *arguments, **options)

h5py.File.__init__ = opened
"""


@pytest.fixture
def deadly_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make HDF5 do so from outside, by a module that every process of Python loads."""
    (tmp_path / "sitecustomize.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.mark.slow
def test_files_that_crash_or_hold_up_hdf5_are_named(
    plain: Path, tmp_path: Path, deadly_names: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("crash.h5", "busy.h5", "endless.h5")
    deadly, busy, endless = (shutil.copy(plain, tmp_path / name) for name in names)
    code, lines, stderr = dsf_verify(deadly, busy, plain)
    assert (code, stderr) == (1, "")
    assert lines == [
        f"{deadly}: HDF5 crashes on it (SIGSEGV), need another copy",
        f"{busy}: HDF5 does not come to an end with it, need another copy",
        f"{plain}: whole, 4 rows x 12 columns, encoder not at hand",
    ]
    monkeypatch.setattr(verification_apart, "_SECONDS", 2.0)
    with pytest.raises(FeatureFileError, match="HDF5 does not come to an end with it"):
        verification_apart.verify_apart(endless)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "name", "told"),
    [(100, "busy.h5", "HDF5 does not come to an end"), (6, "plain.h5", "whole, 4 rows")],
)
def test_a_limit_that_the_system_sets_is_not_raised(
    plain: Path, tmp_path: Path, deadly_names: None, ordinary: Callable[[], None] | None,
    seconds: int, name: str, told: str,
) -> None:  # fmt: skip
    """Whether it is more than ours, which holds below it, or less."""
    path = shutil.copy(plain, tmp_path / name)
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        if ordinary is not None:
            ordinary()

    done = subprocess.run(
        [str(DSF), "verify", str(path)], preexec_fn=limit,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith(f"{path}: {told}")
