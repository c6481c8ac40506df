"""Leave one corpus out: others' numbers met, what is shared decided, leaks refused by name."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import FeatureFile
from deepspectrum_features.baselines.corpora import read_corpora
from deepspectrum_features.baselines.evaluation import evaluate
from deepspectrum_features.baselines.report import report
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.stacking import stack
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.encoder.heard import HeardUtterance
from deepspectrum_features.errors import CorpusError, DsfError, FeatureFileError
from deepspectrum_features.testing import tiny_features

metrics = pytest.importorskip("sklearn.metrics")

DSF = Path(sys.executable).with_name("dsf")
EMOTIONS = ("anger", "calm", "fear", "joy")
CS = (0.03, 0.1, 0.3, 1, 3, 10)


def corpus_file(
    path: Path,
    corpus: str,
    classes: Sequence[str],
    speakers: str = "abc",
    shift: float = 0.0,
    **changes: Any,
) -> Path:
    """Write a corpus in which each emotion moves a column, and the place of recording all."""
    generator = np.random.default_rng(sum(corpus.encode()))
    labels = [name for _ in speakers for name in classes for _ in range(4)]
    features = generator.standard_normal((len(labels), 6)).astype(np.float32) + shift
    for row, label in enumerate(labels):
        features[row, EMOTIONS.index(label)] += 1.5
    facts = {"encoder": "test", "corpus": corpus, "corpus_named": "yes"}
    names = [f"x{column}" for column in range(6)]
    given: dict[str, Any] = {"features": features, "feature_name": names, "attributes": facts}
    return tiny_features(path, speakers=speakers, classes=tuple(classes), **given | changes)


def three(folder: Path) -> list[Path]:
    """Write three corpora of different classes; files and speakers are called alike in all."""
    return [
        corpus_file(folder / "one.h5", "one", EMOTIONS[:3]),
        corpus_file(folder / "two.h5", "two", EMOTIONS[1:], shift=2.0),
        corpus_file(folder / "three.h5", "three", EMOTIONS[:2], "abcd", shift=-1.0),
    ]


def stacked(paths: Sequence[Path]) -> tuple[NDArray[Any], ...]:
    """Return features, labels, corpora and speakers of the rows of some files."""
    tables = [FeatureFile.open(path) for path in paths]
    corpora = [table.attributes["corpus"] for table in tables for _ in table.file]
    speakers = [one for table in tables for one in table.speaker]
    return (
        np.vstack([table.features for table in tables]).astype(np.float64),
        np.array([one for table in tables for one in table.label]),
        np.array(corpora),
        np.array([f"{corpus}/{who}" for corpus, who in zip(corpora, speakers, strict=True)]),
    )


def machine(features: NDArray[Any], labels: NDArray[Any], c: float) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    cost = c / features.shape[1]
    model = SVC(kernel="linear", C=cost, class_weight="balanced", break_ties=True)
    return make_pipeline(StandardScaler(), model).fit(features, labels)


def best_c(features: NDArray[Any], labels: NDArray[Any], groups: NDArray[Any]) -> float:
    """Choose C by five folds of whole groups, the largest dealt first to the smallest fold."""
    names, sizes = np.unique(groups, return_counts=True)
    dealt = [0] * min(5, len(names))
    fold = {}
    for name, size in sorted(zip(names, sizes, strict=True), key=lambda one: (-one[1], one[0])):
        fold[name] = dealt.index(min(dealt))
        dealt[fold[name]] += size
    of_row = np.array([fold[name] for name in groups])
    scores = {}
    for c in CS:
        predicted = labels.copy()
        for number in range(len(dealt)):
            held = of_row == number
            predicted[held] = machine(features[~held], labels[~held], c).predict(features[held])
        scores[c] = metrics.balanced_accuracy_score(labels, predicted)
    return min(c for c, score in scores.items() if score > max(scores.values()) - 1e-9)


@pytest.mark.parametrize("normalise", quick_first(["corpus", "global"]))
def test_scores_equal_a_naive_loop_with_scikit_learn(tmp_path: Path, normalise: str) -> None:
    paths = three(tmp_path)
    features, labels, corpora, speakers = stacked(paths)
    used = labels != "joy"  # of corpus two alone
    features, labels, corpora, speakers = (
        one[used] for one in (features, labels, corpora, speakers)
    )
    if normalise == "corpus":
        for corpus in set(corpora.tolist()):
            own = features[corpora == corpus]
            features[corpora == corpus] = (own - own.mean(0)) / own.std(0)
    found = evaluate(paths, protocol="corpora", normalise=[normalise])
    (system,) = found.systems
    predicted, tested = np.full(len(labels), "", "<U9"), np.zeros(len(labels), bool)
    for fold, scores in zip(system.folds, found.corpora, strict=True):
        test = corpora == fold.name
        shared = sorted({*labels[test]} & {*labels[~test]})
        train = ~test & np.isin(labels, shared)
        test &= np.isin(labels, shared)
        c = best_c(features[train], labels[train], speakers[train])
        assert fold.chosen == {"C": c}
        predicted[test] = machine(features[train], labels[train], c).predict(features[test])
        tested |= test
        ua = metrics.balanced_accuracy_score(labels[test], predicted[test])
        assert scores.systems[system.name]["ua"].value == pytest.approx(ua, abs=1e-12)
        assert list(scores.rows) == shared
    assert [row.predicted for row in found.predictions] == predicted[tested].tolist()
    assert len({fold.chosen["C"] for fold in system.folds} | {*predicted[tested]}) > 3
    pooled = metrics.balanced_accuracy_score(labels[tested], predicted[tested])
    assert system.scores["ua"].value == pytest.approx(pooled, abs=1e-12)
    assert pooled != pytest.approx(np.mean([one.systems[system.name]["ua"].value for one in
                                            found.corpora]), abs=1e-3)  # fmt: skip


def test_a_corpus_is_told_by_what_it_shares_with_the_others(tmp_path: Path) -> None:
    found = evaluate(three(tmp_path), protocol="corpora")
    assert [(one.corpus, one.trained_on, one.rows) for one in found.corpora] == [
        ("one", ("three", "two"), {"anger": 12, "calm": 12, "fear": 12}),
        ("three", ("one", "two"), {"anger": 16, "calm": 16}),
        ("two", ("one", "three"), {"calm": 12, "fear": 12}),
    ]
    told = {row.fold: set() for row in found.predictions}
    for row in found.predictions:
        told[row.fold] |= {row.predicted}
        assert row.file.startswith(f"{row.fold}/")
        assert row.speaker.startswith(f"{row.fold}/")
    assert told["three"] <= {"anger", "calm"}
    assert told["two"] <= {"calm", "fear"}
    assert [str(one) for one in found.left_out] == [
        "12 rows of two of a class that no corpus on the other side has (joy 12)"
    ]
    assert "three: trained on one, two; 2 classes: anger, calm (chance UA 0.500)" in (
        found.protocol.lines
    )


@pytest.mark.slow
def test_chance_is_that_of_guessing_among_the_classes_of_each_corpus(tmp_path: Path) -> None:
    found = evaluate(three(tmp_path), protocol="corpora")
    by_corpus = {one.corpus: [*one.rows] for one in found.corpora}
    right: dict[str, list[float]] = {}
    for row in found.predictions:
        right.setdefault(row.label, []).append(1 / len(by_corpus[row.fold]))
    expected = np.mean([np.mean(one) for one in right.values()])
    assert found.chance == pytest.approx(expected, abs=1e-12)
    assert found.chance != pytest.approx(1 / 3, abs=0.01)


@pytest.mark.slow
def test_one_corpus_is_scored_by_all_others(tmp_path: Path) -> None:
    paths = three(tmp_path)
    within = evaluate(paths, protocol="corpora", test=paths[:1])
    beside = evaluate(paths[1:], protocol="corpora", test=[str(paths[0])])
    (scores,) = within.corpora
    assert (scores.corpus, scores.trained_on) == ("one", ("three", "two"))
    assert within.systems[0].scores == beside.systems[0].scores
    turns = evaluate(paths, protocol="corpora").corpora[0]
    assert turns == scores
    four = corpus_file(tmp_path / "four.h5", "four", EMOTIONS)
    both = evaluate([*paths, four], protocol="corpora", test=paths[:2])
    assert [(one.corpus, one.trained_on, [*one.rows]) for one in both.corpora] == [
        ("one", ("four", "three"), ["anger", "calm", "fear"]),
        ("two", ("four", "three"), ["calm", "fear", "joy"]),
    ]
    with pytest.raises(CorpusError, match=r"--test: all corpora \(one, three, two\), need another"):
        evaluate(paths, protocol="corpora", test=paths)


@pytest.mark.slow
def test_labels_of_the_test_corpus_change_nothing(tmp_path: Path) -> None:
    paths = three(tmp_path)
    manner = {"protocol": "corpora", "test": paths[:1], "normalise": ["global", "corpus"]}
    before = [row.predicted for row in evaluate(paths, **manner).predictions]
    labels = FeatureFile.open(paths[0]).label
    replace(FeatureFile.open(paths[0]), label=labels[::-1]).write(paths[0])
    after = evaluate(paths, **manner)
    assert [row.predicted for row in after.predictions] == before
    assert [row.label for row in after.predictions][: len(labels)] == labels[::-1]


@pytest.mark.slow
def test_whole_corpora_choose_where_there_are_three_to_train_on(tmp_path: Path) -> None:
    paths = three(tmp_path)
    more = [corpus_file(tmp_path / f"{name}.h5", name, EMOTIONS[:2]) for name in ("four", "five")]
    by_corpora = evaluate([paths[0], paths[2], *more], protocol="corpora")
    assert "of inner grouped 3-fold on training corpora" in " ".join(by_corpora.protocol.lines)
    features, labels, corpora, _ = stacked([paths[0], paths[2], *more])
    for fold in by_corpora.systems[0].folds:
        train = (corpora != fold.name) & (labels != "fear")
        assert fold.chosen["C"] == best_c(features[train], labels[train], corpora[train])
    alone = evaluate([paths[0], paths[1], *more], protocol="corpora")  # fear: one trains two
    assert "of inner grouped 5-fold on training speakers" in " ".join(alone.protocol.lines)


@pytest.mark.slow
def test_features_of_two_kinds_are_compared_on_the_same_rows(tmp_path: Path) -> None:
    deep = three(tmp_path)
    facts = {"encoder": "opensmile eGeMAPSv02", "versions": '{"opensmile": "2.5.0"}'}
    other = []
    for path in deep:
        table = FeatureFile.open(path)
        noise = np.random.default_rng(1).standard_normal(table.features.shape)
        other.append(tmp_path / f"e{path.name}")
        replace(
            table,
            features=table.features + noise.astype(np.float32),
            attributes=table.attributes | facts,
        ).write(other[-1])
    found = evaluate([*other, *deep[::-1]], protocol="corpora", fuse=True)
    assert [one.features for one in found.systems] == [
        "opensmile eGeMAPSv02", "test", "opensmile eGeMAPSv02+test",
        "mean of opensmile eGeMAPSv02, test",
    ]  # fmt: skip
    assert found.systems[1].scores == evaluate(deep, protocol="corpora").systems[0].scores
    assert found.systems[0].file == ", ".join(map(str, other))
    assert {one.speakers for one in found.comparisons} == {10}
    with pytest.raises(
        FeatureFileError, match=r"68; 36 are of one alone \(two 36\), the first is two/"
    ):
        evaluate([other[0], other[2], *deep], protocol="corpora")
    kept = evaluate([other[0], other[2], *deep], protocol="corpora", common=True)
    assert [one.corpus for one in kept.corpora] == ["one", "three"]
    table = FeatureFile.open(other[0])
    rows = {"file": table.file[1:], "start": table.start[1:], "end": table.end[1:]}
    rows |= {"label": table.label[1:], "speaker": table.speaker[1:], "seen": []}
    replace(table, features=table.features[1:], **rows).write(other[0])
    with pytest.raises(
        FeatureFileError,
        match=r"103 rows, .*: 104; 1 are of one alone \(one 1\), the first is one/a_anger_0.wav",
    ):
        evaluate([*deep, *other], protocol="corpora")


@pytest.mark.slow
def test_a_column_tells_the_corpora_of_one_file(tmp_path: Path) -> None:
    paths = three(tmp_path)
    features, labels, corpora, speakers = stacked(paths)
    tables = [FeatureFile.open(path) for path in paths]
    whole = replace(
        tables[0],
        features=features.astype(np.float32),
        file=[f"{row}.wav" for row in range(len(labels))],
        start=np.zeros(len(labels)),
        end=np.ones(len(labels)),
        label=labels.tolist(),
        speaker=[one.partition("/")[2] for one in speakers],
        corpus=corpora.tolist(),
        seen=np.zeros(len(labels), np.int32),
    )
    whole.write(tmp_path / "whole.h5")
    apart, together = (
        evaluate(given, protocol="corpora") for given in (paths, [tmp_path / "whole.h5"])
    )
    assert together.corpora == apart.corpora


@pytest.mark.parametrize("suffix", quick_first([".csv", ".toml"]))
def test_a_map_names_labels_in_common(tmp_path: Path, suffix: str) -> None:
    paths = three(tmp_path)
    names = {
        "one": {"anger": "high", "calm": "low", "fear": "high"},
        "two": {"calm": "low", "joy": "high"},
        "three": {"anger": "high", "calm": "low"},
    }
    table = tmp_path / f"map{suffix}"
    if suffix == ".csv":
        lines = [f"{corpus},{one},{of[one]}" for corpus, of in names.items() for one in of]
        table.write_text("\n".join(["corpus,label,common", *lines, "two,fear,"]))
    else:
        table.write_text("".join(
            f"[{corpus}]\n" + "".join(f'{label} = "{name}"\n' for label, name in of.items())
            for corpus, of in names.items()
        ))  # fmt: skip
    found = evaluate(paths, protocol="corpora", label_map=table)
    assert found.classes == ("high", "low")
    assert [one.rows for one in found.corpora] == [
        {"high": 24, "low": 12}, {"high": 16, "low": 16}, {"high": 12, "low": 12},
    ]  # fmt: skip
    assert list(map(str, found.left_out)) == [
        "12 rows of two whose label has no common name (fear 12)"
    ]
    assert f"labels: common names by map{suffix}" in found.protocol.lines


def test_a_label_of_the_map_that_is_nearly_one_of_the_rows_is_named(tmp_path: Path) -> None:
    table, said = tmp_path / "map.csv", list[str]()
    lines = [
        "one,angr,high",
        "one,calm,low",
        "one,fear,high",
        "one,bored,low",
        "two,calm,low",
        "two,joy,high",
    ]
    lines += ["two,fear,", "three,anger,high", "three,calm,low"]
    table.write_text("\n".join(["corpus,label,common", *lines]))
    read_corpora(three(tmp_path), label_map=table, say=said.append)
    near = "(did you mean 'anger'?)"
    assert f"{table}: no row of one has label angr {near}" in said
    assert not any("bored" in line for line in said)
    assert "left out: 12 rows of one whose label has no common name (anger 12)" in said


@pytest.mark.slow
def test_corpora_of_known_layouts_meet_in_common_emotions(tmp_path: Path) -> None:
    nemo = corpus_file(tmp_path / "n.h5", "nemo", EMOTIONS[:3])
    mine = corpus_file(tmp_path / "m.h5", "mine", EMOTIONS[:3])
    own = {"anger": "anger", "calm": "surprised", "fear": "fear"}
    table = FeatureFile.open(nemo)
    replace(table, label=[own[one] for one in table.label]).write(nemo)
    table = FeatureFile.open(mine)
    replace(table, label=[own[one].removesuffix("d") for one in table.label]).write(mine)
    found = evaluate([nemo, mine], protocol="corpora")
    assert found.classes == ("anger", "fear", "surprise")
    assert "labels: common emotions by the layout of nemo; as they are of mine" in (
        found.protocol.lines
    )
    replace(table, label=[own[one] for one in table.label]).write(mine)
    alike = evaluate([nemo, mine], protocol="corpora")
    assert alike.classes == ("anger", "fear", "surprised")
    assert "labels: as they are, the same in all corpora" in alike.protocol.lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "map.csv: empty, need columns corpus, label, common"),
        ("corpus,label\none,joy\n", "map.csv: columns corpus, label, need corpus, label, common"),
        ("corpus,label,common\none,joy\n", "map.csv: line 2: 2 cells, need 3"),
        (
            "corpus,label,common\none,joy,high\none,joy,low\n",
            "map.csv: joy of one is high and low, need one name",
        ),
        (
            "corpus,label,common\none,joy,high\ntree,joy,low\n",
            r"map.csv: nothing of corpus three, need its labels \(it names one, tree\) \(did you",
        ),
        ("[one]\njoy = 3\n", "map.toml: joy, need a table for every corpus"),
        ("joy = 'high'\n", "map.toml: joy, need a table for every corpus"),
        ("[one\n", "map.toml: not TOML"),
    ],
)
def test_what_is_no_map(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / message.partition(":")[0]
    table.write_text(text)
    with pytest.raises(CorpusError, match=message):
        evaluate(three(tmp_path), protocol="corpora", label_map=table)


def test_what_does_not_go_with_the_protocol(tmp_path: Path) -> None:
    paths = three(tmp_path)
    for options, message in (
        ({"test": paths[:1]}, "--test: is of several corpora, need --protocol corpora"),
        ({"label_map": "map.csv"}, "--label-map: is of several corpora, need --protocol corpora"),
        ({"normalise": ["corpus"]}, "--normalise corpus needs --protocol corpora"),
    ):
        with pytest.raises(DsfError, match=message):
            evaluate(paths[:1], **options)
    for option, value in (("layout", "nemo"), ("name", "x"), ("target", "arousal")):
        with pytest.raises(DsfError, match=f"--{option} {value}: is of one corpus, --protocol"):
            evaluate(paths, protocol="corpora", **{option: value})
    with pytest.raises(FeatureFileError, match=r"--fuse: features of one kind \(test\), need two"):
        evaluate(paths, protocol="corpora", fuse=True)
    with pytest.raises(ValueError, match=r"features: \[\], need a list"):
        evaluate([], protocol="corpora")
    with pytest.raises(TypeError, match=r"test='one\.h5', need a list of feature files"):
        evaluate(paths, protocol="corpora", test="one.h5")
    with pytest.raises(CorpusError, match=r"one corpus \(one\), need two or more to leave one out"):
        evaluate(paths[:1], protocol="corpora")


def test_corpora_that_share_too_little(tmp_path: Path) -> None:
    paths = three(tmp_path)[1:]
    said = r"corpus three: 1 label \(calm\) shared with two, need two or more \(it has anger, calm,"
    with pytest.raises(CorpusError, match=f"{said} they have calm, fear, joy; --label-map"):
        evaluate(paths, protocol="corpora")


def test_a_person_or_a_recording_in_two_corpora(tmp_path: Path) -> None:
    paths = three(tmp_path)
    equal = "SPEAKERS OF EQUAL NAME: 4 names (a, b, c, ...) in two corpora or more"
    assert equal.replace("4", "3").replace(", ...", "") in " ".join(
        evaluate(paths, protocol="corpora").protocol.warnings
    )
    for path, name in zip(paths, ("Anna", "anna", "berta"), strict=True):
        table = FeatureFile.open(path)
        replace(table, speaker=[name if one == "a" else one for one in table.speaker]).write(path)
    with pytest.raises(CorpusError, match="speaker Anna is in one and two, need every person in"):
        evaluate(paths, protocol="corpora")
    paths = three(tmp_path)
    for path in paths[1:]:
        table = FeatureFile.open(path)
        digests = [f"{path.stem}{row}" for row in range(len(table.file))]
        replace(table, content=["twin", *digests[1:]]).write(path)
    with pytest.raises(CorpusError, match=r"two/a_calm_0.wav and three/a_anger_0.wav are the same"):
        evaluate(paths, protocol="corpora")


@pytest.mark.slow
def test_a_corpus_that_the_encoder_heard(tmp_path: Path) -> None:
    paths = three(tmp_path)
    heard = (HeardUtterance(corpus="TWO", speaker="b"),)
    for path in paths:
        replace(FeatureFile.open(path), heard=heard).write(path)
    with pytest.raises(CorpusError, match=r"test was trained on 8 of 92 test rows .*: two/b \(8\)"):
        evaluate(paths, protocol="corpora")
    all_the_same = evaluate(paths, protocol="corpora", allow_contaminated=True)
    assert all_the_same.protocol.warnings[0].startswith("CONTAMINATED: test comes from an encoder")
    evaluate(paths, protocol="corpora", test=paths[:1])  # only trained on


def test_kinds_of_features_are_told_apart(tmp_path: Path) -> None:
    paths = three(tmp_path)
    for path, facts in ((paths[1], {"level": "embedding"}), (paths[2], {"encoder_sha256": "9f"})):
        table = FeatureFile.open(path)
        replace(table, attributes=table.attributes | facts).write(path)
    kinds = stack([read_tables([path]).tables[0] for path in paths])
    assert [(one.name, len(one.utterances)) for one in kinds] == [
        ("one", 36), ("two", 36), ("three", 32),
    ]  # fmt: skip


def test_a_table_tells_of_rows_by_their_corpus(tmp_path: Path) -> None:
    lines = ["file,label,speaker,corpus"]
    for path, corpus in zip(three(tmp_path), ("here", "here", "there"), strict=True):
        table = FeatureFile.open(path)
        told = zip(table.file, table.label, table.speaker, strict=True)
        lines += [f"{path.stem}/{file},{one},{path.stem}{who},{corpus}" for file, one, who in told]
    (tmp_path / "told.csv").write_text("\n".join(lines))
    read = read_corpora(three(tmp_path), labels=str(tmp_path / "told.csv"))
    rows = read.tables[0].utterances
    assert {one.corpus for one in rows} == {"here", "there"}
    assert {one.speaker for one in rows if one.file.startswith("two/")} == {"here/twoa",
        "here/twob", "here/twoc"}  # fmt: skip
    assert read.lines[1] == "here: trained on there; 2 classes: anger, calm (chance UA 0.500)"


def test_a_row_that_stands_twice(tmp_path: Path) -> None:
    paths = three(tmp_path)
    again = corpus_file(tmp_path / "again.h5", "one", EMOTIONS[:3])
    with pytest.raises(FeatureFileError, match=r"again.h5: one/a_anger_0.wav .*is in .*one.h5 too"):
        evaluate([*paths, again], protocol="corpora")


@pytest.mark.slow
def test_tables_name_rows_by_their_corpus(tmp_path: Path) -> None:
    paths = three(tmp_path)
    (tmp_path / "out.csv").write_text("file\none/a_anger_0.wav\n")
    found = evaluate(paths, protocol="corpora", exclude=tmp_path / "out.csv")
    assert found.corpora[0].rows["anger"] == 11
    assert found.corpora[1].rows["anger"] == 16


@pytest.mark.slow
def test_as_a_user_does_it(tmp_path: Path) -> None:
    three(tmp_path)
    command = (
        "evaluate one.h5 two.h5 three.h5 --protocol corpora --normalise global --normalise corpus"
    )
    done = subprocess.run(
        [DSF, *command.split()], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    found = Results.read(tmp_path / "results")
    ua = found.corpora[1].systems["test svm-linear corpus"]["ua"]
    row = next(one for one in done.stdout.splitlines() if f"| {ua.value:.3f} |" in one)
    assert "UA on every corpus, trained on others:" in done.stdout
    mean = np.mean([one.systems["test svm-linear corpus"]["ua"].value for one in found.corpora])
    assert row.endswith(f"| {mean:.3f} | {found.systems[1].scores['ua'].value:.3f} |")
    assert "corpus: every corpus's features z-normed by its own recordings first" in done.stdout
    report([found], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for text in (page, (tmp_path / "page.md").read_text(encoding="utf-8")):
        assert "UA on every corpus, trained on others" in text
        assert f"{mean:.3f}" in text
    with (tmp_path / "page.csv").open(newline="", encoding="utf-8") as stream:
        told = [one for one in csv.DictReader(stream) if one["measure"] == "corpus_ua"]
    assert [one["of"] for one in told] == ["one", "three", "two"] * 2
    assert float(told[4]["low"]) == ua.low


@pytest.mark.slow
def test_results_of_other_protocols_say_nothing_of_corpora(tmp_path: Path) -> None:
    paths = three(tmp_path)
    results = evaluate(paths[:1])
    assert "corpora" not in results.document()
    found = evaluate(paths, protocol="corpora")
    found.write(tmp_path / "results")
    assert Results.read(tmp_path / "results") == found
    document = json.loads((tmp_path / "results/results.json").read_text())
    document["corpora"][0]["systems"] = {}
    (tmp_path / "results/results.json").write_text(json.dumps(document))
    with pytest.raises(DsfError, match="corpora: one has scores of others, need those of systems"):
        Results.read(tmp_path / "results")
