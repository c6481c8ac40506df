"""The real corpora: every recording gives a row, and the bundled encoder scores what it claims."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.errors import AudioError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.scores import score
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.sound.waveform import resample
from deepspectrum_features.training.checking import CHECKED_FRAMES

TRAINED = "zhao2018-asmmc-nemo"

pytestmark = [pytest.mark.slow, pytest.mark.corpora]


@pytest.fixture(scope="module")
def nemo(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nemo") / "nemo.h5"
    extract(Corpus.read(corpora / "nemo", layout="nemo"), out, encoder=TRAINED, jobs=4)
    return out


def test_nemo_gives_every_row(nemo: Path) -> None:
    table = FeatureFile.open(nemo)
    assert (len(table.file), table.refused) == (4481, [])
    assert np.isfinite(table.features).all()
    assert table.features.std(axis=0).min() > 0


def test_a_shard_of_nemo_is_the_same_whatever_the_jobs(corpora: Path, tmp_path: Path) -> None:
    """The last shard of eight, in many parts: they become smaller towards the end."""
    corpus = Corpus.read(corpora / "nemo", layout="nemo")
    for jobs in (1, 4):
        out = tmp_path / f"{jobs}.h5"
        extract(corpus, out, encoder=TRAINED, jobs=jobs, shard=(8, 8))
    with h5py.File(tmp_path / "1.h5") as one, h5py.File(tmp_path / "4.h5") as other:
        assert len(one["file"]) > 400
        for name in ("features", "scores", "file", "content", "seen"):
            assert one[name][()].tobytes() == other[name][()].tobytes()


def test_the_model_cards_score_is_what_the_file_gives(nemo: Path) -> None:
    table, encoder = FeatureFile.open(nemo), Encoder.open(TRAINED)
    claimed = encoder.metadata["scores"]["test"]
    trained = {one.speaker for one in encoder.stated.training.rows}
    test = np.array([speaker not in trained for speaker in table.speaker])
    assert test.sum() == claimed["utterances"]
    expected = np.array([table.class_name.index(label) for label in table.label])
    found = score(expected[test], table.scores[test].argmax(axis=1), table.class_name)
    assert found.ua == pytest.approx(claimed["ua"], abs=0.002)  # eager against ONNX may flip one
    assert (table.seen[test] == 0).all()
    assert (table.seen[~test] == 2).all()


def test_emodb_is_unseen_and_complete(corpora: Path, tmp_path: Path) -> None:
    corpus = Corpus.read(corpora / "emodb", layout="emodb")
    assert corpus.notices == ()
    assert "cite       Burkhardt" in describe_corpus(corpus.scan())
    done = extract(corpus, tmp_path / "emodb.h5")
    table = FeatureFile.open(done.path)
    assert (done.rows, done.refused) == (535, ())
    assert np.isfinite(table.features).all()
    assert (table.seen == 0).all()
    assert len(set(table.speaker)) == 10


def test_a_reencoded_copy_of_a_training_recording_is_still_seen(
    corpora: Path, tmp_path: Path
) -> None:
    """As FLAC under another name the content tells; cut short, the name does."""
    source = corpora / "nemo" / "EB0_anger_1.opus"
    sound, rate = soundfile.read(source)
    soundfile.write(tmp_path / "renamed.flac", np.clip(sound, -1, 1), rate, subtype="PCM_16")
    (tmp_path / "cut").mkdir()
    soundfile.write(tmp_path / "cut" / "EB0_anger_1.wav", sound[:-1600], rate, subtype="PCM_16")
    soundfile.write(tmp_path / "other.wav", sound[1600:], rate, subtype="PCM_16")
    table = FeatureFile.open(
        extract(Corpus.read(tmp_path), tmp_path / "a.h5", encoder=TRAINED).path
    )
    assert dict(zip(table.file, table.seen.tolist(), strict=True)) == {
        "cut/EB0_anger_1.wav": 0,  # nobody said that this is nEMO
        "other.wav": 0,
        "renamed.flac": 2,
    }
    named = Corpus.read(tmp_path, name="nemo")
    table = FeatureFile.open(extract(named, tmp_path / "b.h5", encoder=TRAINED).path)
    assert dict(zip(table.file, table.seen.tolist(), strict=True)) == {
        "cut/EB0_anger_1.wav": 2,
        "other.wav": 0,
        "renamed.flac": 2,
    }


def test_alone_equals_batch_on_real_speech(corpora: Path) -> None:
    """The bundled encoder, at the lengths around every pooling's odd remainder."""
    encoder = Encoder.open(TRAINED)
    sound, rate = soundfile.read(corpora / "nemo" / "SM0_anger_77.opus", dtype="float32")
    waveform = np.tile(resample(sound, rate, 16000), 3)
    inputs = [
        power_spectrogram(waveform[: 400 + 160 * (frames - 1)], PowerSpectrogram())
        for frames in CHECKED_FRAMES
    ]
    together = encoder.encode(inputs)
    for row, one in enumerate(inputs):
        alone = encoder.encode([one]).embedding[0]
        np.testing.assert_allclose(together.embedding[row], alone, rtol=1e-5, atol=1e-6)
    assert not np.allclose(together.embedding[-1], together.embedding[-2], atol=1e-3)


@pytest.mark.parametrize("name", ["nemo", "emodb", "indian", "emotts", "commands"])
def test_recordings_alone_equal_those_in_batches(corpora: Path, name: str) -> None:
    encoder = Encoder.open(TRAINED)
    corpus = Corpus.read(corpora / name)
    some = corpus.utterances[:: len(corpus.utterances) // 100]
    frames = [
        (row, encoder.front_end.frames(segment.waveform, segment.sample_rate))
        for row, segment in read_utterances(corpus, some)
        if not isinstance(segment, AudioError)
    ]
    assert len(frames) >= 100
    together = dict(encoder.encode_many(iter(frames)))
    vectors = []
    for row, one in frames:
        alone = next(iter(encoder.encode([one])))
        vectors.append(alone.vector)
        for output in ("vector", "scores", "frames", "attention"):
            batched, single = getattr(together[row], output), getattr(alone, output)
            np.testing.assert_allclose(batched, single, rtol=1e-5, atol=1e-6)
    assert not np.allclose(vectors[:-1], vectors[1:], rtol=1e-4, atol=1e-1)
