"""Speed of the commands that extract, beside openSMILE and what others do, on the same files.

``python tests/benchmarks/extraction_speed.py [WORD...]`` (or ``make benchmark``): of the lines
those whose name holds a WORD, default all. Every line is a command from its start to its end, the
median of three, two jobs each. Files are WAVs made from the nEMO that DSF_CORPORA names, else from
the demo corpus; slower lines take fewer of them. Networks that are not bundled have fresh weights.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from measured import typical

from deepspectrum_features.encoder.bundled import BUNDLED
from deepspectrum_features.recipe import PRESETS, OpensmileLld

DSF = Path(sys.executable).with_name("dsf")
HERE = Path(__file__).parent
JOBS = 2
#: Seconds of sound for lines that would take long on all of it.
SOME, FEW, LEAST = 2700.0, 900.0, 90.0
ALL = float("inf")
SIZES = ("compact", "paper")
#: Systems that read openSMILE's descriptors.
ON_DESCRIPTORS = [
    name for name, made in PRESETS.items() if isinstance(made["paper"].front_end, OpensmileLld)
]

Command = list[str | Path]


class Line(NamedTuple):
    """One row of the table: a command on a folder of recordings, by a network made for it."""

    name: str
    rate: int
    seconds: float
    command: Command
    network: tuple[str, ...] = ()


def main(*words: str) -> None:
    """Measure and print the table.

    What is measured on is made by processes of their own: a process that grew would show in the
    peaks of all that it starts.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora: dict[tuple[int, float], tuple[int, float]] = {}
        print("| | files | s of sound | files/s | times real time | CPU s an hour | peak MB |")
        print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
        for line in lines():
            if words and not any(word in line.name for word in words):
                continue
            key = line.rate, line.seconds
            corpus = folder / f"{line.rate}-{line.seconds:g}"
            if key not in corpora:
                count, seconds = made("recordings.py", corpus, *key).split()
                corpora[key] = int(count), float(seconds)
            if line.network and not (folder / line.network[-1]).exists():
                made("made_encoders.py", *line.network[:-1], folder / line.network[-1])
            show(line, corpus, *corpora[key])


def made(script: str, *arguments: object) -> str:
    """Run a script that makes what is measured on; return what it says."""
    command = [sys.executable, HERE / script, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def lines() -> Iterator[Line]:
    """Yield everything that is measured."""
    for encoder in BUNDLED:
        for rate in (16000, 48000):
            name = f"`dsf extract --encoder {encoder}`, {rate // 1000} kHz"
            yield Line(name, rate, ALL, extracting(encoder))
    for system in PRESETS:
        seconds = FEW if system in ON_DESCRIPTORS else SOME
        for size in SIZES:
            network = f"{system}-{size}.onnx"
            name = f"`dsf extract`, `{system}`, {size}"
            yield Line(name, 16000, seconds, extracting(network), (system, size, network))
    for feature_set, theirs in (("egemaps", "eGeMAPSv02"), ("compare", "ComParE_2016")):
        command: Command = [DSF, "functionals", "IN", "out.h5", "--set", feature_set]
        yield Line(f"`dsf functionals --set {feature_set}`", 16000, FEW, [*command, *OPTIONS])
        yield Line(f"opensmile-python, {theirs}", 16000, FEW, other(theirs))
    yield Line("librosa, torch", 16000, FEW, other("librosa"))
    yield Line("pictures through VGG16", 16000, LEAST, other("deepspectrum"))


OPTIONS = ("--jobs", str(JOBS), "--overwrite", "--quiet")


def extracting(encoder: str | Path) -> Command:
    """Return the command that extracts IN by an encoder."""
    return [DSF, "extract", "IN", "out.h5", "--encoder", encoder, *OPTIONS]


def other(what: str) -> Command:
    """Return the command of another pipeline on IN."""
    return [sys.executable, HERE / "other_pipelines.py", what, "IN", "out.npy"]


def show(line: Line, corpus: Path, count: int, seconds: float) -> None:
    """Run a line and print its row."""
    command = [corpus if word == "IN" else word for word in line.command]
    taken = typical(command, corpus.parent)
    print(
        f"| {line.name} | {count} | {seconds:.0f} | {rounded(count / taken.seconds)} "
        f"| {rounded(seconds / taken.seconds)} | {3600 * taken.cpu_seconds / seconds:.1f} "
        f"| {taken.megabytes:.0f} |",
        flush=True,
    )


def rounded(speed: float) -> str:
    """Write a speed: whole, with a decimal where it is below ten."""
    return f"{speed:.0f}" if speed >= 10 else f"{speed:.1f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
