"""A name is on the disk before what it was made of goes: no power cut takes both."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from called import call

from deepspectrum_features import Encoder
from deepspectrum_features.testing import tiny_features

Event = tuple[str, Path]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs folders that can be flushed")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Return a list that notes names given, folders flushed and files removed, in order."""
    noted: list[Event] = []
    replace, fsync, unlink = os.replace, os.fsync, os.unlink

    def noting_replace(draft: Path, path: Path) -> None:
        replace(draft, path)
        noted.append(("named", Path(path).absolute()))

    def noting_fsync(descriptor: int) -> None:
        fsync(descriptor)
        place = Path(f"/proc/self/fd/{descriptor}").resolve()
        if place.is_dir():
            noted.append(("flushed", place))

    def noting_unlink(path: Path, **options: int) -> None:
        unlink(path, **options)
        noted.append(("removed", Path(path).absolute()))

    monkeypatch.setattr(os, "replace", noting_replace)
    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "unlink", noting_unlink)
    return noted


def check_names(events: list[Event], names: set[str]) -> None:
    """Every name is flushed next, and these are among them."""
    named = [(number, path) for number, (what, path) in enumerate(events) if what == "named"]
    assert names <= {path.name for _, path in named}
    for number, path in named:
        assert events[number + 1] == ("flushed", path.parent), path


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_parts_and_the_result(tones: Path, encoder: Encoder, events: list[Event]) -> None:
    out = tones.with_name("out.h5")
    done = call("extract", tones, out, "--encoder", encoder.path, "-j", "1")
    assert done.returncode == 0, done.stderr
    check_names(events, {"00001.h5", "00002.h5", "out.h5"})
    assert events[0] == ("flushed", tones.parent), "the folder of parts"
    parts = out.with_name("out.h5.parts")
    removed = events.index(("removed", parts / "00001.h5"))
    assert events.index(("named", out)) + 1 < removed


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_results(tmp_path: Path, events: list[Event]) -> None:
    pytest.importorskip("sklearn")
    features = tiny_features(tmp_path / "x.h5")
    events.clear()
    done = call("evaluate", features, "-o", tmp_path / "results", "-q")
    assert done.returncode == 0, done.stderr
    check_names(events, {"results.json", "results.md", "predictions.csv"})


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_where_folders_are_not_flushed_all_goes_on(
    tones: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fsync = os.fsync

    def flush_files_alone(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir():
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", flush_files_alone)
    done = call("extract", tones, tones.with_name("out.h5"), "--encoder", encoder.path)
    assert done.returncode == 0, done.stderr
