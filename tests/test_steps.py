"""Frames and attention: the encoder's own values, placed in time, whoever reads them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.features.steps import Joined, Steps, Stored, firsts, join_steps
from deepspectrum_features.features.verification import verify
from deepspectrum_features.recipe import PowerSpectrogram
from deepspectrum_features.sound.spectrogram import power_spectrogram
from deepspectrum_features.testing import tiny_corpus, tone
from tests.test_extraction import contents

CLOSE = {"rtol": 1e-5, "atol": 1e-6}
WINDOW, HOP, RATE = 400, 160, 16000  # samples, samples, Hz


def counts(*lengths: int) -> NDArray[np.int32]:
    return np.array(lengths, np.int32)


def stored(path: Path, values: NDArray[np.float32]) -> Stored:
    """Write values to a file of their own and leave them there."""
    with h5py.File(path, "w") as store:
        return Stored(path, store.create_dataset("some/values", data=values))


def test_a_row_is_its_run_of_values() -> None:
    #  values  0 1 2 3 4 5 6
    #  rows    [0  ) [1) [3)     row 2 has no step
    values = np.arange(7, dtype=np.float32)
    count = counts(4, 2, 0, 1)
    steps = Steps(values, firsts(count), count, 0.01, 0.0125)
    assert steps.first.tolist() == [0, 4, 6, 6]
    assert len(steps) == 4
    assert [steps[row].tolist() for row in range(4)] == [[0, 1, 2, 3], [4, 5], [], [6]]
    assert steps[-1].tolist() == [6]
    assert steps.centres(2).tolist() == []
    with pytest.raises(IndexError):
        steps[4]
    assert len(list(steps)) == 4  # type: ignore[call-overload]


def test_firsts_of_no_row_and_of_too_many_steps() -> None:
    assert firsts(counts()).tolist() == []
    assert firsts(counts(0, 0)).tolist() == [0, 0]
    assert firsts(counts(2**31 - 2, 1)).tolist() == [0, 2**31 - 2]
    with pytest.raises(FeatureFileError, match="2147483648 steps in one file, need at most"):
        firsts(counts(2**31 - 1, 1))


def test_centres_are_those_of_the_frames_of_the_front_end() -> None:
    count = counts(5, 98)
    steps = Steps(np.zeros(103, np.float32), firsts(count), count, HOP / RATE, WINDOW / 2 / RATE)
    for row in (0, 1):
        naive = []
        for frame in range(int(count[row])):
            first, last = HOP * frame, HOP * frame + WINDOW  # samples [first, last)
            naive.append((first + last) / 2 / RATE)
        np.testing.assert_allclose(steps.centres(row), naive, rtol=1e-10, atol=1e-12)
    assert not np.allclose(steps.centres(0), steps.centres(1)[1:6])


def test_stored_values_are_read_where_they_are_sliced(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((9, 3)).astype(np.float32)
    found = stored(tmp_path / "a.h5", values)
    assert found.shape == (9, 3)
    for rows in (slice(2, 5), slice(0, 0), slice(7, 99), slice(20, 30), slice(None), slice(-2, 9)):
        np.testing.assert_array_equal(found[rows], values[rows])
    with h5py.File(tmp_path / "a.h5", "a") as store:
        store["some/values"][3] = 77
    assert found[3:4].tolist() == [[77, 77, 77]], "nothing was kept in memory"


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    begin=st.none() | st.integers(-30, 30),
    end=st.none() | st.integers(-30, 30),
    dim=st.sampled_from([(), (2,)]),
)
def test_joined_pieces_slice_like_one_array(
    lengths: list[int], begin: int | None, end: int | None, dim: tuple[int, ...]
) -> None:
    total = sum(lengths)
    whole = np.arange(total * int(np.prod(dim)), dtype=np.float32).reshape(total, *dim)
    joined = Joined(np.split(whole, np.cumsum(lengths)[:-1]))
    assert joined.shape == whole.shape
    found = joined[begin:end]
    np.testing.assert_array_equal(found, whole[begin:end])
    assert found.dtype == np.float32
    assert found.shape == whole[begin:end].shape


@pytest.mark.slow
def test_joined_pieces_may_lie_in_files_and_be_joined_again(tmp_path: Path) -> None:
    #  pieces   0 1 2 | 3 4 | (none) | 5 6 7
    whole = np.arange(16, dtype=np.float32).reshape(8, 2)
    cuts = [(0, 3), (3, 5), (5, 5), (5, 8)]
    pieces = [stored(tmp_path / f"{cut}.h5", whole[slice(*cut)]) for cut in cuts]
    joined = Joined([Joined(pieces[:2]), Joined(pieces[2:])])
    for begin in range(9):
        for end in range(begin, 10):
            np.testing.assert_array_equal(joined[begin:end], whole[begin:end])
    assert not np.array_equal(joined[2:4], whole[3:5])


@pytest.mark.slow
def test_rows_of_tables_are_put_behind_each_other() -> None:
    tables = [
        Steps(np.arange(sum(count), dtype=np.float32) + 10 * number, firsts(count), count, 1, 0.5)
        for number, count in enumerate([counts(2, 1), counts(), counts(0, 3)])
    ]
    joined = join_steps(tables)
    assert [joined[row].tolist() for row in range(4)] == [[0, 1], [2], [], [20, 21, 22]]
    assert joined.first.tolist() == [0, 2, 3, 3]
    assert joined.first.dtype == joined.count.dtype == np.int32
    assert (joined.step_seconds, joined.first_step_centre_seconds) == (1, 0.5)


@pytest.fixture
def mixed(folder: Path) -> Path:
    """Return tones at 16000 Hz, one at 8000 Hz, one of a single frame, and two refused ones."""
    soundfile.write(folder / "spk1_low_1.wav", tone(700, 0.7, 8000), 8000)
    soundfile.write(folder / "spk1_low_2.wav", tone(500, WINDOW / RATE), RATE)
    soundfile.write(folder / "spk2_high_1.wav", tone(500, 1.0) * 1e30, RATE, subtype="FLOAT")
    soundfile.write(folder / "spk2_low_2.wav", tone(500, 0.01), RATE)
    return folder


def both(folder: Path, name: str, encoder: Encoder, jobs: int = 2) -> FeatureFile:
    extract(folder, folder / name, encoder=encoder, frames=True, attention=True, jobs=jobs)
    return FeatureFile.open(folder / name)


@pytest.mark.slow
def test_values_are_what_the_encoder_gives_for_each_file_alone(
    mixed: Path, encoder: Encoder
) -> None:
    table = both(mixed, "out.h5", encoder)
    assert len(table.file) == 6
    assert sorted(one.stage for one in table.refused) == ["encode", "frame"]
    assert table.frames is not None
    assert table.attention is not None
    assert isinstance(table.frames.values, Stored), "read where it is sliced"
    for row, file in enumerate(table.file):
        waveform, rate = soundfile.read(mixed / file, dtype="float32")
        if rate == RATE:
            alone = encoder.encode([power_spectrogram(waveform, PowerSpectrogram())])
            frames, attention = alone.frame_embedding[0], alone.attention[0]
            np.testing.assert_allclose(table.frames[row], frames, **CLOSE)
            np.testing.assert_allclose(table.attention[row], attention, **CLOSE)
            assert not np.allclose(table.frames[row], frames[::-1], atol=1e-3) or len(frames) == 1
        samples = len(waveform) * RATE // rate
        steps = 1 + (samples - WINDOW) // HOP
        assert table.frames[row].shape == (steps, 8)
        assert table.attention[row].shape == (steps,)
        np.testing.assert_allclose(table.attention[row].sum(), 1, rtol=1e-5)
        assert table.attention[row].min() > 0
        naive = [(HOP * frame + WINDOW / 2) / RATE for frame in range(steps)]
        np.testing.assert_allclose(table.frames.centres(row), naive, rtol=1e-10, atol=1e-12)
        np.testing.assert_array_equal(table.attention.centres(row), table.frames.centres(row))
        assert naive[-1] + WINDOW / 2 / RATE <= table.end[row] - table.start[row] + 1e-9
    assert table.frames.count.min() == 1, "the single frame"
    assert table.attention.values[:].std() > 1e-4
    assert verify(mixed / "out.h5") == []


@pytest.mark.slow
def test_attention_leads_from_the_frames_to_the_embedding(folder: Path, encoder: Encoder) -> None:
    """The embedding's BLSTM columns are the sum of the frame embeddings, weighted by attention."""
    table = both(folder, "out.h5", encoder)
    assert table.frames is not None
    assert table.attention is not None
    blstm = [name.startswith("blstm") for name in table.feature_name]
    for row in range(len(table.file)):
        weighted = (table.attention[row][:, None] * table.frames[row]).sum(axis=0)
        np.testing.assert_allclose(table.features[row, blstm], weighted, rtol=1e-4, atol=1e-5)
        even = table.frames[row].mean(axis=0)
        assert not np.allclose(table.features[row, blstm], even, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_h5py_alone_reads_them(folder: Path, encoder: Encoder) -> None:
    table = both(folder, "out.h5", encoder)
    assert table.frames is not None
    assert table.attention is not None
    with h5py.File(folder / "out.h5") as store:
        names = store["file"].asstr()[:].tolist()
        row = names.index("spk2_high_1.wav")
        for group, steps in (
            (store["frames"], table.frames),
            (store["attention"], table.attention),
        ):
            first, count = group["first"][row], group["count"][row]
            values = group["values"][first : first + count]
            np.testing.assert_array_equal(values, steps[row])
            assert not np.array_equal(values[0], steps[row + 1][0])
            seconds = group.attrs["first_step_centre_seconds"] + (
                np.arange(count) * group.attrs["step_seconds"]
            )
            np.testing.assert_allclose(seconds, 0.0125 + 0.01 * np.arange(count), rtol=1e-12)
            assert group["values"].dtype == np.float32
            assert group["first"].dtype == group["count"].dtype == np.int32
            assert group["values"].fletcher32
            assert group["values"].shape[0] == group["count"][:].sum()
            np.testing.assert_array_equal(group["step"][:], np.arange(len(group["values"])))
            assert group["first"].dims[0][0].name == "/row"
            scales = [dimension[0].name for dimension in group["values"].dims]
            assert scales == [f"{group.name}/{name}" for name in ("step", "column")][: len(scales)]
        assert store["frames/values"].shape[1] == 8
        assert store["attention/values"].ndim == 1


@pytest.mark.slow
def test_xarray_finds_the_dimensions_by_name(folder: Path, encoder: Encoder) -> None:
    table = both(folder, "out.h5", encoder)
    assert table.frames is not None
    total = int(table.frames.count.sum())
    with xarray.open_dataset(folder / "out.h5", engine="h5netcdf", group="frames") as data:
        assert dict(data.sizes) == {"row": 8, "step": total, "column": 8}
        assert data["values"].dims == ("step", "column")
        assert data["first"].dims == data["count"].dims == ("row",)
        one = data["values"].isel(step=slice(int(data["first"][1]), int(data["first"][2])))
        np.testing.assert_array_equal(one, table.frames[1])
    with xarray.open_dataset(folder / "out.h5", engine="h5netcdf", group="attention") as data:
        assert dict(data.sizes) == {"row": 8, "step": total}
        assert data["values"].dims == ("step",)


@pytest.mark.slow
def test_a_file_without_them_holds_no_group(folder: Path, encoder: Encoder) -> None:
    extract(folder, folder / "none.h5", encoder=encoder)
    extract(folder, folder / "one.h5", encoder=encoder, attention=True)
    none, one = FeatureFile.open(folder / "none.h5"), FeatureFile.open(folder / "one.h5")
    assert none.frames is none.attention is one.frames is None
    assert one.attention is not None
    np.testing.assert_array_equal(none.features, one.features)
    np.testing.assert_allclose([one.attention[row].sum() for row in range(8)], 1, rtol=1e-5)
    with h5py.File(folder / "none.h5") as store:
        assert not {"frames", "attention"} & set(store)


@pytest.mark.slow
def test_several_parts_give_the_values_of_one(
    mixed: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = both(mixed, "one.h5", encoder)
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 0.5)
    for jobs in (1, 4):
        several = both(mixed, f"{jobs}.h5", encoder, jobs)
    assert contents(mixed / "1.h5") == contents(mixed / "4.h5")
    for name in ("frames", "attention"):
        left, right = getattr(one, name), getattr(several, name)
        np.testing.assert_array_equal(left.first, right.first)
        np.testing.assert_array_equal(left.count, right.count)
        np.testing.assert_allclose(left.values[:], right.values[:], **CLOSE)
        assert not np.allclose(left.values[:], np.roll(right.values[:], 1, axis=0), atol=1e-3)


@pytest.mark.slow
def test_new_labels_leave_them_as_they_are(folder: Path, encoder: Encoder) -> None:
    both(folder, "out.h5", encoder)
    before = contents(folder / "out.h5")
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace(",low,", ",deep,"))
    done = extract(folder, folder / "out.h5", encoder=encoder, frames=True, attention=True)
    assert done.found == "facts brought up to date"
    after = contents(folder / "out.h5")
    assert {name for name in before if before[name] != after[name]} == {"label"}
    assert before.keys() == after.keys()
    assert {"frames/values", "frames/first", "attention/values", "attention/count"} <= set(after)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["frames", "attention"])
def test_a_file_with_other_steps_than_asked_for_is_refused(
    folder: Path, encoder: Encoder, name: str
) -> None:
    extract(folder, folder / "without.h5", encoder=encoder)
    with pytest.raises(FeatureFileError, match=rf"exists with {name} off, now on .*--overwrite"):
        extract(folder, folder / "without.h5", encoder=encoder, **{name: True})
    extract(folder, folder / "with.h5", encoder=encoder, **{name: True})
    with pytest.raises(FeatureFileError, match=rf"exists with {name} on, now off .*--overwrite"):
        extract(folder, folder / "with.h5", encoder=encoder)
    done = extract(folder, folder / "without.h5", encoder=encoder, overwrite=True, **{name: True})
    assert done.found == ""
    assert getattr(FeatureFile.open(done.path), name) is not None


@pytest.mark.slow
def test_chunks_have_steps_of_their_own(tmp_path: Path, encoder: Encoder) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=1, per_class=1, seconds=1.0)
    done = extract(folder, tmp_path / "out.h5", encoder=encoder, frames=True, chunk=0.4)
    table = FeatureFile.open(done.path)
    assert table.frames is not None
    assert done.rows > 4
    for row, file in enumerate(table.file):
        waveform, _ = soundfile.read(folder / file, dtype="float32")
        alone = waveform[round(table.start[row] * RATE) : round(table.end[row] * RATE)]
        expected = encoder.encode([power_spectrogram(alone, PowerSpectrogram())])
        np.testing.assert_allclose(table.frames[row], expected.frame_embedding[0], **CLOSE)
    assert not np.allclose(table.frames[0], table.frames[1], atol=1e-3)
