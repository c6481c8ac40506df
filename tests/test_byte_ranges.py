"""Pieces of a file, read as if they were a file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from deepspectrum_features.sound.containers.byte_ranges import view
from deepspectrum_features.sound.containers.libsndfile import SndfileSound
from deepspectrum_features.testing import tone

CONTENT = bytes(range(256)) * 800  # several buffers long


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("view") / "content"
    path.write_bytes(CONTENT)
    return path


stretches = st.tuples(st.integers(0, len(CONTENT)), st.integers(0, 70_000)).map(
    lambda cut: (cut[0], min(sum(cut), len(CONTENT)))
)
moves = st.tuples(st.integers(-10, 200_000), st.sampled_from([0, 2]), st.integers(0, 90_000))


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(stretches | st.binary(max_size=50), max_size=5),
    steps=st.lists(moves, max_size=5),
)
def test_a_view_reads_and_seeks_as_its_bytes_would(
    path: Path, pieces: list[bytes | tuple[int, int]], steps: list[tuple[int, int, int]]
) -> None:
    whole = b"".join(one if isinstance(one, bytes) else CONTENT[one[0] : one[1]] for one in pieces)
    expected = io.BytesIO(whole)
    with view(path, pieces) as file:
        for offset, whence, size in steps:
            place = max(offset, 0) if whence == io.SEEK_SET else -min(max(offset, 0), len(whole))
            assert file.seek(place, whence) == expected.seek(place, whence)
            assert file.read(size) == expected.read(size)
            assert file.tell() == expected.tell()


def test_libsndfile_decodes_a_view_and_gives_the_file_back(tmp_path: Path) -> None:
    sound = tone(440, 0.5)
    soundfile.write(tmp_path / "a.wav", sound, 16000, subtype="FLOAT")
    content = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "b").write_bytes(b"junk" + content[:300] + b"more junk" + content[300:])
    file = view(tmp_path / "b", [(4, 304), (313, 313 + len(content) - 300)])
    with SndfileSound(file) as found:
        np.testing.assert_array_equal(found.read(np.empty((8000, 1), np.float32))[:, 0], sound)
    assert file.closed


def test_a_file_that_shrinks_under_a_view_ends_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    with view(tmp_path / "a", [(0, len(CONTENT))]) as file:
        assert len(file.read(10)) == 10
        (tmp_path / "a").write_bytes(b"")
        assert len(file.read()) < len(CONTENT)
