"""A recording that crashes the decoder: found by the next run, kept out of it, all others done.

Decoders that crash are simulated from outside: a ``sitecustomize.py`` on ``PYTHONPATH``, which
every process of a run inherits, kills the process that opens a file called ``...crash-header...``
or decodes one called ``...crash-decode...``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from deepspectrum_features import Encoder, FeatureFile
from deepspectrum_features.testing import tone

DSF = Path(sys.executable).with_name("dsf")

DEADLY = """
import os, time
import soundfile

def wrapped(honest, word):
    def method(sound, *arguments, **options):
        if word in str(arguments[0] if word == "crash-header" else sound.name):
            os.kill(os.getpid(), {number})
            time.sleep(0.5)  # a signal that is caught has time to reach the main thread
        return honest(sound, *arguments, **options)
    return method

soundfile.SoundFile.__init__ = wrapped(soundfile.SoundFile.__init__, "crash-header")
soundfile.SoundFile.read = wrapped(soundfile.SoundFile.read, "crash-decode")
"""

Extract = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Return a folder of four tones long enough to be a part each."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in "abcd":
        soundfile.write(folder / f"{name}.wav", tone(500, 35.0, sample_rate=8000), 8000)
    return folder


@pytest.fixture
def dsf(recordings: Path, tmp_path: Path, encoder: Encoder) -> Extract:
    """Return what extracts the recordings, with decoders that crash by a signal, or none."""

    def run(
        *options: str,
        crash: signal.Signals | None = signal.SIGSEGV,
        work: tuple[str | Path, ...] = ("extract", "--encoder", encoder.path),
    ) -> subprocess.CompletedProcess[str]:
        place = tmp_path / str(crash)
        place.mkdir(exist_ok=True)
        if crash is not None:
            text = DEADLY.format(number=int(crash))
            (place / "sitecustomize.py").write_text(text, encoding="utf-8")
        paths = filter(None, [str(place), os.environ.get("PYTHONPATH")])
        command = [DSF, *work, recordings, tmp_path / "out.h5"]
        return subprocess.run(
            [*command, "-j", "1", *options],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def spoil(folder: Path, name: str) -> str:
    """Add a recording to which the decoders react."""
    soundfile.write(folder / name, tone(800, 2.0, sample_rate=8000), 8000)
    return name


def finished_parts(out: Path) -> list[str]:
    return sorted(path.name for path in out.with_name("out.h5.parts").glob("[0-9]*.h5"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL])
def test_a_crash_while_decoding_ends_one_run_and_stands_in_the_ledger_of_the_next(
    dsf: Extract, recordings: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out, name = tmp_path / "out.h5", spoil(recordings, "z-crash-decode.wav")
    assert dsf(crash=number).returncode == -number
    assert not out.exists()
    assert finished_parts(out) == ["00001.h5", "00002.h5", "00003.h5", "00004.h5"]
    again = dsf(crash=number)
    assert again.returncode == 3, again.stderr
    assert "continuing: 4 of 5 parts done\n" in again.stderr
    reason = f"crashes the decoder ({number.name}), need another copy (convert it)"
    assert f"refused {name}: {reason}\n" in again.stderr
    table = FeatureFile.open(out)
    assert table.file == ["a.wav", "b.wav", "c.wav", "d.wav"]
    found = [(one.file, one.stage, one.reason) for one in table.refused]
    assert found == [(name, "crash", reason)]
    assert not out.with_name("out.h5.parts").exists()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_opensmile_loses_a_process_and_says_so(
    dsf: Extract, recordings: Path, tmp_path: Path, jobs: str
) -> None:
    pytest.importorskip("opensmile")
    name = spoil(recordings, "b-crash-decode.wav")
    work = ("functionals", "--set", "egemaps")
    first = dsf("-j", jobs, work=work)
    if jobs == "1":  # no other process: as with an encoder
        assert first.returncode == -signal.SIGSEGV
    else:
        assert (first.returncode, first.stdout) == (1, "")
        assert first.stderr.splitlines()[-1].startswith(
            f"error: {recordings}: a process at work on it died, need another run (the same"
        )
        assert "Traceback" not in first.stderr
    again = dsf("-j", jobs, work=work)
    assert again.returncode == 3, again.stderr
    table = FeatureFile.open(tmp_path / "out.h5")
    assert table.file == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert [(one.file, one.stage) for one in table.refused] == [(name, "crash")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["header", "decode"])
def test_the_result_stays_and_is_replaced_when_the_recording_is_harmless(
    dsf: Extract, recordings: Path, tmp_path: Path, kind: str
) -> None:
    out, name = tmp_path / "out.h5", spoil(recordings, f"b-crash-{kind}.wav")
    assert dsf().returncode == -signal.SIGSEGV
    again = dsf()
    assert again.returncode == 3, again.stderr
    table = FeatureFile.open(out)
    assert table.file == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert [(one.file, one.stage) for one in table.refused] == [(name, "crash")]
    assert "SIGSEGV" in table.refused[0].reason
    written = out.stat().st_mtime_ns
    third = dsf()
    assert third.returncode == 3, third.stderr
    assert third.stderr.endswith(f"{out}: 4 rows x 12 columns, 1 refused, complete\n")
    assert out.stat().st_mtime_ns == written
    harmless = dsf("--overwrite", crash=None)
    assert harmless.returncode == 0, harmless.stderr
    table = FeatureFile.open(out)
    assert (sorted(table.file), table.refused) == (
        ["a.wav", "b-crash-" + kind + ".wav", "b.wav", "c.wav", "d.wav"],
        [],
    )
    assert not out.with_name("out.h5.parts").exists()


@pytest.mark.slow
def test_a_crash_in_the_header_comes_before_any_work(
    dsf: Extract, recordings: Path, tmp_path: Path
) -> None:
    spoil(recordings, "c-crash-header.wav")
    assert dsf().returncode == -signal.SIGSEGV
    assert finished_parts(tmp_path / "out.h5") == []
    again = dsf()
    assert again.returncode == 3, again.stderr
    assert "continuing" not in again.stderr


@pytest.mark.slow
def test_two_recordings_that_crash_take_two_more_runs(
    dsf: Extract, recordings: Path, tmp_path: Path
) -> None:
    """What the first crash taught is not forgotten by the second."""
    first, second = spoil(recordings, "a-crash-header.wav"), spoil(recordings, "e-crash-decode.wav")
    assert [dsf().returncode for _ in range(3)] == [-signal.SIGSEGV, -signal.SIGSEGV, 3]
    table = FeatureFile.open(tmp_path / "out.h5")
    assert table.file == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert [(one.file, one.stage) for one in table.refused] == [(first, "crash"), (second, "crash")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["header", "decode"])
@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGKILL, signal.SIGKILL),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGKILL, signal.SIGTERM),
    ],
)
def test_a_kill_from_outside_accuses_no_recording(
    dsf: Extract, recordings: Path, tmp_path: Path, kind: str, signals: tuple[signal.Signals, ...]
) -> None:
    """Nor does one that comes while the next run looks into the recording."""
    name = spoil(recordings, f"e-crash-{kind}.wav")
    for number in signals:
        code = -number if number == signal.SIGKILL else 128 + number
        assert dsf(crash=number).returncode == code
    assert not (tmp_path / "out.h5").exists()
    again = dsf(crash=None)
    assert again.returncode == 0, again.stderr
    table = FeatureFile.open(tmp_path / "out.h5")
    assert (table.refused, table.file) == ([], ["a.wav", "b.wav", "c.wav", "d.wav", name])
    if kind == "decode":
        assert "continuing: 4 of 5 parts done\n" in again.stderr
