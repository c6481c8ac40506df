"""Recordings of equal content are found whatever their names and containers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from called import call
from numpy.typing import NDArray

from deepspectrum_features import Corpus
from deepspectrum_features.corpus.summary import describe_corpus
from deepspectrum_features.corpus.twins import find_twins
from deepspectrum_features.testing import tone


def write(path: Path, sound: NDArray[np.float32]) -> None:
    """Write 16-bit samples: from floats, formats round each in their own way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.rint(sound * 32767).astype(np.int16), 16000)


def corpus_of_twins(folder: Path) -> Path:
    """Write one sound three times, another twice, and others that come close to them."""
    first, second = tone(440, 0.5), tone(300, 0.6)
    for name, sound in (
        ("a.wav", first),
        ("b/a.flac", first),
        ("c.wav", np.stack([first, first], axis=1)),
        ("d.wav", first * np.float32(0.9)),
        ("e.wav", first[:-1]),
        ("f.wav", second),
        ("g.wav", second),
        ("h.wav", tone(200, 0.7)),
    ):
        write(folder / name, sound)
    (folder / "corpus.csv").write_text(
        "file,label,speaker\na.wav,x,s1\nb/a.flac,x,s1\nc.wav,x,s1\nd.wav,x,s1\ne.wav,y,s1\n"
        "f.wav,x,s1\ng.wav,y,s2\nh.wav,y,s2\n"
    )
    return folder


def test_twins_are_found_in_any_container(tmp_path: Path) -> None:
    corpus = Corpus.read(corpus_of_twins(tmp_path)).scan()
    assert find_twins(corpus) == [("a.wav", "b/a.flac", "c.wav"), ("f.wav", "g.wav")]


def test_stretches_of_one_recording_are_no_twins(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(440, 1.0))
    (tmp_path / "corpus.csv").write_text("file,start,end\na.wav,0,0.5\na.wav,0.5,1\n")
    assert find_twins(Corpus.read(tmp_path).scan()) == []


def test_what_cannot_be_decoded_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a.flac", np.tile(tone(440, 1.0), 3))
    content = bytearray((tmp_path / "a.flac").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    for name in ("b.flac", "c.flac"):
        (tmp_path / name).write_bytes(content)
    corpus = Corpus.read(tmp_path).scan()
    assert len(corpus.utterances) == 3, "headers tell nothing of it"
    assert find_twins(corpus) == []


def test_ten_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    for number in range(12):
        for copy in "ab":
            write(tmp_path / f"{number:02d}{copy}.wav", tone(200 + 50 * number, 0.1))
    corpus = Corpus.read(tmp_path).scan()
    text = describe_corpus(corpus, find_twins(corpus))
    assert "twins      24 recordings sound like another one" in text
    assert text.count(" = ") == 10
    assert "... and 2 more" in text


def test_the_command_names_twins_and_what_they_do_not_share(tmp_path: Path) -> None:
    done = call("corpus", corpus_of_twins(tmp_path))
    assert done.returncode == 0
    assert (
        "twins      5 recordings sound like another one\n"
        "           a.wav = b/a.flac = c.wav\n"
        "           f.wav = g.wav (label x or y, speaker s1 or s2)\n"
    ) in done.stdout
    assert done.stderr == f"reading {tmp_path}\n"
