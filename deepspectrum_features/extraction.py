"""Corpus in, feature file out: plan parts, run them, merge them."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from joblib import cpu_count

from deepspectrum_features.corpus import Corpus
from deepspectrum_features.encoder import Encoder
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.features import FeatureFile, is_feature_file
from deepspectrum_features.files import alone
from deepspectrum_features.merging import describe_rows, merge
from deepspectrum_features.parts import part_paths, run_parts
from deepspectrum_features.plan import Plan, make_plan
from deepspectrum_features.progress import progress_bar
from deepspectrum_features.utterance import Refusal, is_utf8, showable
from deepspectrum_features.worker import EncoderWorker


@dataclass(frozen=True)
class Extraction:
    """What an extraction did.

    Attributes
    ----------
    path : Path
        The feature file.
    rows, columns : int
    refused : tuple of Refusal
        Inputs that gave no row.
    audio_seconds, wall_seconds : float, s
        Sound that was worked on (finished parts left out) and time it took.
    found : str
        Empty, or what a finished output was found to be: ``"complete"``, or ``"facts brought up to
        date"`` where labels, speakers, splits or the ledger had changed.
    """

    path: Path
    rows: int
    columns: int
    refused: tuple[Refusal, ...]
    audio_seconds: float = 0.0
    wall_seconds: float = 0.0
    found: str = ""

    @property
    def summary(self) -> str:
        """One line for a person."""
        table = f"{self.path}: {self.rows} rows x {self.columns} columns"
        refused = f", {len(self.refused)} refused" if self.refused else ""
        if self.found:
            return f"{table}{refused}, {self.found}"
        speed = f"{self.audio_seconds / max(self.wall_seconds, 1e-3):.0f} times real time"
        return (
            f"{table}{refused}, {self.audio_seconds:.0f} s in {self.wall_seconds:.1f} s ({speed})"
        )


def extract(
    source: Corpus | str | Path,
    out: str | Path,
    *,
    encoder: Encoder | str | Path | None = None,
    channel: int | None = None,
    jobs: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Extraction:
    """Write one deep spectrum vector for every utterance.

    The same call again finds the finished file, or continues from the finished parts in
    ``OUT.parts``. Results do not depend on ``jobs``.

    Parameters
    ----------
    source : Corpus, str or Path
        A corpus, or what `Corpus.read` reads.
    out : str or Path
        The feature file to write.
    encoder : Encoder, str or Path, optional
        Default the bundled one.
    channel : int, optional
        Channel to read, counted from 1; default the mean of all.
    jobs : int, optional
        Parts at a time; default one for every CPU.
    strict : bool, optional
        Write nothing if any input is refused.
    overwrite : bool, optional
        Replace the feature file that stands at ``out``.
    bar : bool, optional
        Show a progress bar where standard error is a terminal.
    say : callable, optional
        Receives one line per event.

    Raises
    ------
    CorpusError, EncoderError
        If there is nothing to work on, or nothing to work with.
    FeatureFileError
        If ``out`` is in the way, or no input gave a row.

    Examples
    --------
    >>> from deepspectrum_features import extract
    >>> from deepspectrum_features.testing import tiny_corpus, tiny_encoder
    >>> folder = tiny_corpus(speakers=2, per_class=3)
    >>> extract(folder, folder / "out.h5", encoder=tiny_encoder()).rows
    12
    """
    began = time.monotonic()
    out = Path(out)
    _check_place(out, overwrite)
    encoder = encoder if isinstance(encoder, Encoder) else Encoder.open(encoder)
    say(f"encoder {encoder.name} ({encoder.sha256[:12]}), weights under {encoder.licence}")
    corpus = source if isinstance(source, Corpus) else Corpus.read(source)
    with progress_bar(len(corpus.utterances), "files", bar, desc="headers", leave=False) as shown:
        corpus = corpus.scan(shown.update)
    for notice in corpus.notices:
        say(notice)
    worker = EncoderWorker(encoder, channel)
    plan = make_plan(corpus, worker.options)
    if strict and corpus.refused:
        raise _refused_error(out, corpus.refused, strict)
    if out.exists() and not overwrite:
        return _finished(out, plan, corpus, encoder, strict)
    folder = _parts_folder(out)
    folder.mkdir(exist_ok=True)
    with alone(folder / "lock"):
        seconds = run_parts(plan, corpus, worker, folder, jobs or cpu_count(), bar)
        tables = [FeatureFile.open(path) for path in part_paths(plan, folder).values()]
        table = merge(tables, plan, corpus, worker)
        if table.file and strict and table.refused:
            raise _refused_error(out, table.refused, strict)
        if table.file:
            table.write(out)
        shutil.rmtree(folder)
    if not table.file:
        raise _refused_error(out, table.refused, strict=False)
    rows, columns = table.features.shape
    wall = time.monotonic() - began
    return Extraction(out, rows, columns, tuple(table.refused), seconds, wall)


def _parts_folder(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


def _check_place(out: Path, overwrite: bool) -> None:
    """Refuse an output that could not be written in the end, or must not be."""
    if out.is_dir():
        raise FeatureFileError(f"{out}: a folder, need the name of a file to write")
    if not out.parent.is_dir():
        raise FeatureFileError(f"{out.parent}: no such folder, need one to write {out.name} in")
    if not os.access(out.parent, os.W_OK):
        raise FeatureFileError(f"{out.parent}: not writable, need a folder to write in")
    if not is_utf8(out.resolve()):
        raise FeatureFileError(f"{showable(out)}: not UTF-8, need a UTF-8 name")
    if overwrite and out.exists() and not is_feature_file(out):
        raise FeatureFileError(f"{out}: exists and is not a feature file, need another name")


def _refused_error(out: Path, refused: Sequence[Refusal], strict: bool) -> Exception:
    """Say that nothing was written, naming the first refusals."""
    shown = "; ".join(map(str, refused[:3])) + ("; ..." if len(refused) > 3 else "")
    if strict:
        return CorpusError(f"{len(refused)} inputs refused, {out} not written: {shown}")
    return CorpusError(f"none of {len(refused)} inputs gave a row, {out} not written: {shown}")


def _finished(out: Path, plan: Plan, corpus: Corpus, encoder: Encoder, strict: bool) -> Extraction:
    """Accept an output of this very plan, with today's labels and ledger; refuse any other."""
    table = FeatureFile.open(out)
    if table.attributes.get("plan_key") != plan.key:
        reasons = list(_differences(table, plan, corpus)) or ["other recordings or other stretches"]
        raise FeatureFileError(
            f"{out}: exists with {'; '.join(reasons)} (choose another name, or --overwrite)"
        )
    before = _facts(table)
    planned = {one.stretch for one in corpus.utterances}
    kept = [one for one in table.refused if one.stretch in planned]
    table.refused = [*corpus.refused, *kept]
    describe_rows(table, corpus, encoder)
    if strict and table.refused:
        raise CorpusError(f"{out}: complete, but without {len(table.refused)} refused inputs")
    changed = before != _facts(table)
    if changed:
        table.write(out)
    if (folder := _parts_folder(out)).is_dir():  # killed between the file and the cleaning up
        with alone(folder / "lock"):
            shutil.rmtree(folder)
    rows, columns = table.features.shape
    found = "facts brought up to date" if changed else "complete"
    return Extraction(out, rows, columns, tuple(table.refused), found=found)


def _facts(table: FeatureFile) -> tuple[object, ...]:
    """Return what is known of the rows besides their features."""
    name = table.attributes["corpus"]
    seen = table.seen.tolist()
    return (table.label, table.speaker, table.split, seen, table.refused, name)


def _differences(table: FeatureFile, plan: Plan, corpus: Corpus) -> list[str]:
    """Name what tells an existing file from the one asked for."""
    old = json.loads(table.attributes.get("options", "{}"))
    found = []
    for name, value in plan.options.items():
        if old.get(name) != value:
            found.append(f"{name} {_short(old.get(name))}, now {_short(value)}")
    inputs = len(table.file) + len(table.refused)
    asked = len(corpus.utterances) + len(corpus.refused)
    if inputs != asked:
        found.append(f"{inputs} inputs, now {asked}")
    return found


def _short(value: object) -> str:
    return "none" if value is None else str(value)[:12]
