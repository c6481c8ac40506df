"""Reads mutants one after another, in a process that may die of one: ``KIND FOLDER`` [``AFTER``].

Prints two lines of JSON for each: its name, and what became of it. Readers find what they need
beside a mutant, in ``around``.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from called import call

from deepspectrum_features.errors import AudioError, CorpusError, DsfError

CPU_SECONDS = 10.0  # for one file; whatever takes longer dies of SIGPROF
NAMES = ["train/s1-a.wav", "dev/s1-01_n.wav", "s1-a.wav", "test/s22-x.flac", "a" * 24 + "!"]


def around(path: Path) -> Path:
    return path.parents[1] / "around"


def told(*arguments: object, codes: tuple[int, ...] = (0, 3)) -> str:
    """Run a command; what it refuses is one line, and what it does not has one of some codes."""
    done = call(*arguments)
    if done.returncode in codes:
        return f"exit {done.returncode}"
    line = done.stderr.splitlines()[-1]
    if done.returncode == 1 and line.startswith("error: "):
        raise DsfError(line.removeprefix("error: "))
    raise AssertionError(f"exit {done.returncode}: {done.stderr}")


# Tables of recordings


def read_manifest(path: Path) -> str:
    from deepspectrum_features import Corpus

    corpus = Corpus.read(path, root=around(path)).scan()
    return f"{len(corpus.utterances)} utterances, {len(corpus.refused)} refused"


def read_layout(path: Path) -> str:
    from deepspectrum_features.corpus.known_layouts import load_layout

    layout, fits = load_layout(str(path)), 0
    for name in NAMES:
        try:
            fits += len(layout.describe(name).file) > 0
        except CorpusError:
            pass
    return f"{fits} fit"


def read_annotation(path: Path) -> str:
    from deepspectrum_features.corpus.sources.annotation import read_annotation

    utterances, notes = read_annotation(path, "a.wav")
    return f"{len(utterances)} utterances, {len(notes)} notes"


# Documents: behind them the command looks for a corpus that is nowhere


def until_the_corpus(path: Path, *arguments: object) -> str:
    try:
        return told(*arguments)
    except DsfError as error:
        beyond = ("name too long", "need the one that paths are relative to")
        if str(error).startswith("nowhere: no such") or str(error).endswith(beyond):
            return "read"
        raise


def read_recipe(path: Path) -> str:
    return until_the_corpus(path, "train", "nowhere", around(path) / "run", "--recipe", path, "-q")


def read_options(path: Path) -> str:
    run = around(path) / "run"
    return until_the_corpus(path, "experiment", "nowhere", run, "--config", path)


def read_results(path: Path) -> str:
    from deepspectrum_features.baselines.results import Results

    folder = around(path) / "results"
    shutil.copy(path, folder / path.name.partition(".")[2])
    try:
        Results.read(folder).markdown()
    finally:
        for name in ("results.json", "predictions.csv", "map.csv"):
            shutil.copy(around(path) / name, folder / name)
    return "told"


# Models and features


def read_encoder(path: Path) -> str:
    from deepspectrum_features import Encoder
    from deepspectrum_features.testing import tone

    told("info", path)
    encoder = Encoder.open(path)
    try:
        encoder.embed(tone(500, 0.3), 16000)
    except AudioError as error:  # of this sound, whatever its name may be
        return str(error)
    return encoder.level


def read_classifier(path: Path) -> str:
    if int(path.stem) % 4 == 0:
        return told("info", path)
    features, out = around(path) / "features.h5", around(path) / "told.csv"
    return told("predict", path, features, out, "--overwrite", "-q")


def read_features(path: Path) -> str:
    """Give a feature file to one command after another."""
    from deepspectrum_features.baselines.tables import read_tables
    from deepspectrum_features.features.verification import verify

    place = around(path)
    out = place / "out.h5"

    def extracted() -> str:
        shutil.copy(path, out)
        return told("extract", place / "tones", out, "--encoder", place / "tiny.onnx", "-q")

    commands: list[Callable[[], object]] = [
        lambda: told("info", path),
        lambda: told("info", path, "--columns"),
        lambda: verify(path),
        lambda: told("diff", path, place / "features.h5", codes=(0, 4)),
        lambda: told("convert", path, place / "out.csv", "--overwrite"),
        lambda: read_tables([path]),
        lambda: told("predict", place / "tones.onnx", path, place / "told.csv", "--overwrite"),
        lambda: told("merge", path, place / "shard2.h5", "-o", place / "all.h5", "--overwrite"),
        extracted,
    ]
    return str(commands[int(path.stem) % len(commands)]())


READERS = {
    "manifest": read_manifest,
    "layout": read_layout,
    "textgrid": read_annotation,
    "labels": read_annotation,
    "recipe": read_recipe,
    "options": read_options,
    "results": read_results,
    "encoder": read_encoder,
    "classifier": read_classifier,
    "bytes": read_features,
    "table": read_features,
}


def read_all(kind: str, folder: Path, after: str) -> None:
    for path in sorted(folder.iterdir()):
        if path.name <= after:
            continue
        print(json.dumps(path.name), flush=True)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            outcome = ["read", READERS[kind](path)]
        except DsfError as error:
            outcome = ["refused", str(error)]
        except BaseException:
            outcome = ["raised", traceback.format_exc()]
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    read_all(*sys.argv[1:2], Path(sys.argv[2]), *[*sys.argv[3:], ""][:1])
