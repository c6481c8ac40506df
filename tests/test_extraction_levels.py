"""``--level``: what is extracted, what files say of it, and that it survives what files survive."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from called import call
from stopped import stopped_before_the_merge

from deepspectrum_features import Encoder, FeatureFile, extract, load, verify
from deepspectrum_features.encoder.bundled import EARLIER
from deepspectrum_features.errors import EncoderError, FeatureFileError
from deepspectrum_features.extraction import encoder_worker, plan
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.testing import contents, tiny_encoder, tiny_table, tone

DSF = Path(sys.executable).with_name("dsf")
DECLARED = tiny_table().columns()
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module")
def both() -> Path:
    return tiny_encoder("both").path


@pytest.mark.slow
def test_the_command_writes_the_level_asked_for(folder: Path, both: Path) -> None:
    out = folder / "out.h5"
    command = ("extract", folder, out, "--encoder", both, "--level", "functionals")
    done = call(*command)
    assert (done.returncode, done.stdout) == (0, f"{out}\n"), done.stderr
    table = FeatureFile.open(out)
    assert table.feature_name == [column.name for column in DECLARED]
    assert table.feature_family == [column.family for column in DECLARED]
    assert table.level == table.attributes["level"] == "functionals"
    assert json.loads(table.attributes["options"])["level"] == "functionals"
    recipe = json.loads(table.attributes["recipe"])
    assert len(recipe["functionals"]["streams"]) == 4
    assert (table.scores, table.class_name) == (None, [])
    assert list(load(out).columns) == table.feature_name
    again = call(*command)
    assert again.stderr.splitlines()[-1] == f"{out}: 8 rows x 20 columns, complete"
    assert call("verify", out, "--encoder", both).stdout.endswith("20 columns, fits its encoder\n")
    other = call(*command[:-1], "both")
    assert other.returncode == 1
    assert "exists with level functionals, now both (choose another name" in other.stderr
    without = call(*command[:-2])
    assert "exists with level functionals, now embedding (choose another" in without.stderr


@pytest.mark.slow
def test_rows_are_what_embed_gives(folder: Path, both: Path) -> None:
    encoder = Encoder.open(both, level="both")
    extract(folder, folder / "out.h5", encoder=encoder, frames=True, attention=True)
    table = FeatureFile.open(folder / "out.h5")
    assert (table.features.shape, table.level) == ((8, 32), "both")
    assert table.families == encoder.families
    assert table.class_name == ["high", "low"]
    for row, file in enumerate(table.file):
        found = encoder.embed(*soundfile.read(folder / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], found.vector, **CLOSE)
        np.testing.assert_allclose(table.frames[row], found.frames, **CLOSE)
        np.testing.assert_allclose(table.scores[row], found.scores, **CLOSE)
    assert not np.allclose(table.features[0], table.features[1], atol=0.01)
    assert verify(folder / "out.h5", encoder) == []


def test_streams_are_the_frames_of_statistics(folder: Path, both: Path) -> None:
    encoder = Encoder.open(both, level="functionals")
    extract(folder, folder / "out.h5", encoder=encoder, frames=True)
    table = FeatureFile.open(folder / "out.h5")
    expected = encoder.embed(*soundfile.read(folder / table.file[3], dtype="float32")).frames
    np.testing.assert_allclose(table.frames[3], expected, **CLOSE)
    assert table.frames[3].shape == (len(expected), len(encoder.frame_columns))
    assert not np.allclose(table.frames[3][:40], table.frames[4][:40], atol=0.01)
    assert verify(folder / "out.h5", encoder) == []


def test_files_of_embeddings_tell_nothing_of_levels(
    folder: Path, both: Path, encoder: Encoder
) -> None:
    """They are, to the byte, what they were before there were levels."""
    for name, given in (("both.h5", Encoder.open(both)), ("alone.h5", encoder)):
        extract(folder, folder / name, encoder=given)
        with h5py.File(folder / name) as store:
            assert "feature_family" not in store
            assert "level" not in store.attrs
            assert json.loads(store.attrs["options"]).keys() == {"encoder_sha256", "channel"}
    apart = differences(folder / "both.h5", folder / "alone.h5")
    assert {line.split(":")[0] for line in apart} == {
        "encoder_sha256", "options encoder_sha256", "plan_key"
    }  # fmt: skip


@pytest.mark.slow
def test_a_file_of_another_bundled_encoder_tells_how_it_goes_on(folder: Path) -> None:
    """As one does that an earlier version made with the encoder that was its default."""
    out, encoder = folder / "out.h5", ("--encoder", "zhao2018-asmmc-nemo")
    assert call("extract", folder, out, *encoder).returncode == 0
    before = out.read_bytes()
    found = call("extract", folder, out)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1] == (
        f"error: {out}: exists with encoder zhao2018-asmmc-nemo, now spectral-functionals; "
        "level embedding, now functionals (choose --encoder zhao2018-asmmc-nemo, another "
        "name, or --overwrite)"
    )
    assert out.read_bytes() == before
    assert call("extract", folder, out, *encoder).stderr.endswith("complete\n")
    table = FeatureFile.open(out)
    earlier = json.loads(table.attributes["options"]) | {"encoder_sha256": EARLIER[-1]}
    told = {"encoder_sha256": EARLIER[-1], "options": json.dumps(earlier), "plan_key": "of then"}
    table.attributes |= told
    table.write(out)
    assert call("extract", folder, out, *encoder).stderr.splitlines()[-1] == (
        f"error: {out}: exists with encoder zhao2018-asmmc-compact-nemo, now zhao2018-asmmc-nemo "
        "(choose another name, or --overwrite)"
    )


@pytest.mark.parametrize(
    ("levels", "needed"),
    [
        (
            "functionals",
            r"an encoder with an embedding \(--encoder zhao2018-asmmc-nemo, or leave out",
        ),
        ("both", r"--level embedding or both \(or leave out"),
    ],
)
def test_attention_needs_the_embedding(folder: Path, levels: str, needed: str) -> None:
    given = {"encoder": tiny_encoder(levels), "level": "functionals", "attention": True}
    with pytest.raises(EncoderError, match=f"level functionals has no attention, need {needed} "):
        extract(folder, folder / "o.h5", **given)
    assert not (folder / "o.h5").exists()


def test_a_level_that_the_encoder_lacks_is_one_line(folder: Path, encoder: Encoder) -> None:
    out = folder / "out.h5"
    done = call("extract", folder, out, "--encoder", encoder.path, "--level", "functionals")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: {encoder.path}: gives embedding, need functionals (--level embedding, or another "
        "encoder)\n"
    )
    with pytest.raises(ValueError, match="level='all', need one of"):
        extract(folder, out, encoder=encoder, level="all")


@pytest.mark.slow
@pytest.mark.parametrize("level", ["functionals", "both"])
def test_shards_changes_and_stops_give_what_one_run_gives(
    tones: Path, both: Path, level: str
) -> None:
    options = {"encoder": both, "level": level, "frames": True}
    extract(tones, tones / "one.h5", **options)
    whole = contents(tones / "one.h5")
    shards = [tones / f"{number}.h5" for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        extract(tones, shard, shard=(number, 2), **options)
    merge(shards, tones / "merged.h5")
    assert contents(tones / "merged.h5") == whole
    with stopped_before_the_merge(tones / "stopped.h5"):
        extract(tones, tones / "stopped.h5", **options)
    lines: list[str] = []
    extract(tones, tones / "stopped.h5", say=lines.append, **options)
    assert any(line.startswith("continuing: ") for line in lines)
    assert contents(tones / "stopped.h5") == whole
    soundfile.write(tones / "spk1_low_1.wav", tone(250, 0.7), 16000)
    extract(tones, tones / "one.h5", **options)
    extract(tones, tones / "new.h5", **options)
    assert contents(tones / "one.h5") == contents(tones / "new.h5") != whole


@pytest.mark.slow
def test_much_sound_is_worked_on_in_processes(
    folder: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)  # several parts
    encoder = Encoder.open(both, level="both")
    extract(folder, folder / "threads.h5", encoder=encoder, jobs=2)
    monkeypatch.setattr(encoder_worker, "_LONG_SECONDS", 1.0)
    monkeypatch.delattr(Encoder, "encode_many")  # in this process, not in others
    extract(folder, folder / "processes.h5", encoder=encoder, jobs=2)
    assert contents(folder / "processes.h5") == contents(folder / "threads.h5")
    with pytest.raises(AttributeError, match="encode_many"):
        extract(folder, folder / "embedding.h5", encoder=encoder.at("embedding"), jobs=2)


def test_a_process_opens_the_encoder_of_its_parts_once(both: Path) -> None:
    worker = EncoderWorker(Encoder.open(both, level="functionals"), channel=2, frames=True)
    first, second = (pickle.loads(pickle.dumps(worker)) for _ in range(2))
    assert first.encoder is second.encoder
    assert (first.options, first.encoder.level) == (worker.options, "functionals")


def test_shards_of_other_levels_are_not_merged(tones: Path, both: Path) -> None:
    shards = [tones / "1.h5", tones / "2.h5"]
    for number, (shard, level) in enumerate(zip(shards, ("both", "functionals"), strict=True), 1):
        extract(tones, shard, encoder=both, level=level, shard=(number, 2))
    with pytest.raises(FeatureFileError, match=r"of another extraction .*\(plan key differs\)"):
        merge(shards, tones / "merged.h5")


def test_what_a_file_says_of_its_level_is_held_against_the_encoder(
    folder: Path, both: Path
) -> None:
    out, encoder = folder / "out.h5", Encoder.open(both)
    extract(folder, out, encoder=encoder, level="functionals")
    assert verify(out, encoder) == []
    with h5py.File(out, "r+") as store:
        store["feature_family"][0] = b"sound"
    assert verify(out, encoder) == ["families: not those of encoder tiny"]
    with h5py.File(out, "r+") as store:
        store.attrs["level"] = "all"
    assert verify(out, encoder) == [
        "attributes options and level name different levels",
        "level all: not one of encoder tiny",
    ]
    with h5py.File(out, "r+") as store:
        del store["feature_family"]
        store["feature_family"] = np.array([b"x"], "S2")
    assert verify(out, encoder) == ["/feature_family: 1 values, need 20"]
    with pytest.raises(FeatureFileError, match="/feature_family: 1 values, need 20"):
        differences(out, out)
    for values in (np.zeros(20), np.full((20, 2), b"x")):
        with h5py.File(out, "r+") as store:
            del store["feature_family"]
            store["feature_family"] = values
        told = call("info", out)
        assert (told.returncode, told.stdout) == (1, "")
        assert told.stderr.startswith(f"error: {out}: not a readable feature file (/feature_family")
        assert told.stderr.endswith("need a row of texts)\n")


def test_levels_differ_in_columns_and_recipe(folder: Path, both: Path) -> None:
    for level in ("both", "functionals"):
        extract(folder, folder / f"{level}.h5", encoder=both, level=level)
    found = differences(folder / "both.h5", folder / "functionals.h5")
    assert "columns: 12 in the first file alone: fcn_000, fcn_001, fcn_002, ..." in found
    assert "level: both, functionals" in found
    assert "options level: both, functionals" in found
    assert not any(line.startswith(("features", "feature_family")) for line in found)


@pytest.mark.slow
def test_every_column_is_described(folder: Path, both: Path) -> None:
    out = folder / "out.h5"
    extract(folder, out, encoder=both, level="both")
    lines = call("info", "--columns", out).stdout.splitlines()
    assert len(lines) == 32
    assert lines[0].split(maxsplit=3) == ["fcn_000", "fcn", "-", "learned"]
    for line, column in zip(lines[12:], DECLARED, strict=True):
        said = f"{column.name} {column.family} {column.unit or '-'} {column.about}"
        assert line.split() == said.split()
    alone = call("info", "--columns", tiny_encoder("functionals").path).stdout.splitlines()
    assert [line.split() for line in alone] == [line.split() for line in lines[12:]]
    assert call("info", "--columns", both).stdout.splitlines() == lines
    assert (
        "\nfamilies   blstm 8, fcn 4, prosody-all 6, sound 7, voice 7\n" in call("info", out).stdout
    )
