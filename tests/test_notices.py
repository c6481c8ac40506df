"""What is legal in the sound of a corpus, but worth a look, and how it is counted."""

from __future__ import annotations

import numpy as np
import pytest

from deepspectrum_features.corpus.notices import low_rates, remarks, zeros_notice
from deepspectrum_features.sound.audio import AudioHeader
from deepspectrum_features.sound.zeros import zero_ends


def header(rate: int = 16000, remark: str = "") -> AudioHeader:
    return AudioHeader(rate, rate, 1, 44 + 2 * rate, remark=remark)


def test_remarks_are_said_by_file_and_many_of_them_counted() -> None:
    said = {f"{number}.wav": header(remark=f"odd {number}") for number in range(5)}
    lines = [f"{number}.wav: odd {number}" for number in range(5)]
    assert list(remarks({"whole.wav": header()} | said)) == lines
    more = said | {"5\n.wav": header(remark="odd"), "6.wav": header(remark="odd")}
    assert list(remarks(more)) == [*lines, "... and 2 more recordings to look at"]
    assert list(remarks({})) == list(remarks({"a.wav": header()})) == []


def test_rates_below_the_encoders_are_counted_in_one_line() -> None:
    some = {"a.wav": header(8000), "b.wav": header(16000), "c.wav": header(15999)}
    line = "2 of 3 recordings, not comparable with wide-band ones (a.wav, c.wav)"
    assert low_rates(some, 16000) == f"below the encoder's 16000 Hz: {line}"
    assert low_rates(some, 8000) == low_rates({}, 16000) == ""
    assert low_rates({"a\nb.wav": header(8000)} | some, 44100).endswith("wide-band ones")
    assert low_rates({"a\nb.wav": header(8000)} | some, 16000).endswith("(a\\nb.wav, a.wav, c.wav)")


def test_zeros_are_counted_in_one_line() -> None:
    assert zeros_notice([], 7) == ""
    assert zeros_notice(["a\n.wav"], 7).endswith("features: 1 of 7 utterances (a\\n.wav)")
    assert "5 of 9 utterances (a, b, c, ...)" in zeros_notice([*"abcde"], 9)


@pytest.mark.parametrize("rate", [8000, 44100])
@pytest.mark.parametrize("before", [0.0, 0.05, 0.25])
@pytest.mark.parametrize("behind", [0.0, 0.05, 1.5])
def test_zeros_at_the_ends_are_what_was_put_there(rate: int, before: float, behind: float) -> None:
    sound = np.ones(rate, np.float32)
    sound[rate // 4 : rate // 2] = 0  # a pause within it is none of them
    put = [np.zeros(round(seconds * rate), np.float32) for seconds in (before, behind)]
    found = zero_ends(np.concatenate([put[0], sound, put[1]]), rate)
    expected = [seconds if seconds >= 0.1 else 0.0 for seconds in (before, behind)]
    assert found == pytest.approx(tuple(expected), abs=1 / rate)


def test_nothing_but_zeros_stands_before() -> None:
    assert zero_ends(np.zeros(4000, np.float32), 8000) == (0.5, 0.0)
    assert zero_ends(np.zeros(0, np.float32), 8000) == (0.0, 0.0)
