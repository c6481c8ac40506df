"""What a paper takes over: LaTeX that holds, figures, sentences, references."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from made_results import renamed

from deepspectrum_features.baselines.normalisation import BY_SPEAKER
from deepspectrum_features.baselines.records import LeftOut
from deepspectrum_features.baselines.report import check_paper, write_paper
from deepspectrum_features.baselines.report.latex import latex_text, scores_table
from deepspectrum_features.baselines.report.paper import paper_folder
from deepspectrum_features.baselines.report.paper_figures import figures
from deepspectrum_features.baselines.report.protocol_text import protocol_text
from deepspectrum_features.baselines.report.ranking import ranked
from deepspectrum_features.baselines.report.references import references
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.errors import DsfError

pytest.importorskip("matplotlib")

TEXTS = ["classes.tex", "confusions.tex", "protocol.tex", "references.bib", "scores.tex"]
FIGURES = [f"{name}.{kind}" for name in ("confusion", "map", "scores") for kind in ("pdf", "svg")]


@pytest.fixture(scope="module")
def folder(evaluated: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_paper([evaluated], tmp_path_factory.mktemp("paper") / "report.html")


def check_latex(text: str) -> list[list[str]]:
    """Check that braces and environments close and rows are as wide as said; return the rows."""
    bare = re.sub(r"\\[\\{}$&#%_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert not re.search(r"(?m)^(?!%).*(?<!\\)[#%~^]", text)
    opened = Counter(re.findall(r"\\begin{(\w+)}", text))
    assert opened == Counter(re.findall(r"\\end{(\w+)}", text))
    rows = []
    for columns, body in re.findall(
        r"\\begin{tabular}{(l\w*)}(.*?)\\end{tabular}", text, re.DOTALL
    ):
        assert [body.count(rule) for rule in ("\\toprule", "\\midrule", "\\bottomrule")] == [
            1,
            1,
            1,
        ]
        lines = [line for line in body.splitlines() if line.endswith(r" \\")]
        for line in lines:
            assert not line.startswith(("[", "*"))
            cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
            assert len(cells) == len(columns)
            rows.append([cell.strip() for cell in cells])
    return rows


def test_a_folder_beside_the_page_holds_it_all(folder: Path) -> None:
    assert folder.name == "report-paper"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*TEXTS, *FIGURES])
    for path in folder.glob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF")
        assert b"/CreationDate" not in path.read_bytes()
    for path in folder.glob("*.svg"):
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_tables_are_latex_with_the_numbers_of_the_results(evaluated: Results, folder: Path) -> None:
    head, *rows = check_latex((folder / "scores.tex").read_text(encoding="utf-8"))
    assert head == ["System", "UA", "WA", "macro F1"]
    for row, one in zip(rows, ranked(evaluated).systems, strict=True):
        assert row[0] == one.name
        wa = one.scores["wa"]
        assert row[2] == f"{wa.value:.3f} [{wa.low:.3f}, {wa.high:.3f}]"
    best = ranked(evaluated).systems[0]
    assert rows[0][1].startswith(rf"\textbf{{{best.scores['ua'].value:.3f}}} [")
    head, *rows = check_latex((folder / "classes.tex").read_text(encoding="utf-8"))
    assert head == ["Class", "Precision", "Recall", "F1", "Utterances"]
    assert [row[0] for row in rows] == list(evaluated.classes)
    _, *rows = check_latex((folder / "confusions.tex").read_text(encoding="utf-8"))
    assert best.by_class is not None
    for row, counts in zip(rows, best.by_class.confusion, strict=False):
        assert row[1:] == [f"{100 * count / sum(counts):.1f}" for count in counts]


@pytest.mark.slow
def test_names_are_text_in_latex(evaluated: Results, tmp_path: Path) -> None:
    nasty = r"[50 %] & f0_* \input{x} $a^2$ ~#1 <b> ]"
    results = renamed(evaluated, {evaluated.systems[0].name: nasty, "fear": "{fe_ar", "b": "$"})
    page = tmp_path / "a.html"
    folder = write_paper([results], page)
    for name in TEXTS[:2] + TEXTS[4:]:
        check_latex((folder / name).read_text(encoding="utf-8"))
    assert latex_text(nasty) in scores_table(results)
    assert r"\textbackslash{}input\{x\}" in latex_text(nasty)
    assert "\n{}[50" in scores_table(results)  # else an option of the line break before
    assert "fe_ar" in (folder / "confusion.svg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(evaluated: Results, folder: Path) -> None:
    again = write_paper([evaluated], folder.with_name("again.html"))
    for name in (*TEXTS, *FIGURES):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_protocol_is_said_in_sentences(evaluated: Results) -> None:
    text = protocol_text(replace(evaluated, corpus="emodb"))
    assert text.startswith("On emodb (112 utterances, 7 speakers), 4 classes (")
    for part in (
        "were told apart under the protocol leave one speaker out (7 folds). No speaker was in",
        "training and test. Scores are of all held-out predictions pooled, never averaged",
        "z-norm on training rows",
        "by pooled UA of inner",
        "Intervals of UA, WA, macro F1 are 95 % over speakers.",
        evaluated.comparisons[0].test,
        "Holm's procedure",
    ):
        assert part in text
    assert "own recordings" not in text
    assert text.count("7 folds") == text.count("leave one speaker out") == 1
    first, *others = evaluated.systems
    protocol = evaluated.protocol
    mixed = replace(
        evaluated,
        systems=(replace(first, normalise="speaker"), *others),
        protocol=replace(protocol, lines=(*protocol.lines, BY_SPEAKER), warnings=("b is silent.",)),
        left_out=(LeftOut("rows without a label", 3, {"fear": 3}),),
    )
    text = protocol_text(mixed)
    assert "called speaker were z-normed by each speaker's own recordings" in text
    assert text.count("own recordings") == 1
    assert text.endswith(" Left out: 3 rows without a label (fear 3). Limitation: b is silent.")


def entries(text: str) -> dict[str, dict[str, str]]:
    """Read BibTeX as plainly as it is written here."""
    found = {}
    for key, body in re.findall(r"@\w+\{(\w+),\n(.*?)\n\}", text, re.DOTALL):
        assert body.count("{") == body.count("}")
        found[key] = dict(re.findall(r"(?m)^  (\w+) = \{(.*)\},?$", body))
        assert {"author", "title"} <= set(found[key])
    assert len(found) == text.count("@")
    return found


def test_references_are_of_what_was_used(evaluated: Results) -> None:
    told = entries(references(evaluated))
    assert list(told) == [
        "deepspectrumfeatures",
        "pedregosa2011sklearn",
        "chang2011libsvm",
        "holm1979",
    ]
    first, second, third = evaluated.systems
    used = replace(
        evaluated,
        corpus="fau-aibo",
        comparisons=(),
        systems=(
            replace(first, encoder="opensmile eGeMAPSv02, opensmile ComParE_2016"),
            replace(second, encoder="zhao2018-asmmc-nemo", classifier="dnn"),
            replace(third, features="xie2019-taslp", encoder=None, classifier="network"),
        ),
    )
    told = entries(references(used))
    assert list(told)[1:] == [
        "fauaibo1", "fauaibo2", "zhao2018asmmc", "xie2019taslp", "eyben2016gemaps",
        "schuller2016compare", "eyben2010opensmile", "pedregosa2011sklearn", "chang2011libsvm",
        "paszke2019pytorch",
    ]  # fmt: skip
    assert told["zhao2018asmmc"]["doi"] == "10.1145/3267935.3267948"
    assert told["fauaibo2"]["author"] == "{Schuller} and {Steidl} and {Batliner}"


def test_systems_are_cited_as_the_citation_file_has_them(evaluated: Results) -> None:
    cff = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    names = ("zhao2018-asmmc", "zhao2018-interspeech", "zhao2019-access", "xie2019-taslp")
    for name in names:
        used = replace(evaluated, systems=(replace(evaluated.systems[0], encoder=name),))
        told = entries(references(replace(used, comparisons=())))[name.replace("-", "")]
        assert f"doi: {told['doi']}" in cff
        plain = re.sub(r"[{}]", "", told["title"])
        assert plain in " ".join(cff.split())


def test_scores_and_chance_are_drawn_where_they_are(evaluated: Results) -> None:
    results = ranked(evaluated)
    (axes,) = dict(figures(results))["scores"].axes
    drawn = [tuple(line.get_xdata()) for line in axes.lines]
    for one in results.systems:
        score = one.scores["ua"]
        assert {(score.low, score.high), (score.value,)} <= {*drawn}
    assert drawn[-1] == (0.25, 0.25)
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        one.name for one in results.systems
    ]


@pytest.mark.parametrize("name", layout_names())
def test_every_known_corpus_can_be_cited(name: str, evaluated: Results) -> None:
    told = entries(references(replace(evaluated, corpus=name)))
    own = [entry for key, entry in told.items() if key.startswith(name.replace("-", ""))]
    works = load_layout(name).citation.split("; ")
    for entry, work in zip(own, works, strict=True):
        title = re.sub(r"[{}\\]", "", entry["title"])
        assert f" {entry['year']}, {title}" in work
    for one in own:
        assert re.fullmatch(r"(19|20)\d\d", one["year"])
        assert one["url"].startswith("http")


@pytest.mark.slow
def test_several_evaluations_have_a_folder_each(evaluated: Results, tmp_path: Path) -> None:
    numbers = replace(
        evaluated, task="regression", classes=(), trained=(), points=(),
        systems=tuple(replace(one, by_class=None) for one in evaluated.systems),
    )  # fmt: skip
    folder = write_paper([evaluated, numbers], tmp_path / "both.html")
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2"]
    assert sorted(path.name for path in (folder / "2").iterdir()) == [
        "protocol.tex", "references.bib", "scores.pdf", "scores.svg", "scores.tex",
    ]  # fmt: skip


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    check_paper(page)
    paper_folder(page).write_text("mine", encoding="utf-8")
    with pytest.raises(DsfError, match="report-paper: not a folder, need one to write in"):
        check_paper(page)
