"""Time a file and peak memory of the commands, as a corpus grows.

``python tests/benchmarks/scale.py [FILES...]``: by default of 1000, 10000 and 100000 recordings of
0.3 s of noise, made in a temporary folder (100000 take 1 GB), minutes on two cores. Peak memory is
that of a command's largest process. Merging is held against an extraction: it joins two shards,
each half of the corpus.
"""

from __future__ import annotations

import random
import sys
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

from measured import Taken, run

DSF = Path(sys.executable).with_name("dsf")
ENCODER = "zhao2018-asmmc-nemo"
RATE, SECONDS, SPEAKERS, LABELS = 16000, 0.3, 20, 4
#: In their order; each finds what those before have left.
COMMANDS = {
    "corpus --no-scan": "corpus in --no-scan",
    "corpus": "corpus in",
    "extract": f"extract in out.h5 -q --encoder {ENCODER}",
    "extract, once more": f"extract in out.h5 -q --encoder {ENCODER}",
    "extract --shard 1/2": f"extract in 1.h5 -q --encoder {ENCODER} --shard 1/2",
    "extract --shard 2/2": f"extract in 2.h5 -q --encoder {ENCODER} --shard 2/2",
    "merge": "merge 1.h5 2.h5 -o merged.h5",
    "info": "info out.h5",
    "verify": "verify out.h5",
    "diff": "diff out.h5 merged.h5",
    "convert": "convert out.h5 out.csv -q",
}


def main(*counts: int) -> None:
    """Measure and print, corpus by corpus."""
    for count in counts or (1000, 10_000, 100_000):
        with TemporaryDirectory() as folder:
            make_corpus(Path(folder, "in"), count)
            taken = {
                name: run([DSF, *line.split()], Path(folder)) for name, line in COMMANDS.items()
            }
        show(count, taken)


def make_corpus(folder: Path, count: int) -> None:
    """Write short recordings of noise, and a table of their labels and speakers."""
    noise = random.Random(count)
    lines = ["file,label,speaker"]
    for number in range(count):
        speaker = f"speaker{number % SPEAKERS:02}"
        (folder / speaker).mkdir(parents=True, exist_ok=True)
        file = f"{speaker}/{number:06}.wav"
        with wave.open(str(folder / file), "wb") as recording:
            recording.setparams((1, 2, RATE, 0, "NONE", ""))
            recording.writeframes(noise.randbytes(2 * round(RATE * SECONDS)))
        lines.append(f"{file},label{number % LABELS},{speaker}")
    (folder / "corpus.csv").write_text("\n".join(lines), encoding="utf-8")


def show(count: int, taken: dict[str, Taken]) -> None:
    """Print one corpus's lines."""
    print(f"| {count} files | seconds | CPU seconds | CPU ms a file | peak MB |")
    print("|---|---:|---:|---:|---:|")
    for name, one in taken.items():
        numbers = (
            f"{one.seconds:.1f} | {one.cpu_seconds:.1f} | {1000 * one.cpu_seconds / count:.3f}"
        )
        print(f"| `{name}` | {numbers} | {one.megabytes:.0f} |")
    share = taken["merge"].cpu_seconds / taken["extract"].cpu_seconds
    print(f"\nmerging: {100 * share:.1f} % of an extraction's CPU seconds\n", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
