"""What is legal in the sound, but worth a look: said once, stored, and shown again."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from deepspectrum_features import Encoder, FeatureFile, extract, load_facts
from deepspectrum_features.cli.info import command as info
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.testing import contents, tone

RATE = 16000
LOW = (
    "below the encoder's 16000 Hz: 1 of 4 recordings, not comparable with wide-band ones "
    "(phone.wav)"
)
ENDS = (
    "0.1 s of digital zeros or more at an end, which may change features: 2 of 4 utterances "
    "(phone.wav, zeros.wav)"
)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Return telephone speech that ends in zeros, silence, too few zeros, and zeros around."""
    folder = tmp_path / "odd"
    folder.mkdir()
    phone, zeros = tone(300, 1.0, 8000), np.zeros(RATE, np.float32)
    soundfile.write(folder / "phone.wav", np.r_[phone, np.zeros(1200)], 8000)
    soundfile.write(folder / "silent.wav", zeros, RATE)
    soundfile.write(folder / "whole.wav", np.r_[zeros[:1500], tone(300, 1.0), zeros[:1500]], RATE)
    soundfile.write(folder / "zeros.wav", np.r_[zeros[:8000], tone(300, 1.0), zeros[:1600]], RATE)
    return folder


@pytest.mark.filterwarnings("ignore:digital silence")
def test_rates_and_zeros_are_said_stored_and_shown(odd: Path, encoder: Encoder) -> None:
    for _ in ("the first time", "again"):
        lines: list[str] = []
        out = extract(odd, odd / "out.h5", encoder=encoder, say=lines.append).path
        assert lines[1:] == [LOW, ENDS]
        with h5py.File(out) as store:  # as a reader that knows nothing of us
            assert store.attrs["notices"].splitlines() == [
                LOW, ENDS, "digital silence in silent.wav"
            ]  # fmt: skip
            assert store.attrs["sample_rate"] == "16000"
            assert store["recording/sample_rate"][:].tolist() == [8000, RATE, RATE, RATE]
    shown = CliRunner().invoke(info, [str(out)]).output.splitlines()
    first = next(row for row, line in enumerate(shown) if line.startswith("notice"))
    assert shown[first].split(maxsplit=1)[1] == LOW
    assert shown[first + 1].strip() == ENDS


@pytest.mark.filterwarnings("ignore:digital silence")
def test_seconds_of_zeros_stand_beside_each_row(odd: Path, encoder: Encoder) -> None:
    out = extract(odd, odd / "out.h5", encoder=encoder).path
    facts = load_facts(out)
    # 1500 samples are less than 0.1 s; a tone begins with a zero of its own, in front and behind
    assert facts["zeros_before"].tolist() == pytest.approx([0, 1, 0, 0.5], abs=2 / RATE)
    assert facts["zeros_behind"].tolist() == pytest.approx([0.15, 0, 0, 0.1], abs=2 / RATE)
    assert (facts["zeros_before"] > 0).tolist() == [False, True, False, True]


def test_zeros_are_those_of_the_stretch(odd: Path, encoder: Encoder) -> None:
    table = odd / "list.csv"
    table.write_text("file,start,end\nzeros.wav,0.25,1\nzeros.wav,0.6,1.4\n")
    found = FeatureFile.open(extract(table, odd / "out.h5", encoder=encoder).path)
    assert found.zeros_before.tolist() == pytest.approx([0.25, 0], abs=2 / RATE)
    assert found.zeros_behind.tolist() == []
    assert found.attributes["notices"].endswith("1 of 2 utterances (zeros.wav [0.25-1 s])")


def test_nothing_is_stored_where_there_is_nothing_to_notice(folder: Path, encoder: Encoder) -> None:
    found = FeatureFile.open(extract(folder, folder / "out.h5", encoder=encoder).path)
    assert "notices" not in found.attributes
    with h5py.File(folder / "out.h5") as store:
        assert not {"zeros_before", "zeros_behind"} & set(store)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:digital silence")
def test_notices_survive_merge(
    odd: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspectrum_features.extraction.plan._LEAST_SECONDS", 0.5)
    extract(odd, tmp_path / "one.h5", encoder=encoder)
    shards = [tmp_path / f"{number}.h5" for number in (1, 2)]
    for number, path in enumerate(shards, 1):
        extract(odd, path, encoder=encoder, shard=(number, 2))
    merge(shards, tmp_path / "merged.h5")
    assert contents(tmp_path / "merged.h5") == contents(tmp_path / "one.h5")
    assert LOW in FeatureFile.open(tmp_path / "merged.h5").attributes["notices"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:digital silence")
def test_zeros_cut_off_later_are_no_longer_noticed(odd: Path, encoder: Encoder) -> None:
    extract(odd, odd / "out.h5", encoder=encoder)
    soundfile.write(odd / "zeros.wav", tone(300, 1.0), RATE)
    extract(odd, odd / "out.h5", encoder=encoder)
    notices = FeatureFile.open(odd / "out.h5").attributes["notices"]
    assert "1 of 4 utterances (phone.wav)" in notices


@pytest.mark.slow
def test_functionals_are_of_each_rate_as_it_is(odd: Path) -> None:
    pytest.importorskip("opensmile")
    from deepspectrum_features import functionals

    for name in ("silent.wav", "zeros.wav", "whole.wav"):
        (odd / name).unlink()
    lines: list[str] = []
    functionals(odd, odd / "out.h5", feature_set="egemaps", say=lines.append)
    assert not any("below the encoder's" in line for line in lines)
    assert any("digital zeros" in line for line in lines)


def with_bytes_behind(path: Path) -> Path:
    """Write 2 s of a tone under a header that knows of 1 s."""
    soundfile.write(path, tone(300, 2.0), RATE)
    content = bytearray(path.read_bytes())
    content[40:44] = (2 * RATE).to_bytes(4, "little")
    path.write_bytes(content)
    return path


def test_bytes_that_are_not_read_are_said_stored_and_merged(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    with_bytes_behind(folder / "spk1_low_1.wav")
    line = "spk1_low_1.wav: 32000 bytes behind the sound data are not read"
    lines: list[str] = []
    found = FeatureFile.open(
        extract(folder, tmp_path / "out.h5", encoder=encoder, say=lines.append).path
    )
    assert lines[1:] == [line]
    assert found.attributes["notices"] == line
    assert found.recordings["spk1_low_1.wav"].remark == line.partition(": ")[2]
    assert found.end[found.file.index("spk1_low_1.wav")] == 1.0


def test_strictly_they_are_refused_before_any_work(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    with_bytes_behind(folder / "spk1_low_1.wav")
    refused = "1 input refused, .*not written: spk1_low_1.wav: 32000 bytes behind the sound data"
    with pytest.raises(CorpusError, match=refused):
        extract(folder, tmp_path / "out.h5", encoder=encoder, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["tones"]


@pytest.mark.slow
def test_what_is_odd_tells_no_features_apart(
    folder: Path, tmp_path: Path, encoder: Encoder
) -> None:
    one, two = (tmp_path / f"{number}.h5" for number in (1, 2))
    path = with_bytes_behind(folder / "spk1_low_1.wav")
    extract(folder, one, encoder=encoder)
    whole = path.read_bytes()
    chunk = b"LIST" + (31992).to_bytes(4, "little") + whole[-31992:]
    path.write_bytes(whole[: 44 + 2 * RATE] + chunk)  # the same, as a chunk
    extract(folder, two, encoder=encoder)
    assert "notices" not in FeatureFile.open(two).attributes
    assert differences(one, two) == []
