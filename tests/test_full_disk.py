"""A disk that is full or broken: nothing or a whole file, a clear line, and the next run completes.

``failing_writes.c`` is loaded before the C library and lets chosen calls fail: writing, creating,
flushing, cutting, renaming, making folders. ``full_disk_run.py`` lets them fail one after another.
"""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile
from deepspectrum_features.features.verification import verify

HERE = Path(__file__).parent
DSF = Path(sys.executable).with_name("dsf")
ERRNO = {"full": errno.ENOSPC, "no space once": errno.ENOSPC, "error once": errno.EIO}
#: What is written only to find out later which recording was in hand.
BESIDE = re.compile(r".*\.trying")


@pytest.fixture(scope="module")
def injections(
    library: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, object]]:
    """Run ``full_disk_run.py``: a record of every call that failed."""
    folder = tmp_path_factory.mktemp("full").resolve()
    done = subprocess.run(
        [sys.executable, HERE / "full_disk_run.py", folder, encoder.path],
        env=os.environ | {"LD_PRELOAD": str(library), "DSF_FAIL_BELOW": str(folder / "out")},
        capture_output=True,
        text=True,
        check=False,
    )
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{done.stderr[-2000:]} after {records[-1:]}"
    print(
        len(records), "calls failed:", Counter((one["scenario"], one["fault"]) for one in records)
    )
    return records


@pytest.mark.slow
def test_calls_of_every_kind_failed(injections: list[dict[str, object]]) -> None:
    """The test of this test: a library that is not in place would let everything pass."""
    assert {one["scenario"] for one in injections} == {
        "extract", "two jobs", "steps", "overwrite", "labels", "merge",
    }  # fmt: skip
    assert {one["fault"] for one in injections} == {*ERRNO, "short"}
    for fault in ERRNO:
        calls = Counter(str(one["call"]).split()[0] for one in injections if one["fault"] == fault)
        assert calls.keys() == {"mkdir", "open", "write", "ftruncate", "fsync", "rename"}
        assert calls["write"] >= 80
    for scenario in ("labels", "merge"):
        tried = [one for one in injections if one["scenario"] == scenario]
        numbers = {one["number"] for one in tried if one["fault"] == "error once"}
        assert len(numbers) == tried[0]["calls"], "every single call of a short run"


@pytest.mark.slow
def test_nothing_or_a_whole_file_and_the_next_run_completes(
    injections: list[dict[str, object]],
) -> None:
    wrong = [one for one in injections if one["problems"]]
    assert not wrong, f"{len(wrong)} of {len(injections)}, such as {wrong[:3]}"


@pytest.mark.slow
def test_what_failed_is_raised_with_its_place(injections: list[dict[str, object]]) -> None:
    """Only what is not part of the result may fail in silence."""
    for one in injections:
        if one["fault"] == "short" or (not one["error"] and BESIDE.fullmatch(str(one["call"]))):
            assert (one["error"], one["code"]) == ("", 0), one
        else:
            assert one["code"] == ERRNO[str(one["fault"])], one
    nowhere = Counter(str(one["call"]) for one in injections if one["error"] and not one["place"])
    assert not nowhere, "a user would not learn which disk is full"


# 1 makes OUT.parts, 4 names a recording in hand, 40 writes the part, 110 the final file
@pytest.mark.slow
@pytest.mark.parametrize("number", quick_first([40, 1, 4, 110]))
def test_a_full_disk_is_one_line_on_the_command_line(
    library: Path, folder: Path, encoder: Encoder, tmp_path: Path, number: int
) -> None:
    place = tmp_path.resolve() / "results"
    place.mkdir()
    command = [DSF, "extract", folder, place / "out.h5", "--encoder", encoder.path, "-q"]
    full = {
        "LD_PRELOAD": str(library),
        "DSF_FAIL_BELOW": str(place),
        "DSF_FAIL_AT": str(number),
        "DSF_FAIL_ERRNO": str(errno.ENOSPC),
    }
    done = subprocess.run(
        command, env=os.environ | full, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(rf"error: {re.escape(str(place))}/\S+: No space left on device", line), line
    assert not (place / "out.h5").exists()
    assert not list(place.rglob("*.draft"))
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (0, f"{place / 'out.h5'}\n"), again.stderr
    assert [path.name for path in place.iterdir()] == ["out.h5"]
    assert verify(place / "out.h5", encoder) == []
    assert len(FeatureFile.open(place / "out.h5").file) == 8
