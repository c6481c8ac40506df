"""Recordings that change after an extraction: the same command does their parts again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import soundfile
from quick_first import quick_first
from stopped import stopped_before_the_merge

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction import Extraction
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.testing import contents, tone

RATE = 16000


def again(folder: Path, encoder: Encoder, **options: Any) -> tuple[Extraction, list[str]]:
    """Run the same command again; return what it did and said."""
    lines: list[str] = []
    done = extract(folder, folder / "out.h5", encoder=encoder, say=lines.append, **options)
    return done, lines[1:]  # the first names the encoder


def as_one_run_gives(folder: Path, encoder: Encoder, **options: Any) -> dict[str, object]:
    """Return what a run that knows nothing of any earlier one writes."""
    return contents(extract(folder, folder / "fresh.h5", encoder=encoder, **options).path)


def process(path: Path) -> None:
    """Write another sound in a recording's place, of the same size."""
    samples = soundfile.info(path).frames
    before = path.stat().st_size
    soundfile.write(path, tone(400, samples / RATE, level=0.5)[:samples], RATE)
    assert path.stat().st_size == before


def touch(path: Path) -> None:
    """Give a recording another time of modification."""
    later = path.stat().st_mtime + 60
    os.utime(path, (later, later))


@pytest.mark.parametrize(
    "options", quick_first([{}, {"frames": True, "attention": True}, {"chunk": 0.4}])
)
def test_one_processed_in_place_is_done_again_and_others_kept(
    tones: Path, encoder: Encoder, options: dict[str, Any]
) -> None:
    extract(tones, tones / "out.h5", encoder=encoder, **options)
    before = FeatureFile.open(tones / "out.h5")
    process(tones / "spk1_low_2.wav")
    done, lines = again(tones, encoder, **options)
    parts = lines[0].split("(")[1]
    assert lines[0].startswith(f"{tones / 'out.h5'}: 1 recording changed or new: spk1_low_2.wav (")
    assert int(parts.split()[2]) < int(parts.split()[4]) / 2, "most parts are kept"
    assert 0 < done.audio_seconds < 3
    after = FeatureFile.open(tones / "out.h5")
    moved = np.abs(after.features - before.features).max(axis=1) > 1e-3
    assert {after.file[row] for row in np.flatnonzero(moved)} == {"spk1_low_2.wav"}
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder, **options)
    assert again(tones, encoder, **options)[0].found == "complete"
    assert verify(tones / "out.h5", encoder) == []
    assert not list(tones.glob("*.parts"))


@pytest.mark.slow
def test_another_length_is_another_recording(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    soundfile.write(tones / "spk1_high_1.wav", tone(300, 2.5), RATE)
    again(tones, encoder)
    found = FeatureFile.open(tones / "out.h5")
    assert found.end[found.file.index("spk1_high_1.wav")] == 2.5
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


def test_touched_recordings_are_compared_and_nothing_is_computed(
    tones: Path, encoder: Encoder
) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    before = FeatureFile.open(tones / "out.h5")
    for path in tones.glob("*.wav"):
        touch(path)
    assert again(tones, encoder)[0].found == "facts brought up to date"
    after = FeatureFile.open(tones / "out.h5")
    np.testing.assert_array_equal(after.features, before.features)
    assert after.recordings["spk1_low_1.wav"].modified == (tones / "spk1_low_1.wav").stat().st_mtime
    assert after.attributes["created"] == before.attributes["created"]
    assert again(tones, encoder)[0].found == "complete"


@pytest.mark.slow
def test_a_tag_in_the_file_is_no_other_sound(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    path = tones / "spk1_low_1.wav"
    samples, _ = soundfile.read(path, dtype="int16")
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as sound:
        sound.title = "a tone"
        sound.write(samples)
    assert again(tones, encoder)[0].found == "facts brought up to date"
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_another_rate_is_another_sound_of_the_same_samples(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    path = tones / "spk1_low_1.wav"
    header = bytearray(path.read_bytes())
    header[24:28] = (8000).to_bytes(4, "little")
    path.write_bytes(header)
    assert again(tones, encoder)[0].found == ""
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_channels_that_change_places_are_another_sound_of_one_of_them(
    tmp_path: Path, encoder: Encoder
) -> None:
    sides = np.stack([tone(300, 1.0), tone(900, 1.0)], axis=1)
    soundfile.write(tmp_path / "a.wav", sides, RATE)
    for channel, found in ((None, "facts brought up to date"), (1, "")):
        out = tmp_path / f"{channel}.h5"
        soundfile.write(tmp_path / "a.wav", sides, RATE)
        extract(tmp_path, out, encoder=encoder, channel=channel)
        soundfile.write(tmp_path / "a.wav", sides[:, ::-1], RATE)
        touch(tmp_path / "a.wav")
        assert extract(tmp_path, out, encoder=encoder, channel=channel).found == found
        fresh = extract(tmp_path, tmp_path / "fresh", encoder=encoder, channel=channel).path
        assert differences(out, fresh) == []
        fresh.unlink()


def test_new_recordings_come_to_the_others(tones: Path, encoder: Encoder) -> None:
    (tones / "corpus.csv").unlink()
    hidden = tones / ".spk2_low_3.wav"
    (tones / "spk2_low_3.wav").rename(hidden)
    extract(tones, tones / "out.h5", encoder=encoder)
    hidden.rename(tones / "spk2_low_3.wav")
    done, lines = again(tones, encoder)
    assert done.rows == 12
    assert "1 recording changed or new: spk2_low_3.wav" in lines[0]
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


def test_one_that_is_gone_is_refused_and_the_file_stays(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    before = contents(tones / "out.h5")
    (tones / "spk1_low_1.wav").unlink()
    with pytest.raises(FeatureFileError, match="1 recording that cannot be read now: spk1_low_1"):
        again(tones, encoder)
    (tones / "corpus.csv").unlink()
    with pytest.raises(FeatureFileError, match="exists with 12 inputs, now 11 "):
        again(tones, encoder)
    assert contents(tones / "out.h5") == before


@pytest.mark.parametrize("fault", quick_first(["empty", "spoilt"]))
def test_a_refused_one_that_was_mended_has_a_row(tones: Path, encoder: Encoder, fault: str) -> None:
    path = tones / "spk2_high_1.wav"
    mended = path.read_bytes()
    if fault == "empty":
        path.write_bytes(b"")
    else:
        soundfile.write(path, np.full(RATE, np.nan), RATE, subtype="FLOAT")
    assert len(extract(tones, tones / "out.h5", encoder=encoder).refused) == 1
    assert len(again(tones, encoder)[0].refused) == 1
    path.write_bytes(mended)
    done, _ = again(tones, encoder)
    assert (done.rows, done.refused) == (12, ())
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_one_without_a_row_stays_without_where_another_changed(
    tones: Path, encoder: Encoder
) -> None:
    soundfile.write(tones / "spk1_high_1.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    extract(tones, tones / "out.h5", encoder=encoder)
    process(tones / "spk2_low_3.wav")
    done, _ = again(tones, encoder)
    assert done.audio_seconds < 3, "the part of the refused one is kept"
    assert [one.file for one in done.refused] == ["spk1_high_1.wav"]
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_one_that_was_spoilt_goes_to_the_ledger(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    before = contents(tones / "out.h5")
    soundfile.write(tones / "spk2_high_1.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    with pytest.raises(CorpusError, match="1 input refused"):
        again(tones, encoder, strict=True)
    assert contents(tones / "out.h5") == before
    done, _ = again(tones, encoder)
    assert [one.file for one in done.refused] == ["spk2_high_1.wav"]
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_what_the_corpus_no_longer_tells_stays_with_rows_done_again(
    tones: Path, encoder: Encoder
) -> None:
    extract(Corpus.read(tones, name="tones"), tones / "out.h5", encoder=encoder)
    before = FeatureFile.open(tones / "out.h5")
    (tones / "corpus.csv").unlink()
    process(tones / "spk1_low_2.wav")
    again(tones, encoder)
    after = FeatureFile.open(tones / "out.h5")
    assert (after.label, after.speaker) == (before.label, before.speaker)
    assert after.attributes["corpus_named"] == "yes"
    assert not np.array_equal(after.features, before.features)


@pytest.mark.slow
def test_a_file_of_a_version_that_kept_no_times_is_compared_by_content(
    tones: Path, encoder: Encoder
) -> None:
    for change in (False, True):
        extract(tones, tones / "out.h5", encoder=encoder, overwrite=True)
        with h5py.File(tones / "out.h5", "r+") as store:
            del store["recording"]
        if change:
            process(tones / "spk1_low_2.wav")
        done, lines = again(tones, encoder)
        assert done.found == ("" if change else "facts brought up to date")
        assert any("changed or new: spk1_low_2.wav (" in line for line in lines) == change
        assert len(FeatureFile.open(tones / "out.h5").recordings) == 12
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_versions_of_both_runs_are_named(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    with h5py.File(tones / "out.h5", "r+") as store:
        store.attrs["versions"] = store.attrs["versions"].replace('"soxr": "', '"soxr": "0.0.1, ')
    process(tones / "spk1_low_2.wav")
    again(tones, encoder)
    assert '"soxr": "0.0.1, ' in FeatureFile.open(tones / "out.h5").attributes["versions"]


@pytest.mark.slow
def test_a_shard_takes_up_changes_and_merges(tones: Path, encoder: Encoder) -> None:
    shards = [tones / "1.h5", tones / "2.h5"]

    def run() -> list[str]:
        return [
            extract(tones, path, encoder=encoder, shard=(number, 2)).found
            for number, path in enumerate(shards, 1)
        ]

    run()
    process(tones / "spk1_low_2.wav")
    assert run() == ["", "facts brought up to date"]
    merge(shards, tones / "out.h5")
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)
    assert again(tones, encoder)[0].found == "complete"


@pytest.mark.slow
def test_a_run_that_was_stopped_leaves_the_file_and_goes_on(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    before = contents(tones / "out.h5")
    for file in ("spk1_low_2.wav", "spk2_high_1.wav"):
        process(tones / file)
    with stopped_before_the_merge(tones / "out.h5"):
        again(tones, encoder)
    assert contents(tones / "out.h5") == before
    done, lines = again(tones, encoder)
    assert done.audio_seconds == 0
    assert lines[1].startswith("continuing: ")
    assert contents(tones / "out.h5") == as_one_run_gives(tones, encoder)


@pytest.mark.slow
def test_differences_do_not_speak_of_times(tones: Path, encoder: Encoder) -> None:
    extract(tones, tones / "out.h5", encoder=encoder)
    for path in tones.glob("*.wav"):
        touch(path)
    as_one_run_gives(tones, encoder)
    assert differences(tones / "out.h5", tones / "fresh.h5") == []
