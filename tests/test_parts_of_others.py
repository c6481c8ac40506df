"""Finished parts that somebody else made or closed: taken, done again, or one line says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from called import call
from stopped import stopped_before_the_merge

from deepspectrum_features import Encoder, FeatureFile, __version__, extract
from deepspectrum_features.testing import contents

DSF = Path(sys.executable).with_name("dsf")
Powers = Callable[[], None] | None


@pytest.fixture
def out(tones: Path, encoder: Encoder) -> Path:
    """Return the output of a run that stopped before the merge, beside an undisturbed one."""
    extract(tones, tones.with_name("whole.h5"), encoder=encoder)
    with stopped_before_the_merge(tones.with_name("out.h5")):
        extract(tones, tones.with_name("out.h5"), encoder=encoder)
    return tones.with_name("out.h5")


def parts_of(out: Path) -> list[Path]:
    return sorted(out.with_name("out.h5.parts").glob("[0-9]*.h5"))


def command(tones: Path, out: Path, encoder: Encoder) -> list[str]:
    return ["extract", str(tones), str(out), "--encoder", str(encoder.path)]


def check_same(out: Path) -> None:
    """See that the table is the undisturbed one, and nothing is left over."""
    assert contents(out) == contents(out.with_name("whole.h5"))
    assert not out.with_name("out.h5.parts").exists()


def test_rows_by_other_software_are_taken_and_it_is_named(
    tones: Path, out: Path, encoder: Encoder
) -> None:
    first, *rest = parts_of(out)
    with h5py.File(first, "r+") as store:
        known = json.loads(store.attrs["versions"])
        store.attrs["versions"] = json.dumps(
            known | {"deepspectrum_features": "0.0.9", "onnxruntime": "1.2.3"}
        )
    done = call(*command(tones, out, encoder))
    assert done.returncode == 0, done.stderr
    assert f"continuing: {len(rest) + 1} of {len(rest) + 1} parts done\n" in done.stderr
    told = json.loads(FeatureFile.open(out).attributes["versions"])
    assert told["deepspectrum_features"] == f"0.0.9, {__version__}"
    assert told["onnxruntime"] == f"1.2.3, {known['onnxruntime']}"
    assert told["numpy"] == known["numpy"]
    assert "0.0.9" not in FeatureFile.open(out.with_name("whole.h5")).attributes["versions"]


@pytest.mark.parametrize("change", ["format version", "no versions", "other object", "half"])
def test_a_part_that_is_not_understood_is_done_again(
    tones: Path, out: Path, encoder: Encoder, change: str
) -> None:
    first, *rest = parts_of(out)
    if change == "half":
        first.write_bytes(first.read_bytes()[:2000])
    else:
        with h5py.File(first, "r+") as store:
            if change == "format version":
                store.attrs["version"] = 99
            elif change == "no versions":
                del store.attrs["versions"]
            else:
                store.attrs["versions"] = "[1]"
    done = call(*command(tones, out, encoder))
    assert done.returncode == 0, done.stderr
    assert f"continuing: {len(rest)} of {len(rest) + 1} parts done\n" in done.stderr
    check_same(out)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_parts_that_may_not_be_written_or_read(
    tones: Path, out: Path, encoder: Encoder, ordinary: Powers, mode: int
) -> None:
    """What cannot be written to can be read and removed; what cannot be read is done again."""
    parts = parts_of(out)
    for path in parts[:2]:
        path.chmod(mode)
    done = call_as(ordinary, *command(tones, out, encoder))
    assert done.returncode == 0, done.stderr
    assert f"continuing: {len(parts) - 2 * (mode == 0)} of {len(parts)} parts" in done.stderr
    check_same(out)


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["", "lock"])
def test_a_folder_of_parts_that_is_closed_is_one_line(
    tones: Path, out: Path, encoder: Encoder, ordinary: Powers, closed: str
) -> None:
    parts, place = parts_of(out), out.with_name("out.h5.parts") / closed
    place.touch()
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    done = call_as(ordinary, *command(tones, out, encoder), "-q")
    place.chmod(mode)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {out}.parts/")
    assert line.endswith(": Permission denied")
    assert (done.returncode, parts_of(out)) == (1, parts)
    again = call(*command(tones, out, encoder))
    assert f"continuing: {len(parts)} of {len(parts)} parts done\n" in again.stderr
    check_same(out)


CALLED = """
import sys
from called import call
from deepspectrum_features.extraction import plan

plan._LEAST_SECONDS = plan._MOST_SECONDS = 1.0
done = call(*sys.argv[1:])
sys.stdout.write(done.stdout)
sys.stderr.write(done.stderr)
sys.exit(done.returncode)
"""


def call_as(powers: Powers, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody whom file permissions bind, with parts as short as here."""
    return subprocess.run(
        [sys.executable, "-c", CALLED, *arguments],
        cwd=Path(__file__).parent, preexec_fn=powers,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
