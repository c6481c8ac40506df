"""A results folder as ``evaluate`` and ``experiment`` write it, checked before it is shown."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from deepspectrum_features.baselines.report.shape import (
    FORMAT,
    VERSION,
    problems,
    shown,
)
from deepspectrum_features.errors import DsfError
from deepspectrum_features.terminal import one_line

Point = tuple[float, float, str]  # x, y, label


@dataclass(frozen=True)
class Results:
    """One results folder.

    Attributes
    ----------
    folder : Path
    document : dict
        ``results.json``, every field of format version 1 there and of its type.
    points : dict of str to list of (x, y, label)
        ``map.csv`` by feature set.
    notices : tuple of str
        What the folder lacks.
    """

    folder: Path
    document: dict[str, Any]
    points: dict[str, list[Point]]
    notices: tuple[str, ...]

    @property
    def occurring(self) -> list[str]:
        """Classes that have a held-out utterance: those that UA averages over."""
        counts = self.document["systems"][0]["confusion"]
        return [
            name for name, row in zip(self.document["classes"], counts, strict=True) if any(row)
        ]

    @property
    def heard(self) -> list[str]:
        """Speakers that have a held-out utterance."""
        told = {name for one in self.document["systems"] for name in one["per_speaker"]}
        listed = [name for name in self.document["speakers"] if name in told]
        return listed + sorted(told.difference(listed))

    @property
    def chance(self) -> float:
        """UA of guessing."""
        return 1 / max(1, len(self.occurring))


def read_results(folder: Path) -> Results:
    """Read ``results.json`` and, where there, ``predictions.csv`` and ``map.csv``.

    The predictions are counted again: they must give the confusion matrices of ``results.json``.

    Raises
    ------
    DsfError
        If the folder or its ``results.json`` is missing, damaged, of another version, or at odds
        with the tables beside it.
    """
    path = folder / "results.json"
    if not path.is_file():
        found = "no results.json" if folder.is_dir() else "no such folder"
        raise DsfError(f"{folder}: {found}, need a results folder (dsf evaluate writes one)")
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DsfError(f"{path}: damaged ({one_line(error)}), need JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DsfError(f"{path}: not the results of an evaluation, need format {FORMAT!r}")
    if document.get("version") != VERSION:
        raise DsfError(
            f"{path}: format version {shown(document.get('version'))}, this program reads "
            f"{VERSION} (evaluate again, or use the program that wrote it)"
        )
    problem = next(problems(document), None)
    if problem:
        raise DsfError(f"{path}: {problem}")
    notices = []
    points: dict[str, list[Point]] = {}
    if (folder / "predictions.csv").is_file():
        _check_predictions(folder / "predictions.csv", document)
    else:
        notices.append("predictions.csv is not in the folder: its rows were not counted again")
    if (folder / "map.csv").is_file():
        points = _read_map(folder / "map.csv", document["classes"])
    else:
        notices.append("map.csv is not in the folder: no map is drawn")
    return Results(folder, document, points, tuple(notices))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_predictions(path: Path, document: dict[str, Any]) -> None:
    """Refuse predictions that are not those the confusion matrices were counted from."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for _, row in _rows(path, ("system", "label", "predicted")):
        counts.setdefault(row["system"], Counter())[row["label"], row["predicted"]] += 1
    stated = {
        one["name"]: Counter(
            {
                (label, predicted): count
                for label, row in zip(document["classes"], one["confusion"], strict=True)
                for predicted, count in zip(document["classes"], row, strict=True)
                if count
            }
        )
        for one in document["systems"]
    }
    odd = sorted(name for name in {*counts, *stated} if counts.get(name) != stated.get(name))
    if odd:
        raise DsfError(
            f"{path}: other counts than the confusion matrix of {shown(odd[0])} in results.json, "
            "need both from one run (evaluate again)"
        )


def _read_map(path: Path, classes: list[str]) -> dict[str, list[Point]]:
    """Return the points of every feature set."""
    points: dict[str, list[Point]] = {}
    for line, row in _rows(path, ("features", "label", "x", "y")):
        try:
            x, y = float(row["x"]), float(row["y"])
        except ValueError:
            x = y = math.nan
        if not (math.isfinite(x) and math.isfinite(y)) or row["label"] not in classes:
            found = ", ".join(shown(row[name]) for name in ("label", "x", "y"))
            raise DsfError(f"{path}: line {line}: {found}, need a class and two numbers")
        points.setdefault(row["features"], []).append((x, y, row["label"]))
    return points


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the numbered rows of a table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            lacking = [name for name in needed if name not in (reader.fieldnames or ())]
            if lacking:
                raise DsfError(f"{path}: no column {', '.join(lacking)}, need {', '.join(needed)}")
            for row in reader:
                if None in row or None in row.values():
                    cells = len(reader.fieldnames or ())
                    raise DsfError(f"{path}: line {reader.line_num}: need {cells} cells")
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DsfError(f"{path}: damaged ({one_line(error)}), need a UTF-8 CSV") from None
