"""What the numbers of a report stand on: warnings, folds, choices, systems, features, licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deepspectrum_features.baselines.limits import DEPENDENT, LOUD, UNKNOWN
from deepspectrum_features.baselines.records import FoldSides
from deepspectrum_features.baselines.report.cells import Cell, Table, upright
from deepspectrum_features.baselines.report.data_tables import licences
from deepspectrum_features.baselines.report.wording import NONE
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.terminal import counted


def warnings(results: Results) -> list[str]:
    """List what limits the scores; that speakers are not kept apart is never left out."""
    protocol = results.protocol
    found = list(protocol.warnings)
    told = any(one.startswith((DEPENDENT, UNKNOWN)) for one in found)
    if not protocol.speaker_independent and not told:
        found.insert(0, f"{DEPENDENT}: speakers stand on both sides")
    return found


def under(results: Results) -> str:
    """Say in one line which protocol a number stands on, and that there are warnings."""
    protocol, found = results.protocol, warnings(results)
    loud = [name for one in found if (name := one.partition(":")[0]) in LOUD]
    kept = UNKNOWN if UNKNOWN in loud else DEPENDENT
    kept = "speaker-independent" if protocol.speaker_independent else kept
    said = f"{results.corpus}, {protocol.name}, {kept}"
    said += "".join(f", {one}" for one in loud if one != kept)
    return f"{said} ({counted(len(found), 'warning')} above)" if found else said


def notices(results: Results) -> list[str]:
    """Say which of the tables that belong to results are not there."""
    found = []
    if not results.predictions:
        found.append("predictions.csv is not in the folder: its rows were not counted again")
    if results.classes and not results.points:
        found.append("map.csv is not in the folder: no map is drawn")
    return found


def card(results: Results) -> list[Table]:
    """Say what would be needed to do it again."""
    corpora = licences(results)
    found = [_folds(results), _systems(results), _features(results)]
    return [*found, corpora] if corpora else found


def _folds(results: Results) -> Table:
    """Say who was learned from and who was asked, and what was chosen on the way."""
    chosen = [{fold.name: fold.chosen for fold in one.folds} for one in results.systems]
    rows = []
    for fold in results.folds:
        choices = [Cell(_choices(each.get(fold.name, {}))) for each in chosen]
        rows.append((Cell(fold.name), *_sides(fold, results.speakers), *choices))
    header = (
        *map(Cell, ("Fold", "Train", "Dev", "Test")),
        *upright(f"chosen by {one.name}" for one in results.systems),
    )
    return Table(f"Folds: {results.unit}s and speakers", header, rows, "folds")


def _sides(fold: FoldSides, speakers: Sequence[str]) -> list[Cell]:
    """Count the utterances of a fold's sides, and name their speakers."""
    others = {*speakers} - {*fold.dev_speakers, *fold.test_speakers}
    train = _list(fold.train_speakers)
    if len(others) > 3 and {*fold.train_speakers} == others:
        train = f"the other {len(others)} speakers"
    return [
        Cell(str(fold.train), train),
        Cell(str(fold.dev), _list(fold.dev_speakers)),
        Cell(str(fold.test), _list(fold.test_speakers)),
    ]


def _systems(results: Results) -> Table:
    """Say what every system is made of."""
    facts = ("features", "classifier", "kernel", "normalise", "weights", "chosen_on", "mean_of")
    names = [name for name in facts if any(getattr(one, name) for one in results.systems)]
    rows = [
        (Cell(one.name), *(Cell(_plain(getattr(one, name))) for name in names))
        for one in results.systems
    ]
    return Table("Systems", _named("system", *names), rows, "words")


def _features(results: Results) -> Table:
    """Say where every feature set comes from, and under which licence."""
    names = ("features", "file", "columns", "sample_rates", "encoder", "encoder_sha256", "licence")
    known = [name for name in names if any(getattr(one, name) for one in results.systems)]
    found = dict.fromkeys(
        tuple(_plain(getattr(one, name)) for name in known) for one in results.systems
    )
    return Table("Feature sets", _named(*known), [tuple(map(Cell, row)) for row in found], "words")


def _choices(values: dict[str, Any]) -> str:
    return _list([f"{name}\N{NO-BREAK SPACE}{_plain(one)}" for name, one in values.items()])


def _named(*fields: str) -> tuple[Cell, ...]:
    return tuple(Cell(field.replace("_", " ").capitalize()) for field in fields)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or NONE


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None or value == "" else str(value)
