"""The options of an extraction: declared once, the same in Python and on the command line."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import click
import numpy as np
import pytest
from called import parsed

from deepspectrum_features import (
    Corpus,
    DsfError,
    Encoder,
    FeatureFile,
    differences,
    extract,
    functionals,
)
from deepspectrum_features.cli.experiment import command as experiment_command
from deepspectrum_features.cli.extract import command as extract_command
from deepspectrum_features.cli.functionals import command as functionals_command
from deepspectrum_features.cli.train import command as train_command
from deepspectrum_features.corpus.keywords import READING
from deepspectrum_features.extraction import ExtractionOptions
from deepspectrum_features.extraction.options import ExtractionKeywords, Keywords
from deepspectrum_features.recipe import PRESETS

FIELDS = {field.name for field in fields(ExtractionOptions)}


def test_keywords_are_the_fields_and_their_types() -> None:
    assert get_type_hints(ExtractionKeywords) == get_type_hints(ExtractionOptions)


@pytest.mark.parametrize("command", [extract_command, functionals_command])
def test_the_command_line_has_them_all_with_the_same_defaults(command: click.Command) -> None:
    own = ["--set", "egemaps"] if command is functionals_command else []
    given = parsed(command, "IN", "OUT", *own).params
    for name in FIELDS - {"bar", "say"}:  # both follow from --quiet
        assert given[name] == getattr(ExtractionOptions(), name), name


def test_training_and_experiments_have_the_same_preset() -> None:
    train = parsed(train_command, "IN", "RUN").params
    experiment = parsed(experiment_command, "IN", "RUN").params
    assert train["preset"] == experiment["preset"] == "compact"


WORK = pytest.mark.parametrize(
    ("work", "own"),
    [(extract, {}), (functionals, {"feature_set": "egemaps"})],
    ids=["extract", "functionals"],
)


@WORK
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
             "backend": "local", "scheduler": None,
             "strict": True, "overwrite": True, "dry_run": False, "bar": True,
             "say": lines.append}  # fmt: skip
    assert given.keys() == FIELDS
    done = extract(folder, folder / "out.h5", encoder=encoder, **given)
    assert done.rows > 8
    assert lines[0].startswith("encoder tiny (")


def test_keywords_of_reading_are_those_of_the_corpus_too() -> None:
    given = inspect.signature(Corpus.read).parameters
    assert READING == tuple(name for name in given if name != "source")
    assert FIELDS | {*READING} == get_type_hints(Keywords).keys()


@pytest.mark.slow
@WORK
def test_a_corpus_is_read_by_the_keywords(work: Any, own: dict[str, str], folder: Path) -> None:
    (folder / "corpus.csv").unlink()
    for number, file in enumerate(sorted(folder.glob("*.wav"))):
        file.rename(folder / f"SM{number % 2}_anger_{number}.wav")
    (folder / "wrong.csv").write_text("file\nSM0_anger_0.wav\n")
    given = {"layout": "nemo", "name": "mine", "exclude": folder / "wrong.csv"}
    work(folder, folder / "out.h5", jobs=1, **own, **given)
    table = FeatureFile.open(folder / "out.h5")
    assert sorted(zip(table.file, table.speaker, table.label, strict=True)) == [
        (f"SM{number % 2}_anger_{number}.wav", f"SM{number % 2}", "anger") for number in (2, 4, 6)
    ] + [(f"SM1_anger_{number}.wav", "SM1", "anger") for number in (1, 3, 5, 7)]
    assert (table.attributes["corpus"], table.attributes["corpus_named"]) == ("mine", "yes")


def test_a_corpus_that_is_read_already_is_not_read_in_another_way(folder: Path) -> None:
    corpus = Corpus.read(folder)
    with pytest.raises(
        TypeError, match=r"^layout='emodb', need None for a Corpus, which is read al"
    ):
        extract(corpus, folder / "out.h5", layout="emodb")
    assert not list(folder.glob("out.h5*"))


#: A keyword, what it is given, and what is said of it.
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"channel": 0}, ValueError, "channel=0, need a whole number, at least 1"),
    ({"channel": "1"}, TypeError, "channel='1', need a whole number, at least 1"),
    ({"channel": True}, TypeError, "channel=True, need a whole number, at least 1"),
    ({"jobs": -1}, ValueError, "jobs=-1, need a whole number, at least 1"),
    ({"jobs": 1.5}, TypeError, "jobs=1.5, need a whole number, at least 1"),
    ({"chunk": "1"}, TypeError, "chunk='1', need seconds"),
    ({"chunk": float("nan")}, ValueError, "chunk=nan, need seconds"),
    ({"chunk": 1.0, "chunk_step": [1]}, TypeError, "chunk_step=[1], need seconds"),
    ({"shard": "1/2"}, TypeError, "shard='1/2', need (i, n), the i-th of n runs"),
    ({"shard": (3, 2)}, ValueError, "shard=(3, 2), need (i, n), the i-th of n runs"),
    ({"shard": (0, 2)}, ValueError, "shard[0]=0, need a whole number, at least 1"),
    ({"shard": (None, 2)}, ValueError, "shard=(None, 2), need (i, n), the i-th of n runs"),
    ({"backend": "slurm"}, ValueError, "backend='slurm', need one of local, dask"),
    ({"scheduler": 8786}, TypeError, "scheduler=8786, need text"),
    ({"strict": "no"}, TypeError, "strict='no', need True or False"),
    ({"overwrite": 1}, TypeError, "overwrite=1, need True or False"),
    ({"bar": None}, TypeError, "bar=None, need True or False"),
    ({"say": "aloud"}, TypeError, "say='aloud', need a function"),
    ({"layout": 3}, TypeError, "layout=3, need text"),
    ({"labels_from": ["folder"]}, TypeError, "labels_from=['folder'], need text"),
    ({"name": 3}, TypeError, "name=3, need text"),
    ({"root": np.zeros((9, 9))}, TypeError, "root=ndarray, need a path"),
    ({"exclude": ["a.wav"]}, TypeError, "exclude=['a.wav'], need a path"),
    ({"out": ["out.h5"]}, TypeError, "out=['out.h5'], need a path"),
]


@WORK
@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"scheduler": "tcp://a:1"}, "--scheduler: need --backend dask too"),
        ({"backend": "dask"}, "--backend dask: scheduler unknown, need --scheduler tcp://HOST:PO"),
        (
            {"backend": "dask", "scheduler": "a:1"},
            "--backend dask: scheduler a:1, need --scheduler",
        ),
        ({"backend": "dask", "scheduler": "tcp://a"}, "--backend dask: scheduler tcp://a, need "),
    ],
)
def test_a_cluster_needs_an_address(
    work: Any, own: dict[str, str], folder: Path, given: dict[str, str], line: str
) -> None:
    with pytest.raises(DsfError, match=f"^{re.escape(line)}"):
        work(folder, folder / "out.h5", **given, **own)
    assert not list(folder.glob("out.h5*"))


def test_a_dry_run_asks_no_cluster(folder: Path, encoder: Encoder) -> None:
    cluster = {"backend": "dask", "scheduler": "tcp://127.0.0.1:1"}
    dry = extract(folder, folder / "out.h5", encoder=encoder, dry_run=True, **cluster)
    assert "jobs       by the cluster" in dry.summary
    dry = extract(folder, folder / "out.h5", encoder=encoder, dry_run=True, jobs=3, **cluster)
    assert "jobs       1 at a time" in dry.summary


@WORK
@pytest.mark.parametrize(("given", "error", "line"), WRONG, ids=lambda one: str(one)[:30])
def test_a_wrong_argument_is_one_line_before_any_work(
    work: Any,
    own: dict[str, str],
    folder: Path,
    given: dict[str, Any],
    error: type[Exception],
    line: str,
) -> None:
    with pytest.raises(error, match=f"^{re.escape(line)}$"):
        work(folder, **({"out": folder / "out.h5"} | given), **own)
    assert not list(folder.glob("out.h5*"))


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"encoder": ["tiny"]}, "encoder=['tiny'], need an Encoder, its name or a path"),
        ({"frames": "yes"}, "frames='yes', need True or False"),
        ({"attention": 1}, "attention=1, need True or False"),
    ],
)
def test_so_is_what_extract_alone_takes(folder: Path, given: dict[str, Any], line: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(line)}$"):
        extract(folder, folder / "out.h5", **given)


@pytest.mark.parametrize("given", ["gemaps", None, ["egemaps"]])
def test_so_is_what_functionals_alone_takes(folder: Path, given: Any) -> None:
    line = f"feature_set={given!r}, need one of egemaps, compare"
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        functionals(folder, folder / "out.h5", feature_set=given)


def test_numbers_of_numpy_are_numbers(folder: Path, encoder: Encoder) -> None:
    """A loop over ``range`` and one over ``numpy.arange`` give the same file."""
    for name, one in (("a", 1), ("b", np.int64(1))):
        given = {"channel": one, "jobs": one, "shard": (one, one), "strict": np.bool_(True)}
        extract(folder, folder / f"{name}.h5", encoder=encoder, chunk=np.float32(0.5), **given)
    assert list(differences(folder / "a.h5", folder / "b.h5")) == []
    assert FeatureFile.open(folder / "b.h5").attributes["chunk_seconds"] == "0.5"


def test_the_help_names_every_preset() -> None:
    (preset,) = (one for one in train_command.params if one.name == "preset")
    assert isinstance(preset, click.Option)
    for system, presets in PRESETS.items():
        for name in presets:
            assert re.search(rf"\b{name}\b(?!-)", str(preset.help))
            assert name in ("paper", "compact") or system in str(preset.help)
