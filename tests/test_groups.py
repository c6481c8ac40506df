"""What is never divided: recordings by random folds, speakers and twins by inner folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepspectrum_features import FeatureFile, evaluate
from deepspectrum_features.baselines.limits import limits_of
from deepspectrum_features.corpus.folds import Fold, fixed_split
from deepspectrum_features.corpus.groups import recordings, speaker_groups
from deepspectrum_features.corpus.protocol import Protocol, make_protocol
from deepspectrum_features.corpus.sides import check_folds, check_held_out
from deepspectrum_features.corpus.utterance import Utterance, overlap
from deepspectrum_features.errors import CorpusError

CHUNKS, SPEAKERS, RECORDINGS, CORPORA = 5, 5, 20, 4


def chunks_of_coin_flips(path: Path, seed: int, **changes: Any) -> Path:
    """Write chunks that sound like their recording, whose label is tossed for it."""
    generator = np.random.default_rng(seed)
    names = [f"{who}/{take}" for who in range(SPEAKERS) for take in range(RECORDINGS)]
    tossed = np.array(["heads", "tails"] * (len(names) // 2))
    generator.shuffle(tossed)
    rows = [(name, label, chunk) for name, label in zip(names, tossed, strict=True)
            for chunk in range(CHUNKS)]  # fmt: skip
    voices = np.repeat(generator.standard_normal((len(names), 8)), CHUNKS, axis=0)
    table = FeatureFile(
        features=(voices + 0.1 * generator.standard_normal(voices.shape)).astype(np.float32),
        feature_name=[f"x{column}" for column in range(8)],
        file=[f"{name}.wav" for name, _, _ in rows],
        start=np.array([float(chunk) for _, _, chunk in rows]),
        end=np.array([chunk + 1.0 for _, _, chunk in rows]),
        label=[label for _, label, _ in rows],
        speaker=[name.partition("/")[0] for name, _, _ in rows],
        attributes={"encoder": "test", "corpus": "coins", "licence": "CC0-1.0"},
    )
    for name, value in changes.items():
        setattr(table, name, value)
    table.write(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["loso", "grouped", "random"])
def test_labels_that_were_tossed_are_guessed(tmp_path: Path, protocol: str) -> None:
    scores: dict[str, list[float]] = {}
    for seed in range(CORPORA):
        path = chunks_of_coin_flips(tmp_path / f"{seed}.h5", seed)
        found = evaluate([path], kernels=["linear", "rbf"], protocol=protocol)
        for system in found.systems:
            scores.setdefault(system.kernel, []).append(system.scores["ua"].value)
    for kernel, values in scores.items():
        assert 0.45 < np.mean(values) < 0.55, kernel


def test_random_folds_keep_a_recording_on_one_side_under_any_name() -> None:
    rows = [
        Utterance(f"{name}.wav", start, start + 1.0, label=label)
        for name, label in (("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"))
        for start in (0.0, 1.0, 2.0)
    ]
    content = [{"a": "1", "b": "1"}.get(row.file[0], row.file[0]) for row in rows]
    folds = make_protocol(rows, "random", content=content).folds
    tested = [{rows[row].file[0] for row in fold.test} for fold in folds]
    assert sorted(map(sorted, tested)) == [["a", "b"], ["c"], ["d"]]
    assert sorted(row for fold in folds for row in fold.test) == list(range(len(rows)))


def test_groups_are_joined_through_twins_and_only_through_them() -> None:
    rows = [
        Utterance("call.wav", 0.0, 1.0, speaker="ann"),
        Utterance("call.wav", 1.0, 2.0, speaker="bob"),
        Utterance("copy.wav", speaker="cy"),
        Utterance("original.wav", speaker="dan"),
        Utterance("u\N{COMBINING DIAERESIS}.wav"),
        Utterance("\N{LATIN SMALL LETTER U WITH DIAERESIS}.wav"),
    ]
    content = ["1", "1", "2", "2", "", ""]
    assert speaker_groups(rows, content).tolist()[:4] == ["ann", "bob", "cy", "cy"]
    assert len(set(speaker_groups(rows, content)[4:].tolist())) == 2, "two files of a folder"
    assert recordings(rows, content).tolist()[:4] == [
        "call.wav",
        "call.wav",
        "copy.wav",
        "copy.wav",
    ]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ((0.0, 1.0, 0), (1.0, 2.0, 0), False),
        ((0.0, 1.0000009, 0), (1.0, 2.0, 0), False),
        ((0.0, 1.5, 0), (1.0, 2.0, 0), True),
        ((1.0, 1.0, 0), (0.0, 2.0, 0), False),
        ((0.0, None, 0), (1.0, 2.0, 2), True),
        ((0.0, None, 1), (1.0, 2.0, 2), False),
        ((3.0, None, 0), (1.0, 2.0, 0), False),
    ],
)
def test_stretches_overlap(first: Any, second: Any, shared: bool) -> None:
    assert overlap(("a", *first), ("a", *second)) is shared
    assert overlap(("a", *second), ("a", *first)) is shared


def test_a_split_that_cuts_a_recording_of_nobody_known_is_refused_by_name() -> None:
    rows = [
        Utterance("a.wav", 0.0, 1.0, "x", split="train"),
        Utterance("a.wav", 1.0, 2.0, "x", split="test"),
        Utterance("b.wav", 0.0, 1.0, "y", split="train"),
    ]
    with pytest.raises(CorpusError, match=r"a\.wav: in more than one split, speaker unknown"):
        fixed_split(rows)
    talk = [Utterance("a.wav", at, at + 1.0, "x", who, split)
            for at, who, split in ((0.0, "ann", "train"), (1.0, "bob", "test"))]  # fmt: skip
    assert fixed_split(talk).test == (1,)


def test_a_copy_whose_speaker_is_unknown_is_refused_on_the_other_side() -> None:
    rows = [Utterance("a.wav", label="x"), Utterance("b.wav", label="x")]
    protocol = Protocol("split", (Fold("split", (0,), (), (1,)),), speaker_independent=False)
    check_folds(protocol, rows, ["1", "2"])
    with pytest.raises(CorpusError, match="the same recording"):
        check_folds(protocol, rows, ["1", "1"])


def test_speakers_who_talk_in_turn_in_copies_of_one_session_may_be_told_apart() -> None:
    rows = [
        Utterance("ann/talk.wav", 0.0, 1.0, "x", "ann"),
        Utterance("bob/talk.wav", 1.0, 2.0, "x", "bob"),
        Utterance("bob/talk.wav", 0.5, 2.0, "x", "bob"),
        Utterance("cy.wav", label="x", speaker="cy"),
    ]
    content = ["1", "1", "1", "2"]
    protocol = Protocol("loso", (Fold("bob", (0, 3), (), (1,)),), speaker_independent=True)
    check_folds(protocol, rows, content)
    protocol = Protocol("loso", (Fold("bob", (0, 3), (), (2,)),), speaker_independent=True)
    with pytest.raises(CorpusError, match="the same recording"):
        check_folds(protocol, rows, content)


def test_two_speakers_rows_that_are_one_sound_are_refused() -> None:
    """Half a second of the other's talk is a warning; a row within the other's is a leak."""
    rows = [
        Utterance("talk.wav", 0.0, 3.0, "x", "ann"),
        Utterance("talk.wav", 0.1, 3.1, "x", "bob"),
        Utterance("talk.wav", 2.5, 6.0, "x", "bob"),
        Utterance("cy.wav", 0.0, 1.0, "x", "cy"),
    ]
    for test, dev, message in (((1,), (), "half of their sound"), ((2,), (), ""), ((1,), (0,), "")):
        train = tuple(row for row in (0, 3) if row not in dev)
        folds = (Fold("bob", train, dev, test),)
        protocol = Protocol("loso", folds, speaker_independent=True)
        if message:
            with pytest.raises(CorpusError, match=message):
                check_folds(protocol, rows, [])
        else:
            check_folds(protocol, rows, [])
            limits = list(limits_of(protocol, rows))
            assert any(one.startswith("1 test rows share time with others' talk") for one in limits)


def test_files_whose_names_nfc_takes_for_one_are_two_recordings() -> None:
    names = ("gr\u00fcn.wav", "gru\u0308n.wav")
    rows = [Utterance(name, label="x") for name in names]
    assert len({*recordings(rows)}) == len({*speaker_groups(rows)}) == 2
    protocol = Protocol("split", (Fold("split", (0,), (), (1,)),), speaker_independent=False)
    check_folds(protocol, rows, ["1", "2"])
    again = [Utterance(names[1], 0.0, 1.0), Utterance(names[1], 1.0, 2.0)]
    assert len({*recordings(again)}) == 1


def test_what_chooses_the_epoch_is_not_trained_on_where_nothing_is_tested() -> None:
    rows = [Utterance("a.wav", speaker="ann"), Utterance("b.wav", speaker="bob"),
            Utterance("c.wav", speaker="cy")]  # fmt: skip
    check_held_out(Fold("dev speakers bob", (0, 2), (1,), ()), rows, ["1", "2", "3"])
    with pytest.raises(CorpusError, match=r"^fold dev speakers bob: b\.wav .* the same recording"):
        check_held_out(Fold("dev speakers bob", (0, 2), (1,), ()), rows, ["1", "1", "3"])
    with pytest.raises(CorpusError, match=r"b\.wav \(speaker bob\) and a\.wav .* the same"):
        check_held_out(Fold("x", (0,), (2,), (1,)), rows, ["1", "1", "3"])
    check_held_out(Fold("x", (0,), (2,), (1,)), rows, ["1", "2", "1"])
