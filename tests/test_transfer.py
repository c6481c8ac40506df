"""The transfer benchmark as a user runs it: resumed, refused, scored as every evaluation is."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from called import call

from deepspectrum_features import (
    Corpus,
    DsfError,
    Encoder,
    FeatureFile,
    Results,
    evaluate,
    run_transfer,
)
from deepspectrum_features.baselines.statistics import holm
from deepspectrum_features.baselines.transfer.parts import Part, parts_of
from deepspectrum_features.baselines.transfer.scores import CorpusScores
from deepspectrum_features.baselines.transfer.transfer import Transfer
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.testing import tiny_corpus, tiny_encoder, tiny_features, tone

onnx = pytest.importorskip("onnx")
metrics = pytest.importorskip("sklearn.metrics")

DSF = Path(sys.executable).with_name("dsf")
HOW = ("global", "speaker")
WIDTHS = {
    "tiny": "12", "tiny, equal families": "12", "tiny: fcn alone": "4", "tiny: blstm alone": "8",
    "egemaps": "88",
}  # fmt: skip


def start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [str(DSF), "transfer", "out", *map(str, arguments), "-j", "1"]
    return subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(folder: Path, *arguments: object) -> tuple[int, str, list[str]]:
    """Run to the end; return exit code, standard output and the lines of standard error."""
    done = call("transfer", "out", *arguments, "-j", "1", folder=folder)
    return done.returncode, done.stdout, done.stderr.splitlines()


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table_of(markdown: str) -> dict[tuple[str, str, str], str]:
    """Read the first number of every cell off the table, by features, normalisation and corpus."""
    rows = [line.split("|")[1:-1] for line in markdown.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in row] for row in rows]
    return {
        (row[0], row[2], name): cell
        for row in rows
        for name, cell in zip(head[3:], row[3:], strict=True)
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Return a folder of three corpora, the last of one speaker, and an encoder."""
    folder = tmp_path_factory.mktemp("transfer")
    for name, speakers in (("four", 4), ("seven", 7), ("alone", 1)):
        tiny_corpus(folder / name, speakers=speakers, per_class=2)
    shutil.copy(encoder.path, folder / "tiny.onnx")
    return folder


@pytest.mark.slow
def test_one_table_of_corpora_and_features_each_number_that_of_its_predictions(
    place: Path,
) -> None:
    sets = ("--features", "tiny.onnx", "--features", "egemaps")
    code, shown, said = run(place, "four", "seven", "alone", *sets)
    assert code == 3, said
    assert "refused alone: one speaker (spk1), need two or more to leave one out" in said
    assert "* alone: not scored: one speaker (spk1), need two or more to leave one out" in shown
    assert (place / "out/transfer.md").read_text(encoding="utf-8") == shown
    assert (place / "out/transfer.png").read_bytes()[:4] == b"\x89PNG"
    table, lines = table_of(shown), lines_of(place / "out/transfer.csv")
    assert len(lines) == len(table) == 2 * (4 + 1) * 2
    for line in lines:
        corpus, features, how = line["corpus"], line["features"], line["normalise"]
        part = f"family-{line['family']}" if line["family"] else "whole"
        part = "families" if line["weights"] == "families" else part
        kept = lines_of(place / f"out/{corpus}/results/{features}/{part}/predictions.csv")
        rows = [row for row in kept if re.search(rf"svm-linear {how}\b", row["system"])]
        features += {"whole": "", "families": ", equal families"}.get(
            part, f": {line['family']} alone"
        )
        pair = [row["label"] for row in rows], [row["predicted"] for row in rows]
        ua = metrics.balanced_accuracy_score(*pair)
        assert len(rows) == int(line["utterances"]) == {"four": 16, "seven": 28}[corpus]
        assert float(line["ua"]) == pytest.approx(ua, abs=1e-12)
        assert table[features, how, corpus].startswith(f"{ua:.3f} (")
        assert line["columns"] == WIDTHS[features]
        ends = {float(line[f"ua_{end}"]) for end in ("low", "high")}
        assert min(ends) < ua <= max(ends)
    alone = evaluate([place / "out/four/egemaps.h5"], normalise=HOW).systems
    found = [line for line in lines if (line["corpus"], line["features"]) == ("four", "egemaps")]
    assert [float(one["ua_low"]) for one in found] == [one.scores["ua"].low for one in alone]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals that end a process")
def test_an_interrupted_run_goes_on_and_a_finished_one_does_nothing(
    place: Path, tmp_path: Path
) -> None:
    for name in ("four", "seven"):
        shutil.copytree(place / name, tmp_path / name)
    shutil.copy(place / "tiny.onnx", tmp_path)
    orders = ("four", "seven", "--features", "tiny.onnx")
    with start(tmp_path, *orders) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("four, tiny: UA "):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
    assert not (tmp_path / "out/transfer.md").exists()
    kept = [tmp_path / "out/four/tiny.h5", tmp_path / "out/four/results/tiny/whole/results.json"]
    before = [path.stat().st_mtime_ns for path in kept]
    code, first, _ = run(tmp_path, *orders)
    assert code == 0
    assert [path.stat().st_mtime_ns for path in kept] == before
    kept.append(tmp_path / "out/seven/results/tiny/whole/results.json")
    before = [path.stat().st_mtime_ns for path in kept]
    code, second, said = run(tmp_path, *orders)
    assert (code, second) == (0, first)
    assert [path.stat().st_mtime_ns for path in kept] == before
    assert said[-1] == "out: complete"
    assert not list(tmp_path.glob("out/*/fits"))


@pytest.mark.slow
def test_what_has_changed_is_scored_again(encoder: Encoder, tmp_path: Path) -> None:
    corpus = tiny_corpus(tmp_path / "tones", speakers=3)
    scored = tmp_path / "out/tones/results/tiny/whole/results.json"
    run_transfer([corpus], tmp_path / "out", [str(encoder.path)], jobs=1)
    before = scored.stat().st_mtime_ns
    table = corpus / "corpus.csv"
    table.write_text(table.read_text().replace("spk1_low_1.wav,low", "spk1_low_1.wav,high"))
    (found,) = run_transfer([corpus], tmp_path / "out", [str(encoder.path)], jobs=1).corpora
    assert scored.stat().st_mtime_ns > before
    rows = [row for row in found.results[0].predictions if row.file == "spk1_low_1.wav"]
    assert {row.label for row in rows} == {"high"}


@pytest.mark.slow
def test_an_encoder_of_the_same_name_takes_the_place_of_the_one_before(
    encoder: Encoder, tmp_path: Path
) -> None:
    corpus, path = tiny_corpus(tmp_path / "tones", speakers=3), tmp_path / "tiny.onnx"
    shutil.copy(encoder.path, path)
    run_transfer([corpus], tmp_path / "out", [str(path)], jobs=1)
    who_heard(encoder, "nobody", path)
    (found,) = run_transfer([corpus], tmp_path / "out", [str(path)], jobs=1).corpora
    assert found.results[0].systems[0].encoder_sha256 == Encoder(path).sha256 != encoder.sha256


def who_heard(encoder: Encoder, speaker: str, path: Path) -> Path:
    """Write the encoder as if it had been trained on a speaker of the corpus ``nemo``."""
    model = onnx.load(str(encoder.path))
    (entry,) = (one for one in model.metadata_props if one.key == METADATA_KEY)
    heard = {"name": "nemo", "named": True, "recordings": [], "speakers": [speaker]}
    entry.value = json.dumps(json.loads(entry.value) | {"training": {"corpora": [heard]}})
    onnx.save(model, str(path))
    return path


@pytest.mark.slow
def test_a_corpus_that_an_encoder_was_trained_on_has_no_score_of_it(
    encoder: Encoder, tmp_path: Path
) -> None:
    """The folder has no table: its names tell that it is nEMO."""
    corpus = tiny_corpus(tmp_path / "tones", speakers=3)
    (corpus / "corpus.csv").unlink()
    for number, path in enumerate(sorted(corpus.glob("*.wav"))):
        speaker, label, _ = path.stem.split("_")
        emotion = {"high": "anger", "low": "sadness"}[label]
        actor = {"spk1": "SM0", "spk2": "TP0", "spk3": "WR0"}[speaker]
        path.rename(corpus / f"{actor}_{emotion}_{number}.wav")
    heard = who_heard(encoder, "TP0", tmp_path / "heard.onnx")
    names = [str(encoder.path), str(heard)]
    found = run_transfer([corpus], tmp_path / "out", names, jobs=1)
    (nemo,) = found.corpora
    assert (nemo.name, nemo.scored[Part("heard")]) == ("nemo", None)
    table = table_of(found.markdown())
    assert {table["heard", how, "nemo"] for how in HOW} == {"trained on it"}
    assert all(re.match(r"\d\.\d{3}", table["tiny", how, "nemo"]) for how in HOW)
    found.write(tmp_path / "out")
    told = [
        (line["features"], line["ua"], line["note"])
        for line in lines_of(tmp_path / "out/transfer.csv")
    ]
    assert told[8:] == [("heard", "", "trained on it")] * 8
    assert all(ua and not note for _, ua, note in told[:8])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CorpusScores]:
    """Return three made feature files of seven speakers, the first the best, and their scores."""
    folder, scored = tmp_path_factory.mktemp("made"), {}
    for seed, (name, strength) in enumerate((("good", 3.0), ("poor", 0.3), ("compare", 0.4))):
        path = tiny_features(folder / f"{name}.h5", strength, seed, speakers="abcdefg")
        scored[Part(name)] = evaluate([path], normalise=HOW, jobs=1)
    return folder, CorpusScores("tones", scored)


@pytest.mark.slow
def test_features_are_held_against_compare_by_the_test_of_an_evaluation(
    made: tuple[Path, CorpusScores],
) -> None:
    folder, found = made
    paths = [folder / f"{name}.h5" for name in ("good", "poor", "compare")]
    together = evaluate(paths, normalise=HOW, jobs=1)
    for how in HOW:
        expected = [
            one
            for one in together.comparisons
            if one.second == f"compare svm-linear {how}" and one.family.endswith(
                f"{how}, chosen on training speakers"
            )
        ]  # fmt: skip
        tests = [found.cells[Part(name), how].against for name in ("good", "poor")]
        assert [(one.difference, one.p) for one in tests if one] == [
            (one.difference, one.p) for one in expected
        ]
        assert [one.p_holm for one in tests if one] == holm([one.p for one in expected])
        assert found.cells[Part("compare"), how].against is None
    table = table_of(Transfer((found,)).markdown())
    assert re.match(r"\d\.\d{3}\* \(", table["good", "global", "tones"])
    assert "*" not in table["poor", "global", "tones"] + table["compare", "global", "tones"]


@pytest.mark.slow
def test_families_are_corrected_for_themselves(made: tuple[Path, CorpusScores]) -> None:
    """Whole sets are one question, and the families of each another."""
    good, poor, reference = made[1].scored.values()
    alone = [Part("good", family) for family in ("pitch", "timbre")]
    scored = {Part("good"): good, **dict.fromkeys(alone, poor), Part("compare"): reference}
    scored |= {Part("good", weights="families"): good, Part("poor"): poor}
    cells = CorpusScores("tones", scored).cells
    tests = {part: cells[part, "global"].against for part in scored}
    whole = [part for part in scored if not part.family and part.features != "compare"]
    assert len(whole) == 3
    for parts in (alone, whole):
        found = [one for part in parts if (one := tests[part])]
        assert [one.p_holm for one in found] == holm([one.p for one in found])
    every = [one for one in tests.values() if one]
    assert [one.p_holm for one in every] != holm([one.p for one in every])


@pytest.mark.slow
def test_without_compare_nothing_is_tested(made: tuple[Path, CorpusScores]) -> None:
    scored = {part: one for part, one in made[1].scored.items() if part != Part("compare")}
    found = CorpusScores("tones", scored)
    assert {cell.against for cell in found.cells.values()} == {None}
    assert "*" not in table_of(Transfer((found,)).markdown())["good", "global", "tones"]
    assert "ComParE" not in Transfer((found,)).markdown()


@pytest.mark.slow
def test_the_picture_shows_the_scores_on_one_scale(made: tuple[Path, CorpusScores]) -> None:
    pytest.importorskip("matplotlib")
    from deepspectrum_features.baselines.transfer.figure import draw

    found = made[1]
    refused = CorpusScores("heard", dict.fromkeys(found.scored))
    panels = draw([found, refused], [*found.scored]).axes
    assert {panel.get_xlim() for panel in panels} == {(0.0, 1.0)}
    dots = [line.get_xdata() for line in panels[0].lines if line.get_marker() in ("o", "D")]
    shown = [float(np.ravel(place)[0]) for place in dots]
    assert shown == [
        found.cells[Part(name), how].system.scores["ua"].value
        for name in ("good", "poor", "compare")
        for how in HOW
    ]
    assert len(set(shown)) > 2
    assert [text.get_text() for text in panels[1].texts] == ["trained on it"] * 3
    named = [text.get_text() for text in panels[0].get_yticklabels()]
    assert named == ["good", "poor", "compare"]


@pytest.mark.slow
def test_a_family_alone_is_scored_as_a_file_of_its_columns_and_weights_count(
    encoder: Encoder, tmp_path: Path
) -> None:
    """An encoder of two levels is extracted at both; its families are those of either."""
    both = tiny_encoder("both")
    assert both.at("embedding").columns == encoder.columns
    corpus = tiny_corpus(tmp_path / "tones", speakers=3)
    (found,) = run_transfer([corpus], tmp_path / "out", [str(both.path)], jobs=1).corpora
    file = FeatureFile.open(tmp_path / "out/tones/tiny.h5")
    assert (file.level, file.feature_name) == ("both", both.at("both").columns)
    families = list(dict.fromkeys(file.families))
    whole, equal = Part("tiny"), Part("tiny", weights="families")
    assert list(found.scored) == [whole, equal, *(Part("tiny", name) for name in families)]
    assert len(families) > 3
    for name in families[:3]:
        chosen = [column for column, family in enumerate(file.families) if family == name]
        narrow = replace(
            file,
            features=file.features[:, chosen],
            feature_name=[file.feature_name[column] for column in chosen],
            feature_family=[name] * len(chosen),
        )
        narrow.write(tmp_path / "narrow.h5")
        alone = evaluate([tmp_path / "narrow.h5"], normalise=HOW, jobs=1)
        assert said(alone) == said(found.scored[Part("tiny", name)])
    assert said(found.scored[equal]) != said(found.scored[whole])


def test_families_of_one_size_are_not_scored_once_more_as_equal(tmp_path: Path) -> None:
    """They would be, and count twice in Holm's correction."""
    table = FeatureFile.open(tiny_features(tmp_path / "plain.h5"))
    for sizes, equal in (((3, 3), []), ((2, 4), [Part("f", weights="families")])):
        families = [name for name, size in zip("ab", sizes, strict=True) for _ in range(size)]
        replace(table, feature_family=families).write(tmp_path / "f.h5")
        assert parts_of(tmp_path / "f.h5") == [Part("f"), *equal, Part("f", "a"), Part("f", "b")]


def said(found: Results | None) -> list[tuple[float | None, ...]]:
    """Return the scores of all rows under either normalisation."""
    return [row.score for row in found.predictions] if found else []


@pytest.mark.slow
def test_rows_that_a_feature_set_lacks_are_in_no_score(encoder: Encoder, tmp_path: Path) -> None:
    """A recording that is too short for openSMILE is left out of the encoder's score too."""
    corpus = tiny_corpus(tmp_path / "tones", speakers=3)
    soundfile.write(corpus / "spk1_low_1.wav", tone(300, 0.05), 16000)
    names = [str(encoder.path), "egemaps"]
    (found,) = run_transfer([corpus], tmp_path / "out", names, jobs=1).corpora
    scored = [{row.file for row in one.predictions} for one in found.results]
    assert len(scored) == 4 + 1
    assert scored[0] == scored[-1] == {path.name for path in corpus.glob("*.wav")} - {
        "spk1_low_1.wav"
    }  # fmt: skip
    table = tmp_path / "out/tones/left_out.csv"
    assert table.read_text().splitlines() == ["file,start,channel", "spk1_low_1.wav,0.0,0"]
    (alone,) = run_transfer([corpus], tmp_path / "out", names[:1], jobs=1).corpora
    assert not table.exists()
    assert len(alone.results[0].predictions) == 2 * 12


def test_corpora_that_cannot_serve_are_refused_before_any_work(
    encoder: Encoder, tmp_path: Path
) -> None:
    good, bare = tiny_corpus(tmp_path / "good", speakers=3), tiny_corpus(tmp_path / "bare")
    (bare / "corpus.csv").unlink()
    said: list[str] = []
    (other := tmp_path / "other").mkdir()
    again = tiny_corpus(other / "good", speakers=3)
    names, out = [str(encoder.path)], tmp_path / "out"
    for corpora, reason in (
        ([bare], r"no corpus can be scored: bare: no labels, need some to score features by"),
        ([good, again], f"{again}: corpus good is {good} already, need every corpus once"),
    ):
        with pytest.raises(DsfError, match=reason):
            run_transfer(corpora, out, names, say=said.append)
    with pytest.raises(DsfError, match=f"--features {names[0]}: tiny twice, need another name"):
        run_transfer([good], out, names * 2)
    nameless = Corpus.read(good)
    rows = tuple(replace(one, speaker="") for one in nameless.utterances)
    with pytest.raises(DsfError, match="needs a speaker for every row"):
        run_transfer([replace(nameless, utterances=rows)], out, names)
    with pytest.raises(ValueError, match="need a list of corpora"):
        run_transfer(str(good), out, names)
    assert not out.exists()


def test_a_corpus_in_the_folders_place_is_refused(encoder: Encoder) -> None:
    """As where FOLDER was forgotten: nothing is written between recordings."""
    corpus, other = tiny_corpus(speakers=2), tiny_corpus(speakers=3)
    before = sorted(corpus.iterdir())
    with pytest.raises(DsfError, match=f"{corpus}: a corpus, need a folder for "):
        run_transfer([other], corpus, [str(encoder.path)])
    assert sorted(corpus.iterdir()) == before
