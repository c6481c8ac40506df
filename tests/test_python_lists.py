"""Recordings listed in Python: what a list or a table of pandas gives is what a manifest gives."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import Corpus, Encoder, extract, load
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tone

pandas = pytest.importorskip("pandas")

FILES = ["spk1_low_1.wav", "spk1_low_2.wav", "spk2_high_1.wav"]
FACTS = {
    "start": [0.0, 0.25, 0.1],
    "end": [None, 0.75, 0.6],
    "label": ["low", "low", "high"],
    "speaker": ["spk1", "spk1", None],
    "arousal": [1.5, None, 3.0],
}


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in the folder of the recordings."""
    monkeypatch.chdir(folder)
    return folder


def files(corpus: Corpus) -> list[str]:
    return [one.file for one in corpus.utterances]


def test_a_list_is_read_in_its_order(here: Path) -> None:
    for source in (FILES[::-1], tuple(FILES[::-1]), [Path(file) for file in FILES[::-1]]):
        corpus = Corpus.read(source)
        assert files(corpus) == FILES[::-1]
        assert (corpus.root, corpus.name, corpus.named) == (Path(), here.name, False)
        assert corpus.utterances[0] == Utterance(FILES[-1])
    absolute = [here / file for file in FILES]
    assert files(Corpus.read(absolute)) == FILES, "below the current folder all the same"


def test_rows_of_a_list_are_called_as_they_were_listed(
    here: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here.parent)
    listed = [f"{here.name}/{file}" for file in FILES]
    extract(listed, "out.h5", encoder=encoder)
    features = load("out.h5")
    assert list(features.index.get_level_values("file")) == listed
    extract(here, "whole.h5", encoder=encoder)
    whole = load("whole.h5").droplevel(["start", "end"])
    np.testing.assert_array_equal(features.to_numpy(), whole.loc[FILES].to_numpy())


def test_paths_that_lead_away_are_relative_to_the_folder_that_holds_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.wav").write_bytes((folder / FILES[0]).read_bytes())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    alone = Corpus.read([folder / file for file in FILES])
    assert (alone.root, files(alone)) == (folder, FILES)
    both = Corpus.read([folder / FILES[0], "../elsewhere/a.wav"])
    assert (both.root, files(both)) == (tmp_path, [f"{folder.name}/{FILES[0]}", "elsewhere/a.wav"])
    assert both.scan().refused == ()
    rooted = Corpus.read(FILES, root=folder)
    assert (rooted.root, files(rooted)) == (folder, FILES)


def test_a_list_goes_through_a_layout(here: Path) -> None:
    for file in FILES:
        (here / file).rename(here / file.replace("spk", "SM").replace("high", "anger"))
    listed = ["SM2_anger_1.wav", "SM1_low_1.wav"]
    corpus = Corpus.read(listed, layout="nemo")
    assert corpus.utterances == (Utterance("SM2_anger_1.wav", label="anger", speaker="SM2"),)
    assert [one.file for one in corpus.refused] == ["SM1_low_1.wav"]
    assert (corpus.name, corpus.named) == ("nemo", True)


def as_timedeltas(frame: Any) -> Any:
    times = {name: pandas.to_timedelta(frame[name], unit="s") for name in ("start", "end")}
    return frame.assign(**times)


@pytest.mark.parametrize(
    "form",
    [
        lambda frame: frame,
        lambda frame: frame.rename(columns={"label": "Emotion"}),
        lambda frame: frame.assign(label=frame["label"].astype("category")),
        lambda frame: frame.astype({"start": "Float64", "speaker": "string"}),
        lambda frame: frame.assign(file=frame["file"].map(Path)),
        lambda frame: frame.set_index("file"),
        as_timedeltas,
        lambda frame: as_timedeltas(frame).set_index(["file", "start", "end"]),
        lambda frame: frame.set_index(pandas.Index([7, 7, 9], name="row")),
    ],
    ids=[
        "plain",
        "alias",
        "category",
        "nullable",
        "paths",
        "filewise",
        "times",
        "segmented",
        "own",
    ],
)
def test_a_table_of_pandas_is_read_as_its_csv(here: Path, form: Any) -> None:
    frame = pandas.DataFrame({"file": FILES, **FACTS})
    frame.to_csv("list.csv", index=False)
    expected = Corpus.read("list.csv", root=here)
    found = Corpus.read(form(frame))
    assert len(found.utterances) == 3
    for one, other in zip(found.utterances, expected.utterances, strict=True):
        assert one == other
    assert found.utterances[1] == Utterance(FILES[1], 0.25, 0.75, "low", "spk1")
    assert "numbers read: arousal" in found.notices[0]


def test_an_index_of_audformat_lists_stretches(here: Path) -> None:
    times = {name: pandas.to_timedelta(FACTS[name], unit="s") for name in ("start", "end")}
    index = pandas.MultiIndex.from_arrays([FILES, *times.values()], names=["file", *times])
    expected = [(file, *pair, 0) for file, *pair in zip(FILES, FACTS["start"], FACTS["end"])]  # noqa: B905
    emotion = pandas.Series(["low", "low", "high"], index=index, name="emotion")
    for source in (index, emotion, emotion.to_frame()):
        corpus = Corpus.read(source)
        assert [one.stretch for one in corpus.utterances] == expected
    assert corpus.count("label") == {"high": 1, "low": 2}
    filewise = Corpus.read(pandas.Index(FILES, name="file"))
    assert filewise.utterances == Corpus.read(FILES).utterances
    assert Corpus.read(pandas.Series(FILES, name="file")).utterances == filewise.utterances


WRONG: list[tuple[Any, type[Exception], str]] = [
    ([], CorpusError, "list: no rows, need at least one file"),
    (["a.wav", "a.wav"], CorpusError, "list: a.wav listed 2 times"),
    (["a.wav", ""], CorpusError, "list: row 1: no file"),
    (("a.wav", 3), TypeError, "source[1]=3, need a path (Encoder.embed takes signals)"),
    (
        (tone(440, seconds=1.0), 16000), TypeError,
        "source[0]=ndarray, need a path (Encoder.embed takes signals)",
    ),
    (
        tone(440, seconds=1.0), TypeError,
        "source=ndarray, need a path, a list of paths or a DataFrame (Encoder.embed takes signals)",
    ),
    (
        None, TypeError,
        "source=None, need a path, a list of paths or a DataFrame (Encoder.embed takes signals)",
    ),
    (
        {"file": FILES}, TypeError,
        "source=dict, need a path, a list of paths or a DataFrame (Encoder.embed takes signals)",
    ),
    (pandas.DataFrame({"file": []}), CorpusError, "DataFrame: no rows, need at least one file"),
    (
        pandas.DataFrame({"path": FILES}), CorpusError,
        "DataFrame: columns path, need one named file",
    ),
    (pandas.Series(FILES), CorpusError, "Series: columns 0, need one named file"),
    (
        pandas.DataFrame({"file": FILES, "start": [0, -1, 0]}), CorpusError,
        "DataFrame: row 1: start -1 s, need 0 or later",
    ),
    (
        pandas.DataFrame({"file": ["a.wav", None]}), CorpusError, "DataFrame: row 1: no file",
    ),
    (
        pandas.DataFrame({"file": ["a.wav"], "label": ["caf\udce9"]}, dtype=object), CorpusError,
        "DataFrame: row 0: caf\\udce9: not UTF-8, need UTF-8 text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "error", "line"), WRONG, ids=[re.sub(r"\W+", "-", line[:40]) for *_, line in WRONG]
)
def test_what_lists_nothing_is_one_line(
    here: Path, source: Any, error: type[Exception], line: str
) -> None:
    for function in (Corpus.read, lambda one: extract(one, "out.h5")):
        with pytest.raises(error, match=f"^{re.escape(line)}"):
            function(source)
    assert not list(here.glob("out.h5*"))


@pytest.mark.parametrize("given", [{"layout": "nemo"}, {"labels_from": "parent-folder"}])
def test_tables_say_themselves_what_rows_are(here: Path, given: dict[str, Any]) -> None:
    with pytest.raises(CorpusError, match=r"^DataFrame: --layout needs a folder or a recording$"):
        Corpus.read(pandas.DataFrame({"file": FILES}), **given)


def test_a_list_has_no_folders_to_be_labelled_by(here: Path) -> None:
    with pytest.raises(CorpusError, match=r"^list: --labels-from needs a folder$"):
        Corpus.read(FILES, labels_from="parent-folder")


def test_names_that_cannot_be_stored_are_refused_from_a_list(here: Path) -> None:
    corpus = Corpus.read([*FILES, "caf\udce9.wav", "talk.txt", "nothing.wav"]).scan()
    assert files(corpus) == FILES
    reasons = {one.file: one.reason for one in corpus.refused}
    assert reasons.keys() == {"caf\udce9.wav", "talk.txt", "nothing.wav"}
    assert "need a UTF-8 name" in reasons["caf\udce9.wav"]


@pytest.mark.slow
def test_pandas_is_not_needed_for_lists(here: Path) -> None:
    program = (
        "import sys; sys.modules['pandas'] = None; from deepspectrum_features import Corpus; "
        f"print(len(Corpus.read({FILES!r}).utterances))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3\n"
