"""Corpora whose paths tell label and speaker: real names, full trees, and which corpus it is."""

from __future__ import annotations

import time
from itertools import chain
from pathlib import Path

import pytest
from corpus_trees import FULL
from quick_first import quick_first

from deepspectrum_features.corpus.emotions import COMMON_EMOTIONS
from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError

PAGE = (Path(__file__).parents[1] / "docs/corpora.md").read_text(encoding="utf-8")

#: Names as the corpora have them, odd ones among them.
REAL = [
    ("ravdess", "Actor_12/03-01-06-01-02-01-12.wav", "fear", "12"),
    ("ravdess", "03-01-01-01-01-01-01.wav", "neutral", "01"),
    ("ravdess", "03-01-08-02-02-02-24.wav", "surprise", "24"),
    ("crema-d", "AudioWAV/1001_DFA_ANG_XX.wav", "anger", "1001"),
    ("crema-d", "AudioWAV/1001_IEO_SAD_LO.wav", "sadness", "1001"),
    ("crema-d", "AudioWAV/1040_ITH_SAD_X.wav", "sadness", "1040"),
    ("savee", "AudioData/DC/sa03.wav", "sadness", "DC"),
    ("savee", "AudioData/KL/n30.wav", "neutral", "KL"),
    ("savee", "ALL/JK_su15.wav", "surprise", "JK"),
    ("savee", "JE_a01.wav", "anger", "JE"),
    ("tess", "OAF_angry/OAF_back_angry.wav", "anger", "OA"),
    ("tess", "OAF_Pleasant_surprise/OAF_back_ps.wav", "pleasant surprise", "OA"),
    ("tess", "OAF_neutral/OA_bite_neutral.wav", "neutral", "OA"),
    ("tess", "YAF_sad/YAF_sad_sad.wav", "sadness", "YA"),
    ("emovo", "EMOVO/f1/dis-f1-b1.wav", "disgust", "f1"),
    ("emovo", "m3/tri-m3-n5.wav", "sadness", "m3"),
    ("casia", "casia/wangzhe/neutral/239.wav", "neutral", "wangzhe"),
    ("casia", "liuchanhg/angry/201.wav", "anger", "liuchanhg"),
    ("casia", "ZhaoZuoxiang/surprise/250.wav", "surprise", "ZhaoZuoxiang"),
    ("enterface05", "subject 19/anger/sentence 4/s19_an_4.avi", "anger", "19"),
    ("enterface05", "subject 11/sadness/sentence 1/s12_sa_1.avi", "sadness", "11"),
    ("enterface05", "subject 16/surprise/sentence 3/s16_su_3avi.avi", "surprise", "16"),
    ("enterface05", "subject-3/happiness/sentence-1/s_3_ha_1.wav", "happiness", "3"),
    ("gemep", "01amu_1.wav", "amusement", "01"),
    ("ased", "05Angry/a5-03-01-02-50.wav", "anger", "50"),
    ("ased", "01Neutral/n1-04-02-01-31.wav", "neutral", "31"),
    ("turev-db", "Sound Source/Sad/1157_hl_acik.wav", "sadness", "1157"),
    ("turev-db", "Angry/7895_kz_yanki.wav", "anger", "7895"),
    ("emodb", "wav/03a01Fa.wav", "happiness", "03"),
    ("nemo", "samples/EB0_surprised_10.wav", "surprised", "EB0"),
]


@pytest.mark.parametrize(("name", "file", "label", "speaker"), REAL)
def test_real_names(name: str, file: str, label: str, speaker: str) -> None:
    assert load_layout(name).describe(file) == Utterance(file, label=label, speaker=speaker)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("savee", "AudioData/a01.wav"),
        ("savee", "XY_a01.wav"),
        ("casia", "angry/201.wav"),
        ("casia", "somebody/angry/201.wav"),
        ("enterface05", "s19_an_4.avi"),
        ("tess", "back_angry.wav"),
        ("turev-db", "Sad/hl_acik.wav"),
        ("emovo", "dis-f1.wav"),
        ("crema-d", "2001_DFA_ANG_XX.wav"),
    ],
)
def test_names_that_do_not_tell_all_do_not_fit(name: str, file: str) -> None:
    with pytest.raises(CorpusError, match=f"does not fit layout {name}, need a name like "):
        load_layout(name).describe(file)


@pytest.mark.parametrize(
    ("name", "file", "code"),
    [
        ("ravdess", "03-01-09-01-02-01-12.wav", "09"),
        ("crema-d", "1001_DFA_CAL_XX.wav", "CAL"),
        ("savee", "DC_x01.wav", "x"),
        ("tess", "OAF_back_calm.wav", "calm"),
        ("emovo", "noi-f1-b1.wav", "noi"),
        ("casia", "wangzhe/calm/201.wav", "calm"),
        ("enterface05", "subject 1/neutral/sentence 1/s1_ne_1.avi", "neutral"),
        ("gemep", "01xyz_1.wav", "xyz"),
        ("ased", "x5-03-01-02-50.wav", "x"),
        ("turev-db", "Bored/1157_sk_acik.wav", "Bored"),
    ],
)
def test_unknown_codes_are_named(name: str, file: str, code: str) -> None:
    with pytest.raises(CorpusError, match=f"label code '{code}', need one of "):
        load_layout(name).describe(file)


@pytest.mark.parametrize("name", FULL)
def test_a_full_corpus_lacks_nothing(name: str) -> None:
    layout = load_layout(name)
    found = [layout.describe(file) for file in FULL[name]()]
    there = [one for one in found if one is not None]
    assert (
        len(there) == len(found) == len({one.file for one in there}) == layout.expected.utterances
    )
    assert not [*layout.expected.differences(there), *layout.expected.missing(there)]
    assert not [*layout.expected.surplus(there)]
    assert [*layout.expected.missing(there[1:])]
    assert [*layout.expected.surplus([*there, there[0]])]


@pytest.mark.parametrize("name", quick_first(sorted(FULL, key="savee".__ne__)))
def test_a_full_corpus_fits_its_layout_alone(name: str) -> None:
    files = list(FULL[name]())
    assert fitting_layout(files) == name
    assert fitting_layout([*files, "notes.wav"]) is None
    assert fitting_layout([*files, *["notes.wav"] * 9], share=0.9) == name


def test_names_of_other_people_are_no_known_corpus() -> None:
    """EMO-DB has no speaker 99, nor has nEMO one called ZZ0."""
    assert fitting_layout(["99a01Fa.wav"]) is None
    assert fitting_layout(["ZZ0_anger_1.wav"]) is None
    assert fitting_layout([]) is None


def test_corpora_with_label_files_are_known_by_names_that_are_theirs_alone() -> None:
    turns = [
        f"Session{one}/sentences/wav/Ses0{one}F_impro01/Ses0{one}F_impro01_M011.wav"
        for one in (1, 5)
    ]
    assert fitting_layout(turns) == "iemocap"
    assert fitting_layout([turns[0].replace("Ses01", "Ses06")]) is None
    assert fitting_layout(["train_splits/dia0_utt0.mp4", "dev/dia1_utt2.wav"]) == "meld"
    assert fitting_layout(["train/train_0001.wav"]) is None  # as CHEAVD's are called, or anything


def test_two_corpora_in_one_folder_are_neither() -> None:
    mixed = [*FULL["savee"](), *FULL["emovo"]()]
    assert fitting_layout(mixed) is None
    assert fitting_layout(mixed, share=0.3) is None


@pytest.mark.slow
def test_ten_thousand_recordings_are_looked_at_at_once() -> None:
    """Half a second each is meant; four for both allow for a machine at work."""
    many = list(chain.from_iterable(FULL[name]() for name in ("crema-d", "tess")))[:10000]
    nemo = [f"part{part}/{file}" for part in range(3) for file in FULL["nemo"]()][:10000]
    assert len(many) == len(nemo) == 10000
    began = time.perf_counter()
    assert fitting_layout(many, share=0.5) == "crema-d"
    assert fitting_layout(nemo) == "nemo"
    assert time.perf_counter() - began < 4


@pytest.mark.parametrize("name", layout_names())
def test_every_layout_says_what_a_reader_needs(name: str) -> None:
    layout = load_layout(name)
    assert layout.language
    assert layout.url.startswith("http")
    assert "utterance" in layout.expected.size or name == "msp-podcast"  # grows by the release
    assert "\n" not in layout.citation + layout.licence + layout.title


@pytest.mark.parametrize("name", FULL)
def test_every_label_has_a_common_name(name: str) -> None:
    layout = load_layout(name)
    for label in layout.expected.per_label or dict.fromkeys(layout.labels.values()):
        assert layout.common_emotion(label) in COMMON_EMOTIONS


def test_what_a_corpus_calls_otherwise_keeps_its_name() -> None:
    assert load_layout("tess").common_emotion("pleasant surprise") == "surprise"
    assert load_layout("nemo").common_emotion("surprised") == "surprise"
    assert load_layout("nemo").common_emotion("emphatic") == ""


@pytest.mark.parametrize("name", layout_names())
def test_the_page_of_corpora_lists_every_layout(name: str) -> None:
    layout = load_layout(name)
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` | [")]
    counts = [str(count or "") for count in layout.expected.totals().values()]
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        f"`{name}`",
        f"[{layout.title}]({layout.url})",
        layout.language,
        *counts,
        layout.licence,
    ]


@pytest.mark.parametrize(
    ("name", "file", "label"),
    [
        ("tess:common", "OAF_back_ps.wav", "surprise"),
        ("nemo:common", "SM0_surprised_7.wav", "surprise"),
        ("nemo:common", "SM0_anger_7.wav", "anger"),
        ("gemep:core:common", "01joi_1.wav", "happiness"),
    ],
)
def test_common_names_are_a_variant_of_every_layout(name: str, file: str, label: str) -> None:
    layout = load_layout(name)
    found = layout.describe(file)
    assert found is not None
    assert (found.label, layout.called) == (label, name)
    assert layout.name == name.partition(":")[0]


def test_what_has_no_common_name_is_left_out_of_the_common_variant(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
name = "own"
title = "Ours"
path = '(?P<label>[a-z]+)'
example = "anger.wav"
licence = "CC0-1.0"
citation = "none"
common = { wrath = "anger" }

[labels]
a = "wrath"
b = "fear"
c = "sarcasm"

[expected.per_label]
wrath = 3
fear = 2
sarcasm = 1
""",
        encoding="utf-8",
    )
    layout = load_layout(f"{own}:common")
    described = [layout.describe(f"{code}.wav") for code in "abc"]
    assert [one and one.label for one in described] == ["anger", "fear", None]
    assert layout.expected.per_label == {"anger": 3, "fear": 2}
    assert layout.expected.utterances == 5
    with pytest.raises(CorpusError, match="label code 'd', need one of a, b"):
        layout.describe("d.wav")
