"""What the columns of a feature file are, as far as it knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.recipe import FunctionalTable
from deepspectrum_features.recipe.document import build
from deepspectrum_features.recipe.functionals import Functional

if TYPE_CHECKING:
    from deepspectrum_features.features.feature_file import FeatureFile


def described_columns(table: FeatureFile) -> list[Functional]:
    """Say of every column of a feature file what its recipe says: name, family, unit, meaning."""
    about = "learned" if "encoder_sha256" in table.attributes else ""
    known = {column.name: column for column in _statistics(table)}
    return [
        known.get(name, Functional(name=name, family=family, unit="", about=about))
        for name, family in zip(table.feature_name, table.families, strict=True)
    ]


def _statistics(table: FeatureFile) -> tuple[Functional, ...]:
    """Return the statistics over time that a file's recipe tells, none where it tells none."""
    try:
        recipe = json.loads(table.attributes["recipe"])
        stated = build(
            FunctionalTable, recipe["functionals"], where="recipe", error=FeatureFileError
        )
    except (ValueError, KeyError, TypeError, FeatureFileError):
        return ()
    return stated.columns()
