"""Deep spectrum functionals: a table's columns, computed one by one with loops over frames."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from deepspectrum_features.encoder.functionals import Functionals
from deepspectrum_features.encoder.rhythm import RHYTHM
from deepspectrum_features.encoder.sample import Sample
from deepspectrum_features.encoder.statistics import STATISTICS
from deepspectrum_features.encoder.stretches import deltas
from deepspectrum_features.recipe import DEFAULT_TABLE
from deepspectrum_features.recipe.functionals import (
    Block,
    Correlations,
    FunctionalTable,
)
from deepspectrum_features.recipe.streams import MASKS, STREAMS, Stream

STEP = 0.01
TWO = ("mean", "p90")


def slopes(stream: NDArray[np.float32], sounding: NDArray[np.bool_]) -> list[float]:
    """Return the slope at every frame by numpy's line through five values of its own stretch."""
    found = []
    for frame in range(len(stream)):
        first = last = frame
        while first > 0 and sounding[first - 1] == sounding[frame]:
            first -= 1
        while last + 1 < len(stream) and sounding[last + 1] == sounding[frame]:
            last += 1
        around = [stream[min(max(frame + step, first), last)] for step in range(-2, 3)]
        found.append(np.polyfit(range(-2, 3), np.array(around, np.float64), 1)[0])
    return found


def made(frames: int = 120, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return streams of the default table, and masks with silence at both ends and within."""
    generator = np.random.default_rng(seed)
    streams = generator.standard_normal((frames, len(DEFAULT_TABLE.streams))).astype(np.float32)
    sounding = np.ones(frames, bool)
    sounding[[*range(9), 40, *range(60, 66), *range(frames - 4, frames)]] = False
    active = sounding & (generator.random(frames) > 0.2)
    voiced = active & np.repeat(generator.random(frames) > 0.4, 6)[:frames]
    return streams, np.stack([voiced, active, sounding], axis=1)


def test_deltas_are_lines_within_stretches() -> None:
    streams, masks = made()
    sounding = masks[:, 2]
    found = deltas(streams, sounding)
    expected = np.stack([slopes(stream, sounding) for stream in streams.T], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    across = deltas(streams, np.ones_like(sounding))
    assert not np.allclose(found, across, atol=0.01)


def test_deltas_end_with_an_utterance() -> None:
    streams, masks = made()
    sounding = masks[:, 2]
    pieces = [slice(0, 1), slice(1, 20), slice(20, 62), slice(62, 120)]
    found = deltas(streams, sounding, [piece.start for piece in pieces])
    alone = [deltas(streams[piece], sounding[piece]) for piece in pieces]
    np.testing.assert_array_equal(found, np.concatenate(alone))
    assert not np.allclose(found, deltas(streams, sounding), atol=0.01)


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_deltas_of_few_frames(frames: int) -> None:
    streams = np.arange(frames, dtype=np.float32)[:, None] ** 2
    sounding = np.ones(frames, bool)
    expected = slopes(streams[:, 0], sounding)
    np.testing.assert_allclose(deltas(streams, sounding)[:, 0], expected, atol=1e-6)


def test_every_column_is_what_its_name_says() -> None:
    streams, masks = made()
    found = Functionals(DEFAULT_TABLE, STEP)(streams, masks)
    columns = dict(zip([one.name for one in DEFAULT_TABLE.columns()], found, strict=True))
    assert (found.dtype, len(columns)) == (np.float32, len(found))
    number = {stream.name: place for place, stream in enumerate(DEFAULT_TABLE.streams)}
    told = []
    for block in DEFAULT_TABLE.blocks:
        chosen = masks[:, [*MASKS].index(block.mask)]
        for name in block.streams:
            stream = streams[:, number[name]]
            if name == "f0":
                known = np.flatnonzero(masks[:, 0])
                stream = np.interp(np.arange(len(stream)), known, stream[known])
            values = np.array(slopes(stream, masks[:, 2])) if block.delta else stream
            numbers = np.flatnonzero(chosen)
            values = values[chosen].astype(np.float32)[None]
            sample = Sample(values, numbers, np.array([len(numbers)]))
            for statistic in block.statistics:
                delta = "_delta" * block.delta
                column = columns[f"{name}{delta}_{block.mask}_{statistic}"]
                expected = STATISTICS[statistic](sample)[0, 0]
                assert column == pytest.approx(expected, rel=1e-4, abs=1e-4)
                told.append(column)
    pairs = sum(len([*one.columns(STREAMS)]) for one in DEFAULT_TABLE.correlations)
    assert len(told) + pairs + len(DEFAULT_TABLE.rhythm) == len(columns) == 1498


def test_correlations_are_numpys_drawn_towards_nothing() -> None:
    streams, masks = made()
    voiced = masks[:, 0]
    names = [stream.name for stream in DEFAULT_TABLE.streams]
    chosen = [names.index(name) for name in ("energy", "f0", "flux")]
    table = replace(
        DEFAULT_TABLE, blocks=(), rhythm=(),
        correlations=(Correlations(family="x", streams=("energy", "f0", "flux"), mask="voiced"),),
    )  # fmt: skip
    streams[:, chosen[1]] += 3 * streams[:, chosen[0]]
    found = Functionals(table, STEP)(streams, masks)
    assert [one.name for one in table.columns()] == [
        "energy_f0_voiced_correlation",
        "energy_flux_voiced_correlation",
        "f0_flux_voiced_correlation",
    ]
    full = np.corrcoef(streams[voiced][:, chosen].T.astype(np.float64))
    drawn = full * voiced.sum() / (voiced.sum() + 5)
    expected = np.arctanh([drawn[0, 1], drawn[0, 2], drawn[1, 2]])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found[0] > 1 > abs(found[1:]).max()
    streams[:, chosen[2]] = 7
    assert Functionals(table, STEP)(streams, masks)[1:].tolist() == [0, 0]


def test_no_correlation_is_infinite() -> None:
    """Of 1000 frames that go together 0.995 would be left, 0.99 is the largest."""
    table = FunctionalTable(
        streams=tuple(Stream(name=name) for name in ("a", "b", "c")),
        blocks=(),
        correlations=(Correlations(family="x", streams=("a", "b", "c"), mask="all"),),
    )
    rising = np.arange(1000, dtype=np.float32)
    streams = np.stack([rising, 2 * rising + 1, -rising], axis=1)
    found = Functionals(table, STEP)(streams, np.ones((1000, 3), bool))
    largest = np.log(1.99 / 0.01) / 2
    np.testing.assert_allclose(found, [largest, -largest, -largest], rtol=1e-6)


def test_f0_goes_straight_where_there_is_no_voice() -> None:
    """Between voiced neighbours it is their line; at the ends, what the nearest has."""
    table = FunctionalTable(
        streams=(
            Stream(name="f0", known="voiced"),
            Stream(name="energy"),
        ),
        blocks=(
            Block(family="x", streams=("f0", "energy"), mask="all", statistics=("mean", "p50")),
            Block(family="x", streams=("f0",), mask="all", statistics=("p90",), delta=True),
        ),
    )
    f0 = np.array([9, 9, 1, 2, 9, 9, 5, 9], np.float32)
    voiced = np.isin(np.arange(8), (2, 3, 6))
    masks = np.stack([voiced, np.ones(8, bool), np.ones(8, bool)], axis=1)
    found = Functionals(table, STEP)(np.stack([f0, f0], axis=1), masks)
    straight = np.array([1, 1, 1, 2, 3, 4, 5, 5], np.float64)
    changes = slopes(straight.astype(np.float32), masks[:, 2])
    expected = [straight.mean(), np.median(straight), f0.mean(), 9, np.percentile(changes, 90)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_silent_frames_at_the_ends_change_nothing() -> None:
    streams, masks = made()
    functionals = Functionals(DEFAULT_TABLE, STEP)
    more = [(300, 250), (0, 0)]
    padded = functionals(np.pad(streams, more), np.pad(masks, more))
    np.testing.assert_array_equal(padded, functionals(streams, masks))
    counted = np.pad(masks, more)
    counted[:, 2] = True
    assert not np.allclose(padded, functionals(np.pad(streams, more), counted), atol=0.1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_stays_so(value: float) -> None:
    streams, masks = made()
    streams[20, 3] = value
    masks[20] = True
    found = Functionals(DEFAULT_TABLE, STEP)(streams, masks)
    names = [one.name for one in DEFAULT_TABLE.columns()]
    broken = DEFAULT_TABLE.streams[3].name
    assert not np.isfinite(found[names.index(f"{broken}_all_mean")])
    assert np.isfinite(found[names.index("f0_all_mean")])


def test_a_mask_without_a_frame_gives_no_number() -> None:
    streams, masks = made()
    masks[:, 0] = False
    assert np.isnan(Functionals(DEFAULT_TABLE, STEP)(streams, masks)).all()


def test_utterances_together_have_the_columns_of_each_alone() -> None:
    """The first and the third give no numbers; a level beyond all bounds stays with its own."""
    utterances = [made(frames, seed=frames) for frames in (70, 120, 77, 300, 71)]
    utterances[0][1][:, 0] = utterances[2][1][:, 2] = False
    utterances[3][0][20] = np.inf
    functionals = Functionals(DEFAULT_TABLE, STEP)
    together = functionals.of_each(utterances)
    alone = [functionals(*one) for one in utterances]
    np.testing.assert_array_equal(together, alone)
    broken = ~np.isfinite(together)
    assert broken[[0, 2]].all()
    assert broken[3].any()
    assert not broken[[1, 4]].any()
    assert not np.allclose(together[1], together[4], atol=0.1)
    assert len(functionals.of_each(utterances[:1])) == 1


def test_a_table_of_ones_own() -> None:
    table = FunctionalTable(
        streams=tuple(Stream(name=name) for name in ("a", "b")),
        blocks=(
            Block(family="x", streams=("b",), mask="active", statistics=("p50",)),
            Block(family="y", streams=("b", "a"), delta=True, mask="all", statistics=TWO),
            Block(family="x", streams=("a",), mask="active", statistics=("p50",)),
        ),
    )
    streams = np.array([[0, 5], [1, 3], [2, 1], [3, -1], [4, -3]], np.float32)
    masks = np.array([[1, 0, 1], [1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
    found = Functionals(table, STEP)(streams, masks)
    # slopes of 0 1 2 3 4 with repeated ends: (1 + 4) / 10, (2 + 6) / 10, 1, 0.8, 0.5
    mean, top = 0.72, 0.8 + 0.6 * 0.2
    assert [one.name for one in table.columns()] == [
        "b_active_p50", "b_delta_all_mean", "b_delta_all_p90",
        "a_delta_all_mean", "a_delta_all_p90", "a_active_p50",
    ]  # fmt: skip
    np.testing.assert_allclose(found, [1, -2 * mean, -1, mean, top, 2], rtol=1e-6)


def test_every_stream_statistic_and_fact_is_on_the_page() -> None:
    page = (Path(__file__).parents[1] / "docs/encoder-file.md").read_text(encoding="utf-8")
    streams = [name for name in STREAMS if not name.startswith("cepstrum")]
    for name in (*streams, *STATISTICS, *RHYTHM, *MASKS):
        assert f"`{name}`" in page or f"*{name.capitalize()}*" in page, name
    families = Counter(column.family for column in DEFAULT_TABLE.columns())
    for family, count in families.items():
        assert f"| `{family}` | {count} |" in page
