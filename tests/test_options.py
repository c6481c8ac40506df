"""The options of an extraction: declared once, the same in Python and on the command line."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest

from deepspectrum_features import Encoder, extract, functionals
from deepspectrum_features.cli.extract import command as extract_command
from deepspectrum_features.cli.functionals import command as functionals_command
from deepspectrum_features.extraction import ExtractionOptions
from deepspectrum_features.extraction.options import ExtractionKeywords

FIELDS = {field.name for field in fields(ExtractionOptions)}


def test_keywords_are_the_fields_and_their_types() -> None:
    assert get_type_hints(ExtractionKeywords) == get_type_hints(ExtractionOptions)


@pytest.mark.parametrize("command", [extract_command, functionals_command])
def test_the_command_line_has_them_all_with_the_same_defaults(command: click.Command) -> None:
    own = ["--set", "egemaps"] if command is functionals_command else []
    given = command.make_context("dsf", ["IN", "OUT", *own]).params
    for name in FIELDS - {"bar", "say"}:  # both follow from --quiet
        assert given[name] == getattr(ExtractionOptions(), name), name


@pytest.mark.parametrize(
    ("work", "own"),
    [(extract, {}), (functionals, {"feature_set": "egemaps"})],
    ids=["extract", "functionals"],
)
def test_an_unknown_keyword_is_a_type_error_before_any_work(
    work: Any, own: dict[str, str], folder: Path
) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'job'"):
        work(folder, folder / "out.h5", job=2, **own)
    assert not list(folder.glob("out.h5*"))


def test_functionals_have_no_steps(folder: Path) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'frames'"):
        functionals(folder, folder / "out.h5", feature_set="egemaps", frames=True)  # type: ignore[call-arg]


def test_every_keyword_arrives(folder: Path, encoder: Encoder) -> None:
    lines: list[str] = []
    given = {"channel": 1, "chunk": 0.4, "chunk_step": 0.3, "shard": (1, 1), "jobs": 2,
             "strict": True, "overwrite": True, "bar": True, "say": lines.append}  # fmt: skip
    assert given.keys() == FIELDS
    done = extract(folder, folder / "out.h5", encoder=encoder, **given)
    assert done.rows > 8
    assert lines[0].startswith("encoder tiny (")
