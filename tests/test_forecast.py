"""A dry run says what the run will do, and leaves everything as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from called import call
from stopped import stopped_before_the_merge

from deepspectrum_features import Encoder, FeatureFile, extract
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.forecast import Forecast
from deepspectrum_features.testing import tone


def everything(folder: Path) -> dict[Path, float]:
    """Return all files and folders, and when each was changed."""
    return {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def test_a_dry_run_writes_nothing_and_names_what_is_refused(folder: Path, encoder: Encoder) -> None:
    soundfile.write(folder / "spk1_low_1.wav", tone(500, 0.01), 16000)
    before = everything(folder)
    command = ("extract", folder, folder / "out.h5", "--encoder", encoder.path, "--jobs", "1")
    dry = call(*command, "--dry-run")
    assert everything(folder) == before
    assert dry.returncode == 3
    assert "refused spk1_low_1.wav: 160 samples, need at least 400 (25 ms" in dry.stderr
    said = dict(line.split(maxsplit=1) for line in dry.stdout.splitlines() if line[:2] != "to")
    assert said["out"] == f"{folder / 'out.h5'}: would be written"
    assert (said["rows"], said["refused"], said["jobs"]) == ("7", "1 input", "1 at a time")
    assert call(*command).returncode == 3
    assert len(FeatureFile.open(folder / "out.h5").file) == 7
    before = everything(folder)
    again = call(*command, "--dry-run")
    assert everything(folder) == before
    assert f"out        {folder / 'out.h5'}: complete\n" in again.stdout
    assert "to do      0 of 1 part\n" in again.stdout


def test_what_an_interrupted_run_has_left_is_counted(
    folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 1.0)
    with stopped_before_the_merge(folder / "out.h5"):
        extract(folder, folder / "out.h5", encoder=encoder)
    parts = sorted(folder.glob("out.h5.parts/0*.h5"))
    parts[0].unlink()
    found = extract(folder, folder / "out.h5", encoder=encoder, dry_run=True)
    assert isinstance(found, Forecast)
    assert (found.parts, found.parts_done) == (len(parts), len(parts) - 1)
    assert sorted(folder.glob("out.h5.parts/0*.h5")) == parts[1:]


def test_of_a_cluster_it_tells_without_asking_it(folder: Path, encoder: Encoder) -> None:
    pytest.importorskip("distributed")
    command = ["extract", folder, folder / "out.h5", "--encoder", encoder.path, "--dry-run"]
    command += ["--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"]
    assert "jobs       by the cluster\n" in call(*command).stdout
    assert "jobs       1 at a time\n" in call(*command, "--jobs", "3").stdout


def test_what_a_finished_output_holds_is_not_to_do_again(tones: Path, encoder: Encoder) -> None:
    done = extract(tones, tones / "out.h5", encoder=encoder)
    soundfile.write(tones / "spk1_low_2.wav", tone(300, 0.8), 16000)
    found = extract(tones, tones / "out.h5", encoder=encoder, dry_run=True)
    assert isinstance(found, Forecast)
    assert found.found.startswith("1 recording changed or new: spk1_low_2.wav (to do: ")
    assert 0 < found.parts - found.parts_done < found.parts / 2
    assert 0 < found.audio_seconds < done.audio_seconds / 2
