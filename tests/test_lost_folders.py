"""A shared folder that vanishes in the middle: one line, and the same command continues.

A ``sitecustomize.py`` on ``PYTHONPATH`` takes the folder away at the moment that a recording is
opened or decoded.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile
from deepspectrum_features.testing import contents, tone

DSF = Path(sys.executable).with_name("dsf")
TAKE_AWAY = """
import os
import soundfile

opened = 0

def take_away():
    if os.path.exists({folder!r}):
        os.rename({folder!r}, {folder!r} + "-away")
        {after}

def __init__(sound, name, *arguments, honest=soundfile.SoundFile.__init__, **options):
    global opened
    if {name!r} in str(name):
        opened += 1
        if opened == {times}:
            take_away()
    honest(sound, name, *arguments, **options)

soundfile.SoundFile.__init__ = __init__
"""


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Return a folder of four tones long enough to be a part each."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number, name in enumerate("abcd"):
        soundfile.write(folder / f"{name}.wav", tone(500, 35.0 - number / 10, 8000), 8000)
    return folder


def run(
    recordings: Path, encoder: Encoder, place: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    paths = filter(None, [str(place), os.environ.get("PYTHONPATH")])
    out = recordings.with_name("results") / "out.h5"
    return subprocess.run(
        [DSF, "extract", recordings, out, "--encoder", encoder.path, *options],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def take_away(place: Path, folder: Path, times: int, after: str = "pass") -> Path:
    """Write what takes a folder away when the first header is read, or the third part."""
    name = "a.wav" if times == 1 else "c.wav"
    place.mkdir()
    text = TAKE_AWAY.format(folder=str(folder), name=name, times=times, after=after)
    (place / "sitecustomize.py").write_text(text, encoding="utf-8")
    return place


def undisturbed(recordings: Path, encoder: Encoder, place: Path) -> dict[str, object]:
    """Return what a run gives that keeps its folders, and remove it."""
    out = recordings.with_name("results")
    out.mkdir()
    assert run(recordings, encoder, place).returncode == 0
    found = contents(out / "out.h5")
    (out / "out.h5").unlink()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("times", quick_first([2, 1]))
def test_the_folder_of_the_output(
    recordings: Path, encoder: Encoder, tmp_path: Path, times: int, jobs: str
) -> None:
    """Gone while headers are read, or when two parts may be done."""
    expected = undisturbed(recordings, encoder, tmp_path)
    results = tmp_path / "results"
    place = take_away(tmp_path / "site", results, times)
    done = run(recordings, encoder, place, "-j", jobs, "-q")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {results}{os.sep}out.h5.parts{os.sep}")
    assert line.endswith(": No such file or directory")
    (tmp_path / "results-away").rename(results)
    again = run(recordings, encoder, tmp_path)
    assert again.returncode == 0, again.stderr
    assert ("continuing: " in again.stderr) == (times == 2)
    assert contents(results / "out.h5") == expected
    assert [path.name for path in results.iterdir()] == ["out.h5"]


@pytest.mark.slow
@pytest.mark.parametrize("after", quick_first(["pass", "os.mkdir({folder!r})"]))
@pytest.mark.parametrize("times", [1, 2])
def test_the_folder_of_the_recordings(
    recordings: Path, encoder: Encoder, tmp_path: Path, times: int, after: str
) -> None:
    """Gone, or empty as where a share was mounted: no recording is refused for that."""
    expected = undisturbed(recordings, encoder, tmp_path)
    after = after.format(folder=str(recordings))
    place = take_away(tmp_path / "site", recordings, times, after)
    done = run(recordings, encoder, place, "-j", "1", "-q")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    needed = "need its recordings (the same command continues then)"
    assert done.stderr == f"error: {recordings}: nothing is there any more, {needed}\n"
    assert not list(tmp_path.glob("results/*/00004.h5")), "no recording is tried behind it"
    if recordings.exists():
        recordings.rmdir()
    recordings.with_name("recordings-away").rename(recordings)
    again = run(recordings, encoder, tmp_path)
    assert again.returncode == 0, again.stderr
    assert ("continuing: 2 of 4 parts done" in again.stderr) == (times == 2)
    table = FeatureFile.open(tmp_path / "results/out.h5")
    assert (table.file, table.refused) == (["a.wav", "b.wav", "c.wav", "d.wav"], [])
    assert contents(tmp_path / "results/out.h5") == expected
