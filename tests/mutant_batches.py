"""Mutants by the hundred: made, read in a process that may die of one, and what became of them.

``DSF_MUTATIONS`` says how many of all kinds (default 5000, for a minute at most; the quick tests
take the first 250 of them).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mutants import SHARES

from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.features.verification_apart import verify_apart

MUTATIONS = int(os.environ.get("DSF_MUTATIONS", "5000"))
FEW = 250
#: In seconds; who asks for a number gets that number.
LONGEST = 60.0 if "DSF_MUTATIONS" not in os.environ else float("inf")
BATCH = 100
HANG_SECONDS = 300.0  # for a batch: seconds where nothing hangs and nobody else is at work
MOST_BYTES = 2**30  # that a process may ask for
READING = Path(__file__).with_name("mutated_reading.py")


def in_batches(kind: str, mutations: int, work: Callable[[range], object]) -> None:
    """Hand out numbers until all are done or time is up, which is said."""
    count = round(mutations * SHARES[kind])
    began = time.monotonic()
    for first in range(0, count, BATCH):
        if time.monotonic() - began > LONGEST * SHARES[kind]:
            warnings.warn(f"time was up after {first} of {count} mutants", stacklevel=2)
            return
        work(range(first, min(first + BATCH, count)))


def ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that must not hang, nor ask for memory without end."""
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=HANG_SECONDS,
        preexec_fn=take_little_memory if sys.platform == "linux" else None, check=False,
    )  # fmt: skip


def take_little_memory() -> None:
    """Let what asks for more fail."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def check_all(
    kind: str,
    mutations: int,
    place: Path,
    made: Callable[[int], tuple[str, bytes]],
    least: float = 0.05,
) -> None:
    """Make mutants below a folder and have them read; each is read, or refused in one line.

    Parameters
    ----------
    kind : str
        One of `SHARES`, and of the readers in ``mutated_reading.py``.
    mutations : int
        Of all kinds.
    place : Path
        A folder; what readers need lies in ``around`` in it.
    made : callable
        Gives suffix and content of the mutant of a number.
    least : float
        Which share must be read, and which refused, so that neither all is well nor all dead.
    """
    outcomes: Counter[str] = Counter()

    def work(numbers: range) -> None:
        folder = place / str(numbers.start)
        folder.mkdir()
        for number in numbers:
            suffix, content = made(number)
            (folder / f"{number:06d}{suffix}").write_bytes(content)
        for name, (outcome, text) in read_apart(kind, folder).items():
            if outcome == "died":
                outcome, text = "refused", said_of_the_deadly(folder / name)
            assert outcome in ("read", "refused"), f"{name}: {text}"
            outcomes[outcome] += 1
            if outcome == "refused":
                # what a file tells of an option that is refused later is named as the option
                assert text.startswith((f"{place}{os.sep}", "--")), f"{name}: {text}"
                assert not {"\n", "\r"} & set(text), f"{name}: {text}"
        shutil.rmtree(folder)

    in_batches(kind, mutations, work)
    if mutations >= 1000:
        few = least * sum(outcomes.values())
        assert min(outcomes["read"], outcomes["refused"]) > few, outcomes


def read_apart(kind: str, folder: Path) -> dict[str, tuple[str, str]]:
    """Return what became of every file in a folder, by name: an outcome, and what was said."""
    found: dict[str, tuple[str, str]] = {}
    names, last = sorted(path.name for path in folder.iterdir()), ""
    while last != names[-1]:
        done = ended([sys.executable, str(READING), kind, str(folder), last])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found |= dict(zip(lines[::2], lines[1::2], strict=False))
        last = lines[-1 - (len(lines) % 2 == 0)] if lines else last
        if done.returncode != 0:
            assert len(lines) % 2, f"exit {done.returncode}: {done.stderr}"
            found[last] = "died", f"{signal.Signals(-done.returncode).name}: {done.stderr[-500:]}"
    assert list(found) == names
    return found


def said_of_the_deadly(path: Path) -> str:
    """Return what ``dsf verify`` says of a feature file that ends what reads it."""
    assert path.suffix == ".h5", f"{path.name}: ended the process"
    with pytest.raises(
        FeatureFileError, match=r"HDF5 (crashes on it|does not come to an end)"
    ) as e:
        verify_apart(path)
    return str(e.value)
