"""What objects show of themselves: a line, and a table whose texts are text, whatever they say."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from deepspectrum_features import Corpus, Encoder, FeatureFile, evaluate
from deepspectrum_features.baselines.fitted import fit
from deepspectrum_features.corpus.utterance import Refusal
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.overview import WithOverview
from deepspectrum_features.testing import tiny_features

HOSTILE = "<script>alert('1')</script> & \"b\"\n\x1b[31m"
SHOWN = "<script>alert('1')</script> & \"b\"\\n\\x1b[31m"


class Cells(HTMLParser):
    """The text of every cell, row by row, and the elements that hold it."""

    def __init__(self, shown: WithOverview) -> None:
        super().__init__()
        self.rows: list[list[str]] = [[]]
        self.elements: set[str] = set()
        self.feed(shown._repr_html_())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        assert attrs in ([], [("style", "text-align: left")]), "colours are the notebook's"
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.rows[-1].append(data)


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return tiny_features(tmp_path / "tones.h5")


def test_a_feature_file_is_a_line_and_what_info_tells(features: Path) -> None:
    table = FeatureFile.open(features)
    assert repr(table) == "<FeatureFile: 60 rows x 6 columns, corpus tones, encoder test>"
    caption, *rows = Cells(table).rows
    assert caption == [repr(table)]
    assert [f"{name:<11}{value}" for name, value in rows] == str(table).splitlines()


def test_neither_reads_what_is_left_on_disk(features: Path) -> None:
    table = FeatureFile.open(features, lazy=True)
    features.unlink()
    with pytest.raises(FeatureFileError, match=r"tones\.h5: "):
        table.features[:]
    assert "60 rows" in repr(table)
    assert ["label", "high 20, low 20, mid 20"] in Cells(table).rows


def test_texts_are_shown_as_they_are(features: Path, encoder: Encoder) -> None:
    table = FeatureFile.open(features)
    table.label[0] = table.attributes["corpus"] = HOSTILE
    found = Cells(table)
    assert found.elements == {"table", "caption", "tr", "th", "td"}
    assert ["corpus", SHOWN] in found.rows
    assert repr(table).splitlines() == [
        f"<FeatureFile: 60 rows x 6 columns, corpus {SHOWN}, encoder test>"
    ]


def test_a_corpus_counts_what_is_known(folder: Path) -> None:
    corpus = Corpus.read(folder, name="<tones>")
    assert repr(corpus) == "<Corpus: <tones>, 8 utterances, 2 speakers, 2 labels>"
    rows = Cells(corpus).rows
    assert ["root", str(folder)] in rows
    assert ["label", "high 4, low 4"] in rows
    assert ["refused", "nothing"] in rows
    unlabelled = tuple(replace(one, label="", speaker="") for one in corpus.utterances)
    assert repr(replace(corpus, utterances=unlabelled)) == "<Corpus: <tones>, 8 utterances>"
    one = Refusal("odd.wav", 0.0, None, "corpus", "odd")
    noticed = Cells(replace(corpus, refused=(one, one), notices=("this", "that"))).rows
    assert noticed[-3:] == [["refused", "2 inputs"], ["notice", "this"], ["notice", "that"]]


def test_an_encoder_is_a_line_and_what_info_tells(encoder: Encoder) -> None:
    assert repr(encoder) == f"<Encoder: tiny (sha256 {encoder.sha256[:12]}), embedding, 12 columns>"
    rows = Cells(encoder).rows[1:]
    assert [f"{name:<11}{value}" for name, value in rows] == str(encoder).splitlines()


def test_results_show_their_scores_and_print_as_the_command_does(features: Path) -> None:
    found = evaluate([features], classifiers=["svm"])
    assert repr(found) == f"<Results: {found.title}, 1 system>"
    assert str(found) == found.markdown()
    _, header, row = Cells(found).rows
    told = found.to_frame()["value"].droplevel("system")
    assert row[:2] == [found.systems[0].name, "6"]
    assert row[2::2] == [f"{value:.3f}" for value in told]
    assert header[2::2] == ["UA", "WA", "macro F1"]


def test_a_classifier_and_its_predictions_are_short(features: Path, tmp_path: Path) -> None:
    classifier = fit(features)
    assert repr(classifier) == "<Classifier: svm, high, low, mid, 6 columns>"
    expected = {name: cell for name, cell, *_ in Cells(classifier).rows[1:]}
    assert re.fullmatch(r"0\.\d{3} \(95 %: 0\.\d{3} to 0\.\d{3}\)", expected["UA"])
    assert expected["classes"] == "high, low, mid"
    found = classifier.predict(tiny_features(tmp_path / "new.h5", seed=1, speakers="xyz"))
    counts = zip(*np.unique(found.label, return_counts=True), strict=True)
    told = ", ".join(f"{name} {count}" for name, count in counts)
    assert repr(found) == f"<Predictions: 36 rows, {told}>"
    assert ["label", told] in Cells(found).rows
