"""A clock that jumps by years: nothing is done twice, nothing given up, every number the same.

``clock_gettime`` and its kin are replaced by a library that is loaded before the C library.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from preloaded import compiled

from deepspectrum_features import Encoder
from deepspectrum_features.testing import contents, tone

pytestmark = pytest.mark.slow

DSF = Path(sys.executable).with_name("dsf")
CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A year back, none, a year ahead, in turn. */
static long jump(void)
{
    static long times;
    return (times++ % 3 - 1) * 31536000L;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += jump();
    return failed;
}

time_t time(time_t *now)
{
    struct timespec here;
    clock_gettime(CLOCK_REALTIME, &here);
    if (now)
        *now = here.tv_sec;
    return here.tv_sec;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec here;
    clock_gettime(CLOCK_REALTIME, &here);
    now->tv_sec = here.tv_sec;
    now->tv_usec = here.tv_nsec / 1000;
    return 0;
}
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the clock; see that it jumps."""
    library = compiled(CLOCK, tmp_path_factory.mktemp("clock"))
    code = "import time; print(abs(time.time() - time.time()) > 3e7, time.monotonic() > 0)"
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"LD_PRELOAD": str(library)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == "True True\n"
    return library


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_extract(clock: Path, encoder: Encoder, tmp_path: Path, jobs: str) -> None:
    """Recordings are of the first second there was, and of a century ahead."""
    folder, out = tmp_path / "recordings", tmp_path / "out.h5"
    folder.mkdir()
    for name, modified in (("a", 0), ("b", 1), ("c", 4_000_000_000), ("d", 1_700_000_000)):
        soundfile.write(folder / f"{name}.wav", tone(500, 35.0, 8000), 8000)
        os.utime(folder / f"{name}.wav", (modified, modified))

    def extract(out: Path, **environment: str) -> str:
        done = subprocess.run(
            [DSF, "extract", folder, out, "--encoder", encoder.path, "-j", jobs],
            env=os.environ | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    extract(tmp_path / "steady.h5")
    extract(out, LD_PRELOAD=str(clock))
    assert contents(out) == contents(tmp_path / "steady.h5")
    written = out.stat().st_mtime_ns
    assert extract(out, LD_PRELOAD=str(clock)).endswith(", complete\n")
    assert out.stat().st_mtime_ns == written
