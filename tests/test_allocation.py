"""Memory that was freed: training keeps it between steps, extraction gives it back."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from deepspectrum_features import Corpus
from deepspectrum_features.processes.allocation import give_memory_back, memory_kept
from deepspectrum_features.testing import tiny_corpus, tiny_recipe
from deepspectrum_features.training.run import train

NUMBERS = 16 * 2**20  # 64 MB, more than the C library ever keeps by itself

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"),
    reason="memory is kept with the GNU C library",
)


def pages_cleared() -> int:
    """Return how many pages the system clears for a tensor of a size that was just freed."""
    torch.ones(NUMBERS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(NUMBERS)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.slow
def test_training_asks_the_system_once_for_tensors_of_one_size(tmp_path: Path) -> None:
    corpus = Corpus.read(tiny_corpus(tmp_path / "tones"), name="tones").scan()
    recipe = tiny_recipe()
    cleared: list[int] = []
    train(
        corpus,
        tmp_path / "run",
        dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, epochs=3)),
        dev_speakers=["spk2"],
        test_speakers=["spk3"],
        watch=lambda: cleared.append(pages_cleared()),
    )
    assert statistics.median(cleared) == 0


def test_what_was_kept_is_given_back_at_the_end() -> None:
    before = resident_bytes()
    with memory_kept():
        pairs = [(torch.ones(NUMBERS), torch.ones(100_000)) for _ in range(4)]
        above = [small for _, small in pairs]
        del pairs
    assert resident_bytes() - before < 4 * NUMBERS
    assert above[-1].sum() == 100_000


def test_memory_is_as_usual_afterwards_though_training_failed() -> None:
    """In a process of its own: in this one a place of that size may be free."""
    command = [sys.executable, "-P", "-c", AFTERWARDS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cleared, left = map(int, done.stdout.split())
    assert cleared > 10
    assert left < 4 * NUMBERS


def test_small_pieces_below_one_in_use_are_given_back() -> None:
    pieces = [bytearray(50_000) for _ in range(2000)]
    last = pieces[-1]
    del pieces
    before = resident_bytes()
    give_memory_back()
    assert before - resident_bytes() > 50e6
    assert len(last) == 50_000


def test_what_the_environment_says_is_kept_does_not_count() -> None:
    """As in Dask's workers, which give everything back at once."""
    command = [sys.executable, "-P", "-c", CLEARED]
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before > 100
    assert after < 50


@pytest.mark.slow
def test_an_extraction_keeps_little_of_what_its_parts_took(tmp_path: Path) -> None:
    """In a process of its own: in this one other tests have left something."""
    tiny_corpus(tmp_path / "in", speakers=4, per_class=20, seconds=3)
    command = [sys.executable, "-P", "-c", LEFT, tmp_path / "in", tmp_path / "out.h5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 12e6, "18 MB stay if nothing is given back"


#: Says how much of a process's memory is free when an extraction is over.
LEFT = """
import ctypes, sys
from pathlib import Path
from deepspectrum_features import extract

def resident_bytes():
    return 4096 * int(Path("/proc/self/statm").read_text().split()[1])

extract(sys.argv[1], sys.argv[2], encoder="zhao2018-asmmc-nemo", jobs=2)
before = resident_bytes()
ctypes.CDLL(None).malloc_trim(0)
print(before - resident_bytes())
"""

#: Says how many pages the system clears for an array of a size that was just freed, twice.
CLEARED = """
import resource
import numpy as np
from deepspectrum_features.processes.allocation import keep_as_usual

def pages_cleared():
    np.ones(1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(1_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(pages_cleared())
keep_as_usual()
print(pages_cleared())
"""

#: Says how many pages the system clears for an array of a size that was just freed, and how many
#: bytes stay of arrays that are freed below others.
AFTERWARDS = """
import resource
from contextlib import suppress
from pathlib import Path
import numpy as np
from deepspectrum_features.processes.allocation import memory_kept

def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

with suppress(RuntimeError), memory_kept():
    raise RuntimeError("power cut")
np.ones(8_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(8_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
before = resident_bytes()
pairs = [(np.ones(8_000_000), np.ones(50_000)) for _ in range(4)]
above = [small for _, small in pairs]
del pairs
print(resident_bytes() - before)
"""
