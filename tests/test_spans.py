"""What is asked of a recording beyond its end: 10 ms are rounding, more is a mistake."""

from __future__ import annotations

import pytest

from deepspectrum_features.errors import AudioError
from deepspectrum_features.sound.spans import Span, check_channel, check_times, check_whole


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_an_end_up_to_ten_milliseconds_behind_is_the_recordings_end(rate: int) -> None:
    for end in (None, 1.0, 2.99, 3.0, 3.009, 3.01):
        check_times(Span(0.0, end), rate, 3 * rate)
    for end in (3.0102, 3.5, 1e300):
        with pytest.raises(AudioError, match=r"^end .* s, but the recording ends at 3\.0 s$") as of:
            check_times(Span(0.0, end), rate, 3 * rate)
        assert of.value.stage == "cut"


def test_a_start_at_the_end_or_behind_it_gives_nothing() -> None:
    check_times(Span(2.999), 8000, 24000)
    for start in (3.0, 3.009, 500.0, 1e300):
        with pytest.raises(AudioError, match=r"^start .* s, but the recording ends at 3\.0 s$"):
            check_times(Span(start), 8000, 24000)
    check_times(Span(0.0), 8000, 0)


def test_a_recording_is_wanted_whole_where_it_is_wanted_to_its_end() -> None:
    check_whole(Span(), 16000, 47_840, 48_000)
    check_whole(Span(0.0, 3.0), 16000, 16_000, 48_000)
    with pytest.raises(AudioError, match=r"^truncated: 1 s of 3 s are there, need the whole"):
        check_whole(Span(0.5), 16000, 16_000, 48_000)
    with pytest.raises(AudioError, match="truncated"):
        check_whole(Span(), 16000, 47_839, 48_000)


def test_channels_are_counted_from_one_and_none_is_all() -> None:
    for channel in (0, 1, 2):
        check_channel(Span(channel=channel), 2)
    for channel in (3, -1):
        with pytest.raises(AudioError, match=f"^2 channels, need channel {channel}$") as caught:
            check_channel(Span(channel=channel), 2)
        assert caught.value.stage == "open"
