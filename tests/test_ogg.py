"""The pages of an Ogg file, and the links of sound they carry."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import numpy as np
import pytest
from made_recordings import NOISE, encoded, ogg_flac

from deepspectrum_features.sound.containers.ogg import Link, links, pages

CODECS = {
    "vorbis": encoded("OGG", "VORBIS"),
    "opus": encoded("OGG", "OPUS"),
    "flac": ogg_flac(),
}
#: Opus counts at 48 kHz whatever the rate, and 312 samples before the first are no sound.
LENGTHS = {"vorbis": 80000, "opus": 240312, "flac": 80000}


def found(content: bytes) -> list[Link]:
    return links(io.BytesIO(content))


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_whole_file_is_one_link(codec: str) -> None:
    content = CODECS[codec]
    (link,) = found(content)
    assert (link.codec, link.granule, link.missing, link.ended) == (codec, LENGTHS[codec], 0, True)
    if codec == "flac":
        joined = b"".join(content[start:stop] for start, stop in link.pieces)
        with av.open(io.BytesIO(joined[9:])) as container:
            sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode()])
        np.testing.assert_array_equal(sound, (NOISE * 32767).astype(np.int16))
    else:
        assert link.pieces == [(0, len(content))]


def test_links_stand_one_behind_the_other() -> None:
    one, two, three = CODECS["vorbis"], encoded("OGG", "VORBIS", 30000), CODECS["opus"]
    chain = found(one + two + three + one)
    assert [link.codec for link in chain] == ["vorbis", "vorbis", "opus", "vorbis"]
    assert [link.granule for link in chain] == [80000, 30000, 240312, 80000]
    borders = np.cumsum([0, len(one), len(two), len(three), len(one)]).tolist()
    assert [link.pieces for link in chain] == [[(start, stop)] for start, stop in pairwise(borders)]
    assert len(found(two + two)) == 2, "of one serial number"


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_cut_file_says_so(codec: str) -> None:
    content = CODECS[codec]
    every = list(pages(io.BytesIO(content)))
    sound = [page for page in every if page.granule > 0]
    for before, page in pairwise(sound):
        for cut in (page.start + 27, page.body - 1, page.body + 1, page.stop - 1):
            (link,) = found(content[:cut])
            assert (link.granule, link.ended) == (before.granule, False)
            assert link.missing == page.granule - before.granule
        for cut in (page.start, page.start + 1, page.start + 26):
            (link,) = found(content[:cut])
            assert (link.granule, link.missing, link.ended) == (before.granule, 0, False)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_cut_link_does_not_hide_the_next(codec: str) -> None:
    content = CODECS[codec]
    last = list(pages(io.BytesIO(content)))[-1]
    for cut in (last.start, last.start + 3, last.start + 20, last.body + 5, last.stop - 1):
        first, second = found(content[:cut] + content)
        assert not first.ended
        assert second.ended
        assert first.granule < LENGTHS[codec] == second.granule


def test_what_is_no_page_is_passed_over() -> None:
    content = CODECS["vorbis"]
    (link,) = found(content + b"TAG" + bytes(125))
    assert (link.ended, link.pieces) == (True, [(0, len(content))])
    (link,) = found(b"junk" + content)
    assert link.pieces == [(4, len(content) + 4)]
    first = [page.start for page in pages(io.BytesIO(content))][3]
    (link,) = found(content[:first] + bytes(100000) + content[first:])
    assert (link.granule, link.missing, link.ended) == (80000, 0, True)
    assert len(link.pieces) == 2
    assert found(b"") == found(b"OggS") == found(bytes(100000)) == []


def test_of_streams_side_by_side_the_first_that_is_sound() -> None:
    """A film: its picture begins first, and pages of both stand in turn."""
    content = CODECS["vorbis"]
    every = [content[page.start : page.stop] for page in pages(io.BytesIO(content))]
    picture = [page[:14] + b"film" + page[18:] for page in every]
    picture[0] = picture[0].replace(b"\x01vorbis", b"\x80theora")
    other = [page[:14] + b"talk" + page[18:] for page in every]
    film = picture[0] + every[0] + other[0]
    turns = list(zip(picture[1:], every[1:], other[1:], strict=True))
    film += b"".join(b"".join(turn) for turn in turns)
    (link,) = found(film)
    assert (link.codec, link.granule, link.ended) == ("vorbis", 80000, True)
    assert b"".join(film[start:stop] for start, stop in link.pieces) == content
    assert [link.granule for link in found(film + film)] == [80000, 80000]
