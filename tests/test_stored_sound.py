"""Sound that is kept: what decoding gives, to the bit, and never half of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepspectrum_features import Corpus
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.stored_sound import store_sound
from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.segments import Segment
from deepspectrum_features.testing import tone

RATE = 16000


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Return stretches of a stereo recording, one that holds no numbers, and a whole one."""
    root = tmp_path / "corpus"
    root.mkdir()
    stereo = np.stack([tone(300, 1.0), tone(2000, 1.0)], axis=1)
    soundfile.write(root / "a.wav", stereo, RATE, subtype="PCM_16")
    soundfile.write(root / "b.flac", tone(500, 0.5, 8000), 8000)
    soundfile.write(root / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    (root / "corpus.csv").write_text(
        "file,start,end,channel\na.wav,0,0.4,\na.wav,0.2,0.9,2\nnan.wav,0.5,,\nb.flac,,,\n"
    )
    return Corpus.read(root).scan()


Sound = dict[int, tuple[object, ...]]


def sound_of(corpus: Corpus) -> tuple[Sound, dict[str, str]]:
    """Return what every utterance gives, and the recordings' digests."""
    contents: dict[str, str] = {}
    found: Sound = {}
    files = {one.file for one in corpus.utterances}
    for row, one in read_utterances(corpus, corpus.utterances, None, files, contents):
        if isinstance(one, Segment):
            found[row] = (one.waveform.tobytes(), one.sample_rate, one.start, one.end)
        else:
            found[row] = (str(one), one.stage)
    return found, contents


def test_it_is_what_decoding_gives(corpus: Corpus, tmp_path: Path) -> None:
    stored = store_sound(corpus, tmp_path / "sound")
    for path in corpus.root.glob("*.*"):
        path.rename(path.with_name(f"gone-{path.name}"))
    kept, contents = sound_of(stored)
    lost, _ = sound_of(corpus)
    assert all(len(one) == 2 for one in lost.values()), "nothing can be decoded any more"
    for path in corpus.root.glob("gone-*"):
        path.rename(path.with_name(path.name.removeprefix("gone-")))
    assert (kept, contents) == sound_of(corpus)
    assert sorted(map(len, kept.values())) == [2, 4, 4, 4]
    assert len(contents) == 3


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "samples.f32").unlink(),
        lambda folder: (folder / "samples.f32").write_bytes(b"\0" * 400),
        lambda folder: (folder / "index.json").write_text('{"stamp'),
        lambda folder: (folder / "index.json").unlink(),
    ],
    ids=["no samples", "fewer samples", "half an index", "no index"],
)
def test_what_is_not_whole_is_made_again(
    corpus: Corpus, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    store_sound(corpus, tmp_path / "sound")
    whole = (tmp_path / "sound/samples.f32").read_bytes()
    harm(tmp_path / "sound")
    store_sound(corpus, tmp_path / "sound")
    assert (tmp_path / "sound/samples.f32").read_bytes() == whole


def test_a_recording_that_was_replaced_is_decoded_anew(corpus: Corpus, tmp_path: Path) -> None:
    before, _ = sound_of(store_sound(corpus, tmp_path / "sound"))
    soundfile.write(corpus.root / "b.flac", tone(700, 0.5, 8000), 8000)
    again = Corpus.read(corpus.root).scan()
    after, contents = sound_of(store_sound(again, tmp_path / "sound"))
    assert (after, contents) == sound_of(again)
    assert [row for row in before if before[row] != after[row]] == [3]


FULL = """
import resource, signal, sys
from pathlib import Path
from deepspectrum_features import Corpus
from deepspectrum_features.corpus.stored_sound import store_sound
corpus, folder, size = Corpus.read(sys.argv[1]).scan(), Path(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    store_sound(corpus, folder)
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit to the size of files")
@pytest.mark.parametrize("missing", [4, 2000])
def test_a_disk_that_is_full_at_the_last_sample_leaves_nothing(
    corpus: Corpus, tmp_path: Path, missing: int
) -> None:
    store_sound(corpus, tmp_path / "sound")
    size = (tmp_path / "sound/samples.f32").stat().st_size
    folder = tmp_path / "full"
    command = [sys.executable, "-c", FULL, corpus.root, folder, str(size - missing)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"{folder / 'samples.f32'}: File too large\n")
    assert not list(folder.iterdir())


def test_reasons_keep_their_stage(corpus: Corpus, tmp_path: Path) -> None:
    soundfile.write(corpus.root / "a.wav", tone(300, 0.5), RATE)  # shorter than when it was scanned
    stored = store_sound(corpus, tmp_path / "sound")
    found = [
        one for _, one in read_utterances(stored, corpus.utterances) if isinstance(one, AudioError)
    ]
    assert [(str(one), one.stage) for one in found] == [
        ("1 channel, need channel 2", "open"),
        ("8000 samples NaN or infinite, need numbers", "decode"),
    ]
