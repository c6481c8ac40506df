"""A second process is kept out of a folder, and a killed one lets go."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest

from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.files import locks
from deepspectrum_features.files.locks import alone


@pytest.fixture(params=["fcntl", "filelock"])
def locking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lock as this system does, and as one without fcntl."""
    if request.param == "filelock":
        monkeypatch.setattr(locks, "fcntl", None)
    return str(request.param)


@pytest.mark.usefixtures("locking")
def test_a_second_one_is_kept_out(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "lock"),
        pytest.raises(FeatureFileError, match="another process works there"),
        alone(tmp_path / "lock"),
    ):
        pass
    with alone(tmp_path / "lock"):
        pass


@pytest.mark.usefixtures("locking")
def test_a_second_one_waits_until_the_first_lets_go_or_it_is_called_off(tmp_path: Path) -> None:
    first, looks = ExitStack(), []
    first.enter_context(alone(tmp_path / "lock"))

    def look() -> None:
        looks.append(time.monotonic())
        if len(looks) == 2:
            first.close()

    with alone(tmp_path / "lock", look):
        assert looks[1] - looks[0] > 0.1, "it does nothing but look"
        with pytest.raises(FeatureFileError, match="works there"), alone(tmp_path / "lock"):
            pass
        with pytest.raises(ZeroDivisionError), alone(tmp_path / "lock", lambda: 1 / 0):
            pass
    with alone(tmp_path / "lock"):
        assert len(looks) == 2


HOLD = """
import sys
from pathlib import Path
from deepspectrum_features.files import locks
if sys.argv[2] == "filelock":
    locks.fcntl = None
with locks.alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_one_lets_go(tmp_path: Path, locking: str) -> None:
    command = [sys.executable, "-P", "-c", HOLD, str(tmp_path / "lock"), locking]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FeatureFileError, match="works there"), alone(tmp_path / "lock"):
            pass
        other.kill()
    with alone(tmp_path / "lock"):
        pass


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_without_locks_one_notice_and_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "_without_locks", set())  # as a run of its own begins
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with alone(tmp_path / "lock"):
            (tmp_path / "work").touch()
    assert [str(one.message) for one in said] == [
        f"{tmp_path}: a file system without locks, a second run there would not be noticed"
    ]
    assert (tmp_path / "work").exists()


def test_another_failure_of_a_lock_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match=r"input/output error.*lock"), alone(tmp_path / "lock"):
        pass
