"""What functions are given in Python: what fits is taken as meant, what does not is one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import (
    Encoder,
    Recipe,
    arguments,
    evaluate,
    extract,
    fit,
    merge,
    run_experiment,
)
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tiny_features


@pytest.mark.parametrize(
    ("function", "value", "found"),
    [
        (arguments.whole_number, np.int32(3), 3),
        (arguments.seconds, 3, 3.0),
        (arguments.seconds, np.float32(0.5), 0.5),
        (arguments.flag, np.bool_(False), False),
        (arguments.text, Path("own.toml"), "own.toml"),
        (arguments.text, "", ""),
        (arguments.path, "a/b", Path("a/b")),
        (arguments.optional_path, "", None),
        (arguments.optional_path, ".", Path()),
    ],
)
def test_values_arrive_as_pythons_own(
    function: Callable[[str, Any], Any], value: object, found: object
) -> None:
    given = function("name", value)
    assert given == found
    assert type(given) is type(found)


@pytest.mark.parametrize(
    ("function", "value", "line"),
    [
        (arguments.whole_number, 3.0, "name=3.0, need a whole number, at least 1"),
        (arguments.seconds, True, "name=True, need seconds"),
        (arguments.seconds, float("inf"), "name=inf, need seconds"),
        (arguments.flag, np.ones(2), "name=array([1., 1.]), need True or False"),
        (arguments.text, b"a", "name=b'a', need text"),
        (arguments.path, None, "name=None, need a path"),
        (arguments.path, ["a" * 99], "name=list, need a path"),
        (arguments.function, 3, "name=3, need a function"),
    ],
)
def test_what_does_not_fit_is_named(
    function: Callable[[str, Any], Any], value: object, line: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(line)}$"):
        function("name", value)


def test_an_option_that_there_is_not_is_named(encoder: Encoder, tmp_path: Path) -> None:
    line = r"^unexpected keyword argument 'chunks' \(did you mean 'chunk'\?\)$"
    with pytest.raises(TypeError, match=line):
        extract(tmp_path, tmp_path / "out.h5", encoder=encoder, chunks=1.0)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"jobs": -1}, "jobs=-1, need a whole number, at least 1"),
        ({"jobs": "2"}, "jobs='2', need a whole number, at least 1"),
        ({"seed": -1}, "seed=-1, need a whole number, at least 0"),
        ({"labels": ["a.wav"]}, "labels=['a.wav'], need text"),
        ({"keep": 3}, "keep=3, need a path"),
    ],
)
def test_evaluate_and_fit_name_what_does_not_fit(
    tmp_path: Path, given: dict[str, Any], line: str
) -> None:
    pytest.importorskip("sklearn")
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(line)}$"):
        evaluate([tiny_features(tmp_path / "x.h5")], **given)
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(line)}$"):
        fit(tiny_features(tmp_path / "x.h5"), **given)


def test_so_do_merge_and_run_experiment(tmp_path: Path) -> None:
    for shards in ([], "1.h5", Path("1.h5")):
        with pytest.raises(TypeError, match=r"^shards=.*, need a list of feature files$"):
            merge(shards, tmp_path / "all.h5")  # type: ignore[arg-type]
    pytest.importorskip("sklearn")
    pytest.importorskip("torch")
    given: list[tuple[dict[str, Any], str]] = [
        ({"seeds": 0}, "seeds=0, need a whole number, at least 1"),
        ({"folder": None}, "folder=None, need a path"),
        ({"corpus": 3}, "source=3, need a path, a list of paths or a DataFrame"),
    ]
    usual = {"corpus": "nowhere", "folder": str(tmp_path / "run"), "recipe": Recipe()}
    for wrong, line in given:
        with pytest.raises((TypeError, ValueError), match=f"^{re.escape(line)}"):
            run_experiment(**(usual | wrong))
    with pytest.raises(CorpusError, match=r"^nowhere: no such file or folder"):
        run_experiment(**usual)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_is_opened_by_text_or_path(encoder: Encoder) -> None:
    assert Encoder(str(encoder.path)).path == encoder.path
    assert Encoder.open(str(encoder.path)).sha256 == encoder.sha256
