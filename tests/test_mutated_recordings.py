"""Mutated recordings: whatever they hold, a row or a line, never a crash."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutant_batches import FEW, MUTATIONS, ended, in_batches
from mutants import BYTES, mutant
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile
from deepspectrum_features.testing import chirp

WRITTEN = [
    *(("wav", "WAV", name) for name in ("PCM_16", "PCM_24", "FLOAT", "DOUBLE", "PCM_U8")),
    *(("wav", "WAV", name) for name in ("ULAW", "MS_ADPCM", "IMA_ADPCM", "GSM610", "G721_32")),
    ("wav", "WAVEX", "PCM_16"),
    ("flac", "FLAC", "PCM_16"),
    ("flac", "FLAC", "PCM_24"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    ("ogg", "OGG", "VORBIS"),
    ("opus", "OGG", "OPUS"),
    *(("aiff", "AIFF", name) for name in ("PCM_16", "FLOAT", "IMA_ADPCM")),
    *(("au", "AU", name) for name in ("PCM_16", "G723_24")),
    *(("caf", "CAF", name) for name in ("PCM_16", "ALAC_16")),
    *(("w64", "W64", name) for name in ("PCM_16", "MS_ADPCM")),
    ("rf64", "RF64", "PCM_16"),
]


#: Names that say the container, and codecs, of what FFmpeg writes.
ENCODED = [
    ("a.mp3", "libmp3lame"), ("a.mp2", "mp2"), ("a.aac", "aac"), ("a.m4a", "aac"),
    ("a.m4a", "alac"), ("a.mp4", "aac"), ("a.mov", "pcm_s16be"), ("a.webm", "libopus"),
    ("a.mka", "aac"), ("a.mkv", "flac"), ("a.mkv", "pcm_s16le"), ("a.ogg", "flac"),
    ("a.opus", "libopus"), ("a.avi", "pcm_s16le"), ("a.avi", "libmp3lame"), ("a.wma", "wmav2"),
    ("a.caf", "alac"), ("a.wv", "wavpack"), ("a.tta", "tta"), ("a.flac", "flac"), ("a.ac3", "ac3"),
]  # fmt: skip
#: Rates and bits a second that a codec needs.
NEEDS = {"ac3": {"rate": 48000}, "wmav2": {"rate": 44100, "bits": 64000}}
ID3 = b"ID3\x04\0\0\0\0\0\x14TIT2\0\0\0\x0a\0\0\0a title..."
TAG = b"TAG" + b"a title".ljust(125, b"\0")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Return suffix and content of small recordings, mono and with two channels."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = 0.02 * np.random.default_rng(0).standard_normal(1600).astype(np.float32)
    sound = np.stack([chirp(200, 6000, 0.1) + noise, noise], 1)
    found = [*written(folder, sound), *encoded(folder, sound)]
    return [*found, *put_together(found)]


def written(folder: Path, sound: NDArray[np.float32]) -> Iterator[tuple[str, bytes]]:
    """Yield what libsndfile writes, with titles."""
    for suffix, container, subtype in WRITTEN:
        mono = subtype in ("GSM610", "G721_32", "G723_24")
        for channels in (1,) if mono else (1, 2):
            path = folder / f"{container}-{subtype}-{channels}.{suffix}"
            with soundfile.SoundFile(path, "w", 16000, channels, subtype, None, container) as file:
                if container not in ("AU", "W64"):
                    file.title, file.comment = "a title", "a comment of some length"
                file.write(sound[:, :channels])
            yield suffix, path.read_bytes()


def encoded(folder: Path, sound: NDArray[np.float32]) -> Iterator[tuple[str, bytes]]:
    """Yield what FFmpeg writes, nothing where it is not installed."""
    try:
        from encoded import encode
    except ModuleNotFoundError:
        return
    for name, codec in ENCODED:
        for channels in (1, 2):
            path = encode(folder / name, sound[:, :channels], codec=codec, **NEEDS.get(codec, {}))
            yield path.suffix[1:], path.read_bytes()


def put_together(found: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield chains, tags, and headers without a length, as programs that stream leave them."""
    by_suffix = dict(found)
    mp3, flac, wav = (by_suffix[suffix] for suffix in ("mp3", "flac", "wav"))
    oggs = [content for suffix, content in found if suffix in ("ogg", "opus")]
    yield from (("ogg", one + other) for one, other in zip(oggs, [*oggs[1:], oggs[0]], strict=True))
    yield "mp3", ID3 + mp3 + ID3 + b"junk" * 50 + mp3 + TAG
    yield "flac", ID3 + flac + TAG
    yield "flac", flac[:21] + bytes([flac[21] & 0xF0]) + bytes(20) + flac[42:]
    size = wav.index(b"data") + 4
    yield "wav", wav[:4] + b"\xff" * 4 + wav[8:size] + b"\xff" * 4 + wav[size + 4 :]


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_recordings_give_a_row_or_a_line(
    recordings: list[tuple[str, bytes]], encoder: Encoder, tmp_path: Path, mutations: int
) -> None:
    contents = [content for _, content in recordings]
    rows = refused = 0

    def work(numbers: range) -> None:
        nonlocal rows, refused
        folder = tmp_path / str(numbers.start)
        folder.mkdir()
        soundfile.write(folder / "good.wav", chirp(200, 6000, 0.5), 16000)
        for number in numbers:
            suffix = recordings[number % len(recordings)][0]
            path = folder / f"{number:06d}.{suffix}"
            path.write_bytes(mutant("recording", number, contents, BYTES))
        table = extracted(folder, encoder)
        names = sorted(path.name for path in folder.iterdir())
        assert sorted([*table.file, *(one.file for one in table.refused)]) == names
        assert "good.wav" in table.file
        assert np.isfinite(table.features).all()
        assert np.isfinite(table.scores).all()
        assert (table.end > table.start).all()
        for one in table.refused:
            assert len(one.reason) > 9, one
            assert len(one.reason.splitlines()) == 1, one
        rows, refused = rows + len(table.file), refused + len(table.refused)
        shutil.rmtree(folder)

    in_batches("recording", mutations, work)
    if mutations >= 1000:
        assert min(rows, refused) > 0.2 * (rows + refused), "neither all well nor all dead"


def extracted(folder: Path, encoder: Encoder) -> FeatureFile:
    """Extract a folder in a process of its own, so that its death would be seen."""
    out = folder.with_suffix(".h5")
    command = [str(Path(sys.executable).with_name("dsf")), "extract", str(folder), str(out)]
    command += ["--encoder", str(encoder.path), "--quiet", "--jobs", "1"]
    done = ended(command)
    trying = [path.read_bytes() for path in folder.parent.glob("*.parts/*.trying")]
    assert done.returncode in (0, 3), f"exit {done.returncode} at {trying}: {done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr, done.stderr
    return FeatureFile.open(out)
