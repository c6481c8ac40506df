"""A file system without flock, as commands that write and read meet it from outside."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from preloaded import compiled

pytestmark = pytest.mark.slow

DSF = Path(sys.executable).with_name("dsf")
FLOCK = """
#include <errno.h>
int flock(int file, int what) { errno = %d; return -1; }
"""


def run(library: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(DSF), *map(str, arguments)],
        env=os.environ | {"LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_one_notice_and_all_goes_on(folder: Path, number: int) -> None:
    library, out = compiled(FLOCK % number, folder.parent), folder / "out.h5"
    done = run(library, "extract", folder, out, "--frames")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("warning")] == [
        f"warning: {out}.parts: a file system without locks, "
        "a second run there would not be noticed"
    ]
    for command in (["info", out], ["verify", out], ["diff", out, out], ["extract", folder, out]):
        again = run(library, *command, *(["--frames"] if command[0] == "extract" else []))
        assert again.returncode == 0, again.stderr


SEVERAL = """
import sys, warnings
from pathlib import Path
from deepspectrum_features.files.locks import alone
for name in "abc":
    with alone(Path(sys.argv[1]) / name), warnings.catch_warnings():
        pass
"""


def test_work_in_several_folders_is_told_of_once(tmp_path: Path) -> None:
    library = compiled(FLOCK % errno.ENOLCK, tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", "-W", "always", "-c", SEVERAL, str(tmp_path)],
        env=os.environ | {"LD_PRELOAD": str(library)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr.count("a file system without locks") == 1, done.stderr
