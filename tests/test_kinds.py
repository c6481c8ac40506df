"""What a file is by its first bytes, and the true reason why it gives nothing."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from deepspectrum_features import Corpus
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.audio import scan
from deepspectrum_features.sound.containers.kinds import (
    HEADERLESS,
    READABLE,
    Door,
    kind_of,
    looks_like_sound,
)
from deepspectrum_features.testing import tone

TAG = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
NO_RECORDINGS = [
    (LFS, "a Git LFS pointer, need a recording (git lfs pull)"),
    (b"/annex/objects/MD5E-s9--00.wav\n", "a git-annex pointer, need a recording (git annex get)"),
    (b"../.git/annex/objects/a/b.wav", "a git-annex pointer, need a recording (git annex get)"),
    (TAG, "an ID3 tag without sound, need a recording (copy it again)"),
    (TAG * 3, "an ID3 tag without sound, need a recording (copy it again)"),
    (TAG + bytes(99), "an ID3 tag without sound, need a recording (copy it again)"),
    (TAG + b"\n<!DOCTYPE html>", "an HTML page, need a recording (download it again)"),
    (b"\xef\xbb\xbf<html lang='de'>", "an HTML page, need a recording (download it again)"),
    (b"<?xml version='1.0'?><Error/>", "an XML document, need a recording (download it again)"),
    (bytes(9999), "zero bytes where a header should be, need a recording (copy it again)"),
    (b"no sound\n", "a text file, need a recording"),
    ("MAC address, 2BIT, été".encode("latin-1"), "a text file, need a recording"),
    ("UTF-16".encode("utf-16"), "a text file, need a recording"),
    (b"\x89PNG\r\n\x1a\n", "a picture, need a recording"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture, need a recording"),
    (b"\0\0\0\x18ftypheic", "a picture, need a recording"),
    (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture, need a recording"),
    (b"%PDF-1.7\n\xe2\xe3", "a PDF document, need a recording"),
    (b"MThd\0\0\0\x06\0\x01", "MIDI notes, need a recording"),
    (b"\0\x05\x16\x07\0\x02\0\0", "what macOS notes of another file, need a recording"),
]
#: What libsndfile writes that can be told by its first bytes.
WRITTEN = ["AIFF", "AU", "AVR", "CAF", "FLAC", "SVX", "MP3", "OGG", "PAF", "PVF", "RF64", "SDS",
           "IRCAM", "VOC", "W64", "WAV", "NIST", "WAVEX"]  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), NO_RECORDINGS)
def test_what_is_no_recording_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError) as caught:
        scan(path)
    assert (str(caught.value), caught.value.stage) == (reason, "open")
    assert not looks_like_sound(path)


def test_archives_and_tables_are_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 0.1), 16000)
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.write(tmp_path / "a.wav")
    with tarfile.open(tmp_path / "tar", "w") as tape:
        tape.add(tmp_path / "a.wav")
    (tmp_path / "gz").write_bytes(gzip.compress((tmp_path / "a.wav").read_bytes()))
    np.save(tmp_path / "np.npy", np.zeros(3))
    with h5py.File(tmp_path / "h5", "w"):
        pass
    kinds = {path.name: kind_of(path) for path in tmp_path.iterdir()}
    assert {name: kind.words for name, kind in kinds.items()} == {
        "a.wav": "WAV", "zip": "a ZIP archive", "tar": "a tar archive", "gz": "a gzip archive",
        "np.npy": "a numpy array", "h5": "an HDF5 file",
    }  # fmt: skip
    assert {name for name, kind in kinds.items() if kind.door is not Door.NONE} == {"a.wav"}


@pytest.mark.parametrize("container", WRITTEN)
def test_what_libsndfile_writes_is_known_and_read(tmp_path: Path, container: str) -> None:
    path = tmp_path / "a.dat"
    rate = 44100 if container == "OGG" else 16000
    soundfile.write(path, tone(440, 0.5), rate, format=container)
    assert kind_of(path).door is Door.LIBSNDFILE
    assert looks_like_sound(path)
    assert scan(path).sample_rate == rate


def test_tags_in_front_are_passed(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", tone(440, 0.5), 16000)
    content = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(TAG * 2 + content)
    assert kind_of(tmp_path / "a.mp3").words == "MP3"
    (tmp_path / "a.mp3").write_bytes(TAG[:-1] + content)
    assert kind_of(tmp_path / "a.mp3").words != "MP3"


def test_noise_is_not_taken_for_sound(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(4096 * 100)
    found = 0
    for first in range(0, len(noise), 4096):
        (tmp_path / "a.bin").write_bytes(noise[first : first + 4096])
        found += looks_like_sound(tmp_path / "a.bin")
    assert found <= 1


def test_samples_without_a_header_go_by_their_suffix(tmp_path: Path) -> None:
    for name in ("a.raw", "a.PCM", "a.bin"):
        (tmp_path / name).write_bytes(tone(440, 0.1).tobytes())
    assert looks_like_sound(tmp_path / "a.raw")
    assert looks_like_sound(tmp_path / "a.PCM")
    assert not looks_like_sound(tmp_path / "a.bin")
    assert not HEADERLESS & READABLE


def test_what_cannot_be_opened_does_not_look_like_sound(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.raw")
    (tmp_path / "lost.raw").symlink_to("nowhere")
    (tmp_path / "empty.raw").touch()
    (tmp_path / "folder.raw").mkdir()
    assert not any(looks_like_sound(path) for path in tmp_path.iterdir())


def test_every_recording_of_a_folder_has_its_own_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, (content, _) in enumerate(NO_RECORDINGS):
        (tmp_path / f"{number:02}.mp3").write_bytes(content)
    soundfile.write(tmp_path / "good.wav", tone(440, 0.5), 16000)
    soundfile.write(tmp_path / "call.sph", tone(440, 0.5, 8000), 8000, "ULAW", format="NIST")
    corpus = Corpus.read(tmp_path).scan()
    assert list(corpus.headers) == ["call.sph", "good.wav"]
    assert [one.reason for one in corpus.refused] == [reason for _, reason in NO_RECORDINGS]
    assert capfd.readouterr() == ("", "")


def test_libsndfile_prints_nothing_of_midi_samples(tmp_path: Path) -> None:
    """In a process of its own: what C code prints comes out at its end."""
    path = tmp_path / "a.sds"
    soundfile.write(path, tone(440, 0.5), 16000, format="SDS", subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[21] ^= 0x11  # where its first packet begins
    path.write_bytes(content)
    code = (
        "import sys; from pathlib import Path\n"
        "from deepspectrum_features.sound.audio import scan\n"
        "print(scan(Path(sys.argv[1])).frames)"
    )
    told = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("8000\n", "")
