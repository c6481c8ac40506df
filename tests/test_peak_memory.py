"""What grows with the number of recordings or rows: little of either, in any command."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepspectrum_features import Corpus, FeatureFile
from deepspectrum_features.corpus.twins import find_twins
from deepspectrum_features.corpus.zeros import find_zeros

COLUMNS, FEW, MANY = 1498, 6000, 12000
#: In a process of its own, which says after each size how much memory it had at the most, in kB:
#: of its own image, as `ru_maxrss` begins with what the process had that started it.
PEAKS = """
import re
from pathlib import Path
from deepspectrum_features.extraction.sharding import join_shards
from deepspectrum_features.features import differences, verify

for size in ("few", "many"):
    {call}
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with feature files of two sizes, and shards and other orders of them."""
    folder = tmp_path_factory.mktemp("tables")
    for name, count in (("few", FEW), ("many", MANY)):
        order = np.arange(count)
        write(folder / f"{name}.h5", order)
        write(folder / f"{name}-turned.h5", order[::-1])
        write(folder / f"{name}-1.h5", order[: count // 2], shard="1/2")
        write(folder / f"{name}-2.h5", order[count // 2 :], shard="2/2")
    return folder


def write(path: Path, rows: np.ndarray, **attributes: str) -> None:
    """Write a feature file whose rows tell their numbers."""
    FeatureFile(
        features=np.repeat(rows.astype(np.float32)[:, None], COLUMNS, axis=1),
        feature_name=[f"f{column:04}" for column in range(COLUMNS)],
        file=[f"{row:06}.wav" for row in rows],
        start=np.zeros(len(rows)),
        end=np.ones(len(rows)),
        seen=np.zeros(len(rows), np.int32),
        attributes={"plan_key": "one", "options": "{}", "versions": "{}", **attributes},
    ).write(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        "assert differences(f'{size}.h5', f'{size}-turned.h5') == []",
        "assert len(verify(f'{size}.h5')) == 1  # attributes are missing",
        "assert len(join_shards([f'{size}-1.h5', f'{size}-2.h5'], f'{size}-all.h5').file)",
    ],
    ids=["diff", "verify", "merge"],
)
def test_more_rows_take_no_more_memory(call: str, tables: Path) -> None:
    command = [sys.executable, "-P", "-c", PEAKS.format(call=call)]
    done = subprocess.run(command, cwd=tables, capture_output=True, text=True, check=True)
    few, many = (1024 * int(line) for line in done.stdout.split())
    assert many - few < 20e6, "there are 36 MB more of features in each file"


@pytest.mark.slow
def test_recordings_take_some_hundred_bytes_each(tmp_path: Path) -> None:
    """Python's own count: what a process takes beside depends on the machine."""
    for count in (300, 2500):  # what is loaded and compiled at first is not counted
        folder = tmp_path / f"{count}"
        write_corpus(folder, count)
        tracemalloc.start()
        corpus = Corpus.read(folder).scan()
        assert len(find_twins(corpus)[0]) == count
        assert len(find_zeros(corpus).silent) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert 300 < peak / 2500 < 2300


def write_corpus(folder: Path, count: int) -> None:
    """Write recordings of silence, alike, and their table."""
    folder.mkdir()
    soundfile.write(folder / "first.wav", np.zeros(1600, np.int16), 16000)
    content = (folder / "first.wav").read_bytes()
    (folder / "first.wav").unlink()
    for number in range(count):
        (folder / f"{number:06}.wav").write_bytes(content)
    lines = [f"{number:06}.wav,anger,speaker {number % 9}" for number in range(count)]
    (folder / "corpus.csv").write_text("\n".join(["file,label,speaker", *lines]))
