"""Runs that are killed, interrupted or terminated at any moment: the same command finishes them."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
from called import call

from deepspectrum_features import Corpus, FeatureFile
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.testing import contents, tiny_corpus

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process"),
]

DSF = Path(sys.executable).with_name("dsf")
KILLS = int(os.environ.get("DSF_KILLS", "50"))
SLOW = """
import time
import soundfile

def read(sound, *arguments, honest=soundfile.SoundFile.read, **options):
    time.sleep(0.2)
    return honest(sound, *arguments, **options)

soundfile.SoundFile.read = read
"""


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbs.

    Attributes
    ----------
    corpus : Path
    seconds : tuple of float, s
        Sound in each part.
    contents : dict
        What it writes.
    """

    corpus: Path
    seconds: tuple[float, ...]
    contents: dict[str, object]


def start(corpus: Path, out: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(DSF), "extract", str(corpus), str(out)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(corpus: Path, out: Path) -> list[str]:
    """Run to the end, undisturbed; return the lines of standard error."""
    done = call("extract", corpus, out)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def seconds_of(corpus: Path, out: Path) -> float:
    """Return how long a process takes from its start to its end."""
    began = time.monotonic()
    with start(corpus, out) as process:
        said = process.communicate()[1]
    assert process.returncode == 0, said
    return time.monotonic() - began


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Return a corpus of about 270 s in at least 8 parts, and what the bundled encoder gives."""
    folder = tmp_path_factory.mktemp("undisturbed")
    corpus = tiny_corpus(folder / "tones", speakers=4, per_class=45)
    run(corpus, folder / "out.h5")
    parts = make_plan(Corpus.read(corpus).scan(), {}).parts
    assert len(parts) >= 8
    return Undisturbed(corpus, tuple(one.seconds for one in parts), contents(folder / "out.h5"))


def check_completes(undisturbed: Undisturbed, out: Path) -> None:
    """Run the same command again: the rest of the work is done, no finished part twice."""
    complete = out.exists()
    finished = [int(path.stem) for path in out.with_name("out.h5.parts").glob("[0-9]*.h5")]
    lines = run(undisturbed.corpus, out)
    if complete:
        assert lines[-1].endswith(", complete")
    else:
        parts = len(undisturbed.seconds)
        expected = [f"continuing: {len(finished)} of {parts} parts done"] if finished else []
        assert [line for line in lines if line.startswith("continuing")] == expected
        rest = sum(undisturbed.seconds) - sum(undisturbed.seconds[one - 1] for one in finished)
        worked = re.search(r"columns, (\d+) s in ", lines[-1])
        assert worked, lines[-1]
        assert abs(int(worked[1]) - rest) <= 1, "seconds of sound that were worked on"
    assert contents(out) == undisturbed.contents
    assert FeatureFile.open(out).refused == []
    assert [path.name for path in out.parent.iterdir()] == ["out.h5"], "nothing is left over"


def state(out: Path, parts: int) -> str:
    """Name what a run has left behind."""
    if not any(out.parent.iterdir()):
        return "nothing"
    if out.exists():
        return "result there"
    done = len(list(out.with_name("out.h5.parts").glob("[0-9]*.h5")))
    return {0: "no part done", parts: "all parts done"}.get(done, "some parts done")


def test_killed_at_random_moments(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """From start to end; how long that takes is measured before every ten kills."""
    generator = random.Random(7)
    states: Counter[str] = Counter()
    length = 0.0
    for number in range(KILLS):
        out = tmp_path / str(number) / "out.h5"
        out.parent.mkdir()
        if number % 10 == 0:
            length = seconds_of(undisturbed.corpus, tmp_path / f"{number}.h5")
        moment = length * (number % 10 + generator.random()) / 10
        with start(undisturbed.corpus, out) as process:
            time.sleep(moment)
            process.kill()
        assert process.returncode in (0, -signal.SIGKILL)
        left = state(out, len(undisturbed.seconds))
        states[left] += 1
        if left != "nothing" or states[left] == 1:  # another first run would tell nothing new
            check_completes(undisturbed, out)
    print(f"{KILLS} kills within {length:.2f} s: {dict(states)}")
    if KILLS >= 20:
        assert states["nothing"] + states["no part done"] >= 3
        assert states["some parts done"] >= 3


@pytest.mark.parametrize("kind", ["part", "result"])
def test_killed_while_a_file_is_written(
    undisturbed: Undisturbed, tmp_path: Path, kind: str
) -> None:
    """What a random moment hits too seldom: a draft stands there, of a part or of the result."""
    out = tmp_path / "out.h5"
    folder = out.with_name("out.h5.parts") if kind == "part" else tmp_path
    for _ in range(10):
        with start(undisturbed.corpus, out) as process:
            while process.poll() is None and not list(folder.glob(".*.draft")):
                time.sleep(0.0005)
            process.kill()
        drafts = list(folder.glob(".*.draft"))
        if drafts:
            break
        out.unlink(missing_ok=True)  # too late: the draft had its name by then
    assert drafts, "ten attempts, and none met a draft"
    check_completes(undisturbed, out)


def test_killed_while_changed_recordings_are_done_again(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """The old file stands there until the new one does, and the same command goes on."""
    corpus, out = tmp_path / "tones", tmp_path / "result" / "out.h5"
    shutil.copytree(undisturbed.corpus, corpus)
    out.parent.mkdir()
    run(corpus, out)
    old = contents(out)
    for path in sorted(corpus.glob("*.wav"))[::60]:
        samples, rate = soundfile.read(path)
        soundfile.write(path, samples[::-1], rate)
    run(corpus, tmp_path / "new.h5")
    new = contents(tmp_path / "new.h5")
    assert new != old
    first = out.read_bytes()
    length = seconds_of(corpus, out)
    generator, states = random.Random(11), Counter[str]()
    for _ in range(KILLS // 10):
        shutil.rmtree(out.parent)
        out.parent.mkdir()
        out.write_bytes(first)
        for _ in range(2):
            with start(corpus, out) as process:
                time.sleep(length * generator.random())
                process.kill()
            found = contents(out)
            assert found in (old, new)
            states["new" if found == new else "old"] += 1
        run(corpus, out)
        assert contents(out) == new
        assert [path.name for path in out.parent.iterdir()] == ["out.h5"], "nothing is left over"
    print(f"kills within {length:.2f} s: {dict(states)}")
    assert states["old"] >= 2


def wait_for_main(process: subprocess.Popen[str]) -> None:
    """Wait until the process catches SIGTERM: a signal before ``main`` ends Python, not us."""
    caught = 0
    while process.poll() is None and not caught >> (signal.SIGTERM - 1) & 1:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        caught = int(re.findall(r"SigCgt:\s*(\w+)", status)[0], base=16)


def check_ends(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal; the process ends soon, with one line that says what remains."""
    process.send_signal(number)
    began = time.monotonic()
    _, said = process.communicate()
    assert time.monotonic() - began < 2.0
    assert process.returncode == 128 + number, said
    what = "interrupted" if number == signal.SIGINT else "terminated"
    lines = [line for line in said.splitlines() if line and not line.startswith("encoder ")]
    assert lines == [f"{what}: what is finished is kept, the same command continues"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_starts(
    undisturbed: Undisturbed, tmp_path: Path, number: signal.Signals
) -> None:
    """In steps of 0.02 s: heavy imports, some of which swallow what a signal raises."""
    for step in range(15):
        out = tmp_path / str(step) / "out.h5"
        out.parent.mkdir()
        with start(undisturbed.corpus, out) as process:
            wait_for_main(process)
            time.sleep(0.005 + 0.02 * step)
            check_ends(process, number)
        assert not out.exists()
        if any(out.parent.iterdir()) or step == 0:
            check_completes(undisturbed, out)


@pytest.mark.parametrize("parts", [1, 3, 5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_midst(
    undisturbed: Undisturbed, tmp_path: Path, number: signal.Signals, parts: int
) -> None:
    out = tmp_path / "out.h5"
    folder = out.with_name("out.h5.parts")
    with start(undisturbed.corpus, out) as process:
        while process.poll() is None and len(list(folder.glob("[0-9]*.h5"))) < parts:
            time.sleep(0.001)
        check_ends(process, number)
    assert not out.exists()
    assert len(list(folder.glob("[0-9]*.h5"))) >= parts
    check_completes(undisturbed, out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_midst_of_long_parts(
    undisturbed: Undisturbed, tmp_path: Path, number: signal.Signals
) -> None:
    """Parts that take 9 s, as every recording takes 0.2 s to decode: nobody waits for their end."""
    slow, out = tmp_path / "slow", tmp_path / "results" / "out.h5"
    slow.mkdir()
    out.parent.mkdir()
    (slow / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(slow), os.environ.get("PYTHONPATH")]))
    with start(undisturbed.corpus, out, PYTHONPATH=paths) as process:
        trying = out.with_name("out.h5.parts") / "00001.trying"
        while process.poll() is None and not trying.exists():
            time.sleep(0.001)
        check_ends(process, number)
    check_completes(undisturbed, out)
