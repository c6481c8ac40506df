"""How long a FLAC is, as its frames tell."""

from __future__ import annotations

import io
from itertools import accumulate

import av
import made_recordings
import numpy as np
import pytest
import soundfile
from made_recordings import RATE, flac_of_length

from deepspectrum_features.sound.containers.flac import Flac, further_marks, measure


def encoded(samples: int = 40000, subtype: str = "PCM_16", channels: int = 1) -> bytes:
    return made_recordings.encoded("FLAC", subtype, samples, channels=channels)


def found(content: bytes) -> Flac:
    flac = measure(io.BytesIO(content))
    assert flac is not None
    return flac


def frames_of(content: bytes) -> tuple[list[int], list[int]]:
    """Return where every frame ends, in bytes and in samples, as FFmpeg takes them apart."""
    with av.open(io.BytesIO(content)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    ends = accumulate((packet.size for packet in packets), initial=len(content))
    samples = accumulate(packet.duration * RATE * packet.time_base for packet in packets)
    whole = sum(packet.size for packet in packets)
    return [end - whole for end in ends][1:], [int(sample) for sample in samples]


@pytest.mark.parametrize("samples", [1, 191, 192, 4095, 4096, 4097, 12000, 40000])
@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_the_length_is_seen_whatever_the_header_says(samples: int, subtype: str) -> None:
    content = encoded(samples, subtype, channels=2)
    for total in (samples, 0, samples // 2, samples + 100000):
        changed = flac_of_length(content, total)
        flac = found(changed)
        assert (flac.announced, flac.there, flac.cut) == (total, samples, 0)
        assert flac.stop == len(content)
        corrected = changed[:18] + flac.total + changed[26:]
        assert corrected == content


def test_a_cut_file_holds_its_whole_frames() -> None:
    content = encoded()
    ends, samples = frames_of(content)
    assert samples[-1] == 40000
    assert ends[-1] == len(content)
    for cut in np.random.default_rng(1).integers(ends[0], len(content), 60).tolist():
        last = sum(end <= cut for end in ends) - 1
        flac = found(content[:cut])
        assert (flac.there, flac.stop) == (samples[last], ends[last])
        assert flac.cut in (0, samples[last + 1] - samples[last])
    for end, there in zip(ends, samples, strict=True):
        flac = found(content[:end])
        assert (flac.there, flac.stop, flac.cut) == (there, end, 0)


def remainder(content: bytes, polynomial: int, width: int) -> bytes:
    """Divide bit by bit: the CRC."""
    value = int.from_bytes(content) << width
    for place in range(value.bit_length() - 1, width - 1, -1):
        if value >> place & 1:
            value ^= (1 << width | polynomial) << (place - width)
    return value.to_bytes(width // 8)


def with_sample_numbers(content: bytes) -> bytes:
    """Write the frames anew as those of a stream with blocks of variable size."""
    ends, samples = frames_of(content)
    head = content.index(b"\xff\xf8")
    made = content[:head]
    starts = zip([head, *ends], ends, [0, *samples], strict=False)
    for number, (start, end, sample) in enumerate(starts):
        behind = content[start + 5 : end - 2]
        assert content[start + 4] == number
        extra = {6: 1, 7: 2}.get(content[start + 2] >> 4, 0)
        coded = chr(sample).encode("utf-8", "surrogatepass")
        begin = b"\xff\xf9" + content[start + 2 : start + 4] + coded + behind[:extra]
        frame = begin + remainder(begin, 0x07, 8) + behind[extra + 1 :]
        made += frame + remainder(frame, 0x8005, 16)
    return made


def test_frames_may_carry_the_number_of_their_sample() -> None:
    content = with_sample_numbers(encoded())
    decoded, _ = soundfile.read(io.BytesIO(content), dtype="int16")
    np.testing.assert_array_equal(decoded, soundfile.read(io.BytesIO(encoded()), dtype="int16")[0])
    assert found(flac_of_length(content, 0))[:3] == (0, 40000, 0)
    ends, samples = frames_of(content)
    assert found(content[: ends[3] + 200])[:2] == (40000, samples[3])


def test_other_files_and_damaged_ones_give_nothing() -> None:
    content = encoded(5000)
    for other in (b"", content[:20], content[:42], content[:60], b"fLaC" + b"\4" * 100):
        assert measure(io.BytesIO(other)) is None
    unknown = flac_of_length(content, 0)
    assert found(unknown[:60])[:2] == (0, 0)
    (end, _), _ = frames_of(content)
    for cut in (end - 1, end - 4000):
        assert found(content[:cut])[:3] == (5000, 0, 4096)
    assert found(content[: end - 9] + bytes(100000))[:2] == (5000, 0)
    assert found(content[:-20] + bytes(20)).there == 4096


def test_further_files_are_found_behind_the_first() -> None:
    content = encoded(12000)
    assert further_marks(io.BytesIO(content)) == []
    assert further_marks(io.BytesIO(content * 3)) == [len(content), 2 * len(content)]
    long = content + bytes((1 << 20) - len(content) - 3) + content
    assert further_marks(io.BytesIO(long)) == [(1 << 20) - 3]
