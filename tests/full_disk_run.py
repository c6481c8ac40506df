"""Extraction and merge under ``failing_writes.c``, again and again, another call failing each time.

``python full_disk_run.py FOLDER ENCODER``; FOLDER/out is what the library counts calls below. For
every scenario and fault the calls of an undisturbed run are counted, and then chosen ones made to
fail: all that are not a plain write, and of the writes as many as `_drawn` says, by a seeded draw.
Writes one line of JSON for every call made to fail; `test_full_disk.py` reads them.
"""

from __future__ import annotations

import ctypes
import errno
import json
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deepspectrum_features import Encoder, extract
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.verification import verify
from deepspectrum_features.testing import contents, tiny_corpus

#: Errno, and whether every later call fails too; 0 is a write that takes half of its bytes.
FAULTS = {
    "full": (errno.ENOSPC, True),
    "no space once": (errno.ENOSPC, False),
    "error once": (errno.EIO, False),
    "short": (0, False),
}


@dataclass(frozen=True)
class Scenario:
    """What stands there before, what is done, and the name of the file that it gives."""

    out: str
    run: Callable[[Path], object]
    before: Callable[[Path], object] = lambda _: None


@dataclass
class Injection:
    """What became of one run with a fault, and of the run after it.

    Attributes
    ----------
    scenario, fault : str
    number, calls : int
        Which call failed, from 1, and how many an undisturbed run makes.
    call : str
        Its name and the file's.
    error, place : str
        What was raised, and the file that it names; empty if nothing was.
    code : int
        Its errno.
    problems : list of str
        Everything that is not as it must be.
    """

    scenario: str
    fault: str
    number: int
    calls: int
    call: str = ""
    error: str = ""
    place: str = ""
    code: int = 0
    problems: list[str] = field(default_factory=list)


class Faults:
    """The library that was loaded before all others."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.fail_at.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_int)
        self._library.fail_count.restype = ctypes.c_long
        self._library.fail_name.argtypes = (ctypes.c_long,)
        self._library.fail_name.restype = ctypes.c_char_p

    def set(self, number: int, fault: str) -> None:
        """Let a call fail, counted from now on."""
        self._library.fail_at(number, *FAULTS[fault])

    def clear(self) -> None:
        """Let no call fail; count anew."""
        self._library.fail_at(0, 0, 0)

    def calls(self) -> list[str]:
        """Name all calls since."""
        count = self._library.fail_count()
        return [self._library.fail_name(number).decode() for number in range(1, count + 1)]


class Runs:
    """One scenario, run undisturbed first and with one fault after another then."""

    def __init__(self, name: str, scenario: Scenario, faults: Faults, folder: Path) -> None:
        self.name, self.scenario, self.faults = name, scenario, faults
        self.out, self.before = folder / "out", folder / name
        self.final = self.out / scenario.out
        self._start_anew()
        scenario.before(self.out)
        shutil.copytree(self.out, self.before)
        self.allowed = [contents(self.final)] if self.final.exists() else []
        faults.clear()
        scenario.run(self.out)
        self.calls = faults.calls()
        self.honest, self.left = contents(self.final), self._names()

    def inject(self, fault: str, number: int) -> Injection:
        """Run with one fault, look at what stands there, and run again without."""
        self._start_anew()
        shutil.copytree(self.before, self.out, dirs_exist_ok=True)
        done = Injection(self.name, fault, number, len(self.calls))
        self.faults.set(number, fault)
        try:
            self.scenario.run(self.out)
        except (OSError, DsfError) as error:
            done.error, done.code = str(error), getattr(error, "errno", 0)
            done.place = str(getattr(error, "filename", None) or "")
        made = self.faults.calls()
        done.call = made[number - 1] if number <= len(made) else ""
        self.faults.clear()
        done.problems = [f"after the fault: {one}" for one in self._problems(bool(done.error))]
        try:
            self.scenario.run(self.out)
        except (OSError, DsfError) as error:
            done.problems.append(f"the next run: {error}")
            return done
        done.problems += [f"after the next run: {one}" for one in self._problems(failed=False)]
        if self._names() != self.left:
            done.problems.append(f"after the next run: {self._names()}, need {self.left}")
        return done

    def _problems(self, failed: bool) -> list[str]:
        """Say what is wrong with what stands there; a run that failed may leave what was."""
        problems = [f"{name} is left" for name in self._names() if name.endswith(".draft")]
        if not self.final.exists():
            return problems if failed and not self.allowed else [*problems, "no file"]
        try:
            problems += verify(self.final)
            if contents(self.final) not in [self.honest, *(self.allowed if failed else ())]:
                problems.append("another table")
        except (OSError, DsfError) as error:
            problems.append(str(error))
        return problems

    def _names(self) -> list[str]:
        return sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*"))

    def _start_anew(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()


def scenarios(corpus: Path, encoder: Encoder) -> dict[str, Scenario]:
    """Everything that writes a feature file."""

    def run(name: str, **options: object) -> Callable[[Path], object]:
        return lambda out: extract(corpus, out / name, encoder=encoder, **options)  # type: ignore[arg-type]

    def other_labels(out: Path) -> None:
        table = corpus / "corpus.csv"
        honest = table.read_text(encoding="utf-8")
        table.write_text(honest.replace(",low,", ",deep,"), encoding="utf-8")
        run("labels.h5")(out)
        table.write_text(honest, encoding="utf-8")

    def shards(out: Path) -> None:
        for number in (1, 2):
            run(f"{number}.h5", shard=(number, 2), frames=True, attention=True)(out)

    def merged(out: Path) -> None:
        merge([out / "1.h5", out / "2.h5"], out / "all.h5", overwrite=True)

    return {
        "extract": Scenario("out.h5", run("out.h5", jobs=1)),
        "two jobs": Scenario("out.h5", run("out.h5", jobs=2)),
        "steps": Scenario("out.h5", run("out.h5", jobs=1, frames=True, attention=True)),
        "overwrite": Scenario(
            "out.h5", run("out.h5", jobs=1, overwrite=True), run("out.h5", channel=1)
        ),
        "labels": Scenario("labels.h5", run("labels.h5"), other_labels),
        "merge": Scenario("all.h5", merged, shards),
    }


def _drawn(fault: str, calls: int) -> int:
    """How many writes are made to fail: of a short run each one once."""
    if fault in ("full", "short"):
        return 15
    return calls if fault == "error once" and calls <= 170 else 25


def main() -> None:
    """Let every scenario meet every fault."""
    folder, encoder = Path(sys.argv[1]).resolve(), Encoder(Path(sys.argv[2]))
    plan._LEAST_SECONDS = 1.0  # several parts of one or two tones
    corpus = tiny_corpus(folder / "tones", speakers=1, per_class=2)
    generator = random.Random(1)
    for name, scenario in scenarios(corpus, encoder).items():
        runs = Runs(name, scenario, Faults(), folder)
        numbers = range(1, len(runs.calls) + 1)
        writes = [one for one in numbers if runs.calls[one - 1].startswith("write ")]
        for fault in FAULTS:
            chosen = generator.sample(writes, min(_drawn(fault, len(numbers)), len(writes)))
            if fault != "short":
                chosen += sorted({*numbers}.difference(writes))
            for number in sorted(chosen):
                print(json.dumps(asdict(runs.inject(fault, number))), flush=True)


if __name__ == "__main__":
    main()
