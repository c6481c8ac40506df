"""A results folder on disk: tables for people and programs, predictions, a map of the features."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepspectrum_features.baselines.evaluation import Evaluation
from deepspectrum_features.baselines.metrics import SCORES
from deepspectrum_features.baselines.tables import Table
from deepspectrum_features.errors import DsfError
from deepspectrum_features.files import write_text


def check_place(out: Path, overwrite: bool) -> None:
    """Refuse a results folder that stands already, before any work.

    Raises
    ------
    DsfError
        If it does, or is not one of ours.
    """
    out = out.resolve()
    if not out.parent.is_dir():
        raise DsfError(f"{out.parent}: no such folder, need one to make {out.name} in")
    if not out.exists():
        return
    if not (out / "results.json").exists():
        raise DsfError(f"{out}: exists and holds no results, need another place")
    if not overwrite:
        raise DsfError(
            f"{out}: holds results already (choose another name with -o, or --overwrite)"
        )


def write_results(evaluation: Evaluation, results: dict[str, Any], out: Path) -> None:
    """Write the folder: results.json, results.md, results.csv, predictions.csv and map.csv.

    All are made before the first is put in its place; other files there stay.
    """
    out = out.resolve()
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    write_text(draft / "predictions.csv", _predictions(evaluation))
    write_text(draft / "map.csv", _map(evaluation.tables))
    write_text(draft / "results.md", markdown(results))
    write_text(draft / "results.csv", _csv(table_rows(results)))
    write_text(draft / "results.json", json.dumps(results, indent=1, ensure_ascii=False))
    out.mkdir(exist_ok=True)
    for path in draft.iterdir():
        path.replace(out / path.name)
    draft.rmdir()


def table_rows(results: dict[str, Any]) -> list[list[str]]:
    """Return the table of scores, a header first; intervals as text."""
    header = ["system", "columns", "UA", "95 %", "WA", "95 %", "macro F1", "95 %"]
    rows = [header]
    for system in results["systems"]:
        row = [system["name"], str(system["columns"])]
        for name in SCORES:
            found = system["scores"][name]
            known = found["low"] is not None
            interval = f"{found['low']:.3f}-{found['high']:.3f}" if known else "unknown"
            row += [f"{found['value']:.3f}", interval]
        rows.append(row)
    return rows


def markdown(results: dict[str, Any]) -> str:
    """Write scores, comparisons and the protocol that every number stands on."""
    header, *rows = table_rows(results)
    lines = [f"# {results['title']}", "", *_markdown_table(header, rows), ""]
    protocol = results["protocol"]
    speakers = len(results["speakers"])
    occurring = sum(map(any, results["systems"][0]["confusion"]))
    lines.append(
        f"Corpus {results['corpus']}: {results['utterances']} utterances, {speakers} speakers, "
        f"{len(results['classes'])} classes (chance UA {1 / occurring:.3f}). "
        "Intervals: delete-one-speaker jackknife."
    )
    lines += ["", *(f"* **{one}**" for one in protocol["warnings"])]
    lines += [f"* {one}" for one in protocol["lines"]]
    if results["comparisons"]:
        header = ["first", "second", "difference of speakers' mean UA", "p", "p (Holm)", "note"]
        rows = [
            [
                one["first"],
                one["second"],
                f"{one['difference']:+.3f}",
                f"{one['p']:.3f}",
                f"{one['p_holm']:.3f}",
                one["note"],
            ]
            for one in results["comparisons"]
        ]
        lines += ["", f"Compared by {results['comparisons'][0]['test']}:", ""]
        lines += _markdown_table(header, rows)
    return "\n".join(lines)


def _predictions(evaluation: Evaluation) -> str:
    header = ["system", "fold", "file", "start", "end", "speaker", "label", "predicted"]
    rows = [header]
    for outcome in evaluation.outcomes:
        for row in sorted(outcome.predicted):
            one = evaluation.tables[0].utterances[row]
            place = [one.file, repr(one.start), repr(one.end), one.speaker, one.label]
            rows.append([outcome.name, outcome.fold[row], *place, outcome.predicted[row]])
    return _csv(rows)


def _map(tables: Sequence[Table]) -> str:
    """Place every row on the first two principal components of its features."""
    rows = [["features", "file", "start", "end", "label", "speaker", "x", "y"]]
    for table in tables:
        for one, (x, y) in zip(table.utterances, _components(table.features), strict=True):
            place = [table.name, one.file, repr(one.start), repr(one.end), one.label, one.speaker]
            rows.append([*place, f"{x:.4g}", f"{y:.4g}"])
    return _csv(rows)


def _components(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two principal components of z-normed features, ``(rows, 2)``."""
    from sklearn.decomposition import PCA

    deviation = features.std(axis=0)
    normed = (features - features.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    if min(normed.shape) < 2:
        return np.zeros((len(normed), 2))
    found: NDArray[np.float64] = PCA(2, svd_solver="randomized", random_state=0).fit_transform(
        normed
    )
    return found


def _csv(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().rstrip("\n")


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    lines = ["| " + " | ".join(row) + " |" for row in escaped]
    return [lines[0], "|" + "---|" * len(header), *lines[1:]]
