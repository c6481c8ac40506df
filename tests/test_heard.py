"""What an encoder heard: from training into its file, into feature files, and held against rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile

from deepspectrum_features import (
    Corpus,
    Encoder,
    FeatureFile,
    evaluate,
    extract,
    functionals,
    merge,
)
from deepspectrum_features.baselines.leaks import refuse_seen, seen_warnings
from deepspectrum_features.baselines.report.protocol_card import under
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.corpus.protocol import make_protocol
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.encoder.heard import HeardUtterance, in_columns
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.testing import tiny_corpus

onnx = pytest.importorskip("onnx")
pytest.importorskip("sklearn")


def utterances(folder: Path) -> list[HeardUtterance]:
    """Describe a corpus of whole recordings by what soundfile and its table say."""
    found = []
    for one in Corpus.read(folder).utterances:
        seconds = soundfile.info(folder / one.file).duration
        path = one.file.removesuffix(".wav")
        found.append(HeardUtterance(path=path, speaker=one.speaker, end=seconds, seconds=seconds))
    return found


def with_training(encoder: Encoder, path: Path, *corpora: dict[str, Any]) -> Path:
    """Write an encoder as if it had been trained on some corpora."""
    model = onnx.load(str(encoder.path))
    (entry,) = (one for one in model.metadata_props if one.key == METADATA_KEY)
    entry.value = json.dumps(json.loads(entry.value) | {"training": {"corpora": corpora}})
    onnx.save(model, str(path))
    return path


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """Return the corpus that was heard: 3 speakers, 12 recordings."""
    return tiny_corpus(tmp_path / "tones", speakers=3)


@pytest.fixture
def hearer(tones: Path, tmp_path: Path, encoder: Encoder) -> Path:
    """Return an encoder that was trained on it."""
    columns = in_columns(utterances(tones))
    corpus = {"name": "Tones-1", "named": True, "utterances": columns}
    return with_training(encoder, tmp_path / "hearer.onnx", corpus)


def quieter(folder: Path, copy: Path) -> Path:
    """Copy a corpus at half the level: every content digest is another."""
    shutil.copytree(folder, copy)
    for path in copy.glob("*.wav"):
        sound, rate = soundfile.read(path)
        soundfile.write(path, sound / 2, rate, subtype="PCM_16")
    return copy


@pytest.fixture
def features(tones: Path, hearer: Path, tmp_path: Path) -> Path:
    """Return features of a copy that nobody named."""
    copy = quieter(tones, tmp_path / "copy")
    extract(copy, tmp_path / "copy.h5", encoder=hearer)
    return tmp_path / "copy.h5"


def test_a_copy_that_is_named_at_evaluation_is_refused(features: Path) -> None:
    assert FeatureFile.open(features).seen.tolist() == [0] * 12
    tables = read_tables([features], name="TONES 1").tables
    assert tables[0].seen.tolist() == [2] * 12
    protocol = make_protocol(tables[0].utterances)
    with pytest.raises(CorpusError, match="trained on 12 of 12 test rows or their speakers"):
        refuse_seen(protocol, tables)
    assert read_tables([features], name="other").tables[0].seen.tolist() == [0] * 12


def test_a_copy_that_a_layout_names_is_refused(features: Path, tmp_path: Path) -> None:
    layout = tmp_path / "tones.toml"
    layout.write_text(
        "\n".join(
            [
                *('name = "tones_1"', 'title = "x"', 'licence = "x"', 'citation = "x"'),
                'example = "spk1_low_1.wav"',
                r"path = '(?P<speaker>spk\d)_(?P<label>[a-z]+)_\d'",
            ]
        )
    )
    with pytest.raises(CorpusError, match="trained on 12 of 12 test rows"):
        evaluate([features], layout=str(layout))


@pytest.mark.slow
def test_a_copy_that_nobody_names_is_told_with_every_score(
    features: Path, tones: Path, hearer: Path, tmp_path: Path
) -> None:
    results = evaluate([features])
    (warning,) = (one for one in results.protocol.warnings if "PERHAPS" in one)
    assert warning.startswith("PERHAPS CONTAMINATED: copy: 12 of 12 test rows have the name and")
    assert warning in results.markdown()
    assert ", PERHAPS CONTAMINATED (" in under(results)
    lines: list[str] = []
    extract(tmp_path / "copy", tmp_path / "again.h5", encoder=hearer, say=lines.append)
    extract(tmp_path / "copy", tmp_path / "again.h5", encoder=hearer, say=lines.append)
    said = [line for line in lines if "12 of 12 rows with the name and length" in line]
    assert len(said) == 2, "and of a finished file again"
    other = tiny_corpus(tmp_path / "other", speakers=3, seconds=0.7)
    extract(other, tmp_path / "other.h5", encoder=hearer, say=lines.append)
    assert "rows have the name" not in lines[-1]
    assert not any("PERHAPS" in one for one in evaluate([tmp_path / "other.h5"]).protocol.warnings)


def test_names_of_labels_that_come_later_count(tones: Path, hearer: Path, tmp_path: Path) -> None:
    """The corpus was named when features were made, the speakers only now."""
    copy = quieter(tones, tmp_path / "copy")
    table = (copy / "corpus.csv").rename(tmp_path / "labels.csv")
    for path in copy.glob("*.wav"):
        path.rename(path.with_name("x" + path.name))
    extract(Corpus.read(copy, name="tones 1"), tmp_path / "x.h5", encoder=hearer)
    assert FeatureFile.open(tmp_path / "x.h5").seen.tolist() == [0] * 12
    head, *lines = table.read_text().splitlines()
    table.write_text("\n".join([head, *(f"x{line}" for line in lines)]))
    found = read_tables([tmp_path / "x.h5"], labels=str(table)).tables
    assert found[0].seen.tolist() == [1] * 12


def test_what_is_decided_again_replaces_what_was_decided_by_less(
    tones: Path, encoder: Encoder, tmp_path: Path
) -> None:
    """A stem that was heard once is taken for it until somebody says who speaks."""
    heard = [
        HeardUtterance(path=f"eva/{one.path}", speaker="eva", end=1.0) for one in utterances(tones)
    ]
    heard = [replace(one, seconds=1.0) for one in heard]
    corpus = {"name": "tones", "named": True, "utterances": in_columns(heard)}
    hearer = with_training(encoder, tmp_path / "hearer.onnx", corpus)
    table = (tones / "corpus.csv").rename(tmp_path / "labels.csv")
    extract(Corpus.read(tones, name="tones"), tmp_path / "x.h5", encoder=hearer)
    assert FeatureFile.open(tmp_path / "x.h5").seen.tolist() == [2] * 12
    assert read_tables([tmp_path / "x.h5"], labels=str(table)).tables[0].seen.tolist() == [0] * 12


def test_a_file_that_does_not_say_what_was_heard_keeps_what_it_says(
    features: Path, tmp_path: Path
) -> None:
    table = FeatureFile.open(features)
    old = replace(table, heard=(), seen=np.array([2, 1] + [0] * 10, np.int32))
    old.write(tmp_path / "old.h5")
    assert (
        read_tables([tmp_path / "old.h5"], name="tones 1").tables[0].seen.tolist()
        == [2, 1] + [0] * 10
    )


@pytest.mark.slow
def test_of_an_earlier_bundled_encoder_the_bundled_one_tells(
    features: Path, tmp_path: Path
) -> None:
    """Files of before say whose they are, not what it heard."""
    table = FeatureFile.open(features)
    first = "050344a9c0ecb5031e062a1f0fc92aa45105e187b7c3ebf95e790f913d5103ed"
    second = "85cb5c9f9da536768bf5659e79a19590e62ece08f88321ff5a40579562393d17"
    third = "153ec55b8be7865430543c3ac2becd5ff6bd950de7e7f88eb8bab5d6aeac3bad"
    for sha256 in (first, second, third):
        known = table.attributes | {"encoder_sha256": sha256}
        files = ["EB0_anger_1.wav", *table.file[1:]]
        replace(table, heard=(), attributes=known, file=files).write(tmp_path / "old.h5")
        assert read_tables([tmp_path / "old.h5"]).tables[0].seen.tolist() == [0] * 12
        named = read_tables([tmp_path / "old.h5"], name="nEMO").tables[0].seen.tolist()
        assert named == [2] + [0] * 11
    unknown = table.attributes | {"encoder_sha256": "0" * 64}
    replace(table, heard=(), attributes=unknown, file=files).write(tmp_path / "old.h5")
    assert read_tables([tmp_path / "old.h5"], name="nEMO").tables[0].seen.tolist() == [0] * 12


# --- in the feature file ---------------------------------------------------------------------


@pytest.mark.slow
def test_what_was_heard_goes_through_parts_shards_and_merging(
    tones: Path, hearer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    corpus = Corpus.read(tones, name="tones 1")
    extract(corpus, tmp_path / "whole.h5", encoder=hearer)
    for number in (1, 2):
        extract(corpus, tmp_path / f"{number}.h5", encoder=hearer, shard=(number, 2))
    merged = merge([tmp_path / "2.h5", tmp_path / "1.h5"], tmp_path / "merged.h5")
    expected = tuple(replace(one, corpus="Tones-1") for one in utterances(tones))
    assert merged.heard == FeatureFile.open(tmp_path / "whole.h5").heard == expected
    assert differences(tmp_path / "whole.h5", tmp_path / "merged.h5") == []
    assert verify(tmp_path / "merged.h5") == []


@pytest.mark.slow
def test_nothing_is_written_where_nothing_was_heard(
    tones: Path, encoder: Encoder, tmp_path: Path
) -> None:
    extract(tones, tmp_path / "x.h5", encoder=encoder)
    pytest.importorskip("opensmile")
    functionals(tones, tmp_path / "egemaps.h5", feature_set="egemaps")
    for name in ("x", "egemaps"):
        with h5py.File(tmp_path / f"{name}.h5") as store:
            assert "heard" not in store
        assert FeatureFile.open(tmp_path / f"{name}.h5").heard == ()


def test_a_finished_file_learns_what_was_heard(tones: Path, hearer: Path, tmp_path: Path) -> None:
    extract(tones, tmp_path / "x.h5", encoder=hearer)
    table = FeatureFile.open(tmp_path / "x.h5")
    replace(table, heard=()).write(tmp_path / "x.h5")
    assert extract(tones, tmp_path / "x.h5", encoder=hearer).found == "facts brought up to date"
    assert FeatureFile.open(tmp_path / "x.h5").heard == table.heard != ()
    assert extract(tones, tmp_path / "x.h5", encoder=hearer).found == "complete"


def test_lists_of_format_1_are_kept_as_they_are(
    tones: Path, encoder: Encoder, tmp_path: Path
) -> None:
    old = {"name": "x", "named": False, "recordings": [["00aa", "a.b"]], "speakers": ["eva"]}
    hearer = with_training(encoder, tmp_path / "hearer.onnx", old)
    extract(tones, tmp_path / "x.h5", encoder=hearer)
    expected = (HeardUtterance(path="a.b", content="00aa"), HeardUtterance(speaker="eva"))
    assert FeatureFile.open(tmp_path / "x.h5").heard == expected
    assert verify(tmp_path / "x.h5") == []


def put(name: str, value: object) -> Callable[[h5py.File], object]:
    return lambda store: store[f"heard/{name}"].__setitem__(1, value)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (put("start", -1.0), "/heard: row 1 (spk1_high_2) is from -1 to "),
        (put("end", 0.0), "/heard: row 1 (spk1_high_2) is from 0 to 0.0 s"),
        (put("channel", -1), "/heard: row 1 (spk1_high_2) is of channel -1, need 0 or more"),
        (lambda store: store["heard"].pop("entry"), "/heard/entry: missing"),
        (lambda store: store["heard"].pop("speaker"), "not a readable feature file"),
    ],
)
def test_what_cannot_have_been_heard_is_found(
    features: Path, damage: Callable[[h5py.File], object], line: str
) -> None:
    assert verify(features) == []
    with h5py.File(features, "a") as store:
        damage(store)
    try:
        found = verify(features)
    except Exception as error:
        found = [str(error)]
    assert len(found) == 1
    assert line in found[0]


def test_other_training_is_a_difference(features: Path, tmp_path: Path) -> None:
    table = FeatureFile.open(features)
    replace(table, heard=table.heard[1:]).write(tmp_path / "other.h5")
    first = "spk1_high_1 [0-"
    (line,) = differences(features, tmp_path / "other.h5")
    assert line.startswith(f"heard: 1 in the first file alone: {first}")


# --- from training ---------------------------------------------------------------------------


@pytest.mark.slow
def test_training_writes_stretches_speakers_and_corpora(tmp_path: Path) -> None:
    """Of a table with sessions and a corpus column; the test side is not in it."""
    from test_training import recipe

    from deepspectrum_features.training.exporting import export
    from deepspectrum_features.training.run import train

    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=2)
    names = [one.file for one in Corpus.read(folder).utterances]
    rows = ["file,start,end,label,speaker,corpus,split"]
    for name in names:
        who, label, take = name.removesuffix(".wav").split("_")
        side = {"spk1": "train", "spk2": "dev", "spk3": "test"}[who]
        rows.append(f"{name},0.1,0.4,{label},{who},{'one' if take == '1' else ''},{side}")
    (folder / "corpus.csv").write_text("\n".join(rows))
    corpus = Corpus.read(folder).scan()
    train(corpus, tmp_path / "run", recipe(epochs=1))
    found = export(tmp_path / "run", tmp_path / "own.onnx").stated.training
    assert [(one.name, one.named) for one in found.corpora] == [("one", True), ("tones", False)]
    assert [one.path for one in found.rows] == [
        f"{who}_{label}_{take}"
        for take in (1, 2)
        for who in ("spk1", "spk2")
        for label in ("high", "low")
    ]
    for one in found.rows:
        assert one.speaker == one.path[:4]
        assert (one.start, one.end, one.channel) == (0.1, pytest.approx(0.4, abs=1e-4), 0)
        assert one.seconds == pytest.approx(soundfile.info(folder / f"{one.path}.wav").duration)
        assert len(one.content) == 16
        assert one.corpus == ("one" if one.path.endswith("1") else "")
    assert list(seen_warnings(make_protocol(corpus.utterances, "loso"), [])) == []


# --- real speech -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.corpora
def test_nemo_coded_anew_and_named_at_evaluation_is_refused(corpora: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for speaker in ("EB0", "IC0", "MK0", "WR0"):  # two of training, two of test
        for emotion in ("anger", "sadness"):
            for take in (1, 2, 3):
                name = f"{speaker}_{emotion}_{take}"
                sound, rate = soundfile.read(corpora / "nemo" / f"{name}.opus")
                soundfile.write(folder / f"{name}.mp3", 0.7 * sound, rate)
    extract(folder, tmp_path / "copy.h5", encoder="zhao2018-asmmc-nemo")
    assert FeatureFile.open(tmp_path / "copy.h5").seen.tolist() == [0] * 24
    with pytest.raises(CorpusError, match=r"12 of 24 test rows .*: EB0 \(6\), IC0 \(6\);"):
        evaluate([tmp_path / "copy.h5"], layout="nemo")
