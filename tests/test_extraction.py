"""Extraction: one row an utterance, whatever the number of jobs, and a ledger of the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from deepspectrum_features import Corpus, DsfError, Encoder, FeatureFile, extract
from deepspectrum_features.encoder.batching import batches
from deepspectrum_features.encoder.encoder import Encoded
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction import pipeline, plan
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.worker import Watch
from deepspectrum_features.files import PatientFile
from deepspectrum_features.files.locks import alone
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.testing import contents, tone


def test_rows_are_what_the_encoder_gives_for_each_file(folder: Path, encoder: Encoder) -> None:
    done = extract(folder, folder / "out.h5", encoder=encoder)
    table = FeatureFile.open(done.path)
    assert (done.rows, done.columns, done.refused) == (8, 12, ())
    for row, file in enumerate(table.file):
        waveform, rate = soundfile.read(folder / file, dtype="float32")
        alone = encoder.encode([power_spectrogram(waveform, PowerSpectrogram())])
        np.testing.assert_allclose(table.features[row], alone.embedding[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(table.scores[row], alone.scores[0], rtol=1e-5, atol=1e-6)
        assert table.end[row] == len(waveform) / rate
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-3)
    assert table.file == sorted(table.file)
    assert [file.split("_")[1] for file in table.file] == table.label
    assert [file.split("_")[0] for file in table.file] == table.speaker


def test_jobs_do_not_change_a_bit(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)  # several parts of one or two tones
    assert len(plan.make_plan(Corpus.read(folder).scan(), {}).parts) > 3
    for jobs in (1, 4):
        extract(folder, folder / f"{jobs}.h5", encoder=encoder, jobs=jobs)
    assert contents(folder / "1.h5") == contents(folder / "4.h5")
    assert not list(folder.glob("*.parts"))


@pytest.mark.slow
def test_recordings_of_one_length_share_a_batch(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(0)
    for number in range(250):  # 400 s in one part, more than frames wait for
        sound = tone(440.0, generator.uniform(0.2, 3.0), level=0.1)
        soundfile.write(tmp_path / f"{number:03}.wav", sound, 16000)
    corpus = Corpus.read(tmp_path).scan()
    part = plan.Part(0, corpus.utterances, "", frozenset(), 0.0)
    lengths: list[list[int]] = []
    encode = encoder.encode

    def note(spectrograms: list[NDArray[np.float32]], *outputs: Sequence[str]) -> Encoded:
        lengths.append([len(one) for one in spectrograms])
        return encode(spectrograms, *outputs)

    monkeypatch.setattr(encoder, "encode", note)
    table = EncoderWorker(encoder)(corpus, part, Watch(lambda *_: None, lambda _: None))
    assert table.file == [one.file for one in corpus.utterances]
    known = sorted(frames for batch in lengths for frames in batch)
    at_once = list(batches(dict(enumerate(known))))
    assert lengths == [[known[row] for row in batch] for batch in at_once]  # as if read whole


def test_run_again_says_complete_and_touches_nothing(folder: Path, encoder: Encoder) -> None:
    out = folder / "out.h5"
    extract(folder, out, encoder=encoder)
    before = out.stat()
    again = extract(folder, out, encoder=encoder)
    assert (again.found, again.rows) == ("complete", 8)
    assert out.stat().st_mtime_ns == before.st_mtime_ns


def test_new_labels_are_written_without_extracting_again(folder: Path, encoder: Encoder) -> None:
    out = folder / "out.h5"
    extract(folder, out, encoder=encoder)
    features = FeatureFile.open(out).features
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace(",low,", ",deep,"))
    assert extract(folder, out, encoder=encoder).found == "facts brought up to date"
    found = FeatureFile.open(out)
    assert set(found.label) == {"high", "deep"}
    np.testing.assert_array_equal(found.features, features)


def test_labels_forgotten_the_second_time_stay(folder: Path, encoder: Encoder) -> None:
    out = folder / "out.h5"
    extract(Corpus.read(folder, name="tones"), out, encoder=encoder)
    before = contents(out)
    (folder / "corpus.csv").unlink()
    assert extract(folder, out, encoder=encoder).found == "complete"
    assert contents(out) == before
    assert set(FeatureFile.open(out).label) == {"high", "low"}


def test_another_plan_is_refused_and_overwrite_replaces(folder: Path, encoder: Encoder) -> None:
    out = folder / "out.h5"
    extract(folder, out, encoder=encoder)
    with pytest.raises(FeatureFileError, match=r"exists with channel none, now 1 .*--overwrite"):
        extract(folder, out, encoder=encoder, channel=1)
    table = folder / "corpus.csv"
    told = table.read_text()
    table.write_text("\n".join(told.splitlines()[:-1]))
    with pytest.raises(
        FeatureFileError, match=r"exists with 8 inputs, now 7 without spk2_low_2\.wav \(choose"
    ):
        extract(folder, out, encoder=encoder)
    table.write_text(told)
    (folder / "spk1_low_1.wav").unlink()
    with pytest.raises(FeatureFileError, match=r"1 recording that cannot be read now: spk1_low_1"):
        extract(folder, out, encoder=encoder)
    soundfile.write(folder / "spk1_low_1.wav", tone(500, 2.0), 16000)
    assert extract(folder, out, encoder=encoder, channel=1, overwrite=True).rows == 8


def test_a_recording_that_is_gone_is_named_once(folder: Path, encoder: Encoder) -> None:
    (folder / "bad.wav").write_text("no sound")
    table = folder / "corpus.csv"
    *told, last = table.read_text().splitlines()
    table.write_text("\n".join([*told, "bad.wav,low,spk1", last]))
    rows = extract(folder, folder / "out.h5", encoder=encoder, chunk=0.5).rows
    table.write_text("\n".join([*told, "bad.wav,low,spk1"]))
    without = rf"exists with {rows + 1} inputs, now \d+ without spk2_low_2\.wav \(choose"
    with pytest.raises(FeatureFileError, match=without):
        extract(folder, folder / "out.h5", encoder=encoder, chunk=0.5)


def test_a_foreign_file_in_the_way_is_never_overwritten_unasked(
    folder: Path, encoder: Encoder
) -> None:
    out = folder / "notes.log"
    out.write_text("precious")
    with pytest.raises(FeatureFileError, match="not a readable feature file"):
        extract(folder, out, encoder=encoder)
    with pytest.raises(FeatureFileError, match="exists and is not a feature file"):
        extract(folder, out, encoder=encoder, overwrite=True)
    assert out.read_text() == "precious"


def test_bad_inputs_go_to_the_ledger_and_the_run_goes_on(folder: Path, encoder: Encoder) -> None:
    (folder / "corpus.csv").unlink()
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("hello")
    (folder / "film.mp4").write_bytes(b"x")
    soundfile.write(folder / "short.wav", tone(500, 0.01), 16000)
    spoilt = tone(500, 1.0)
    spoilt[100] = np.nan
    soundfile.write(folder / "nan.wav", spoilt, 16000, subtype="FLOAT")
    done = extract(folder, folder / "out.h5", encoder=encoder)
    reasons = {one.file: one.reason for one in done.refused}
    assert reasons == {
        "empty.wav": "0 bytes, need a recording",
        "text.wav": "a text file, need a recording",
        "film.mp4": "a text file, need a recording",
        "short.wav": "160 samples, need at least 400 (25 ms at 16000 Hz)",
        "nan.wav": "1 sample NaN or infinite, need numbers",
    }
    table = FeatureFile.open(done.path)
    assert len(table.file) == 8
    assert table.refused == list(done.refused)
    assert np.isfinite(table.features).all()


def test_strict_writes_nothing(folder: Path, encoder: Encoder) -> None:
    soundfile.write(folder / "spk1_low_1.wav", tone(500, 0.01), 16000)
    with pytest.raises(CorpusError, match="1 input refused"):
        extract(folder, folder / "out.h5", encoder=encoder, strict=True)
    assert not (folder / "out.h5").exists()


def test_no_row_at_all_is_an_error(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(CorpusError, match=r"none of 1 input gave a row.*a\.wav: 0 bytes"):
        extract(tmp_path, tmp_path / "out.h5", encoder=encoder)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_longer_than_the_encoder_takes_is_refused_before_decoding(
    tmp_path: Path, encoder: Encoder
) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(130 * 8000), 8000)
    soundfile.write(tmp_path / "tone.wav", tone(500, 1.0), 16000)
    done = extract(tmp_path, tmp_path / "out.h5", encoder=encoder)
    assert [(one.file, one.stage) for one in done.refused] == [("long.wav", "length")]
    assert "130.0 s, this encoder takes at most 120 s" in done.refused[0].reason


def test_segments_of_one_recording(tmp_path: Path, encoder: Encoder) -> None:
    sound = np.concatenate([tone(300, 1.0), tone(2000, 1.0)])
    soundfile.write(tmp_path / "two.wav", sound, 16000)
    soundfile.write(tmp_path / "second.wav", tone(2000, 1.0), 16000)
    table = tmp_path / "list.csv"
    table.write_text("file,start,end\ntwo.wav,0,1\ntwo.wav,1,2\nsecond.wav,,\ntwo.wav,1,5\n")
    done = extract(table, tmp_path / "out.h5", encoder=encoder)
    found = FeatureFile.open(done.path)
    np.testing.assert_array_equal(found.start, [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(found.end, [1.0, 2.0, 1.0])
    np.testing.assert_allclose(found.features[1], found.features[2], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found.features[0], found.features[1], atol=1e-3)
    assert found.content[0] == found.content[1] != found.content[2]
    assert [str(one) for one in found.refused] == [
        "two.wav [1-5 s]: end 5.0 s, but the recording ends at 2.0 s"
    ]


def test_finished_parts_are_kept_and_changed_files_done_again(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    out = folder / "out.h5"
    written: list[str] = []
    honest = FeatureFile.write

    def write(table: FeatureFile, path: Path, *progress: Callable[[], object]) -> None:
        if path == out and len(written) < 100:
            written.append("stop")
            raise DsfError("stopped before the merge")
        written.append(Path(path).name)
        honest(table, path, *progress)

    monkeypatch.setattr(FeatureFile, "write", write)
    with pytest.raises(DsfError, match="stopped before the merge"):
        extract(folder, out, encoder=encoder)
    parts = len(written) - 1
    assert parts > 3
    written.clear()
    last = folder / "spk2_low_2.wav"
    soundfile.write(last, tone(400, soundfile.info(last).duration), 16000)
    with pytest.raises(DsfError, match="stopped before the merge"):
        extract(folder, out, encoder=encoder)
    assert len(written) == 2
    monkeypatch.undo()


@pytest.mark.parametrize("place", ["missing/out.h5", "."])
def test_an_impossible_output_is_refused_before_work(
    folder: Path, encoder: Encoder, place: str
) -> None:
    with pytest.raises(FeatureFileError, match=r"a folder|no such folder"):
        extract(folder, folder / place, encoder=encoder)


def test_a_file_that_vanishes_during_the_run_is_ledgered(folder: Path, encoder: Encoder) -> None:
    corpus = Corpus.read(folder)
    (folder / "spk1_high_1.wav").unlink()
    done = extract(corpus, folder / "out.h5", encoder=encoder)
    assert [str(one) for one in done.refused] == ["spk1_high_1.wav: no such file or directory"]


def test_batches_hold_every_row_once_within_the_limit() -> None:
    lengths = {row: int(length) for row, length in enumerate([300, 7, 2400, 5000, 299, 1, 800])}
    found = list(batches(lengths, most=2400))
    assert sorted(row for batch in found for row in batch) == sorted(lengths)
    for batch in found:
        padded = len(batch) * max(lengths[row] for row in batch)
        assert padded <= 2400 or len(batch) == 1


def test_one_recording_alone(folder: Path, encoder: Encoder) -> None:
    shutil.copy(folder / "spk1_low_1.wav", folder / "one.wav")
    assert extract(folder / "one.wav", folder / "out.h5", encoder=encoder).rows == 1


def test_samples_far_beyond_full_scale_never_become_nan_features(
    folder: Path, encoder: Encoder
) -> None:
    soundfile.write(folder / "spk1_low_1.wav", tone(500, 1.0) * 1e30, 16000, subtype="FLOAT")
    done = extract(folder, folder / "out.h5", encoder=encoder)
    assert [(one.file, one.stage) for one in done.refused] == [("spk1_low_1.wav", "encode")]
    assert np.isfinite(FeatureFile.open(done.path).features).all()


def test_two_runs_on_one_output_do_not_mix(folder: Path, encoder: Encoder) -> None:
    parts = folder / "out.h5.parts"
    parts.mkdir()
    with (
        alone(parts / "lock"),
        pytest.raises(FeatureFileError, match="another process works there"),
    ):
        extract(folder, folder / "out.h5", encoder=encoder)
    assert extract(folder, folder / "out.h5", encoder=encoder).rows == 8


def test_a_finished_output_takes_up_new_refusals(folder: Path, encoder: Encoder) -> None:
    (folder / "corpus.csv").unlink()
    out = folder / "out.h5"
    assert extract(folder, out, encoder=encoder).refused == ()
    (folder / "new.m4a").write_bytes(b"x")
    again = extract(folder, out, encoder=encoder)
    assert [one.file for one in again.refused] == ["new.m4a"]
    assert [one.file for one in FeatureFile.open(out).refused] == ["new.m4a"]
    with pytest.raises(CorpusError, match="1 input refused"):
        extract(folder, out, encoder=encoder, strict=True)


def test_a_full_disk_leaves_nothing_under_the_final_name(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(stream: PatientFile, block: memoryview) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PatientFile, "_write_all", full)
    with pytest.raises(OSError, match="No space left on device"):
        extract(folder, folder / "out.h5", encoder=encoder, jobs=2)
    assert not (folder / "out.h5").exists()
    assert not list(folder.rglob("*.draft"))
    monkeypatch.undo()
    assert extract(folder, folder / "out.h5", encoder=encoder).rows == 8


def test_a_part_that_another_run_wrote_meanwhile_is_not_taken(
    tones: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a machine which was suspended, and knows nothing of what came after."""
    out, honest = tones / "out.h5", pipeline.compute_parts

    def meddling(*arguments: Any) -> None:
        honest(*arguments)
        folder = out.with_name("out.h5.parts")
        shutil.copy(folder / "00002.h5", folder / "00001.h5")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "compute_parts", meddling)
        with pytest.raises(FeatureFileError, match=r"00001\.h5: written by another run, need "):
            extract(tones, out, encoder=encoder)
    assert not out.exists()
    assert extract(tones, out, encoder=encoder).rows == 12
