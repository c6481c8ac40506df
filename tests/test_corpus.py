"""What is found in a folder: everything that says sound, once, in a fixed order, or why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import soundfile

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.sources.folders import passed_over
from deepspectrum_features.corpus.utterance import Refusal, Utterance, join_keys
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import tiny_corpus, tone


def plant(root: Path, *files: str, content: bytes = b"") -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(content)
    return root


def files(corpus: Corpus) -> list[str]:
    return [one.file for one in corpus.utterances]


def test_folder_is_walked_in_sorted_order(tmp_path: Path) -> None:
    # a folder's own files come before its folders, both sorted
    plant(tmp_path, "b/2.wav", "b/10.wav", "z.wav", "a/c/1.flac", "a/3.OGG", "Z.mp3", "a.opus")
    expected = ["Z.mp3", "a.opus", "z.wav", "a/3.OGG", "a/c/1.flac", "b/10.wav", "b/2.wav"]
    corpus = Corpus.read(tmp_path)
    assert files(corpus) == expected
    assert (corpus.name, corpus.named, corpus.root) == (tmp_path.name, False, tmp_path)
    assert corpus.utterances[0] == Utterance("Z.mp3", 0.0, None)
    assert not corpus.has("label")


def test_only_sound_counts_and_dotfiles_do_not(tmp_path: Path) -> None:
    plant(
        tmp_path, "a.wav", "notes.txt", "wav", "a.wav.bak", ".hidden.wav", ".git/b.wav", "._a.wav"
    )
    corpus = Corpus.read(tmp_path)
    assert files(corpus) == ["a.wav"]
    assert corpus.refused == ()


@pytest.mark.parametrize("suffix", ["m4a", "mp4", "avi", "webm", "wma", "M4A", "sph", "mpga"])
def test_whatever_a_decoder_knows_is_found(tmp_path: Path, suffix: str) -> None:
    plant(tmp_path, "a.wav", f"b.{suffix}")
    assert files(Corpus.read(tmp_path)) == ["a.wav", f"b.{suffix}"]


def test_sound_of_other_suffixes_is_passed_over_but_known(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", ".b.dat", "notes.txt", "dir.raw/x.txt")
    for name in ("b.dat", "deep/c.bak", "d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, tone(440, 0.1), 16000, format="WAV")
    (tmp_path / "e.pcm").write_bytes(bytes(100))
    (tmp_path / "empty.raw").touch()
    (tmp_path / "lost.dat").symlink_to("nowhere")
    assert list(passed_over(tmp_path)) == ["b.dat", "d", "e.pcm", "deep/c.bak"]
    corpus = Corpus.read(tmp_path)
    assert files(corpus) == ["a.wav"]
    assert corpus.notices == (
        f"4 files in {tmp_path} passed over, but may be sound: b.dat, d, e.pcm, ... (need "
        "a suffix of sound; raw samples a header too)",
    )
    (tmp_path / "a.wav").rename(tmp_path / "deep" / "a.wav")
    assert Corpus.read(tmp_path, labels_from="parent-folder").notices == corpus.notices
    (tmp_path / "deep" / "a.wav").unlink()
    with pytest.raises(
        CorpusError, match=r"no recordings found, .* \(4 files in .* b\.dat, d, e\."
    ):
        Corpus.read(tmp_path)
    (tmp_path / "corpus.csv").write_text("file\nb.dat\n")
    assert Corpus.read(tmp_path).notices == (), "the table decides"
    (tmp_path / "corpus.csv").rename(tmp_path / "deep" / "corpus.csv")
    (tmp_path / "deep" / "corpus.csv").write_text("file\nc.bak\n")
    assert "3 files in" in Corpus.read(tmp_path).notices[-1], (
        "what a table lists is not passed over"
    )


def test_a_suffix_of_many_files_without_sound_is_not_looked_at_for_ever(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", *(f"{number:03}.lab" for number in range(100)), content=b"notes")
    soundfile.write(tmp_path / "050.lab", tone(440, 0.1), 16000, format="WAV")
    for name in ("zz.lab", "zzz.lab", "z.dat"):
        soundfile.write(tmp_path / name, tone(440, 0.1), 16000, format="WAV")
    assert list(passed_over(tmp_path)) == ["050.lab", "z.dat", "zz.lab", "zzz.lab"]
    plant(tmp_path, "099b.lab", content=b"notes")
    assert list(passed_over(tmp_path)) == ["050.lab", "z.dat"]


def test_names_that_are_not_utf8_go_to_the_ledger(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", os.fsdecode(b"gr\xfcn.wav"))
    corpus = Corpus.read(tmp_path)
    assert files(corpus) == ["a.wav"]
    assert corpus.refused[0].stage == "corpus"
    assert "not UTF-8" in corpus.refused[0].reason
    assert str(corpus.refused[0]).startswith("gr\\udcfcn.wav: the name is not UTF-8")


def test_newlines_in_names_are_kept_and_escaped_on_screen(tmp_path: Path) -> None:
    (refusal,) = Corpus.read(plant(tmp_path, "a\nb.wav")).scan().refused
    assert refusal.file == "a\nb.wav"
    assert str(refusal) == "a\\nb.wav: 0 bytes, need a recording"


def test_folders_linked_in_a_loop_are_walked_once(tmp_path: Path) -> None:
    plant(tmp_path, "a/1.wav", "a/b/2.wav")
    (tmp_path / "a/b/up").symlink_to(tmp_path, target_is_directory=True)
    assert files(Corpus.read(tmp_path)) == ["a/1.wav", "a/b/2.wav"]


def test_folder_with_two_names_is_walked_once(tmp_path: Path) -> None:
    plant(tmp_path, "a/1.wav", "a/b/2.wav")
    (tmp_path / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    assert files(Corpus.read(tmp_path)) == ["a/1.wav", "a/b/2.wav"]


def test_linked_files_and_folders_are_followed(tmp_path: Path) -> None:
    plant(tmp_path, "elsewhere/deep/1.wav", "elsewhere/2.wav")
    root = plant(tmp_path / "root", "own.wav")
    (root / "linked.wav").symlink_to(tmp_path / "elsewhere/2.wav")
    (root / "folder").symlink_to(tmp_path / "elsewhere/deep", target_is_directory=True)
    assert files(Corpus.read(root)) == ["linked.wav", "own.wav", "folder/1.wav"]


def test_link_to_nothing_is_refused_by_the_scan(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to(tmp_path / "gone.wav")
    (refusal,) = Corpus.read(tmp_path).scan().refused
    assert (refusal.stage, refusal.reason) == ("open", "no such file or directory")


def test_scan_reads_headers_and_refuses_every_row_of_a_bad_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.wav", tone(440, 2.0, 8000), 8000)
    plant(tmp_path, "empty.wav")
    rows = "good.wav,0.5,1.5\nempty.wav,0,1\nempty.wav,1,2\ngood.wav,1.5,\ngone.wav,,\n"
    (tmp_path / "corpus.csv").write_text("file,start,end\n" + rows)
    ticks: list[int] = []
    corpus = Corpus.read(tmp_path).scan(ticks.append)
    assert ticks == [1, 1, 1], "once for each recording"
    assert files(corpus) == ["good.wav", "good.wav"]
    assert [(one.file, one.start, one.end) for one in corpus.refused] == [
        ("empty.wav", 0.0, 1.0),
        ("empty.wav", 1.0, 2.0),
        ("gone.wav", 0.0, None),
    ]
    assert corpus.headers["good.wav"].frames == 16000
    assert [corpus.seconds(one) for one in corpus.utterances] == [1.0, 0.5]


def test_corpus_csv_is_read_without_asking_and_extra_recordings_are_noticed(
    tmp_path: Path,
) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=2, per_class=1)
    corpus = Corpus.read(folder)
    assert corpus.count("label") == {"high": 2, "low": 2}
    assert corpus.count("speaker") == {"spk1": 2, "spk2": 2}
    assert (corpus.name, corpus.notices) == ("tones", ())
    plant(folder, "more/a\n.wav", "b.flac", "notes.txt")
    notice = f"2 recordings in {folder} left out, not in corpus.csv: b.flac, more/a\\n.wav"
    assert Corpus.read(folder).notices == (notice,)
    assert files(Corpus.read(folder)) == files(corpus)


def test_labels_come_from_parent_folders(tmp_path: Path) -> None:
    plant(tmp_path, "set/angry/1.wav", "set/calm/2.wav", "3.wav")
    corpus = Corpus.read(tmp_path, labels_from="parent-folder")
    assert [(one.file, one.label) for one in corpus.utterances] == [
        ("set/angry/1.wav", "angry"),
        ("set/calm/2.wav", "calm"),
    ]
    reason = "lies in no folder, need one named after its label"
    assert corpus.refused == (Refusal("3.wav", 0.0, None, "corpus", reason),)
    plant(tmp_path / "flat", "1.wav", "2.wav")
    with pytest.raises(CorpusError, match="2 recordings, none in a folder below it, need folders"):
        Corpus.read(tmp_path / "flat", labels_from="parent-folder")


def test_tables_of_subfolders_are_read_where_the_folder_has_none(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", "test/a.wav", "test/b.wav", "train/deep/c.wav", "x/y/e.wav")
    (tmp_path / "test/corpus.csv").write_text("file,label\na.wav,calm\n")
    (tmp_path / "train/corpus.csv").write_text("file,start,label\ndeep/c.wav,1,angry\n")
    (tmp_path / "x/y/corpus.csv").write_text("file,label\ne.wav,deeper than one level\n")
    corpus = Corpus.read(tmp_path)
    assert (corpus.root, corpus.name) == (tmp_path, tmp_path.name)
    assert [(one.file, one.start, one.label) for one in corpus.utterances] == [
        ("test/a.wav", 0.0, "calm"),
        ("train/deep/c.wav", 1.0, "angry"),
        ("a.wav", 0.0, ""),
        ("x/y/e.wav", 0.0, ""),
    ]
    assert corpus.refused == ()
    assert corpus.notices == (
        f"reading {tmp_path / 'test/corpus.csv'}",
        f"1 recording in {tmp_path / 'test'} left out, not in corpus.csv: b.wav",
        f"reading {tmp_path / 'train/corpus.csv'}",
    )
    assert files(Corpus.read(tmp_path / "train")) == ["deep/c.wav"]
    (tmp_path / "corpus.csv").write_text("file\na.wav\n")
    assert files(Corpus.read(tmp_path)) == ["a.wav"]


def test_hidden_subfolders_have_no_table(tmp_path: Path) -> None:
    plant(tmp_path, "a.wav", ".old/b.wav")
    (tmp_path / ".old/corpus.csv").write_text("file\nb.wav\n")
    assert files(Corpus.read(tmp_path)) == ["a.wav"]


def test_asking_for_labels_goes_before_corpus_csv(tmp_path: Path) -> None:
    plant(tmp_path, "calm/1.wav", "calm/2.wav")
    (tmp_path / "corpus.csv").write_text("file,label\ncalm/1.wav,from the table\n")
    assert Corpus.read(tmp_path).count("label") == {"from the table": 1}
    assert Corpus.read(tmp_path, labels_from="parent-folder").count("label") == {"calm": 2}


def test_layout_and_labels_from_exclude_each_other(tmp_path: Path) -> None:
    plant(tmp_path, "calm/03a01Fa.wav")
    with pytest.raises(CorpusError, match="need one"):
        Corpus.read(tmp_path, layout="emodb", labels_from="parent-folder")


def test_layout_describes_a_folder_and_names_the_corpus(tmp_path: Path) -> None:
    plant(tmp_path, "wav/03a01Fa.wav", "wav/16b10Wb.wav", "wav/readme.wav")
    corpus = Corpus.read(tmp_path, layout="emodb")
    assert (corpus.name, corpus.named) == ("emodb", True)
    assert corpus.utterances == (
        Utterance("wav/03a01Fa.wav", label="happiness", speaker="03"),
        Utterance("wav/16b10Wb.wav", label="anger", speaker="16"),
    )
    assert [one.file for one in corpus.refused] == ["wav/readme.wav"]
    assert corpus.notices == (
        "emodb: 2 utterances, the full corpus has 535",
        "emodb: 2 speakers, the full corpus has 10",
        "emodb: 2 labels, the full corpus has 7",
    )


def test_layout_that_nothing_fits_shows_what_would(tmp_path: Path) -> None:
    plant(tmp_path, "1.wav", "2.wav")
    with pytest.raises(CorpusError, match=r"none of 2 .* fits layout nemo, .*SM0_anger_77\.wav"):
        Corpus.read(tmp_path, layout="nemo")


def test_given_name_goes_before_every_other(tmp_path: Path) -> None:
    plant(tmp_path, "03a01Fa.wav")
    for layout in (None, "emodb"):
        corpus = Corpus.read(tmp_path, layout=layout, name="mine")
        assert (corpus.name, corpus.named) == ("mine", True)


def test_one_recording_is_a_corpus(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440, 0.5), 16000)
    corpus = Corpus.read(tmp_path / "a.wav").scan()
    assert files(corpus) == ["a.wav"]
    assert (corpus.root, corpus.name, corpus.named) == (tmp_path, "a", False)


def test_manifest_paths_are_relative_to_it_or_to_the_root(tmp_path: Path) -> None:
    plant(tmp_path, "sound/a.wav")
    (tmp_path / "list.csv").write_text("file\nsound/a.wav\n")
    beside = Corpus.read(tmp_path / "list.csv")
    assert (beside.root, beside.name, files(beside)) == (tmp_path, "list", ["sound/a.wav"])
    (tmp_path / "bare.tsv").write_text("file\tlabel\na.wav\tcalm\n")
    rooted = Corpus.read(tmp_path / "bare.tsv", root=tmp_path / "sound")
    assert (rooted.root, files(rooted)) == (tmp_path / "sound", ["a.wav"])
    (tmp_path / "full.txt").write_text(f"file\n{tmp_path / 'sound/a.wav'}\n")
    assert files(Corpus.read(tmp_path / "full.txt", root=tmp_path / "sound")) == ["a.wav"]


def test_nothing_to_read_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder, need recordings or a manifest"):
        Corpus.read(tmp_path / "gone")
    plant(tmp_path, "notes.txt", ".hidden.wav")
    with pytest.raises(CorpusError, match=r"no recordings found, need files ending in .*\.wav"):
        Corpus.read(tmp_path)


COMPOSED, DECOMPOSED = "gr\u00fcn.wav", "gru\u0308n.wav"


def test_rows_are_matched_by_nfc_microseconds_and_channel() -> None:
    assert COMPOSED != DECOMPOSED
    one, two, later, other = (
        [(DECOMPOSED, 1 / 3, 2 / 3, 1)],
        [(COMPOSED, 0.3333334, 2 / 3, 1)],
        [(COMPOSED, 0.333335, 2 / 3, 1)],
        [(COMPOSED, 1 / 3, 2 / 3, 2)],
    )
    assert join_keys(one) == [[(COMPOSED, 0.333333, 0.666667, 1)]]
    keys = join_keys(one, two, later, other)
    assert keys[0] == keys[1]
    assert len({key for (key,) in keys}) == 3


def test_names_that_nfc_would_confuse_are_compared_as_they_stand() -> None:
    both = [(COMPOSED, 0.0, 1.0, 0), (DECOMPOSED, 0.0, 1.0, 0), ("e\u0301.wav", 0.0, 1.0, 0)]
    assert join_keys(both)[0] == [*both[:2], ("\u00e9.wav", 0.0, 1.0, 0)]
    one, two = join_keys(both, both[1:2])
    assert two == one[1:2], "the file of that very name, not the one that NFC would make of it"
    one, two = join_keys(both[:1], both[1:2])
    assert one == two
    cuts = [(COMPOSED, 0.0, 1.0, 0), (COMPOSED, 1.0, 2.0, 0)]
    assert join_keys(cuts)[0] == cuts, "many stretches of one file are no confusion"


def test_two_files_whose_names_nfc_takes_for_one_are_two(tmp_path: Path) -> None:
    for file, hertz in ((COMPOSED, 300), (DECOMPOSED, 600)):
        soundfile.write(tmp_path / "x.wav", tone(hertz, 0.5), 16000)
        (tmp_path / "x.wav").rename(tmp_path / file)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes both names for one")
    corpus = Corpus.read(tmp_path).scan()
    assert (files(corpus), corpus.refused) == (sorted([COMPOSED, DECOMPOSED]), ())


def test_an_open_end_and_the_same_end_written_out_are_one_stretch(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(300, 0.5), 16000)
    (tmp_path / "list.csv").write_text("file,start,end\na.wav,,\na.wav,0,0.5\na.wav,0,0.25\n")
    corpus = Corpus.read(tmp_path / "list.csv").scan()
    assert [(one.start, one.end) for one in corpus.utterances] == [(0.0, None), (0.0, 0.25)]
    assert [str(one) for one in corpus.refused] == [
        "a.wav [0-0.5 s]: the same stretch is listed before"
    ]


def test_an_empty_path_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "a.wav")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CorpusError, match=r"^'': no such file or folder"):
        Corpus.read("")
    assert files(Corpus.read(".")) == ["a.wav"]
