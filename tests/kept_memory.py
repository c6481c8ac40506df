"""What becomes of memory that was freed; as a script, in a process that nothing else was done in.

``python kept_memory.py CASE [ARGUMENT...]`` prints numbers; the cases are the functions below.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from deepspectrum_features import Corpus, extract
from deepspectrum_features.processes.allocation import memory_kept
from deepspectrum_features.testing import tiny_corpus, tiny_recipe

LARGE = 2**23  # numbers of 8 bytes: 64 MB, more than the C library ever keeps by itself


def pages_cleared(numbers: int) -> int:
    """Return how many pages the system clears for an array of a size that was just freed."""
    np.ones(numbers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(numbers)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def in_training(folder: str) -> tuple[int, ...]:
    """Pages cleared at every step."""
    from deepspectrum_features.training.run import train

    corpus = Corpus.read(tiny_corpus(Path(folder, "tones")), name="tones").scan()
    recipe, cleared = tiny_recipe(), list[int]()
    few = replace(recipe, training=replace(recipe.training, epochs=3))
    held_out = {"dev_speakers": ["spk2"], "test_speakers": ["spk3"]}
    run = Path(folder, "run")
    train(corpus, run, few, **held_out, watch=lambda: cleared.append(pages_cleared(LARGE)))
    return tuple(cleared)


def after_training() -> tuple[int, int]:
    """Pages cleared, and bytes that stay of large arrays freed below small ones."""
    with suppress(RuntimeError), memory_kept():
        raise RuntimeError("power cut")
    cleared = pages_cleared(LARGE)
    before = resident_bytes()
    pairs = [(np.ones(LARGE), np.ones(50_000)) for _ in range(4)]
    above = [small for _, small in pairs]
    del pairs
    left = resident_bytes() - before
    assert above[-1].sum() == 50_000
    return cleared, left


def after_extraction(corpus: str, out: str) -> tuple[int]:
    """Bytes that are free."""
    extract(corpus, out, encoder="zhao2018-asmmc-nemo", jobs=2)
    before = resident_bytes()
    ctypes.CDLL(None).malloc_trim(0)
    return (before - resident_bytes(),)


def in_a_worker(corpus: str, out: str) -> tuple[int, int]:
    """Pages that a Dask worker clears for 8 MB, before and after an extraction."""
    from distributed import Client, LocalCluster

    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        (before,) = client.run(pages_cleared, 2**20).values()
        extract(corpus, out, backend="dask", scheduler=cluster.scheduler_address)
        (after,) = client.run(pages_cleared, 2**20).values()
    return before, after


if __name__ == "__main__":
    print(*globals()[sys.argv[1]](*sys.argv[2:]))
