"""Work in processes, whatever memory it takes."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import numpy as np
import pytest

from deepspectrum_features.processes.side_by_side import in_processes


@pytest.mark.slow
def test_processes_that_import_much_go_on() -> None:
    """Where psutil is, joblib looks once a second whether a process has grown by 300 MB."""
    pytest.importorskip("psutil")

    def grow(number: int, place: str = "kept") -> tuple[int, int]:
        vars(os).setdefault(place, SimpleNamespace(imported=np.ones(350_000_000, np.uint8)))
        time.sleep(1.1)
        return number, os.getpid()

    found = [*in_processes(grow, [(number,) for number in range(6)], 2, ordered=True)]
    assert [number for number, _ in found] == [*range(6)]
    assert len({process for _, process in found}) == 2
