"""Memory that was freed: training keeps it between steps, extraction gives it back."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kept_memory import LARGE, resident_bytes

from deepspectrum_features.processes.allocation import give_memory_back, memory_kept
from deepspectrum_features.testing import tiny_corpus

BYTES = 8 * LARGE

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"),
    reason="memory is kept with the GNU C library",
)


def apart(case: str, *arguments: object) -> list[int]:
    """Return the numbers of a case, in a process of its own: here others have left something."""
    script = Path(__file__).with_name("kept_memory.py")
    command = [sys.executable, script, case, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


@pytest.mark.slow
def test_training_asks_the_system_once_for_tensors_of_one_size(tmp_path: Path) -> None:
    cleared = apart("in_training", tmp_path)
    assert min(cleared) == 0, "where nothing is kept it is all of them, each time"


def test_what_was_kept_is_given_back_at_the_end() -> None:
    before = resident_bytes()
    with memory_kept():
        pairs = [(np.ones(LARGE), np.ones(50_000)) for _ in range(4)]
        above = [small for _, small in pairs]
        del pairs
    assert resident_bytes() - before < BYTES
    assert above[-1].sum() == 50_000


def test_memory_is_as_usual_afterwards_though_training_failed() -> None:
    cleared, left = apart("after_training")
    assert cleared > 10
    assert left < BYTES


def test_small_pieces_below_one_in_use_are_given_back() -> None:
    pieces = [bytearray(50_000) for _ in range(2000)]
    last = pieces[-1]
    del pieces
    before = resident_bytes()
    give_memory_back()
    assert before - resident_bytes() > 50e6
    assert len(last) == 50_000


@pytest.mark.slow
def test_an_extraction_keeps_little_of_what_its_parts_took(tmp_path: Path) -> None:
    tiny_corpus(tmp_path / "in", speakers=4, per_class=20, seconds=3)
    (free,) = apart("after_extraction", tmp_path / "in", tmp_path / "out.h5")
    assert free < 12e6, "18 MB stay if nothing is given back"


@pytest.mark.slow
def test_a_worker_keeps_memory_between_arrays_though_dask_has_it_give_it_back(
    tmp_path: Path,
) -> None:
    pytest.importorskip("distributed")
    before, after = apart("in_a_worker", tiny_corpus(tmp_path / "in"), tmp_path / "out.h5")
    assert before > 100
    assert after < 50
