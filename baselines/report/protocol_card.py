"""The protocol card of a report: folds, what was chosen in each, systems, features, licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deepspectrum_features.baselines.report.reading import Results
from deepspectrum_features.baselines.report.table_markup import NONE, Cell, Table, upright


def card(results: Results) -> list[Table]:
    """Say what would be needed to do it again."""
    return [folds(results), systems(results), features(results)]


def folds(results: Results) -> Table:
    """Say who was learned from and who was asked, and what was chosen on the way."""
    systems = results.document["systems"]
    chosen = [{fold["name"]: fold["chosen"] for fold in one["folds"]} for one in systems]
    rows = []
    for fold in results.document["folds"]:
        held_out = {*fold["dev_speakers"], *fold["test_speakers"]}
        others = {*results.document["speakers"]} - held_out
        sides = {side: _list(fold[f"{side}_speakers"]) for side in ("train", "dev", "test")}
        if len(others) > 3 and {*fold["train_speakers"]} == others:
            sides["train"] = f"the other {len(others)} speakers"
        cells = [Cell(str(fold[side]), who) for side, who in sides.items()]
        choices = [_chosen(each.get(fold["name"], {})) for each in chosen]
        rows.append((Cell(fold["name"]), *cells, *choices))
    header = (
        *map(Cell, ("Fold", "Train", "Dev", "Test")),
        *upright(f"chosen by {one['name']}" for one in systems),
    )
    return Table("Folds: utterances and speakers", header, rows, "folds")


def systems(results: Results) -> Table:
    """Say what every system is made of."""
    names = ("features", "classifier", "kernel", "normalise")
    rows = [
        (Cell(one["name"]), *(Cell(_plain(one.get(name))) for name in names))
        for one in results.document["systems"]
    ]
    return Table("Systems", _named("system", *names), rows, "words")


def features(results: Results) -> Table:
    """Say where every feature set comes from, and under which licence."""
    names = ("features", "file", "columns", "sample_rates", "encoder", "encoder_sha256", "licence")
    told = results.document["systems"]
    known = [name for name in names if any(one.get(name) for one in told)]
    found = dict.fromkeys(tuple(_plain(one.get(name)) for name in known) for one in told)
    return Table("Feature sets", _named(*known), [tuple(map(Cell, one)) for one in found], "words")


def _chosen(values: dict[str, Any]) -> Cell:
    return Cell(_list([f"{name}\N{NO-BREAK SPACE}{_plain(one)}" for name, one in values.items()]))


def _named(*fields: str) -> tuple[Cell, ...]:
    return tuple(Cell(field.replace("_", " ").capitalize()) for field in fields)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or NONE


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None or value == "" else str(value)
