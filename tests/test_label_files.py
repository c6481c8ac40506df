"""Corpora whose label files say what is in them: IEMOCAP, FAU Aibo, CHEAVD, MSP-Podcast, MELD."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import made_corpora
import pytest
from made_corpora import make_cheavd, make_fau_aibo, make_iemocap, make_meld, make_msp_podcast

from deepspectrum_features.corpus import Corpus, Utterance, load_layout
from deepspectrum_features.errors import CorpusError

DSF = Path(sys.executable).with_name("dsf")
FIRST = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
AIBO = "labels/IS2009EmotionChallenge/chunk_labels_5cl_corpus.txt"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an IEMOCAP of five sessions; tests that change it take a copy."""
    return make_iemocap(tmp_path_factory.mktemp("iemocap"))


@pytest.fixture
def iemocap(tmp_path: Path) -> Path:
    """Return an IEMOCAP of one session, to be changed."""
    return make_iemocap(tmp_path / "iemocap", sessions=[1])


def of_file(corpus: Corpus, end: str) -> Utterance:
    """Return the one utterance whose path ends so."""
    (found,) = (one for one in corpus.utterances if one.file.endswith(end))
    return found


def labels(folder: Path, layout: str) -> Counter[str]:
    return Counter(one.label for one in Corpus.read(folder, layout=layout).utterances)


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_turn_is_spoken_by_the_letter_before_its_number(whole: Path) -> None:
    corpus = Corpus.read(whole, layout="iemocap")
    names = {Path(one.file).stem for one in corpus.utterances}
    assert names == {name for name in made_corpora.names_of(whole) if name[-4] in "FM"}
    assert corpus.count("speaker") == {f"Ses0{n}{sex}": 28 for n in range(1, 6) for sex in "FM"}
    assert corpus.count("session") == {f"Ses0{n}": 56 for n in range(1, 6)}
    assert of_file(corpus, "Ses01F_impro01_M003.wav") == Utterance(
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav",
        label="sadness",
        speaker="Ses01M",
        session="Ses01",
        targets=(("activation", 2.5), ("dominance", 3.0), ("valence", 2.5)),
    )
    assert not corpus.refused


def test_labels_and_ratings_are_those_of_the_summary_lines(whole: Path) -> None:
    """Another reader: what stands between tabs in the lines that begin with a bracket."""
    told = {}
    for file in whole.glob("Session*/dialog/EmoEvaluation/S*.txt"):
        for line in file.read_text().splitlines():
            if line.startswith("["):
                _, turn, code, ratings = line.split("\t")
                told[turn] = code, [float(one) for one in ratings.strip("[]").split(", ")]
    meaning = {"neu": "neutral", "hap": "happiness", "exc": "excitement", "sad": "sadness"}
    meaning |= {"ang": "anger", "fru": "frustration", "xxx": ""}
    corpus = Corpus.read(whole, layout="iemocap")
    assert len(corpus.utterances) == len(told) == 280
    for one in corpus.utterances:
        code, ratings = told[Path(one.file).stem]
        assert one.label == meaning[code]
        assert [one.target(name) for name in ("valence", "activation", "dominance")] == ratings
    assert len({one.target("valence") for one in corpus.utterances}) == 7


@pytest.mark.parametrize(
    ("layout", "counts"),
    [
        ("iemocap:set-1", {"anger": 40, "happiness": 40, "neutral": 40, "sadness": 40}),
        ("iemocap:set-2", {"anger": 40, "happiness": 80, "neutral": 40, "sadness": 40}),
        ("iemocap:improvised-4", {"anger": 20, "happiness": 40, "neutral": 20, "sadness": 20}),
        (
            "iemocap:improvised-4-without-excitement",
            {"anger": 20, "happiness": 20, "neutral": 20, "sadness": 20},
        ),
    ],
)
def test_variants_choose_dialogues_and_classes(
    whole: Path, layout: str, counts: dict[str, int]
) -> None:
    corpus = Corpus.read(whole, layout=layout)
    assert Counter(one.label for one in corpus.utterances) == counts
    assert corpus.name == "iemocap"
    assert not corpus.refused
    assert all("impro" in one.file for one in corpus.utterances) == ("improvised" in layout)
    assert len(corpus.notices) == 1  # of the counts


def test_counts_of_iemocap_add_up_to_the_whole_corpus() -> None:
    expected = load_layout("iemocap").expected
    assert sum(expected.per_label.values()) == expected.utterances == 10039
    merged = load_layout("iemocap:set-2").expected
    assert merged.utterances == sum(merged.per_label.values()) == 5531
    improvised = load_layout("iemocap:improvised-4").expected
    assert improvised.utterances == sum(improvised.per_label.values()) == 2943


def test_label_files_of_another_place_are_said_to_be_missing(iemocap: Path) -> None:
    shutil.rmtree(iemocap / "Session1/dialog/EmoEvaluation")
    with pytest.raises(CorpusError, match="no label files, need some like Session1/dialog/Emo"):
        Corpus.read(iemocap, layout="iemocap")


def test_another_corpus_does_not_fit(tmp_path: Path) -> None:
    make_fau_aibo(tmp_path, children=1, per_class=1)
    with pytest.raises(CorpusError, match="fits layout fau-aibo, not iemocap:improvised "):
        Corpus.read(tmp_path, layout="iemocap:improvised")


def test_a_corpus_without_the_dialogues_of_a_variant_is_said_to_have_none(iemocap: Path) -> None:
    for folder in iemocap.rglob("Ses*impro*"):
        shutil.rmtree(folder, ignore_errors=True)
    with pytest.raises(CorpusError, match=r"\d+ recordings, none is of iemocap:improvised, need"):
        Corpus.read(iemocap, layout="iemocap:improvised")


@pytest.mark.slow
def test_wherever_a_label_file_is_cut_off_somebody_is_told(iemocap: Path) -> None:
    """An error within a line, recordings without a label behind one; never silence."""
    file = iemocap / FIRST
    text = file.read_text()
    said = Counter[bool]()
    for length in range(23, len(text) - 1, 31):
        file.write_text(text[:length])
        within = text[:length].rstrip("\n").rpartition("\n")[2] not in text.splitlines()
        said[within] += 1
        if within:
            with pytest.raises(CorpusError, match=rf"{FIRST}: line \d+, .*damaged or cut off"):
                Corpus.read(iemocap, layout="iemocap")
        else:
            corpus = Corpus.read(iemocap, layout="iemocap")
            lost = 56 - len(corpus.utterances)
            assert corpus.notices[0].startswith(f"{lost} recording") or not lost
    assert said[True] > 20
    assert said[False] > 3


def test_dialogue_that_is_labelled_twice_is_refused(iemocap: Path) -> None:
    shutil.copytree(iemocap / "Session1/dialog", iemocap / "Copy/dialog")
    with pytest.raises(
        CorpusError, match=r"impro01\.txt: line 3: labels Ses01F_impro01_F000 again, after .*Copy"
    ):
        Corpus.read(iemocap, layout="iemocap")


def test_corpus_that_lies_there_twice_is_refused(iemocap: Path) -> None:
    shutil.copytree(iemocap / "Session1", iemocap / "Copy")
    with pytest.raises(CorpusError, match="both Ses01F_impro01_F000, need one"):
        Corpus.read(iemocap, layout="iemocap")


def test_unknown_code_is_refused_where_it_stands(iemocap: Path) -> None:
    rewrite(iemocap / FIRST, lambda text: text.replace("\tneu\t", "\tnew\t", 1))
    corpus = Corpus.read(iemocap, layout="iemocap:set-1")
    (refused,) = corpus.refused
    assert refused.file.endswith("Ses01F_impro01_F000.wav")
    assert refused.reason.startswith("label code 'new', need one of ang, hap, sad, neu (")
    assert refused.reason.endswith(f"{FIRST}: line 3)")


def test_what_is_in_recordings_or_in_labels_alone_is_noticed(iemocap: Path) -> None:
    wavs = iemocap / "Session1/sentences/wav/Ses01M_impro01"
    for number in (0, 6):
        (wavs / f"Ses01M_impro01_F00{number}.wav").unlink()
    (wavs / "Ses01M_impro01_M002.wav").rename(wavs / "Ses01M_impro01_M902.wav")
    corpus = Corpus.read(iemocap, layout="iemocap")
    assert len(corpus.utterances) == 53
    assert corpus.notices[:2] == (
        f"1 recording in {iemocap} left out, not in its label files: "
        "Session1/sentences/wav/Ses01M_impro01/Ses01M_impro01_M902.wav",
        f"3 labels in {iemocap} of recordings that are not there: Ses01M_impro01_F000, "
        "Ses01M_impro01_F006, Ses01M_impro01_M002",
    )
    chosen = Corpus.read(iemocap, layout="iemocap:set-1").notices
    assert chosen[1].startswith("1 label in")  # the others are xxx and exc, which set-1 leaves out
    scripted = iemocap / "Session1/sentences/wav/Ses01F_script01_1"
    shutil.rmtree(scripted)
    assert Corpus.read(iemocap, layout="iemocap:improvised").notices[1] == corpus.notices[1]


def test_schools_of_fau_aibo_are_training_and_test(tmp_path: Path) -> None:
    make_fau_aibo(tmp_path)
    corpus = Corpus.read(tmp_path, layout="fau-aibo")
    assert corpus.count("split") == {"test": 30, "train": 30}
    assert {(one.speaker[:-3], one.split) for one in corpus.utterances} == {
        ("Ohm", "train"),
        ("Mont", "test"),
    }
    assert labels(tmp_path, "fau-aibo") == dict.fromkeys(
        ("anger", "emphatic", "neutral", "positive", "rest"), 12
    )
    assert labels(tmp_path, "fau-aibo:two-classes") == {"negative": 24, "idle": 36}
    full = load_layout("fau-aibo").expected
    assert sum(full.per_label.values()) == sum(full.per_split.values()) == full.utterances


def test_line_of_another_form_is_damaged(tmp_path: Path) -> None:
    file = (
        make_fau_aibo(tmp_path, 1, 1) / "labels/IS2009EmotionChallenge/chunk_labels_5cl_corpus.txt"
    )
    rewrite(file, lambda text: text[:-6])
    with pytest.raises(CorpusError, match=r"line 10, 'Mont_01_004_00 ?R?': damaged or cut off"):
        Corpus.read(tmp_path, layout="fau-aibo")
    file.write_text("")
    with pytest.raises(CorpusError, match="line 1, '': damaged or cut off, need lines like 'Ohm_"):
        Corpus.read(tmp_path, layout="fau-aibo")


def test_names_that_every_set_has_are_told_apart_by_folder(tmp_path: Path) -> None:
    make_cheavd(tmp_path, per_class=1)
    rewrite(tmp_path / "val_label.txt", lambda text: text.replace("0000.wav angry", "0000.wav sad"))
    corpus = Corpus.read(tmp_path, layout="cheavd2")
    assert corpus.count("split") == {"dev": 8, "test": 8, "train": 8}
    assert of_file(corpus, "train/0000.wav").label == "anger"
    assert of_file(corpus, "val/0000.wav").label == "sadness"
    for file in (tmp_path / "train").iterdir():
        file.rename(tmp_path / file.name)
    shutil.rmtree(tmp_path / "val")
    shutil.rmtree(tmp_path / "test")
    with pytest.raises(CorpusError, match=r"0000\.wav: labelled in test and train and dev, need"):
        Corpus.read(tmp_path, layout="cheavd2")


def test_label_files_of_other_recordings_are_refused(tmp_path: Path) -> None:
    make_cheavd(tmp_path, per_class=1, sets=["train"])
    for file in [*(tmp_path / "train").iterdir()]:
        file.rename(file.with_name(f"x{file.name}"))
    with pytest.raises(CorpusError, match=r"name none of 8 recordings, such as x0000, but 0000$"):
        Corpus.read(tmp_path, layout="cheavd2")


def test_partitions_of_msp_podcast(tmp_path: Path) -> None:
    make_msp_podcast(tmp_path)
    corpus = Corpus.read(tmp_path, layout="msp-podcast")
    assert corpus.count("split") == {"dev": 4, "test": 12, "train": 4}
    assert corpus.count("speaker") == {"": 5, "1": 5, "2": 10}
    assert corpus.count("label") == {"": 5, "anger": 5, "happiness": 5, "neutral": 5}
    assert of_file(corpus, "0001_0009.wav") == Utterance(
        "Audios/MSP-PODCAST_0001_0009.wav",
        label="neutral",
        speaker="2",
        split="test",
        targets=(("activation", 3.25), ("valence", 4.0), ("dominance", 3.5)),
    )
    second = Corpus.read(tmp_path, layout="msp-podcast:test2")
    assert second.count("split") == {"dev": 4, "test": 4, "train": 4}
    assert of_file(second, "0001_0012.wav").split == "test"
    assert second.notices == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("EmoAct", "Act"), "columns FileName, .*, need EmoAct$"),
        (lambda text: text.replace(",Male,Test3", ""), "line 18: damaged or cut off, 6 cells, the"),
        (lambda text: text.replace(",1.5,4.0", ",low,4.0"), "line 4: EmoAct 'low', need a number"),
        (
            lambda text: text + text.splitlines()[1],
            "labels MSP-PODCAST_0001_0000 again, after .*2",
        ),
        (lambda text: text.replace("Test3", "Test4"), None),
    ],
)
def test_damaged_table_is_one_line(
    tmp_path: Path, change: Callable[[str], str], message: str | None
) -> None:
    table = make_msp_podcast(tmp_path, "labels_concensus.csv") / "Labels/labels_concensus.csv"
    rewrite(table, change)
    if message is None:
        refused = Corpus.read(tmp_path, layout="msp-podcast").refused
        assert len(refused) == 4
        assert refused[0].reason.startswith("split code 'Test4', need one of Train, Development")
        return
    with pytest.raises(CorpusError, match=message):
        Corpus.read(tmp_path, layout="msp-podcast")


def test_dialogues_of_meld_are_counted_in_their_set(tmp_path: Path) -> None:
    make_meld(tmp_path)
    rewrite(tmp_path / "test_sent_emo.csv", lambda text: text.replace("Ross,joy", "Joey,fear"))
    corpus = Corpus.read(tmp_path, layout="meld")
    assert corpus.count("split") == {"dev": 4, "test": 4, "train": 4}
    test = of_file(corpus, "output_repeated_splits_test/dia0_utt0.wav")
    assert (test.label, test.speaker, test.session) == ("fear", "Joey", "test_dia0")
    assert of_file(corpus, "train_splits/dia0_utt0.wav").label == "joy"
    assert len(corpus.count("session")) == 6


def test_clip_that_was_mended_goes_before_the_first_one(tmp_path: Path) -> None:
    make_meld(tmp_path, ".mp4")
    folder = tmp_path / "output_repeated_splits_test"
    shutil.copy(folder / "dia1_utt0.mp4", folder / "final_videos_testdia1_utt0.mp4")
    shutil.copy(folder / "dia0_utt1.mp4", folder / "dia0_utt1.wav")
    names = sorted(
        Path(one.file).name
        for one in Corpus.read(tmp_path, layout="meld").utterances
        if one.split == "test"
    )
    assert names == [
        "dia0_utt0.mp4",
        "dia0_utt1.wav",
        "dia1_utt1.mp4",
        "final_videos_testdia1_utt0.mp4",
    ]


def test_list_of_recordings_is_read_by_the_label_files_of_its_root(iemocap: Path) -> None:
    files = [str(path) for path in sorted(iemocap.rglob("Ses01F_impro01_F00[01].wav"))]
    corpus = Corpus.read(files, layout="iemocap", root=iemocap)
    assert [one.label for one in corpus.utterances] == ["neutral", "happiness"]


@pytest.mark.slow
def test_command_shows_sessions_and_what_is_missing(iemocap: Path) -> None:
    (iemocap / "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F001.wav").unlink()
    command = [DSF, "corpus", iemocap, "--layout", "iemocap:improvised-4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "session    Ses01 19\n" in done.stdout
    assert "speaker    Ses01F 9\n           Ses01M 10\n" in done.stdout
    assert "1 label in" in done.stderr
    assert "Ses01F_impro01_F001\n" in done.stderr
    assert "iemocap:improvised-4: 19 utterances, the full corpus has 2943" in done.stderr
