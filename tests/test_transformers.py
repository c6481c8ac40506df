"""Transformers of scikit-learn's: rows as extraction gives them, whatever names the recordings."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import soundfile
from quick_first import quick_first

from deepspectrum_features import Encoder, extract, functionals, load
from deepspectrum_features.errors import CorpusError, DsfError, EncoderError
from deepspectrum_features.extraction import plan
from deepspectrum_features.testing import tiny_corpus, tiny_encoder, tone

pytest.importorskip("sklearn")

from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from deepspectrum_features import DeepSpectrum, Functionals

pandas = pytest.importorskip("pandas")

FILES = ["spk1_low_1.wav", "spk2_high_1.wav", "spk1_high_2.wav"]
#: Of one recording, alone or beside others in a batch.
close = {"rtol": 1e-5, "atol": 1e-6}


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in the folder of the recordings."""
    monkeypatch.chdir(folder)
    return folder


def table(here: Path, files: list[str]) -> Any:
    """Return files as pandas's rows."""
    return pandas.DataFrame({"file": files, "mood": "calm"}, index=[f"r{n}" for n in range(3)])


def index(here: Path, files: list[str]) -> Any:
    """Return audformat's index of stretches, to the end of the file."""
    times = pandas.to_timedelta([0.0] * len(files), unit="s"), [pandas.NaT] * len(files)
    return pandas.MultiIndex.from_arrays([files, *times], names=["file", "start", "end"])


@pytest.mark.parametrize(
    "given",
    quick_first(
        [
            lambda here, files: files,
            lambda here, files: [here / file for file in files],
            lambda here, files: tuple(files),
            lambda here, files: np.array(files),
            lambda here, files: np.array(files)[:, None],
            lambda here, files: pandas.Series(files),
            table,
            index,
            lambda here, files: pandas.Index(files, name="file"),
            lambda here, files: pandas.Series([1, 2, 3], index(here, files)),
            lambda here, files: pandas.DataFrame({"arousal": [1, 2, 3]}, index(here, files)),
            lambda here, files: [soundfile.read(file) for file in files],
            lambda here, files: pandas.Series([soundfile.read(file) for file in files]),
        ]
    ),
)
def test_rows_are_those_of_an_extraction(
    here: Path, encoder: Encoder, given: Callable[[Path, list[str]], Any]
) -> None:
    extract(FILES, "out.h5", encoder=encoder)
    expected = load("out.h5").droplevel(["start", "end"])
    transformer = DeepSpectrum(encoder)
    for files in (FILES, FILES[::-1]):
        rows = transformer.fit_transform(given(here, files))
        assert (rows.shape, rows.dtype) == ((3, 12), np.float32)
        np.testing.assert_allclose(rows, expected.loc[files], **close)
    assert not np.allclose(rows[0], rows[2], **close)
    assert list(transformer.get_feature_names_out()) == list(expected.columns)


def test_stretches_and_channels_are_cut_from_recordings(here: Path, encoder: Encoder) -> None:
    both = np.stack([tone(440, seconds=2.0), tone(2000, seconds=2.0)], axis=1)
    soundfile.write("both.wav", both, 16000, subtype="FLOAT")
    rows = pandas.DataFrame(
        {
            "file": "both.wav",
            "start": [0.5, 0.0, 0.5],
            "end": [1.5, None, 1.5],
            "channel": [1, 2, None],
        }
    )
    found = DeepSpectrum(encoder).fit_transform(rows)
    cut = both[8000:24000]
    for row, sound in zip(found, (cut[:, 0], both[:, 1], cut.mean(axis=1)), strict=True):
        np.testing.assert_allclose(row, encoder.embed(sound, 16000).vector, **close)
    assert not np.allclose(found[0], found[2], **close)


def test_a_row_may_be_there_twice(here: Path, encoder: Encoder) -> None:
    transformer = DeepSpectrum(encoder)
    once = transformer.fit_transform(FILES)
    drawn = [*FILES, f"./{FILES[1]}", FILES[0]]
    np.testing.assert_array_equal(transformer.transform(drawn), once[[0, 1, 2, 1, 0]])
    frame = pandas.DataFrame({"file": drawn})
    np.testing.assert_array_equal(transformer.transform(frame), once[[0, 1, 2, 1, 0]])


@pytest.mark.parametrize("kind", ["paths", "sounds"])
def test_jobs_change_no_row(
    tones: Path, encoder: Encoder, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(tones.glob("*.wav"))
    given = files if kind == "paths" else [soundfile.read(file) for file in files]
    alone = DeepSpectrum(encoder, jobs=1).fit_transform(given)
    np.testing.assert_array_equal(DeepSpectrum(encoder, jobs=3).fit_transform(given), alone)
    parts = plan.make_plan(_corpus(files), {}).parts
    assert len(parts) > 3


def _corpus(files: list[Path]) -> Any:
    from deepspectrum_features import Corpus

    return Corpus.read(files).scan()


@pytest.mark.slow
def test_opensmiles_rows_are_those_of_its_file(tones: Path) -> None:
    pytest.importorskip("opensmile")
    files = sorted(tones.glob("spk1*.wav"))
    functionals(files, tones / "out.h5", feature_set="egemaps", jobs=1)
    expected = load(tones / "out.h5")
    transformer = Functionals("egemaps", jobs=1)
    np.testing.assert_array_equal(transformer.fit_transform(files), expected)
    sounds = [soundfile.read(file) for file in files]
    apart = Functionals("egemaps", jobs=2).fit_transform(sounds)
    np.testing.assert_allclose(apart, expected, rtol=1e-6)
    assert list(transformer.get_feature_names_out()) == list(expected.columns)


def test_rows_without_features_are_named(here: Path, encoder: Encoder) -> None:
    soundfile.write("click.wav", tone(440, seconds=0.01), 16000)
    transformer = DeepSpectrum(encoder).fit(FILES)
    gaps = [FILES[0], None, "click.wav", FILES[1], float("nan"), "nowhere.wav"]
    with pytest.raises(CorpusError) as caught:
        transformer.transform(gaps)
    assert str(caught.value) == (
        "X: 4 of 6 rows without features, need a recording in each: row 1: names nothing; "
        "row 2, click.wav: 160 samples, need at least 400 (25 ms at 16000 Hz); "
        "row 4: names nothing; ... (leave them out, or unreadable='nan')"
    )
    transformer.set_params(unreadable="nan")
    rows = transformer.transform(gaps)
    np.testing.assert_array_equal(np.isnan(rows).all(axis=1), [0, 1, 1, 0, 1, 1])
    assert np.isfinite(rows[[0, 3]]).all()
    frame = pandas.DataFrame({"file": gaps, "start": 0.0})
    np.testing.assert_array_equal(transformer.transform(frame), rows)
    assert np.isnan(transformer.transform([None, None])).all()
    assert np.isfinite(make_pipeline(transformer, SimpleImputer()).fit_transform(gaps)).all()


def test_what_only_decoding_refuses_moves_no_other_row(here: Path, encoder: Encoder) -> None:
    soundfile.write("nan.wav", np.full(16000, np.nan), 16000, subtype="FLOAT")
    transformer = DeepSpectrum(encoder, unreadable="nan")
    rows = transformer.fit_transform([FILES[0], "nan.wav", FILES[1]])
    assert np.isnan(rows[1]).all()
    expected = transformer.transform(FILES[:2])
    np.testing.assert_allclose(rows[[0, 2]], expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(rows[0], rows[2])


def test_sounds_without_features_are_named(encoder: Encoder) -> None:
    whole = tone(440, seconds=0.5)
    gaps = [(whole, 16000), (whole[:100], 16000), (np.full(9000, np.nan), 16000), None]
    transformer = DeepSpectrum(encoder, unreadable="nan")
    rows = transformer.fit_transform(gaps)
    np.testing.assert_array_equal(np.isnan(rows).all(axis=1), [False, True, True, True])
    with pytest.raises(CorpusError, match=re.escape("row 1: 100 samples, need at least 400 (")):
        transformer.set_params(unreadable="error").transform(gaps)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("a.wav", TypeError, "X='a.wav', need a list of paths or of (samples, rate), or a DataF"),
        ([], ValueError, "X=[], need at least one row"),
        ([3], TypeError, "X[0]=3, need a path or (samples, rate)"),
        (np.zeros((2, 3)), TypeError, "X[0]=array([0., 0., 0.]), need a path or (samples, rate)"),
        (["a.wav", ("b", 1)], TypeError, "X[0]='a.wav', need (samples, rate), as others"),
        ([(np.zeros(9, int), 16000)], ValueError, "row 0: samples: int64 (9,), need floats"),
        (pandas.DataFrame({"path": ["a"]}), CorpusError, "X: columns path, need one named file"),
        (
            pandas.DataFrame({"file": ["a", "b"], "start": [0, 2], "end": 1}),
            CorpusError,
            "X: row 1: end 1 s is not after start 2 s",
        ),
    ],
    ids=range(8),
)
def test_what_is_no_list_of_recordings_is_refused_by_fit(
    encoder: Encoder, given: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=re.escape(said)):
        DeepSpectrum(encoder).fit(given)


def test_parameters_are_checked_by_fit(encoder: Encoder) -> None:
    for wrong, error in (({"jobs": 0}, ValueError), ({"unreadable": "skip"}, ValueError)):
        with pytest.raises(error, match=next(iter(wrong))):
            DeepSpectrum(encoder, **wrong).fit(FILES)
    with pytest.raises(ValueError, match=r"set='egemap', need one of egemaps, compare"):
        Functionals("egemap").fit(FILES)
    with pytest.raises(EncoderError, match="need functionals"):
        DeepSpectrum(encoder, level="functionals").fit(FILES)
    with pytest.raises(EncoderError, match="no such encoder"):
        DeepSpectrum("nowhere").fit(FILES)
    with pytest.raises(NotFittedError):
        DeepSpectrum(encoder).transform(FILES)


@pytest.mark.slow
def test_the_level_chooses_the_columns(here: Path) -> None:
    both = tiny_encoder("both")
    widths = {"embedding": 12, "functionals": 20, "both": 32, None: 32}
    for level, width in widths.items():
        assert DeepSpectrum(both, level=level).fit_transform(FILES[:1]).shape == (1, width)
        opened = DeepSpectrum(both.path, level=level or "both").fit(FILES[:1])
        assert opened.n_features_out_ == width


@pytest.mark.parametrize(
    "given",
    [
        table,
        index,
        lambda here, files: pandas.Series(files, [3, 1, 2]),
        lambda here, files: pandas.Index(files, name="file"),
    ],
)
def test_tables_of_pandas_keep_the_index(
    here: Path, encoder: Encoder, given: Callable[[Path, list[str]], Any]
) -> None:
    rows, transformer = given(here, FILES), DeepSpectrum(encoder)
    matrix = transformer.fit_transform(rows)
    assert isinstance(matrix, np.ndarray)
    with config_context(transform_output="pandas"):
        by_context = transformer.transform(rows)
    found = clone(transformer).set_output(transform="pandas").fit_transform(rows)
    expected = rows if isinstance(rows, pandas.Index) else rows.index
    assert found.index.equals(expected)
    assert list(found.columns) == encoder.columns
    np.testing.assert_array_equal(found, matrix)
    pandas.testing.assert_frame_equal(by_context, found)


def test_it_is_pickled_with_the_way_to_its_encoder(
    here: Path, encoder: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(encoder.path.read_bytes())
    fitted = DeepSpectrum(path).fit(FILES)
    stored = pickle.dumps(fitted)
    assert len(stored) < 1000
    np.testing.assert_array_equal(pickle.loads(stored).transform(FILES), fitted.transform(FILES))
    unfitted = pickle.loads(pickle.dumps(DeepSpectrum(path)))
    assert vars(unfitted) == vars(DeepSpectrum(path))
    path.write_bytes(Encoder.open("zhao2018-asmmc-nemo").path.read_bytes())
    with pytest.raises(EncoderError, match="the file was changed"):
        pickle.loads(stored)
    assert unfitted.fit(FILES).n_features_out_ == 256, "as its file is now"


def test_a_bundled_encoder_is_pickled_by_its_name(here: Path) -> None:
    name = "zhao2018-asmmc-nemo"
    fitted = DeepSpectrum(name).fit(FILES)
    stored = pickle.dumps(fitted)
    assert name.encode() in stored
    assert b".onnx" not in stored
    assert pickle.loads(stored).encoder_.sha256 == fitted.encoder_.sha256


def test_a_clone_shares_an_open_encoder(encoder: Encoder) -> None:
    copied = clone(DeepSpectrum(encoder, level="embedding", jobs=2))
    assert copied.encoder is encoder
    assert copied.get_params() == {
        "encoder": encoder, "level": "embedding", "device": None, "jobs": 2, "unreadable": "error",
    }  # fmt: skip


def test_a_cache_knows_rows_parameters_and_the_encoders_file(
    here: Path, encoder: Encoder, tmp_path: Path
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(encoder.path.read_bytes())

    def rows() -> Any:
        step = DeepSpectrum(path, jobs=1)
        return make_pipeline(step, "passthrough", memory=str(tmp_path / "cache")).fit(FILES)

    hashes = [joblib.hash(DeepSpectrum(str(path))) for _ in range(2)]
    assert hashes[0] == hashes[1] != joblib.hash(DeepSpectrum(str(path), level="embedding"))
    expected = rows().transform(FILES)
    for file in FILES:
        (here / file).rename(here / f"away_{file}")
    rows()  # nothing is read: the recordings are away
    path.write_bytes(Encoder.open("zhao2018-asmmc-nemo").path.read_bytes())
    with pytest.raises(CorpusError, match="3 of 3 rows without features"):
        rows()
    for file in FILES:
        (here / f"away_{file}").rename(here / file)
    assert rows().transform(FILES).shape == (3, 256) != expected.shape


@pytest.mark.slow
def test_speakers_reach_the_search_inside_a_score(tmp_path: Path, encoder: Encoder) -> None:
    folder = tiny_corpus(tmp_path / "tones", speakers=3, per_class=2)
    files = sorted(folder.glob("*.wav"))
    speakers, labels, _ = zip(*(file.stem.split("_") for file in files), strict=True)
    told: list[set[str]] = []

    class Told(LeaveOneGroupOut):
        """Notes the speakers that it divides."""

        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:  # noqa: N803
            told.append({*groups})
            return super().split(X, y, groups)

    steps = make_pipeline(DeepSpectrum(encoder, jobs=1), StandardScaler(), LinearSVC())
    search = GridSearchCV(steps, {"linearsvc__C": [0.1, 1]}, cv=Told())
    with config_context(enable_metadata_routing=True):
        folds = cross_validate(
            search, files, labels, params={"groups": speakers}, cv=LeaveOneGroupOut()
        )
    assert told == [{"spk2", "spk3"}, {"spk1", "spk3"}, {"spk1", "spk2"}]
    assert folds["test_score"].mean() > 0.8  # a tone is low or high; chance is 0.5


def test_nothing_is_written(
    here: Path, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(empty))
    before = sorted(here.rglob("*"))
    DeepSpectrum(encoder).fit_transform(FILES)
    assert (sorted(here.rglob("*")), [*empty.iterdir()]) == (before, [])


def test_without_scikit_learn_the_name_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\nfrom deepspectrum_features import DeepSpectrum"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == (
        "deepspectrum_features.errors.DsfError: sklearn is not installed, needed here "
        "(pip install 'deepspectrum-features[evaluate]')"
    )


def test_without_opensmile_fit_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from deepspectrum_features.sound import opensmile_engine

    opensmile_engine._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(DsfError, match="opensmile is not installed"):
        Functionals().fit(FILES)
