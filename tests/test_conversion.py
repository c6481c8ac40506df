"""Feature files for other programs: what other readers find, and what is refused."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arff
import h5py
import numpy as np
import pandas
import pytest
import scipy.io
from click.testing import CliRunner

from deepspectrum_features import FeatureFile
from deepspectrum_features.cli import dsf
from deepspectrum_features.conversion import convert, mat, table
from deepspectrum_features.conversion.formats import FORMATS
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.files import whole_folder

#: What is hard to write: blanks, quotes, commas, per cent, braces, tabs, line ends, letters.
LABELS = ["wütend, laut", "it's {100 %}", "", 'a\tb\\c"', "?", "日本", "%", "'", "\\", "a b"]
FILES = [f"ordner {row}/gr'ün,{row}.wav" for row in range(9)] + ["line\nend.wav"]

Reader = Callable[[Path], dict[str, Any]]


@pytest.fixture
def made(tmp_path: Path) -> FeatureFile:
    """Return a table of ten rows and four columns, which lies in ``in.h5``."""
    generator = np.random.default_rng(0)
    scale = np.float32(10) ** np.array([-30, -3, 0, 20], np.float32)
    made = FeatureFile(
        features=generator.standard_normal((10, 4)).astype(np.float32) * scale,
        feature_name=["f0", "it's 100 %", "energy", "rhythm"],
        file=FILES,
        start=np.arange(10) / 3,
        end=np.arange(10) / 3 + 1.25,
        label=LABELS,
        speaker=["one", "two"] * 5,
        seen=np.arange(10, dtype=np.int32) % 3,
        scores=generator.standard_normal((10, 2)).astype(np.float32),
        class_name=["calm", "wütend"],
        targets={"mean valence": np.array([*np.arange(9) / 7, np.nan]), "f0": np.arange(10.0)},
        attributes={"encoder": "grün", "licence": "CC0-1.0"},
    )
    made.write(tmp_path / "in.h5")
    return made


def named(names: list[str], values: Any) -> dict[str, Any]:
    return dict(zip(names, values.T, strict=True))


def from_csv(path: Path) -> dict[str, Any]:
    return dict(pandas.read_csv(path, keep_default_na=False))


def from_parquet(path: Path) -> dict[str, Any]:
    return dict(pandas.read_parquet(path))


def from_arff(path: Path) -> dict[str, Any]:
    found = arff.loads(path.read_text(encoding="utf-8"))
    names = [re.sub(r"\\(.)", r"\1", name) for name, _ in found["attributes"]]  # Weka does so
    columns = zip(*found["data"], strict=True)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}


def from_npz(path: Path) -> dict[str, Any]:
    with np.load(path) as found:
        return dict(found) | named(found["feature_name"].tolist(), found["features"])


def from_mat(path: Path) -> dict[str, Any]:
    found = scipy.io.loadmat(path, chars_as_strings=True)
    told = {
        name: values[:, 0] for name, values in found.items() if name[0] != "_" and values.ndim > 1
    }
    told |= {name: [*map("".join, told[name])] for name in ("file", "label", "feature_name")}
    told["mean valence"], told["end"] = told["mean_valence"], told["end_"]
    told["score/wütend"], told["f0_2"] = told["score_w_tend"], told.pop("f0_2")
    return told | named(told["feature_name"], found["features"])


def from_projector(path: Path) -> dict[str, Any]:
    metadata = (path / "metadata.tsv").read_text(encoding="utf-8").split("\n")
    rows = [line.split("\t") for line in metadata[:-1]]
    found = {name: list(values) for name, *values in zip(*rows, strict=True)}
    vectors = np.loadtxt(path / "vectors.tsv", np.float64, delimiter="\t", ndmin=2)
    return found | named(["f0", "it's 100 %", "energy", "rhythm"], vectors)


READERS: dict[str, Reader] = {
    ".csv": from_csv, ".parquet": from_parquet, ".arff": from_arff, ".npz": from_npz,
    ".mat": from_mat, ".projector": from_projector,
}  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("\t", "\\t").replace("\n", "\\n")


@pytest.mark.parametrize("suffix", FORMATS)
def test_another_reader_finds_what_the_feature_file_holds(
    suffix: str, made: FeatureFile, tmp_path: Path
) -> None:
    found = READERS[suffix](convert(tmp_path / "in.h5", tmp_path / f"out{suffix}"))
    shown = escaped if suffix == ".projector" else str
    missing = None if suffix == ".arff" else ""
    assert list(found["file"]) == [shown(one) for one in FILES]
    assert list(found["label"]) == [shown(one) or missing for one in LABELS]
    for name, values in zip(made.feature_name, made.features.T, strict=True):
        np.testing.assert_array_equal(np.asarray(found[name], np.float32), values)
    told = {"start": made.start, "end": made.end, "f0_2": made.targets["f0"], "seen": made.seen}
    for name, numbers in told.items():
        np.testing.assert_array_equal(np.asarray(found[name], np.float64), numbers)
    assert made.scores is not None
    scores = np.asarray(found["score/wütend"], np.float32)
    np.testing.assert_array_equal(scores, made.scores[:, 1])
    assert not np.array_equal(scores, made.scores[:, 0])
    rated = [one if one not in (None, "") else np.nan for one in found["mean valence"]]
    np.testing.assert_array_equal(np.asarray(rated, np.float64), made.targets["mean valence"])


def test_facts_stand_before_features(made: FeatureFile, tmp_path: Path) -> None:
    facts = ["file", "start", "end", "label", "speaker", "seen", "f0_2", "mean valence"]
    columns = [*facts, "score/calm", "score/wütend", *made.feature_name]
    for suffix in (".csv", ".parquet", ".arff"):
        out = convert(tmp_path / "in.h5", tmp_path / f"out{suffix}")
        assert list(READERS[suffix](out)) == columns


def test_the_type_of_labels_in_arff_names_every_class(made: FeatureFile, tmp_path: Path) -> None:
    text = convert(tmp_path / "in.h5", tmp_path / "out.arff").read_text(encoding="utf-8")
    types = dict(arff.loads(text)["attributes"])
    assert types["label"] == sorted({*LABELS} - {""})
    assert types["speaker"] == ["one", "two"]
    assert (types["file"], types["energy"]) == ("STRING", "NUMERIC")


def test_names_of_variables_are_short_and_unlike(made: FeatureFile, tmp_path: Path) -> None:
    long = "how aroused the speaker sounds to rater "
    made.targets = {f"{long}{rater}": np.full(10, float(rater)) for rater in (1, 2)}
    made.targets["features"] = np.zeros(10)
    made.write(tmp_path / "long.h5")
    found = scipy.io.loadmat(convert(tmp_path / "long.h5", tmp_path / "out.mat"))
    assert max(map(len, found)) == 31
    assert found["how_aroused_the_speaker_sounds_"][0, 0] == 1
    assert found["how_aroused_the_speaker_sound_2"][0, 0] == 2
    assert (found["features"].shape, found["features_2"].shape) == ((10, 4), (10, 1))
    with np.load(convert(tmp_path / "long.h5", tmp_path / "out.npz")) as arrays:
        assert (arrays["features"].shape, arrays["features_2"].shape) == ((10, 4), (10,))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_of_odd_size_is_whole_and_its_progress_too(suffix: str, tmp_path: Path) -> None:
    FeatureFile(
        features=np.arange(9, dtype=np.float32).reshape(3, 3),
        feature_name=["a", "b", "c"],
        file=["1.wav", "2.wav", "3.wav"],
        start=np.zeros(3),
        end=np.ones(3),
        label=["odd", "", "even"],
    ).write(tmp_path / "in.h5")
    written, out, done = (
        table.Table.open(tmp_path / "in.h5"),
        tmp_path / f"out{suffix}",
        list[int](),
    )
    with FORMATS[suffix].draft_of(out) as draft:
        FORMATS[suffix].write(written, draft, done.append)
    assert sum(done) == 3
    if suffix == ".mat":
        assert out.stat().st_size % 8 == 0, "whole words"
        np.testing.assert_array_equal(scipy.io.loadmat(out)["features"][:, 2], [2, 5, 8])


def test_where_features_come_from_goes_along(made: FeatureFile, tmp_path: Path) -> None:
    parquet, npz = (
        convert(tmp_path / "in.h5", tmp_path / f"o.{one}") for one in ("parquet", "npz")
    )
    pyarrow = pytest.importorskip("pyarrow.parquet")
    assert pyarrow.read_schema(parquet).metadata[b"encoder"] == "grün".encode()
    assert json.loads(str(np.load(npz)["attributes"])) == made.attributes
    text = convert(tmp_path / "in.h5", tmp_path / "o.arff").read_text(encoding="utf-8")
    assert text.startswith("% encoder: grün\n% licence: CC0-1.0\n@relation ")


@pytest.mark.parametrize("suffix", FORMATS)
def test_blocks_do_not_show(
    suffix: str, made: FeatureFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = READERS[suffix](convert(tmp_path / "in.h5", tmp_path / f"whole{suffix}"))
    monkeypatch.setattr(table, "_CHUNK_ROWS", 3)
    monkeypatch.setattr(table.Table.blocks, "__defaults__", (1,))
    monkeypatch.setattr("deepspectrum_features.conversion.parquet._GROUP_BYTES", 1)
    rows = [block.rows for block in table.Table.open(tmp_path / "in.h5").blocks(len_of_rows)]
    assert rows == [slice(0, 3), slice(3, 6), slice(6, 9), slice(9, 10)]
    found = READERS[suffix](convert(tmp_path / "in.h5", tmp_path / f"blocks{suffix}"))
    for name, values in whole.items():
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(values))


def len_of_rows(rows: int) -> None:
    """Hear how many rows are done."""


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_stands_there_is_replaced_on_demand_alone(
    suffix: str, made: FeatureFile, tmp_path: Path
) -> None:
    out = convert(tmp_path / "in.h5", tmp_path / f"out{suffix}")
    with pytest.raises(FeatureFileError, match="exists \\(choose another name, or --overwrite"):
        convert(tmp_path / "in.h5", out)
    made.file = [f"other {row}.wav" for row in range(10)]
    made.write(tmp_path / "in.h5")
    found = READERS[suffix](convert(tmp_path / "in.h5", out, overwrite=True))
    assert list(found["file"]) == made.file
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.h5", out.name]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_failure_leaves_what_was_there(
    suffix: str, made: FeatureFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = convert(tmp_path / "in.h5", tmp_path / f"out{suffix}")
    before = READERS[suffix](out)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", stop)
    for place in (out, tmp_path / f"new{suffix}"):
        with pytest.raises(KeyboardInterrupt):
            convert(tmp_path / "in.h5", place, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.h5", out.name]
    assert list(READERS[suffix](out)["label"]) == list(before["label"])


def test_what_a_killed_process_left_of_a_folder_goes(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    with whole_folder(tmp_path / "out.projector") as draft:
        pass
    left = tmp_path / draft.name.replace(f"-{os.getpid()}-", f"-{ended.pid}-")
    elsewhere = left.with_name(left.name.replace(".projector.", ".projector.another-"))
    for one in (left, elsewhere):
        one.mkdir()
        (one / "vectors.tsv").touch()
    with whole_folder(tmp_path / "out.projector") as draft:
        assert not left.exists()
        assert elsewhere.exists(), "of a process of another machine nothing is known here"


def test_places_and_names_that_do_not_do(made: FeatureFile, tmp_path: Path) -> None:
    source = tmp_path / "in.h5"
    (tmp_path / "kept.projector").mkdir()
    (tmp_path / "kept.projector" / "mine.txt").touch()
    (tmp_path / "file.projector").touch()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("nowhere")
    (tmp_path / "same.csv").hardlink_to(source)
    for name, words in {
        "out.xlsx": r"unknown format, need a name in \.csv, \.parquet, \.arff, \.npz, \.mat, \.p",
        "out": "unknown format",
        "gone/out.csv": "no such folder",
        "kept.projector": "a folder with other files in it",
        "file.projector": "a file, need the name of a folder",
        "folder.csv": "a folder, need the name of a file",
        "link.csv": "a link to nothing, need the name of a file",
        "same.csv": "the feature file itself",
    }.items():
        with pytest.raises(FeatureFileError, match=words):
            convert(source, tmp_path / name, overwrite=True)
    assert (tmp_path / "kept.projector" / "mine.txt").exists()
    with pytest.raises(FeatureFileError, match="no such file, need a feature file"):
        convert(tmp_path / "gone.h5", tmp_path / "out.csv")
    with pytest.raises(TypeError, match="overwrite='no', need True or False"):
        convert(source, tmp_path / "out.csv", overwrite="no")  # type: ignore[arg-type]


def test_what_a_format_cannot_hold(
    made: FeatureFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.features[3, 1] = np.nan
    made.write(tmp_path / "nan.h5")
    with pytest.raises(FeatureFileError, match=r"nan\.h5: NaN or infinite in ordner 3/.*, ARFF"):
        convert(tmp_path / "nan.h5", tmp_path / "out.arff")
    monkeypatch.setattr(mat, "_MOST_BYTES", 1100)
    with pytest.raises(FeatureFileError, match=r"in\.h5: 0\.00 GiB .* \(choose \.p"):
        convert(tmp_path / "in.h5", tmp_path / "out.mat")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("deepspectrum_features.conversion.formats.find_spec", lambda _: None)
    with pytest.raises(FeatureFileError, match=r"pyarrow is not installed.*features\[parquet\]'"):
        convert(tmp_path / "in.h5", tmp_path / "out.parquet")
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".h5"]


@pytest.mark.parametrize("name", ["features", "label"])
def test_columns_of_other_lengths_are_told(name: str, made: FeatureFile, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "in.h5", "r+") as store:
        values = store[name][:7]
        del store[name]
        store[name] = values
    with pytest.raises(FeatureFileError, match=f"/{name}: .*7.*, need"):
        convert(tmp_path / "in.h5", tmp_path / "out.csv")


def test_the_command_says_what_it_wrote(made: FeatureFile, tmp_path: Path) -> None:
    out = tmp_path / "out.CSV"
    done = CliRunner().invoke(dsf, ["convert", str(tmp_path / "in.h5"), str(out)])
    assert (done.exit_code, done.output) == (0, f"{out}\n")
    assert from_csv(out)["speaker"].tolist() == made.speaker


@pytest.mark.slow
def test_more_rows_take_no_more_memory(tmp_path: Path) -> None:
    """In one process, so that what libraries take is in both peaks; few are two row groups too."""
    for name, rows in (("few", 12000), ("many", 22000)):
        FeatureFile(
            features=np.zeros((rows, 1498), np.float32),
            feature_name=[f"f{column:04}" for column in range(1498)],
            file=[f"{row:06}.wav" for row in range(rows)],
            start=np.zeros(rows),
            end=np.ones(rows),
        ).write(tmp_path / f"{name}.h5")
    code = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from deepspectrum_features.conversion import convert\n"
        "for name in ('few', 'many'):\n"
        "    for suffix in sys.argv[1:]:\n"
        "        convert(f'{name}.h5', f'{name}{suffix}')\n"
        "    print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )
    command = [sys.executable, "-P", "-c", code, ".npz", ".mat", ".parquet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    few, many = (1024 * int(line) for line in done.stdout.split())
    assert many - few < 25e6, "there are 60 MB more of features"
