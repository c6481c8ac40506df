"""From features to answers as a user does it: ``dsf fit``, ``dsf predict``, ``dsf info``."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from called import call

from deepspectrum_features import FeatureFile, extract
from deepspectrum_features.encoder.bundled import EARLIER
from deepspectrum_features.testing import tiny_corpus, tiny_encoder, tiny_features

pytest.importorskip("onnx")
pytest.importorskip("sklearn")

DSF = Path(sys.executable).with_name("dsf")

#: Runs ``dsf`` where nothing is installed but what the core needs, and no network is.
LIGHT = """
import socket, sys
for name in ("sklearn", "scipy", "threadpoolctl", "pandas", "torch", "onnx", "opensmile"):
    sys.modules[name] = None
def refuse(*_, **__): raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
sys.argv[0] = "dsf"
from deepspectrum_features.cli import main
main()
"""


def light(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", LIGHT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [*csv.DictReader(stream)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return tones of 6 speakers: a table and features of 4 of them, a table of the other two."""
    folder = tiny_corpus(tmp_path_factory.mktemp("place"), speakers=6)
    listed = rows(folder / "corpus.csv")
    for name, speakers in (("fit", "1234"), ("new", "56")):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*listed[0]])
            writer.writeheader()
            writer.writerows(row for row in listed if row["speaker"][-1] in speakers)
    extract(folder / "fit.csv", folder / "fit.h5", encoder=tiny_encoder())
    return folder


@pytest.fixture(scope="module")
def fitted(place: Path) -> subprocess.CompletedProcess[str]:
    """Return what the first of the two lines says, started as a user does."""
    options = ("--encoder", tiny_encoder().path)
    command = [DSF, "fit", "fit.h5", "--out", "tones.onnx", *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=place, check=False)


@pytest.mark.slow
def test_two_lines_tell_speakers_that_were_never_heard(
    place: Path, fitted: subprocess.CompletedProcess[str]
) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    from deepspectrum_features.baselines.fitted import Classifier

    assert fitted.returncode == 0, fitted.stderr
    done = call("predict", "tones.onnx", "new.csv", "told.csv", folder=place)
    assert (done.returncode, done.stdout) == (0, "told.csv\n"), done.stderr
    assert done.stderr.splitlines()[-1] == "told.csv: 8 rows told"
    extract(place / "new.csv", place / "new.h5", encoder=tiny_encoder())
    known, new = (FeatureFile.open(place / f"{name}.h5") for name in ("fit", "new"))
    c = Classifier.read(place / "tones.onnx").card.chosen["C"] / known.features.shape[1]
    machine = SVC(C=c, kernel="linear", class_weight="balanced", tol=1e-6, break_ties=True)
    pipeline = make_pipeline(StandardScaler(), machine).fit(known.features, known.label)
    told = rows(place / "told.csv")
    assert [*told[0]] == ["file", "start", "end", "label", "p_high", "p_low"]
    assert [row["file"] for row in told] == new.file
    assert [row["label"] for row in told] == pipeline.predict(new.features).tolist()
    assert {row["label"] for row in told} == {"high", "low"}
    for row in told:
        high, low = float(row["p_high"]), float(row["p_low"])
        assert high + low == pytest.approx(1, abs=2e-6)
        assert (high > low) is (row["label"] == "high")
    assert not (place / "told.csv.parts").exists()
    assert not (place / "tones.onnx.parts").exists()


@pytest.mark.slow
def test_the_light_install_predicts_and_describes_without_a_network(
    place: Path, fitted: subprocess.CompletedProcess[str]
) -> None:
    done = light("predict", "tones.onnx", "new.csv", "light.csv", folder=place)
    assert (done.returncode, done.stdout) == (0, "light.csv\n"), done.stderr
    assert len(rows(place / "light.csv")) == 8
    shown = light("info", "tones.onnx", folder=place)
    assert shown.stdout == fitted.stdout
    assert "leave one speaker out" in shown.stdout
    assert "expected calibration error" in shown.stdout
    file, score = shown.stdout.split("The score rests on:\n")
    assert "how        on all rows: SVM (linear)" in file
    assert "* SVM (linear)" in score
    failed = light("fit", "fit.h5", "--out", "other.onnx", folder=place)
    assert failed.returncode == 1
    assert "pip install 'deepspectrum-features[" in failed.stderr


@pytest.mark.slow
def test_broken_recordings_are_named_and_the_rest_is_told(
    place: Path, fitted: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    folder = tiny_corpus(tmp_path / "some", speakers=1, per_class=1)
    (folder / "corpus.csv").unlink()
    (folder / "broken.wav").write_bytes(b"RIFF no sound")
    model = place / "tones.onnx"
    done = call("predict", model, "some", "told.csv", folder=tmp_path)
    assert (done.returncode, done.stdout) == (3, "told.csv\n")
    *_, refused, last = done.stderr.splitlines()
    assert refused.startswith("refused broken.wav: ")
    assert last == "told.csv: 2 rows told, 1 refused"
    assert len(rows(tmp_path / "told.csv")) == 2
    again = call("predict", model, "some", "told.csv", folder=tmp_path)
    line = "error: told.csv: exists (choose another name, or --overwrite)\n"
    assert (again.returncode, again.stderr) == (1, line)
    (tmp_path / "folder.csv").mkdir()
    over = call("predict", model, "some", "folder.csv", "--overwrite", folder=tmp_path)
    line = "error: folder.csv: a folder, need the name of a file to write\n"
    assert (over.returncode, over.stderr) == (1, line)
    one = call("predict", model, "some/spk1_low_1.wav", "told.csv", "--overwrite", folder=tmp_path)
    assert one.returncode == 0
    assert [row["file"] for row in rows(tmp_path / "told.csv")] == ["spk1_low_1.wav"]


@pytest.mark.slow
def test_an_encoder_that_is_gone_or_another(
    place: Path, fitted: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    from deepspectrum_features.baselines.fitted import fit

    before = FeatureFile.open(place / "fit.h5")
    before.attributes["encoder_sha256"] = EARLIER[0]
    before.write(tmp_path / "before.h5")
    fit(tmp_path / "before.h5").write(tmp_path / "before.onnx")
    lost = call("predict", "before.onnx", place, "told.csv", folder=tmp_path)
    line = "which is no longer bundled, need its file (--encoder FILE)"
    assert lost.stderr.rstrip().endswith(line)
    fit(place / "fit.h5").write(tmp_path / "tones.onnx")  # its place was not told
    lost = call("predict", "tones.onnx", place, "told.csv", folder=tmp_path)
    assert lost.returncode == 1
    line = "which is no bundled encoder, need its file (--encoder FILE)"
    assert lost.stderr.rstrip().endswith(line)
    other = ("--encoder", "spectral-functionals")
    refused = call("predict", "tones.onnx", place, "told.csv", *other, folder=tmp_path)
    assert refused.returncode == 1
    assert "the features are of tiny (" in refused.stderr
    assert refused.stderr.count("\n") == 1
    own = ("--encoder", tiny_encoder().path)
    assert call("predict", "tones.onnx", place, "t.csv", *own, folder=tmp_path).returncode == 0
    moved = tmp_path / "mine.onnx"
    shutil.copy(tiny_encoder().path, moved)
    fit(place / "fit.h5", encoder=moved).write(tmp_path / "noted.onnx")
    moved.unlink()
    lost = call("predict", "noted.onnx", place, "told.csv", folder=tmp_path)
    line = f"which is no bundled encoder, and no longer {moved}, need its file (--encoder FILE)"
    assert lost.stderr.rstrip().endswith(line)
    assert not [*tmp_path.glob("told.csv*")]


@pytest.mark.slow
def test_speakers_that_lack_what_normalising_needs_are_said_before_any_work(
    place: Path, tmp_path: Path
) -> None:
    from deepspectrum_features.baselines.fitted import fit

    model = fit(place / "fit.h5", normalise="speaker", encoder=tiny_encoder().path)
    model.write(tmp_path / "by.onnx")
    for name, text, message in (
        ("none", "file\nspk1_low_1.wav\nspk1_low_2.wav\n", "2 rows of unknown speaker, the"),
        ("one", "file,speaker\nspk1_low_1.wav,x\n", "one row of speaker x, the"),
    ):
        table = tmp_path / f"{name}.csv"
        table.write_text(text)
        done = call("predict", "by.onnx", table, "told.csv", "--root", place, folder=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {table}: {message}")
        assert done.stderr.count("\n") == 1  # the encoder's line would be the first of the work
        assert not [*tmp_path.glob("told.csv*")]
    extract(place / "fit.csv", tmp_path / "cut.h5", encoder=tiny_encoder(), chunk=0.3)
    cut = fit(tmp_path / "cut.h5", normalise="speaker", encoder=tiny_encoder().path)
    told = cut.predict(tmp_path / "one.csv", root=place)
    assert len(told) > 1  # chunks of one recording are several rows
    said = "fitted on these recordings: ", "NORMALISED BY SPEAKER: fewer than 10 rows"
    assert all(any(line.startswith(one) for line in told.notices) for one in said)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:digital silence")
def test_silence_is_refused_and_moves_no_other_row(place: Path, tmp_path: Path) -> None:
    from deepspectrum_features.baselines.fitted import fit

    folder = Path(shutil.copytree(place, tmp_path / "place"))
    model = fit(folder / "fit.h5", normalise="speaker", encoder=tiny_encoder().path)
    soundfile.write(folder / "quiet.wav", np.zeros(16000), 16000)
    listed = (folder / "new.csv").read_text(encoding="utf-8")
    (folder / "beside.csv").write_text(f"{listed}quiet.wav,low,spk5\n", encoding="utf-8")
    alone, found = (model.predict(folder / name) for name in ("new.csv", "beside.csv"))
    assert found.csv() == alone.csv()
    assert [str(one) for one in found.refused] == [
        "quiet.wav [0-1 s]: nothing but digital zeros, need speech"
    ]


@pytest.mark.slow
def test_recordings_are_cut_as_those_fitted_on(place: Path) -> None:
    from deepspectrum_features.baselines.fitted import fit

    encoder = tiny_encoder()
    extract(place / "fit.csv", place / "cut.h5", encoder=encoder, chunk=0.3, channel=1)
    model = fit(place / "cut.h5", encoder=encoder.path, labels=place / "fit.csv")
    extract(place / "new.csv", place / "cut-new.h5", encoder=encoder, chunk=0.3, channel=1)
    found, cut = model.predict(place / "new.csv"), model.predict(place / "cut-new.h5")
    assert len(found) > 8
    assert found.csv() == cut.csv()
    assert (found.notices, cut.notices) == ((), ())
    extract(place / "new.csv", place / "whole.h5", encoder=encoder, channel=1)
    (notice,) = model.predict(place / "whole.h5").notices
    assert "rows of whole utterances, the classifier was fitted on 0.3 s each" in notice


@pytest.mark.slow
def test_a_classifier_of_opensmile_says_when_another_version_computes(place: Path) -> None:
    pytest.importorskip("opensmile")
    from deepspectrum_features import functionals
    from deepspectrum_features.baselines.fitted import Classifier, fit

    functionals(place / "fit.csv", place / "egemaps.h5", feature_set="egemaps")
    stored = FeatureFile.open(place / "egemaps.h5")
    stored.attributes["versions"] = '{"opensmile": "1.0"}'
    stored.write(place / "older.h5")
    fit(place / "older.h5").write(place / "egemaps.onnx")
    found = Classifier.read(place / "egemaps.onnx").predict(place / "new.csv")
    assert len(found) == 8
    met = f"{place / 'new.csv'}: features by opensmile "
    assert found.notices[0].startswith(met)
    assert "fitted on those of 1.0: numbers may differ" in found.notices[0]
    done = light("predict", "egemaps.onnx", "new.csv", "no.csv", folder=place)
    assert done.returncode == 1
    assert done.stderr.startswith("error: opensmile is not installed, needed here")


@pytest.mark.slow
def test_what_stands_in_the_way_is_said_before_any_work(tmp_path: Path) -> None:
    tiny_features(tmp_path / "tones.h5")
    (tmp_path / "a.onnx").write_text("mine")
    for arguments, message in (
        (("fit", "tones.h5", "--out", "a.onnx"), "a.onnx: exists and is no classifier, need"),
        (("predict", "a.onnx", "tones.h5", "told.txt"), "told.txt: predictions are a table, need"),
    ):
        done = call(*arguments, folder=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(f"error: {message}")
        assert done.stdout == ""
