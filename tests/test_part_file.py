"""Files of finished parts: what they tell the run that merges them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from stopped import stopped_before_the_merge

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.errors import FeatureFileError
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.sound.content import content_digest


def part_of(digests: dict[str, str]) -> PartFile:
    zero = np.zeros(0)
    table = np.zeros((0, 2), np.float32)
    return PartFile(table, ["a", "b"], [], zero, zero, digests=digests,
                    key="k" * 64, stamp="s" * 64)  # fmt: skip


@pytest.mark.parametrize("digests", [{}, {"b/ä.wav": "0" * 16, "a\n.wav": "f" * 16}])
def test_everything_comes_back(tmp_path: Path, digests: dict[str, str]) -> None:
    part_of(digests).write(tmp_path / "part.h5")
    found = PartFile.open(tmp_path / "part.h5")
    assert list(found.digests.items()) == list(digests.items())
    assert (found.key, found.stamp) == ("k" * 64, "s" * 64)
    assert FeatureFile.open(tmp_path / "part.h5").feature_name == ["a", "b"]


def test_the_matrix_has_a_checksum_and_costs_no_compression(tmp_path: Path) -> None:
    table = part_of({})
    table.features, table.file = np.ones((1, 2), np.float32), ["a.wav"]
    table.start, table.end = np.zeros(1), np.ones(1)
    table.write(tmp_path / "part.h5")
    with h5py.File(tmp_path / "part.h5") as store:
        assert (store["features"].compression, store["features"].fletcher32) == (None, True)


def test_a_feature_file_is_no_part(tmp_path: Path) -> None:
    part_of({}).write(tmp_path / "part.h5")
    FeatureFile.open(tmp_path / "part.h5").write(tmp_path / "table.h5")
    with pytest.raises(FeatureFileError, match="not a readable feature file"):
        PartFile.open(tmp_path / "table.h5")


def stop_before_the_result(folder: Path, encoder: Encoder) -> list[Path]:
    """Extract up to the merge; return the files of the parts."""
    with stopped_before_the_merge(folder / "out.h5"):
        extract(folder, folder / "out.h5", encoder=encoder)
    return sorted((folder / "out.h5.parts").glob("[0-9]*.h5"))


def test_parts_hold_digests_and_zeros_as_datasets(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    soundfile.write(folder / "spk1_low_2.wav", np.zeros(16000), 16000)
    paths = stop_before_the_result(folder, encoder)
    assert len(paths) > 3
    digests: dict[str, str] = {}
    for path in paths:
        with h5py.File(path) as store:
            assert set(store.attrs) == {"format", "version", "versions"}
            assert set(store["part"]) == {"file", "content"}
            assert ("zeros_before" in store) == ("spk1_low_2.wav" in PartFile.open(path).file)
        digests |= PartFile.open(path).digests
    assert digests == {path.name: content_digest(path) for path in folder.glob("*.wav")}
    lines: list[str] = []
    with pytest.warns(UserWarning, match=r"^digital silence in spk1_low_2\.wav$"):
        extract(folder, folder / "out.h5", encoder=encoder, say=lines.append)
    assert lines[-1] == f"continuing: {len(paths)} of {len(paths)} parts done"
    with h5py.File(folder / "out.h5") as store:
        assert "part" not in store


def test_a_part_of_another_format_is_done_again(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = stop_before_the_result(folder, encoder)
    with h5py.File(path, "r+") as store:
        del store["part"]
    lines: list[str] = []
    assert extract(folder, folder / "out.h5", encoder=encoder, say=lines.append).rows == 8
    assert [line for line in lines if line.startswith("continuing")] == []
