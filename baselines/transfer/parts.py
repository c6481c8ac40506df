"""What is scored of a feature set on a corpus, and its results, kept until something changes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_tables import as_csv
from deepspectrum_features.baselines.transfer.corpora import NORMALISE
from deepspectrum_features.corpus.utterance import join_keys
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.files import folder_name, write_text
from deepspectrum_features.provenance import software_versions

_NOTE = "scored.json"
_SCORING = ("numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Part:
    """A feature set, or one family of its columns.

    Attributes
    ----------
    features : str
        Name of the set.
    family : str
        Empty of the whole set.
    weights : str
        ``columns`` or ``families``: which of them weigh the same.
    """

    features: str
    family: str = ""
    weights: str = "columns"

    def __str__(self) -> str:
        """Name it in a table."""
        if self.family:
            return f"{self.features}: {self.family} alone"
        equal = ", equal families" if self.weights == "families" else ""
        return self.features + equal

    @property
    def group(self) -> str:
        """Those that are one question: all sets, or the families of one."""
        return self.features if self.family else ""


def parts_of(path: Path) -> list[Part]:
    """List what is scored of a feature file, the whole first, then its families if it has some.

    Families of one size weigh the same without being told to.
    """
    families = Counter(family for _, family in _told_columns(path))
    whole = Part(path.stem)
    if len(families) < 2:
        return [whole]
    equal = [Part(path.stem, weights="families")] * (len(set(families.values())) > 1)
    return [whole, *equal, *(Part(path.stem, family) for family in families)]


def kept_results(part: Part, path: Path, left_out: Path | None) -> Results | None:
    """Return what an earlier run found of a part; None where anything has changed since.

    Parameters
    ----------
    part : Part
    path : Path
        The feature file.
    left_out : Path or None
        A table of rows that are not scored.
    """
    folder = _place(part, path)
    note = folder / _NOTE
    if note.exists() and note.read_text(encoding="utf-8") == _plan(path, left_out) + "\n":
        return Results.read(folder)
    return None


def score(part: Part, path: Path, left_out: Path | None, jobs: int | None, bar: bool) -> Results:
    """Score a part of a feature file, and keep its results in ``results`` beside the file.

    Fits are kept until then, so that the same call goes on where one was interrupted.

    Raises
    ------
    SeenError
        If the encoder was trained on rows of the corpus.
    CorpusError
        As `deepspectrum_features.evaluate` does.
    """
    fits, folder = path.parent / "fits", _place(part, path)
    (folder / _NOTE).unlink(missing_ok=True)
    results = evaluate(
        [path], exclude=left_out, normalise=NORMALISE, columns=_columns(part, path),
        weights=part.weights, jobs=jobs, keep=fits, bar=bar,
    )  # fmt: skip
    folder.parent.mkdir(parents=True, exist_ok=True)
    results.write(folder)
    write_text(folder / _NOTE, _plan(path, left_out))
    shutil.rmtree(fits, ignore_errors=True)
    return results


def write_left_out(paths: Sequence[Path], table: Path) -> Path | None:
    """Name the rows that not every feature file has in a table, as ``evaluate`` leaves them out.

    Returns
    -------
    Path or None
        The table; None where all files have the same rows.
    """
    files = [FeatureFile.open(path, lazy=True).stretches for path in paths]
    keys = join_keys(*files)
    lacking = sorted(set(chain(*keys)).difference(set(keys[0]).intersection(*keys)))
    if not lacking:
        table.unlink(missing_ok=True)
        return None
    # no end: a file that lacks the row need not know how long it is
    rows = [(file, start, channel) for file, start, _, channel in lacking]
    write_text(table, as_csv([("file", "start", "channel"), *rows]))
    return table


def _place(part: Part, path: Path) -> Path:
    """Return the results folder of a part."""
    name = f"family-{part.family}" if part.family else "whole"
    name = "families" if part.weights == "families" else name
    return path.parent / "results" / part.features / folder_name(name)


def _columns(part: Part, path: Path) -> list[str]:
    """Name the columns of a part; none where it has all."""
    told = _told_columns(path) if part.family else []
    return [name for name, family in told if family == part.family]


def _told_columns(path: Path) -> list[tuple[str, str]]:
    """Return every column's name and family, that of the file where none is told."""
    file = FeatureFile.open(path, lazy=True)
    families = (family or path.stem for family in file.families)
    return list(zip(file.feature_name, families, strict=True))


def _plan(path: Path, left_out: Path | None) -> str:
    """Say what the results of a part depend on."""
    plan = {
        "features_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "left_out": left_out.read_text(encoding="utf-8") if left_out else "",
        "normalise": NORMALISE,
        "versions": software_versions(_SCORING),
    }
    return json.dumps(plan, indent=1)
