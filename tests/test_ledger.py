"""The ledger says of what class and whose the inputs are that gave no row."""

from __future__ import annotations

from pathlib import Path

import h5py
import soundfile

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.features.difference import differences
from deepspectrum_features.testing import tiny_corpus, tone


def told(path: Path) -> list[tuple[str, str, str]]:
    return sorted((one.file, one.label, one.speaker) for one in FeatureFile.open(path).refused)


def spoiled(folder: Path) -> Path:
    """Make three recordings unusable, each noticed at another stage."""
    soundfile.write(folder / "spk1_low_1.wav", tone(440, 0.01), 16000)
    (folder / "spk1_high_1.wav").write_bytes(b"")
    whole = folder / "spk2_low_1.wav"
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return folder


EXPECTED = [
    ("spk1_high_1.wav", "high", "spk1"),
    ("spk1_low_1.wav", "low", "spk1"),
    ("spk2_low_1.wav", "low", "spk2"),
]


def test_refused_inputs_have_label_and_speaker(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    extract(spoiled(folder), tmp_path / "out.h5", encoder=encoder)
    assert told(tmp_path / "out.h5") == EXPECTED
    with h5py.File(tmp_path / "out.h5") as store:
        assert store["refused/label"].dims[0].keys() == ["entry"]


def test_a_new_label_reaches_the_ledger_of_a_finished_file(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    out, before = tmp_path / "out.h5", tmp_path / "before.h5"
    for place in (out, before):
        extract(spoiled(folder) if place == out else folder, place, encoder=encoder)
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace("spk1_low_1.wav,low", "spk1_low_1.wav,calm"))
    assert extract(folder, out, encoder=encoder).found == "facts brought up to date"
    expected = [(file, "calm" if file == "spk1_low_1.wav" else label, who)
                for file, label, who in EXPECTED]  # fmt: skip
    assert told(out) == expected
    assert differences(before, out) == ["refused: 1 have another label"]
    assert extract(folder, out, encoder=encoder).found == "complete"


def test_a_ledger_without_labels_has_no_columns_for_them(tmp_path: Path, encoder: Encoder) -> None:
    folder = spoiled(tiny_corpus(tmp_path / "tones", speakers=2, per_class=2))
    (folder / "corpus.csv").unlink()
    extract(folder, tmp_path / "out.h5", encoder=encoder)
    assert told(tmp_path / "out.h5") == [(file, "", "") for file, _, _ in EXPECTED]
    with h5py.File(tmp_path / "out.h5") as store:
        assert not {"label", "speaker"} & set(store["refused"])
