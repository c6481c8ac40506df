"""Bad input from end to end: a clear line and the right exit code, rows for the good files."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
from called import call
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.encoder import runtime
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.errors import CorpusError, EncoderError
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.testing import tone

DSF = Path(sys.executable).with_name("dsf")
RATE = 16000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32)

CONTAINERS = [
    ("wav", "WAV", "PCM_16"),
    ("wav", "WAV", "PCM_24"),
    ("wav", "WAV", "FLOAT"),
    ("wav", "WAVEX", "PCM_16"),
    ("flac", "FLAC", "PCM_16"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    ("aiff", "AIFF", "PCM_16"),
    ("au", "AU", "PCM_16"),
    ("w64", "W64", "PCM_16"),
    ("rf64", "RF64", "PCM_16"),
]


class Outcome:
    """What became of every input; the good recording has its row whatever lies beside it."""

    def __init__(self, table: FeatureFile, good_row: NDArray[np.float32]) -> None:
        places = zip(table.file, table.start.tolist(), strict=True)
        self.rows = dict(zip(places, table.features, strict=True))
        self.seconds = dict(zip(table.file, (table.end - table.start).tolist(), strict=True))
        self.reasons = {one.file: one.reason for one in table.refused}
        self.stages = {one.file: one.stage for one in table.refused}
        assert np.isfinite(table.features).all()
        assert all(len(one.reason.splitlines()) == 1 for one in table.refused)
        assert close(self.rows.pop(("good.wav", 0.0)), good_row)

    @property
    def files(self) -> list[str]:
        """Recordings with a row, but the good one."""
        return sorted({file for file, _ in self.rows})


Tell = Callable[..., Outcome]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with one good recording of a second."""
    folder = tmp_path / "root"
    folder.mkdir()
    soundfile.write(folder / "good.wav", tone(440, 1.0), RATE)
    return folder


@pytest.fixture(scope="module")
def good_row(encoder: Encoder) -> NDArray[np.float32]:
    """Return what the encoder gives for the good recording, without any reading."""
    return row_of(encoder, np.round(tone(440, 1.0) * 32767) / 32768)  # as 16 bits keep it


@pytest.fixture
def tell(root: Path, encoder: Encoder, good_row: NDArray[np.float32]) -> Tell:
    """Return what extracts the folder, or a manifest in it, and tells what became of it."""

    def run(source: Path = root) -> Outcome:
        done = extract(source, root.parent / "out.h5", encoder=encoder)
        return Outcome(FeatureFile.open(done.path), good_row)

    return run


def row_of(encoder: Encoder, waveform: NDArray[np.floating]) -> NDArray[np.float32]:
    frames = power_spectrogram(waveform.astype(np.float32), PowerSpectrogram())
    return encoder.encode([frames]).embedding[0]


def close(found: NDArray[np.float32], expected: NDArray[np.float32]) -> bool:
    return np.allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_rows_of_other_sounds_are_not_close(
    encoder: Encoder, good_row: NDArray[np.float32]
) -> None:
    """Without this, every comparison below could pass on anything."""
    for other in (tone(450, 1.0), tone(440, 1.0, level=0.45), tone(440, 0.5), NOISE):
        assert not close(row_of(encoder, other), good_row)


def cut(whole: Path, name: str, size: float) -> Path:
    """Write the first bytes of a recording under another name, the given part of them all."""
    content = whole.read_bytes()
    whole.with_name(name).write_bytes(content[: int(len(content) * size)])
    return whole.with_name(name)


def patched(root: Path, name: str, patches: dict[int, bytes]) -> str:
    """Write the good recording with other bytes in its 44 bytes of header."""
    content = bytearray((root / "good.wav").read_bytes())
    for offset, value in patches.items():
        content[offset : offset + len(value)] = value
    (root / name).write_bytes(content)
    return name


# Recordings that are cut off


@pytest.mark.parametrize(("suffix", "container", "subtype"), quick_first(CONTAINERS))
def test_header_cut_off(root: Path, tell: Tell, suffix: str, container: str, subtype: str) -> None:
    whole = root / f"whole.{suffix}"
    soundfile.write(whole, NOISE, RATE, format=container, subtype=subtype)
    name = cut(whole, f"cut.{suffix}", 20 / whole.stat().st_size).name
    found = tell()
    assert found.files == [whole.name]
    assert found.stages == {name: "open"}
    reason = "no frames of MPEG" if suffix == "mp3" else "not a recording that libsndfile reads ("
    assert found.reasons[name].startswith(reason)


@pytest.mark.parametrize(("suffix", "container", "subtype"), quick_first(CONTAINERS))
def test_sound_cut_off(root: Path, tell: Tell, suffix: str, container: str, subtype: str) -> None:
    whole = root / f"whole.{suffix}"
    soundfile.write(whole, NOISE, RATE, format=container, subtype=subtype)
    name = cut(whole, f"cut.{suffix}", 0.6).name
    found = tell()
    assert found.files == [whole.name]
    assert found.stages == {name: "decode"}
    there, _, of = found.reasons[name].removeprefix("truncated: ").partition(" s of ")
    block = 0.256 if suffix == "flac" else 0.06  # s; of FLAC whole frames are counted
    assert float(there) == pytest.approx(0.6, abs=block)
    assert of == "1 s are there, need the whole recording (or list stretches of it in a manifest)"


@pytest.mark.parametrize(("suffix", "container", "subtype"), quick_first(CONTAINERS))
def test_stretches_before_the_cut_give_their_rows(
    root: Path, tell: Tell, suffix: str, container: str, subtype: str
) -> None:
    whole = root / f"whole.{suffix}"
    soundfile.write(whole, NOISE, RATE, format=container, subtype=subtype)
    name = cut(whole, f"cut.{suffix}", 0.6).name
    stretches = [(whole.name, 0.0, 0.25), (name, 0.0, 0.25), (name, 0.25, 0.5), (name, 0.25, 0.9)]
    lines = ["file,start,end", "good.wav,,", *(f"{file},{a},{b}" for file, a, b in stretches)]
    (root / "list.csv").write_text("\n".join(lines))
    found = tell(root / "list.csv")
    assert set(found.rows) == {(file, start) for file, start, _ in stretches}
    assert close(found.rows[name, 0.0], found.rows[whole.name, 0.0])
    assert not close(found.rows[name, 0.25], found.rows[whole.name, 0.0])
    assert found.reasons.keys() == {name}
    assert found.reasons[name].startswith("end 0.9 s, but the recording ends")


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_half_an_ogg_is_refused(root: Path, tell: Tell, subtype: str) -> None:
    """No header tells the length, but the page that was cut through tells its own."""
    soundfile.write(root / "whole.ogg", np.tile(NOISE, 4), RATE, format="OGG", subtype=subtype)
    cut(root / "whole.ogg", "cut.ogg", 0.6)
    found = tell()
    assert found.seconds == {"good.wav": 1.0, "whole.ogg": pytest.approx(4.0)}
    there, _, of = found.reasons["cut.ogg"].removeprefix("truncated: ").partition(" s of ")
    assert 1.0 < float(there) < float(of.split()[0]) < 3.5


@pytest.mark.parametrize(
    ("riff", "data"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg
        (0x7FFFF024, 0x7FFFF000),  # sox
        (0x7FFFFFFF, 0x7FFFFFFF - 36),
        (0x80000024, 0x80000000),  # arecord
        (0, 0xFFFFFFFF),
    ],
)
def test_unknown_length_of_a_pipe_is_legal(
    root: Path, tell: Tell, good_row: NDArray[np.float32], riff: int, data: int
) -> None:
    sizes = {4: riff.to_bytes(4, "little"), 40: data.to_bytes(4, "little")}
    patched(root, "pipe.wav", sizes)
    patched(root, "cut.wav", {40: (64000).to_bytes(4, "little")})
    found = tell()
    assert found.seconds["pipe.wav"] == 1.0
    assert close(found.rows["pipe.wav", 0.0], good_row)
    assert found.reasons.keys() == {"cut.wav"}, "a length that may be true is believed"
    assert found.reasons["cut.wav"].startswith("truncated: 1 s of 2 s are there")


def test_unknown_length_of_an_au_is_legal(
    root: Path, tell: Tell, good_row: NDArray[np.float32]
) -> None:
    soundfile.write(root / "pipe.au", tone(440, 1.0), RATE)
    content = bytearray((root / "pipe.au").read_bytes())
    content[8:12] = b"\xff" * 4
    (root / "pipe.au").write_bytes(content)
    found = tell()
    assert found.reasons == {}
    assert close(found.rows["pipe.au", 0.0], good_row)


# Headers and samples out of the ordinary

ABSURD = {  # of a WAV of 44 bytes of header: offset, bytes, and why it is refused
    "rate 0": (24, 4, 0, r"not a recording .* \(.*\)"),
    "rate 1": (24, 4, 1, "sample rate 1 Hz, need 1000 to 1000000 Hz"),
    "rate 999": (24, 4, 999, "sample rate 999 Hz, need 1000 to 1000000 Hz"),
    "rate 1000001": (24, 4, 1000001, "sample rate 1000001 Hz, need 1000 to 1000000 Hz"),
    "rate 2^31-1": (24, 4, 2**31 - 1, "sample rate 2147483647 Hz, need 1000 to 1000000 Hz"),
    "rate 2^32-1": (24, 4, 2**32 - 1, r"not a recording .* \(.*\)"),
    "no channels": (22, 2, 0, r"not a recording .* \(channel count is zero\)"),
    "65535 channels": (22, 2, 65535, r"not a recording .* \(too many channels specified\)"),
    "1024 channels": (22, 2, 1024, "15 samples, need at least 400 .*"),
    "0 bits": (34, 2, 0, r"not a recording .* \(.*\)"),
    "255 bits": (34, 2, 255, r"not a recording .* \(.*\)"),
    "codec 0": (20, 2, 0, r"not a recording .* \(.*\)"),
    "codec 65535": (20, 2, 65535, r"not a recording .* \(.*\)"),
    "fmt of 0 bytes": (16, 4, 0, r"not a recording .* \(.*\)"),
    "fmt of 2^32-1 bytes": (16, 4, 2**32 - 1, r"not a recording .* \(.*\)"),
    "data of 1 byte": (40, 4, 1, "no samples, need at least one"),
    "data of 4 bytes": (40, 4, 4, r"2 samples, need at least 400 \(25 ms at 16000 Hz\)"),
    "data of 2^31-2^17 bytes": (40, 4, 2**31 - 2**17, "truncated: 1 s of 67104.8 s are there, .*"),
}
HARMLESS = {  # nobody believes these fields
    "block align 0": (32, 2, 0),
    "block align 65535": (32, 2, 65535),
    "byte rate 0": (28, 4, 0),
    "byte rate 2^32-1": (28, 4, 2**32 - 1),
    "riff of 0 bytes": (4, 4, 0),
    "data of 0 bytes": (40, 4, 0),
    "riff of 2^32-1 bytes": (4, 4, 2**32 - 1),
}


def test_absurd_headers(root: Path, tell: Tell, good_row: NDArray[np.float32]) -> None:
    for name, (offset, size, value, _) in ABSURD.items():
        patched(root, f"{name}.wav", {offset: value.to_bytes(size, "little")})
    for name, (offset, size, value) in HARMLESS.items():
        patched(root, f"{name}.wav", {offset: value.to_bytes(size, "little")})
    found = tell()
    assert found.files == sorted(f"{name}.wav" for name in HARMLESS)
    for name in HARMLESS:
        assert close(found.rows[f"{name}.wav", 0.0], good_row), name
    assert found.reasons.keys() == {f"{name}.wav" for name in ABSURD}
    for name, (*_, reason) in ABSURD.items():
        assert re.fullmatch(reason, found.reasons[f"{name}.wav"]), found.reasons[f"{name}.wav"]


@pytest.mark.parametrize("samples", [1, 399])
def test_shorter_than_a_frame(root: Path, tell: Tell, samples: int) -> None:
    for name, length in (("short.wav", samples), ("just.wav", 400)):
        soundfile.write(root / name, NOISE[:length], RATE)
    found = tell()
    assert found.files == ["just.wav"]
    there = "1 sample" if samples == 1 else f"{samples} samples"
    assert found.reasons == {"short.wav": f"{there}, need at least 400 (25 ms at 16000 Hz)"}


def test_many_channels_and_high_rates_are_no_fault(
    root: Path, tell: Tell, encoder: Encoder, good_row: NDArray[np.float32]
) -> None:
    soundfile.write(root / "8.wav", np.repeat(tone(440, 1.0)[:, None], 8, 1), RATE)
    soundfile.write(root / "192.wav", tone(440, 1.0, 192000), 192000, subtype="FLOAT")
    found = tell()
    assert found.reasons == {}
    assert close(found.rows["8.wav", 0.0], good_row)
    np.testing.assert_allclose(found.rows["192.wav", 0.0], good_row, atol=1e-3)
    assert np.abs(row_of(encoder, tone(450, 1.0)) - good_row).max() > 1e-2


def test_digital_silence_is_legal_but_said(root: Path, tell: Tell) -> None:
    soundfile.write(root / "silent.wav", np.zeros(RATE), RATE)
    with pytest.warns(UserWarning, match=r"^digital silence in silent\.wav$"):
        found = tell()
    assert (found.files, found.reasons) == (["silent.wav"], {})


def test_infinite_samples_are_counted(root: Path, tell: Tell) -> None:
    sound = tone(440, 1.0)
    sound[[5, 6, 7]] = np.inf, -np.inf, np.nan
    soundfile.write(root / "spoilt.wav", sound, RATE, subtype="FLOAT")
    found = tell()
    assert found.reasons == {"spoilt.wav": "3 samples NaN or infinite, need numbers"}


# Names, links, permissions

NAMES = [
    "with space.wav",
    " space before.wav",
    "quo'te\".wav",
    "semi;colon,comma.wav",
    "new\nline\r.wav",
    "tab\t.wav",
    "back\\slash.wav",
    "-dash.wav",
    "$(touch x).wav",
    "日本語.wav",
    "🎤.wav",
    "deep/er/a.wav",
]


def plant(root: Path, name: str, seconds: float = 1.0) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(root / name, tone(440, seconds), RATE)


@pytest.mark.parametrize("listed", [False, True], ids=["folder", "manifest"])
def test_names_are_kept_as_they_are(
    root: Path, tell: Tell, good_row: NDArray[np.float32], listed: bool
) -> None:
    for name in NAMES:
        plant(root, name)
    table = root / "list.csv"
    if listed:
        with table.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["file"], ["good.wav"], *([name] for name in NAMES)])
    found = tell(table if listed else root)
    assert found.reasons == {}
    assert found.files == sorted(NAMES)
    assert all(close(row, good_row) for row in found.rows.values())


def test_names_that_unicode_takes_for_one(root: Path, tell: Tell) -> None:
    """Both are kept as they are on disk, and each has its row."""
    names = [unicodedata.normalize(form, "grün.wav") for form in ("NFC", "NFD")]
    plant(root, names[0], 1.0)
    plant(root, names[1], 0.5)
    if len(list(root.iterdir())) < 3:
        pytest.skip("this file system takes both names for one")
    assert tell().files == sorted(names)
    plant(root, names[1], 1.0)
    (root.parent / "out.h5").unlink()
    found = tell()
    assert (found.files, found.reasons) == (sorted(names), {})


@pytest.mark.slow
def test_names_that_are_not_utf8_on_the_command_line(
    root: Path, tmp_path: Path, encoder: Encoder
) -> None:
    bad = root / os.fsdecode(b"gr\xfcn.wav")
    bad.write_bytes((root / "good.wav").read_bytes())
    done = dsf("extract", root, root / "out.h5", "--encoder", encoder.path)
    assert done.returncode == 3
    reason = "the name is not UTF-8, need a UTF-8 name (rename the file)"
    assert f"refused gr\\udcfcn.wav: {reason}\n" in done.stderr
    table = FeatureFile.open(root / "out.h5")
    assert table.file == ["good.wav"]
    assert [(one.file, one.reason) for one in table.refused] == [("gr\\udcfcn.wav", reason)]
    folder = root.rename(root.with_name(os.fsdecode(b"gr\xfcn")))
    for arguments in ((folder, tmp_path / "2.h5"), (tmp_path, folder / "2.h5")):
        line = one_error(dsf("extract", *arguments, "--encoder", encoder.path))
        assert re.match(rf"{tmp_path}/gr\\udcfcn(/2\.h5)?: not UTF-8, need a UTF-8 name", line)


def test_a_corpus_name_that_is_not_utf8(root: Path, encoder: Encoder) -> None:
    name = os.fsdecode(b"gr\xfcn")
    one_error(call("extract", root, root / "o.h5", "--encoder", encoder.path, "--name", name))


def test_links_that_lead_somewhere_and_nowhere(
    root: Path, tell: Tell, good_row: NDArray[np.float32]
) -> None:
    elsewhere = root.parent / "elsewhere"
    plant(elsewhere, "a.wav")
    (root / "linked.wav").symlink_to(elsewhere / "a.wav")
    (root / "folder").symlink_to(elsewhere, target_is_directory=True)
    (root / "folder" / "round").symlink_to(root, target_is_directory=True)
    (root / "broken.wav").symlink_to(root / "gone.wav")
    (root / "self.wav").symlink_to(root / "self.wav")
    os.mkfifo(root / "pipe.wav")
    found = tell()
    assert found.files == ["folder/a.wav", "linked.wav"]
    assert all(close(row, good_row) for row in found.rows.values())
    assert found.reasons == {
        "broken.wav": "no such file or directory",
        "self.wav": "too many levels of symbolic links",
        "pipe.wav": "0 bytes, need a recording",
    }


@pytest.mark.parametrize("place", quick_first(["in", "out"]))
def test_a_link_to_itself_as_an_argument(root: Path, encoder: Encoder, place: str) -> None:
    loop = root.parent / "loop.wav"
    loop.symlink_to(loop)
    arguments = (loop, root / "out.h5") if place == "in" else (root, loop)
    assert str(loop) in one_error(call("extract", *arguments, "--encoder", encoder.path))


@pytest.mark.slow
def test_recordings_that_may_not_be_read(
    root: Path, encoder: Encoder, ordinary: Callable[[], None] | None
) -> None:
    plant(root, "locked.wav")
    (root / "locked.wav").chmod(0)
    done = dsf("extract", root, root / "out.h5", "--encoder", encoder.path, preexec=ordinary)
    assert done.returncode == 3
    assert "refused locked.wav: permission denied\n" in done.stderr
    assert FeatureFile.open(root / "out.h5").file == ["good.wav"]


@pytest.mark.slow
def test_folders_that_may_not_be_read(
    root: Path, encoder: Encoder, ordinary: Callable[[], None] | None
) -> None:
    for name in ("closed/a.wav", "listed only/a.wav"):
        plant(root, name)
    (root / "closed").chmod(0)
    (root / "listed only").chmod(0o400)
    done = dsf("extract", root, root / "out.h5", "--encoder", encoder.path, preexec=ordinary)
    for place in ("closed", "listed only"):
        (root / place).chmod(0o700)
    assert done.returncode == 3, done.stderr
    assert {line for line in done.stderr.splitlines() if line.startswith("refused")} == {
        "refused closed: folder cannot be read (permission denied)",
        "refused listed only/a.wav: permission denied",
    }
    assert FeatureFile.open(root / "out.h5").file == ["good.wav"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("closed", "message"),
    quick_first(
        [
            ("list.csv", r"list\.csv: cannot be read \(.*Permission denied.*"),
            ("tiny.onnx", r"tiny\.onnx: permission denied, need an exported encoder \(\.onnx\)"),
            ("results", r"results: not writable, need a folder to write in"),
            ("results/out.h5", r"out\.h5: not a readable feature file \(.*Permission denied.*"),
        ]
    ),
)
def test_what_may_not_be_read_or_written_is_named(
    root: Path, encoder: Encoder, ordinary: Callable[[], None] | None, closed: str, message: str
) -> None:
    (root / "tiny.onnx").write_bytes(encoder.path.read_bytes())
    (root / "list.csv").write_text("file\ngood.wav\n")
    (root / "results").mkdir()
    if closed.endswith("out.h5"):
        (root / closed).write_text("secret")
    (root / closed).chmod(0o555 if closed == "results" else 0)
    arguments = ("extract", root / "list.csv", root / "results" / "out.h5")
    line = one_error(dsf(*arguments, "--encoder", root / "tiny.onnx", preexec=ordinary))
    assert re.fullmatch(rf"{re.escape(str(root))}/(results/)?{message}", line), line
    (root / closed).chmod(0o755)
    if not closed.endswith("out.h5"):
        done = dsf(*arguments, "--encoder", root / "tiny.onnx", preexec=ordinary)
        assert done.returncode == 0, done.stderr


# Recordings that change while they are worked on

OTHER = tone(1000, 1.0)
LONGER = tone(1000, 1.5)


def after_the_scan(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Change something when all headers are read and nothing is decoded yet."""
    honest = Corpus.scan

    def scan(self: Corpus, *arguments: object, **options: object) -> Corpus:
        scanned = honest(self, *arguments, **options)
        change()
        return scanned

    monkeypatch.setattr(Corpus, "scan", scan)


def after_decoding(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> list[int]:
    """Change something when all of a part is decoded and before it is written."""
    honest, calls = Encoder.encode, []

    def encode(self: Encoder, *arguments: object) -> object:
        calls.append(len(calls))
        change()
        return honest(self, *arguments)

    monkeypatch.setattr(Encoder, "encode", encode)
    return calls


def write_later(path: Path, sound: NDArray[np.float32], when: int = 1) -> None:
    """Replace a recording, and make sure that the clock shows it."""
    soundfile.write(path, sound, RATE)
    os.utime(path, ns=(when, when))


@pytest.mark.parametrize("moment", [after_the_scan, after_decoding])
def test_a_recording_deleted_during_the_run(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, moment: Callable[..., object]
) -> None:
    plant(root, "fleeting.wav")
    moment(monkeypatch, lambda: (root / "fleeting.wav").unlink(missing_ok=True))
    found = tell()
    assert found.reasons == {"fleeting.wav": "no such file or directory"}


@pytest.mark.parametrize("moment", [after_the_scan, after_decoding])
def test_a_recording_replaced_by_another_of_its_size_during_the_run(
    root: Path,
    tell: Tell,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
    moment: Callable[..., object],
) -> None:
    plant(root, "fleeting.wav")
    expected = row_of(encoder, OTHER)
    moment(monkeypatch, lambda: write_later(root / "fleeting.wav", OTHER))
    found = tell()
    assert found.reasons == {}
    assert close(found.rows["fleeting.wav", 0.0], expected), "the row is of what is there now"


@pytest.mark.parametrize("moment", [after_the_scan, after_decoding])
def test_a_recording_that_grows_during_the_run(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, moment: Callable[..., object]
) -> None:
    plant(root, "fleeting.wav")
    moment(monkeypatch, lambda: write_later(root / "fleeting.wav", LONGER))
    assert tell().reasons == {"fleeting.wav": "changed during the run: 32044 bytes, now 48044"}
    (root.parent / "out.h5").unlink()
    monkeypatch.undo()
    assert tell().files == ["fleeting.wav"]


def test_a_recording_that_never_rests_ends_the_run(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(root, "restless.wav")
    calls = after_decoding(
        monkeypatch, lambda: write_later(root / "restless.wav", OTHER, 1 + len(calls))
    )
    message = r"root: something from good\.wav to restless\.wav changes while it is read, need "
    with pytest.raises(CorpusError, match=message):
        tell()
    assert len(calls) == 3
    assert not (root.parent / "out.h5").exists()
    monkeypatch.undo()
    assert tell().files == ["restless.wav"]


# The command line: one line and an exit code


def dsf(
    *arguments: object, preexec: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(DSF), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        preexec_fn=preexec,
    )


def one_error(done: subprocess.CompletedProcess[str]) -> str:
    """Return what is said by a command that must fail with one line."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    first, *rest = [one for one in done.stderr.splitlines() if not one.startswith("encoder tiny")]
    assert rest == []
    assert first.startswith("error: ")
    return first.removeprefix("error: ")


@pytest.mark.parametrize(
    ("content", "message"),
    quick_first(
        [
            (b'file\n"good.wav\n', "cannot be read (unexpected end of data)"),
            (b"file\ngo\0od.wav\n", "line 2: 'go\\x00od.wav' holds a NUL, need a file name"),
            (b"file\n/etc/a.wav\n", "line 2: /etc/a.wav lies outside"),
            (b"file,end\ngood.wav,-1\n", "line 2: end -1 s is not after start 0 s"),
            (b"file,start\ngood.wav,1_0\n", "line 2: start '1_0', need seconds"),
            (b"path\ngood.wav\n", "columns path, need one named file"),
            (b"file\ngood.wav\n./good.wav\n", "good.wav listed 2 times"),
            (b"file\ngr\xfcn.wav\n", "line 2, byte 7 is not UTF-8, need UTF-8 text"),
            (b"\xff\xfef\0i\0l\0e\0\n\0\x00\xd8", "line 2, byte 12 is not UTF-16, need UTF-8 text"),
        ]
    ),
)
def test_manifests_that_are_refused(
    root: Path, encoder: Encoder, content: bytes, message: str
) -> None:
    (root / "list.csv").write_bytes(content)
    line = one_error(call("extract", root / "list.csv", root / "o.h5", "--encoder", encoder.path))
    assert line.startswith(f"{root / 'list.csv'}: {message}")
    assert not (root / "o.h5").exists()


@pytest.mark.slow
def test_a_manifest_from_another_world_that_is_fine(root: Path, encoder: Encoder) -> None:
    plant(root, "grün.wav")
    (root / "film.mp4").write_bytes(b"PK\x03\x04 and so on")
    lines = ["FILE;Speeker;end", "good.wav;s1;", '"grün.wav";s2;0,5', "film.mp4;s2;", ""]
    text = "\ufeff" + "\r\n".join(lines).replace("0,5", "0.5")
    (root / "list.csv").write_bytes(text.encode())
    done = call("extract", root / "list.csv", root / "o.h5", "--encoder", encoder.path)
    assert done.returncode == 3, done.stderr
    told = done.stderr.splitlines()
    assert f"{root / 'list.csv'}: columns not used: Speeker (did you mean 'speaker'?)" in told
    assert "refused film.mp4: a ZIP archive, need a recording (unpack it)" in told
    table = FeatureFile.open(root / "o.h5")
    assert list(zip(table.file, table.end, strict=True)) == [("good.wav", 1.0), ("grün.wav", 0.5)]


@pytest.mark.slow
def test_stretches_past_the_end_give_exit_code_3(root: Path, encoder: Encoder) -> None:
    rows = ["good.wav,,", "good.wav,0.5,1.5", "good.wav,3,4", "good.wav,3,", "gone.wav,,"]
    rows += ["good.wav,0,1.01", "good.wav,0.5,1.0051"]  # within 10 ms: the end, less exactly
    (root / "list.csv").write_text("\n".join(["file,start,end", *rows]))
    done = call("extract", root / "list.csv", root / "o.h5", "--encoder", encoder.path)
    assert done.returncode == 3, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("refused")] == [
        "refused good.wav [0.5-1.5 s]: end 1.5 s, but the recording ends at 1.0 s",
        "refused good.wav [3-4 s]: end 4.0 s, but the recording ends at 1.0 s",
        "refused good.wav [3-end s]: start 3.0 s, but the recording ends at 1.0 s",
        "refused gone.wav: no such file or directory",
    ]
    table = FeatureFile.open(root / "o.h5")
    assert list(zip(table.file, table.start, table.end, strict=True)) == [
        ("good.wav", 0.0, 1.0),
        ("good.wav", 0.0, 1.01),
        ("good.wav", 0.5, 1.0051),
    ]
    np.testing.assert_array_equal(table.features[0], table.features[1])
    assert not np.array_equal(table.features[0], table.features[2])


@pytest.mark.parametrize("row", ["good.wav,1e305,", "good.wav,0,1e305"])
def test_times_beyond_all_samples(root: Path, tell: Tell, row: str) -> None:
    (root / "list.csv").write_text(f"file,start,end\ngood.wav,,\n{row}\n")
    assert "but the recording ends at 1.0 s" in tell(root / "list.csv").reasons["good.wav"]


@pytest.mark.slow
def test_encoder_files_that_are_refused(root: Path, encoder: Encoder) -> None:
    (root / "text.onnx").write_text("no model at all")
    model = onnx.load(str(encoder.path))
    model.metadata_props[0].value = json.dumps(encoder.metadata | {"format": 4})
    assert model.metadata_props[0].key == METADATA_KEY
    onnx.save(model, str(root / "later.onnx"))
    for name, message in {
        "text.onnx": "not a model that onnxruntime loads, need an exported encoder (",
        "later.onnx": "encoder format 4, this version reads 1 to 3",
        "gone.onnx": "no such file or directory, need an exported encoder (.onnx)",
        ".": "is a directory, need an exported encoder (.onnx)",
    }.items():
        path = root / name
        line = one_error(call("extract", root, root / "o.h5", "--encoder", path))
        assert line.startswith(f"{path}: {message}")
    assert not (root / "o.h5").exists()


def test_encoders_with_other_inputs_or_outputs_are_refused(
    encoder: Encoder, tmp_path: Path
) -> None:
    model = onnx.load(str(encoder.path))
    gain = onnx.helper.make_tensor_value_info("gain", onnx.TensorProto.FLOAT, [1])
    model.graph.input.append(gain)
    onnx.save(model, str(tmp_path / "more.onnx"))
    with pytest.raises(EncoderError, match=r"inputs \['frames', 'gain', 'input'\] and .* need \["):
        Encoder(tmp_path / "more.onnx")
    model = onnx.load(str(encoder.path))
    names = [output.name for output in model.graph.output]
    del model.graph.output[names.index("attention")]
    onnx.save(model, str(tmp_path / "less.onnx"))
    with pytest.raises(EncoderError, match=r"outputs \['embedding', 'frame_embedding', 'logits',"):
        Encoder(tmp_path / "less.onnx")


# Runs of an encoder that do not end by themselves

FRAMES = np.array([200_000])
ENDLESS = np.zeros((1, 200_000, 257), np.float32)  # a fraction of a second


@pytest.mark.slow
def test_a_run_beyond_its_time_ends_in_an_error(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.sleep(2 * runtime._LOOK_SECONDS)  # until the watch of an earlier run has ended
    monkeypatch.setattr(runtime, "_LOOK_SECONDS", 0.001)
    monkeypatch.setattr(runtime, "RUN_SECONDS", 0.002)
    with pytest.raises(EncoderError, match=r"tiny\.onnx: .*not done with one batch after 0\.002 s"):
        encoder.run(ENDLESS, FRAMES)
    monkeypatch.setattr(runtime, "RUN_SECONDS", 300.0)
    assert encoder.run(ENDLESS[:, :50], FRAMES // 4000)["embedding"].shape == (1, 12)
    assert encoder.run(ENDLESS, FRAMES)["steps"].tolist() == [200_000], "time enough: no error"


def test_stop_ends_the_runs_of_other_threads(encoder: Encoder) -> None:
    ends: list[str] = []

    def work() -> None:
        try:
            encoder.run(ENDLESS, FRAMES)
            ends.append("done")
        except EncoderError as error:
            ends.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        encoder.stop()
        time.sleep(0.001)
    assert len(ends) == 2
    assert all("stopped, or not done with one batch" in end for end in ends)
    assert encoder.run(ENDLESS[:, :50], FRAMES // 4000)["embedding"].shape == (1, 12)
