"""openSMILE functionals: openSMILE's own numbers, through the pipeline of every feature file."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepspectrum_features import FeatureFile, functionals, verify
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound import opensmile_engine
from deepspectrum_features.testing import tone

opensmile = pytest.importorskip("opensmile")


def noisy_tone(seconds: float, sample_rate: int) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(round(seconds * sample_rate))
    return tone(220, seconds, sample_rate, level=0.3) + (0.01 * noise).astype(np.float32)


@pytest.mark.parametrize(("short", "columns"), [("egemaps", 88), ("compare", 6373)])
def test_rows_equal_opensmiles_own_process_file(tmp_path: Path, short: str, columns: int) -> None:
    for name, rate in (("a.wav", 16000), ("b.wav", 22050)):
        soundfile.write(tmp_path / name, noisy_tone(1.5, rate), rate, subtype="PCM_16")
    out = tmp_path / "out.h5"
    functionals(tmp_path, out, feature_set=short, jobs=1)
    table = FeatureFile.open(out)
    smile = opensmile.Smile(
        feature_set=getattr(opensmile.FeatureSet, opensmile_engine.FEATURE_SETS[short])
    )
    assert table.feature_name == smile.feature_names
    assert table.features.shape == (2, columns)
    assert table.feature_family == [short] * columns
    for row, file in enumerate(table.file):
        own = smile.process_file(str(tmp_path / file)).to_numpy()[0]
        np.testing.assert_allclose(table.features[row], own, rtol=1e-6, atol=0)
    assert not np.allclose(table.features[0], table.features[1], rtol=1e-2)
    assert verify(out) == []


def test_full_scale_does_not_wrap() -> None:
    """+1.0 as a 16-bit sample would be -32768: a click at every crest."""
    loud = np.clip(5 * noisy_tone(1.5, 16000), -1, 1)
    below = np.minimum(loud, np.float32(32767 / 32768))
    assert (loud == 1).sum() > 100
    found = opensmile_engine.functionals(loud, 16000, "egemaps")
    np.testing.assert_array_equal(found, opensmile_engine.functionals(below, 16000, "egemaps"))
    wrapped = np.where(loud == 1, np.float32(-1), loud)
    other = opensmile_engine.functionals(wrapped, 16000, "egemaps")
    assert not np.allclose(found, other, rtol=1e-2)


def test_too_short_is_refused_with_its_length() -> None:
    with pytest.raises(AudioError, match=r"^openSMILE gives nothing for 0\.010 s, need a longer"):
        opensmile_engine.functionals(tone(300, 0.01), 16000, "egemaps")


@pytest.mark.slow
def test_what_gives_no_row_is_ledgered_and_jobs_do_not_matter(folder: Path) -> None:
    (folder / "corpus.csv").unlink()
    soundfile.write(folder / "short.wav", tone(300, 0.02), 16000)
    (folder / "text.wav").write_text("hello")
    tables = []
    interrupt = signal.getsignal(signal.SIGINT)
    for jobs in (1, 2):
        out = folder / f"{jobs}.h5"
        done = functionals(folder, out, feature_set="egemaps", jobs=jobs)
        assert [(one.file, one.stage) for one in done.refused] == [
            ("text.wav", "open"),
            ("short.wav", "functionals"),
        ]
        tables.append(FeatureFile.open(out))
    assert signal.getsignal(signal.SIGINT) is interrupt
    np.testing.assert_array_equal(tables[0].features, tables[1].features)
    assert tables[0].file == tables[1].file
    assert tables[0].attributes["encoder"] == "opensmile eGeMAPSv02"
    assert functionals(folder, folder / "1.h5", feature_set="egemaps").found == "complete"


def test_channels_are_averaged_at_the_files_own_rate(tmp_path: Path) -> None:
    left, right = noisy_tone(1.2, 24000), tone(500, 1.2, 24000)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], axis=1), 24000, subtype="FLOAT")
    soundfile.write(tmp_path / "mean.wav", (left + right) / 2, 24000, subtype="FLOAT")
    out = tmp_path / "out.h5"
    functionals(tmp_path, out, feature_set="egemaps", jobs=1)
    mean, two = FeatureFile.open(out).features
    np.testing.assert_allclose(mean, two, rtol=1e-4, atol=1e-4)


def test_an_unknown_set_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match="need one of egemaps, compare"):
        functionals(folder, folder / "out.h5", feature_set="is09")
