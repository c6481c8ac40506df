"""Mutated recipes, files of options and results: whatever they hold, they are read or refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mutant_batches import FEW, MUTATIONS, check_all
from mutants import (
    ANYWHERE,
    BYTES,
    CELLS,
    KEYS,
    Mutator,
    insert_words,
    mutant,
    repeat_line,
    replace_cell,
    replace_value,
    swap_lines,
)  # fmt: skip
from quick_first import quick_first
from test_options_file import ALL

from deepspectrum_features.baselines.results import Results
from deepspectrum_features.recipe import PRESETS

RECIPES = [one.to_dict() for system in PRESETS.values() for one in system.values()]
OPTIONS = [line for line in ALL.splitlines() if not line.startswith(("corpus", "folder"))]
RESULTS = ("results.json", "predictions.csv", "map.csv")
LINES: list[Mutator] = [*BYTES, swap_lines, repeat_line]


@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_recipes(tmp_path: Path, mutations: int) -> None:
    contents = [json.dumps(one, indent=1).encode() for one in RECIPES]
    mutators = [*LINES, insert_words(ANYWHERE), *[replace_value] * 24]
    check_all(
        "recipe",
        mutations,
        tmp_path,
        lambda number: (".json", mutant("recipe", number, contents, mutators, 1)),
        least=0.03,
    )


@pytest.mark.slow
@pytest.mark.parametrize("mutations", [FEW, MUTATIONS])
def test_options(tmp_path: Path, mutations: int) -> None:
    contents = ["\n".join(OPTIONS).encode(), b"epochs = 3\nseeds = 2\nlimit = 4\n"]
    mutators = [*LINES, insert_words([*ANYWHERE, *KEYS]), *[replace_value] * 12]
    check_all(
        "options",
        mutations,
        tmp_path,
        lambda number: (".toml", mutant("options", number, contents, mutators, 1)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("mutations", [FEW, MUTATIONS])
def test_results(evaluated: Results, tmp_path: Path, mutations: int) -> None:
    around = tmp_path / "around"
    around.mkdir()
    evaluated.write(around / "results")
    for name in RESULTS:
        shutil.copy(around / "results" / name, around)
    table = [*LINES, *[replace_cell([*ANYWHERE, *CELLS])] * 9]
    document = [*LINES, insert_words(ANYWHERE), *[replace_value] * 24]

    def made(number: int) -> tuple[str, bytes]:
        name = RESULTS[max(number % 4 - 1, 0)]  # every second one is the document
        mutators = document if name == RESULTS[0] else table
        content = (around / name).read_bytes()
        return f".{name}", mutant("results", number, [content], mutators, 1)

    check_all("results", mutations, tmp_path, made, least=0.03)
