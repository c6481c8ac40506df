"""Shards: merged they are the file of one run, to the bit; and no other files are merged."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from quick_first import quick_first

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.cli import info
from deepspectrum_features.cli.extract import command as extract_command
from deepspectrum_features.cli.merge import command as merge_command
from deepspectrum_features.cli.verify import command as verify_command
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.terminal import counted
from deepspectrum_features.testing import tiny_corpus, tone
from tests.test_extraction import contents

RATE = 16000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part end with the first second of sound, so that small corpora have many."""
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    monkeypatch.setattr(plan, "_MOST_SECONDS", 1.0)


def nan_at(place: float, seconds: float = 0.8) -> np.ndarray[Any, np.dtype[np.float32]]:
    sound = tone(500, seconds)
    sound[round(place * RATE)] = np.nan
    return sound


def bad_inputs(folder: Path) -> Path:
    """Write good tones among inputs that are refused at every stage; facts in some rows only.

    Shards are cut by seconds: of two, ``loud.wav`` begins the second; of three, it is the second.
    """
    tiny_corpus(folder, speakers=3, per_class=2)
    soundfile.write(folder / "nan_1.wav", nan_at(0.1), RATE, subtype="FLOAT")
    soundfile.write(folder / "nan_2.wav", nan_at(0.7), RATE, subtype="FLOAT")
    soundfile.write(folder / "short.wav", tone(500, 0.01), RATE)
    soundfile.write(folder / "wild.wav", tone(500, 0.5) * 1e30, RATE, subtype="FLOAT")
    soundfile.write(folder / "loud.wav", np.full(119 * 1000, 1e30), 1000, subtype="FLOAT")
    soundfile.write(folder / "long.wav", np.zeros(121 * 1000), 1000)
    (folder / "film.m4a").write_bytes(b"x")
    (folder / "empty.wav").touch()
    (folder / "corpus.csv").write_text(
        "file,start,end,label,speaker,split\n"
        "film.m4a,,,high,spk1,\n"  # open
        "nan_1.wav,,,high,spk1,\n"  # decode, in the first part
        "spk1_high_1.wav,,,,,\n"
        "spk1_high_2.wav,,,,,\n"
        "short.wav,,,,,\n"  # frame
        "spk1_low_1.wav,0.1,0.4,,,\n"
        "spk1_low_1.wav,0.2,,,,\n"
        "spk1_low_2.wav,,,,,\n"
        "missing.wav,,,low,spk2,\n"  # open
        "spk2_high_1.wav,,,,spk2,\n"
        "spk2_high_2.wav,,,high,spk2,\n"
        "spk2_high_2.wav,0.1,9.5,high,spk2,\n"  # cut
        "wild.wav,,,high,spk2,\n"  # encode
        "spk3_high_1.wav,,,high,spk3,test\n"
        "long.wav,,,,,\n"  # length
        "long.wav,0,121,,,\n"  # corpus: the same stretch
        "loud.wav,,,,,\n"  # encode
        "spk3_low_1.wav,,,low,spk3,\n"
        "empty.wav,,,,,\n"  # open
        "spk3_low_2.wav,,,low,spk3,\n"
        "nan_2.wav,,,low,spk3,dev\n"  # decode, in the last part
    )
    return folder


def run_shards(source: Path, place: Path, encoder: Encoder, n: int, **options: Any) -> list[Path]:
    """Extract every shard into a file of its own, the last one first."""
    place.mkdir(exist_ok=True)
    paths = [place / f"{number}-of-{n}.h5" for number in range(1, n + 1)]
    for number in reversed(range(1, n + 1)):
        done = extract(source, paths[number - 1], encoder=encoder, shard=(number, n), **options)
        assert done.path == paths[number - 1]
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("n", quick_first([3, 2]))
def test_merged_shards_are_the_file_of_one_run(tmp_path: Path, encoder: Encoder, n: int) -> None:
    folder = bad_inputs(tmp_path / "corpus")
    single = extract(folder, tmp_path / "one.h5", encoder=encoder)
    assert single.rows == 10
    assert {one.stage for one in single.refused} == {
        *("corpus", "open", "decode", "frame", "cut", "encode", "length")
    }
    shards = run_shards(folder, tmp_path / "shards", encoder, n)
    tables = [FeatureFile.open(path) for path in shards]
    assert [len(table.file) for table in tables] == {2: [8, 2], 3: [8, 0, 2]}[n]
    assert not tables[-1].label == tables[0].label
    for table, name in ((tables[0], "nan_1.wav"), (tables[-1], "nan_2.wav")):
        assert [one.file for one in table.refused if one.stage == "decode"] == [name]
    merged = merge(shards, tmp_path / "merged.h5")
    assert contents(tmp_path / "merged.h5") == contents(tmp_path / "one.h5")
    assert differences(tmp_path / "merged.h5", tmp_path / "one.h5") == []
    assert merged.refused == list(single.refused)
    assert contents(tmp_path / "merged.h5") != contents(shards[0])
    assert extract(folder, tmp_path / "merged.h5", encoder=encoder).found == "complete"


@pytest.mark.slow
def test_what_a_folder_refuses_by_name_is_told_once(folder: Path, encoder: Encoder) -> None:
    (folder / "corpus.csv").unlink()
    (folder / "film.m4a").write_bytes(b"x")
    (folder / "spk2_low_2.wav").write_text("hello")
    extract(folder, folder / "one.h5", encoder=encoder)
    shards = run_shards(folder, folder / "shards", encoder, 2)
    merge(shards, folder / "merged.h5")
    assert contents(folder / "merged.h5") == contents(folder / "one.h5")
    ledgers = [[one.file for one in FeatureFile.open(path).refused] for path in shards]
    assert ledgers == [["film.m4a", "spk2_low_2.wav"], []]
    with h5py.File(folder / "merged.h5") as store:
        assert not {"label", "speaker", "split"} & set(store)


@pytest.mark.slow
@pytest.mark.parametrize("n", quick_first([3, 2]))
def test_frames_and_attention_are_merged_too(tmp_path: Path, encoder: Encoder, n: int) -> None:
    folder = bad_inputs(tmp_path / "corpus")
    options = {"frames": True, "attention": True}
    extract(folder, tmp_path / "one.h5", encoder=encoder, **options)
    shards = run_shards(folder, tmp_path / "shards", encoder, n, **options)
    merge(shards, tmp_path / "merged.h5")
    one, merged = contents(tmp_path / "one.h5"), contents(tmp_path / "merged.h5")
    assert one == merged
    assert {"frames/values", "frames/first", "attention/values"} <= set(merged)
    assert verify(tmp_path / "merged.h5") == []
    with h5py.File(shards[-1]) as store:
        assert store["frames/first"][0] == 0, "each shard counts from its own first row"


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3])
def test_a_recording_in_chunks_spans_shards(tmp_path: Path, encoder: Encoder, n: int) -> None:
    # seconds     0         10        20        30        40
    # recording   [=========================================]
    # not a number ^                                   ^
    # shards of 2 [                    |                    ]
    generator = np.random.default_rng(0)
    sound = 0.1 * generator.standard_normal(40 * 8000)
    sound[[8000, 36 * 8000]] = np.nan
    soundfile.write(tmp_path / "long.wav", sound, 8000, subtype="FLOAT")
    options = {"frames": True, "chunk": 2.0, "chunk_step": 1.5}
    source = tmp_path / "long.wav"
    single = extract(source, tmp_path / "one.h5", encoder=encoder, **options)
    # [0, 2) holds the first NaN; [34.5, 36.5) and [36, 38) the second; the 27th chunk is the last
    assert [one.start for one in single.refused] == [0, 34.5, 36]
    assert single.rows == 27 - 3
    shards = run_shards(source, tmp_path / "shards", encoder, n, **options)
    merge(shards, tmp_path / "merged.h5")
    assert contents(tmp_path / "merged.h5") == contents(tmp_path / "one.h5")
    digests = {digest for path in shards for digest in FeatureFile.open(path).content}
    assert len(digests) == 1, "each shard has the digest of the whole recording"
    assert digests != {""}


@pytest.mark.slow
def test_a_recording_that_breaks_off_has_no_digest_in_any_shard(
    tmp_path: Path, encoder: Encoder
) -> None:
    sound = 0.1 * np.random.default_rng(0).standard_normal(200 * 8000)
    soundfile.write(tmp_path / "half.flac", sound, 8000)
    content = bytearray((tmp_path / "half.flac").read_bytes())
    middle = len(content) * 9 // 10
    content[middle : middle + 20_000] = bytes(20_000)
    (tmp_path / "half.flac").write_bytes(content)
    options = {"chunk": 10.0}
    source = tmp_path / "half.flac"
    single = extract(source, tmp_path / "one.h5", encoder=encoder, **options)
    assert 0 < single.rows < 20
    assert single.rows + len(single.refused) == 20
    shards = run_shards(source, tmp_path / "shards", encoder, 2, **options)
    merge(shards, tmp_path / "merged.h5")
    assert contents(tmp_path / "merged.h5") == contents(tmp_path / "one.h5")
    assert not FeatureFile.open(tmp_path / "merged.h5").content


@pytest.mark.slow
def test_an_input_without_sound_at_the_very_end_stays_in_the_ledger(
    tmp_path: Path, encoder: Encoder
) -> None:
    # seconds  0      2      4      6           the last stretch begins behind the end:
    # parts    [------)[-----)[-----)[)         it is a part of 0 seconds, of the last shard
    soundfile.write(tmp_path / "a.wav", tone(500, 6.0), RATE)
    table = tmp_path / "list.csv"
    table.write_text("file,start,end\na.wav,0,2\na.wav,2,4\na.wav,4,6\na.wav,50,\n")
    single = extract(table, tmp_path / "one.h5", encoder=encoder)
    assert [one.start for one in single.refused] == [50]
    shards = run_shards(table, tmp_path / "shards", encoder, 2)
    merge(shards, tmp_path / "merged.h5")
    assert differences(tmp_path / "merged.h5", tmp_path / "one.h5") == []
    assert contents(tmp_path / "merged.h5") == contents(tmp_path / "one.h5")


@pytest.mark.slow
def test_every_part_is_in_one_shard(encoder: Encoder, folder: Path) -> None:
    whole = plan.make_plan(Corpus.read(folder).scan(), {})
    assert len(whole.parts) == 4
    for n in (1, 2, 3):
        taken = [whole.take_shard(number, n) for number in range(1, n + 1)]
        assert [part for shard in taken for part in shard.parts] == list(whole.parts)
        assert {shard.key for shard in taken} == {whole.key}
    assert whole.take_shard(1, 2).parts != whole.take_shard(2, 2).parts


@pytest.fixture
def three(folder: Path, encoder: Encoder) -> list[Path]:
    return run_shards(folder, folder / "shards", encoder, 3)


@pytest.mark.slow
def test_files_are_given_in_any_order(three: list[Path], folder: Path, encoder: Encoder) -> None:
    extract(folder, folder / "one.h5", encoder=encoder)
    expected = contents(folder / "one.h5")
    for number, order in enumerate(itertools.permutations(three)):
        merge(list(order), folder / f"{number}.h5")
        assert contents(folder / f"{number}.h5") == expected
    files = [FeatureFile.open(path).file for path in three]
    assert sorted(files) == files
    assert FeatureFile.open(folder / "0.h5").file == [file for shard in files for file in shard]


@pytest.mark.slow
def test_what_merge_returns_is_a_table_to_work_with(three: list[Path], folder: Path) -> None:
    merged = merge(three, folder / "merged.h5")
    written = FeatureFile.open(folder / "merged.h5")
    np.testing.assert_array_equal(merged.features[:], written.features)
    np.testing.assert_array_equal(np.asarray(merged.features, np.float32), written.features)
    assert merged.to_frame().equals(written.to_frame())


@pytest.mark.slow
def test_labels_of_a_later_run_of_one_shard_are_kept(
    three: list[Path], folder: Path, encoder: Encoder
) -> None:
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace(",low,", ",deep,"))
    for number in (1, 2, 3):
        done = extract(folder, three[number - 1], encoder=encoder, shard=(number, 3))
        assert done.found in ("complete", "facts brought up to date")
    extract(folder, folder / "one.h5", encoder=encoder)
    merge(three, folder / "merged.h5")
    assert contents(folder / "merged.h5") == contents(folder / "one.h5")
    assert set(FeatureFile.open(folder / "merged.h5").label) == {"high", "deep"}


def refused(shards: list[Path], out: Path) -> str:
    """Merge what must not be merged, and return the one line."""
    with pytest.raises(FeatureFileError) as caught:
        merge(shards, out)
    assert not out.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
def test_a_shard_missing_or_given_twice(three: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "merged.h5"
    one, two, last = three
    assert refused([one, last], out) == f"{one}: shard 2 missing, need each one once"
    assert refused([last], out) == f"{last}: shard 1, 2 missing, need each one once"
    assert refused([one, two, two, last], out) == f"{one}: shard 2 given twice, need each one once"
    assert "shard 1 given twice" in refused([one, one, two], out)


@pytest.mark.slow
def test_what_is_no_shard(three: list[Path], folder: Path, encoder: Encoder) -> None:
    out, whole = folder / "merged.h5", folder / "whole.h5"
    extract(folder, whole, encoder=encoder)
    line = f"{whole}: not a shard, need files of dsf extract --shard"
    assert refused([*three[:2], whole], out) == line
    assert refused([whole], out) == line
    (folder / "text.h5").write_text("hello")
    assert "text.h5: not a readable feature file" in refused([folder / "text.h5", *three], out)
    assert "nowhere.h5: no such file" in refused([three[0], folder / "nowhere.h5"], out)
    assert "a folder, need a feature file" in refused([folder, *three], out)


@pytest.mark.slow
def test_a_damaged_shard_is_named(three: list[Path], folder: Path) -> None:
    with h5py.File(three[1]) as store:
        chunk = store["features"].id.get_chunk_info(0)
    content = bytearray(three[1].read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    three[1].write_bytes(content)
    line = refused(three, folder / "merged.h5")
    assert line.startswith(f"{three[1]}: ")


def other_extraction(kind: str, folder: Path, encoder: Encoder) -> tuple[Path, dict[str, Any]]:
    """Return source and options of an extraction that differs in one thing."""
    if kind == "channel":
        return folder, {"encoder": encoder, "channel": 1}
    if kind == "frames":
        return folder, {"encoder": encoder, "frames": True}
    if kind == "encoder":
        return folder, {"encoder": None}
    if kind == "chunk":
        return folder, {"encoder": encoder, "chunk": 0.3}
    other = tiny_corpus(folder.parent / "other", speakers=2, per_class=2, seconds=0.6)
    return other, {"encoder": encoder}


@pytest.mark.slow
@pytest.mark.parametrize("kind", quick_first(["channel", "frames", "encoder", "chunk", "corpus"]))
def test_shards_of_different_extractions(
    three: list[Path], folder: Path, encoder: Encoder, kind: str
) -> None:
    source, options = other_extraction(kind, folder, encoder)
    other = folder / "shards" / "other.h5"
    extract(source, other, shard=(2, 3), **options)
    line = refused([three[0], other, three[2]], folder / "merged.h5")
    assert line == (
        f"{other}: of another extraction than {three[0]} (plan key differs), "
        "need the same recordings, options and encoder"
    )


@pytest.mark.slow
def test_shards_of_differently_named_corpora(folder: Path, encoder: Encoder) -> None:
    for number, name in ((1, "tones"), (2, "bells")):
        corpus = Corpus.read(folder, name=name)
        extract(corpus, folder / f"{number}.h5", encoder=encoder, shard=(number, 2))
    line = refused([folder / "1.h5", folder / "2.h5"], folder / "merged.h5")
    assert "2.h5: of another extraction than" in line
    assert "(corpus differs)" in line


@pytest.mark.slow
def test_shards_of_different_counts(three: list[Path], folder: Path, encoder: Encoder) -> None:
    half = folder / "half.h5"
    extract(folder, half, encoder=encoder, shard=(2, 2))
    line = refused([three[0], half], folder / "merged.h5")
    assert line.startswith(f"{three[0]}: shards of 2 and of 3")


@pytest.mark.slow
def test_an_output_that_stands_there_stays(three: list[Path], folder: Path) -> None:
    out = folder / "merged.h5"
    out.write_text("precious")
    with pytest.raises(FeatureFileError, match=r"merged\.h5: exists .*--overwrite"):
        merge(three, out)
    assert out.read_text() == "precious"
    out.unlink()
    merge(three, out)
    before = contents(out)
    with pytest.raises(FeatureFileError, match=r"merged\.h5: exists"):
        merge(three, out)
    merge(three, out, overwrite=True)
    assert contents(out) == before
    with pytest.raises(FeatureFileError, match="missing: no such folder"):
        merge(three, folder / "missing" / "out.h5")
    with pytest.raises(FeatureFileError, match="shards: a folder, need the name"):
        merge(three, folder / "shards")


@pytest.mark.slow
def test_a_foreign_file_is_never_overwritten(three: list[Path], folder: Path) -> None:
    notes = folder / "notes.log"
    notes.write_text("precious")
    with pytest.raises(FeatureFileError, match="exists and is not a feature file"):
        merge(three, notes, overwrite=True)
    assert notes.read_text() == "precious"


@pytest.mark.slow
def test_more_shards_than_parts(folder: Path, encoder: Encoder) -> None:
    messages = set()
    for number in range(1, 21):
        try:
            extract(folder, folder / f"{number}.h5", encoder=encoder, shard=(number, 20))
        except CorpusError as error:
            messages.add(str(error).replace(f"{number}/20", "I/20"))
            assert not (folder / f"{number}.h5").exists()
    assert messages == {"--shard I/20: holds nothing, the work has 4 parts (use fewer shards)"}
    done = list(folder.glob("*.h5"))
    assert len(done) == 4
    assert not list(folder.glob("*.parts"))
    assert "missing, need each one once" in refused(done, folder.parent / "merged.h5")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("0/2", "0/2, need 1/2 to 2/2"),
        ("3/2", "3/2, need 1/2 to 2/2"),
        ("0/0", "0/0, need"),
        ("x", "'x', need I/N such as 2/4"),
        ("2", "'2', need I/N such as 2/4"),
        ("1/", "'1/', need I/N such as 2/4"),
        ("/2", "'/2', need I/N such as 2/4"),
        ("-1/2", "'-1/2', need I/N such as 2/4"),
        ("1/2/3", "'1/2/3', need I/N such as 2/4"),
        ("1.5/2", "'1.5/2', need I/N such as 2/4"),
    ],
)
def test_shard_numbers_that_cannot_be_are_usage_errors(folder: Path, value: str, line: str) -> None:
    arguments = [str(folder), str(folder / "out.h5"), f"--shard={value}"]
    with pytest.raises(click.BadParameter) as caught:
        extract_command.main(arguments, standalone_mode=False)
    assert caught.value.exit_code == 2
    assert caught.value.message.startswith(line)
    assert not (folder / "out.h5").exists()


def empty_second(folder: Path, encoder: Encoder) -> list[Path]:
    """Extract two shards of which the second has nothing but NaN."""
    folder.mkdir()
    soundfile.write(folder / "a.wav", tone(500, 2.0), RATE)
    soundfile.write(folder / "b.wav", nan_at(0.5, 2.0), RATE, subtype="FLOAT")
    return run_shards(folder, folder / "shards", encoder, 2, frames=True)


def test_a_shard_in_which_nothing_gives_a_row(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "corpus"
    shards = empty_second(folder, encoder)
    tables = [FeatureFile.open(path) for path in shards]
    assert [len(table.file) for table in tables] == [1, 0]
    assert tables[1].features.shape == (0, 12)
    assert [one.file for one in tables[1].refused] == ["b.wav"]
    again = extract(folder, shards[1], encoder=encoder, shard=(2, 2), frames=True)
    assert (again.found, again.rows) == ("complete", 0)
    for path in shards:
        assert verify(path) == []
    extract(folder, folder / "one.h5", encoder=encoder, frames=True)
    for order in (shards, shards[::-1]):
        merge(order, folder / "merged.h5", overwrite=True)
        assert contents(folder / "merged.h5") == contents(folder / "one.h5")


@pytest.mark.slow
def test_shards_that_all_hold_nothing_are_not_merged(tmp_path: Path, encoder: Encoder) -> None:
    for name in "ab":
        soundfile.write(tmp_path / f"{name}.wav", nan_at(0.5, 2.0), RATE, subtype="FLOAT")
    shards = run_shards(tmp_path, tmp_path / "shards", encoder, 2)
    line = refused(shards, tmp_path / "merged.h5")
    assert line == f"{tmp_path / 'merged.h5'}: not written, no shard holds a row"


@pytest.mark.slow
def test_a_shard_is_kept_apart_from_the_others(
    three: list[Path], folder: Path, encoder: Encoder
) -> None:
    assert extract(folder, three[1], encoder=encoder, shard=(2, 3)).found == "complete"
    for shard, now in (((1, 3), "1/3"), ((1, 2), "1/2"), ((1, 1), "1/1")):
        with pytest.raises(FeatureFileError, match=rf"exists with shard 2/3, now {now} \("):
            extract(folder, three[1], encoder=encoder, shard=shard)
    extract(folder, folder / "one.h5", encoder=encoder)
    with pytest.raises(FeatureFileError, match=r"exists with shard 1/1, now 2/3 \("):
        extract(folder, folder / "one.h5", encoder=encoder, shard=(2, 3))


@pytest.mark.slow
def test_versions_of_all_machines_are_named(three: list[Path], folder: Path) -> None:
    for path, version in zip(three, ("1.5.0", "1.6.0", "1.5.0"), strict=True):
        with h5py.File(path, "a") as store:
            versions = json.loads(store.attrs["versions"]) | {"soxr": version}
            store.attrs["versions"] = json.dumps(versions)
    merged = merge(three, folder / "merged.h5")
    versions = json.loads(merged.attributes["versions"])
    assert versions["soxr"] == "1.5.0, 1.6.0"
    assert versions["numpy"] == np.__version__


def run(command: click.Command, *arguments: object) -> tuple[int, str]:
    """Run a command in this process; return its exit code and its output."""
    codes: list[int] = []

    @click.command(context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def caught(rest: tuple[str, ...]) -> None:
        codes.append(command.main(list(rest), standalone_mode=False) or 0)

    found = CliRunner().invoke(caught, list(map(str, arguments)), catch_exceptions=False)
    return codes[0], found.output


@pytest.mark.slow
def test_info_and_verify_of_a_shard(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "corpus"
    shards = empty_second(folder, encoder)
    for path, rows, refusals in zip(shards, (1, 0), ("nothing", "1 input"), strict=True):
        code, output = run(verify_command, path)
        assert code == 0
        assert output.startswith(f"{path}: whole, {counted(rows, 'row')} x 12 columns")
        code, output = run(info.command, path)
        lines = dict(line.split(maxsplit=1) for line in output.splitlines()[:9])
        assert code == 0
        assert lines["rows"] == ("1 utterance, 2.0 s" if rows else "0 utterances, 0.0 s")
        assert lines["corpus"] == "corpus"
        assert lines["refused"] == refusals


@pytest.mark.slow
def test_the_merge_command(three: list[Path], folder: Path, encoder: Encoder) -> None:
    out = folder / "merged.h5"
    code, output = run(merge_command, *three, "--out", out)
    assert code == 0
    assert f"{out}: 8 rows x 12 columns, 0 refused" in output
    assert output.splitlines()[-1] == str(out)
    empty = empty_second(folder / "other", encoder)
    assert run(merge_command, *empty, "-o", folder / "3.h5")[0] == 3, "some inputs were refused"
