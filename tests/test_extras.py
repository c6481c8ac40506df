"""Without its extra a function says which one it needs, in the words of the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deepspectrum_features import DsfError, FeatureFile, load
from deepspectrum_features.extras import EXTRAS, naming_extras
from deepspectrum_features.testing import tiny_features

#: Python as it is where no package of an extra is installed.
LIGHT = f"""
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {set(EXTRAS)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""

CALLS = """
import sys
import deepspectrum_features as dsf
from deepspectrum_features import drawing, testing, training
from deepspectrum_features.baselines import ablation, report

table = sys.argv[1]
CLUSTER = {"backend": "dask", "scheduler": "tcp://127.0.0.1:1"}
for call in (
    lambda: dsf.load(table),
    lambda: dsf.load_facts(table),
    lambda: dsf.FeatureFile.open(table).to_frame(),
    lambda: dsf.evaluate([table]),
    lambda: dsf.fit([table]),
    lambda: dsf.DeepSpectrum(),
    lambda: dsf.functionals(testing.tiny_corpus(), table + ".h5", feature_set="egemaps"),
    lambda: dsf.extract(testing.tiny_corpus(), table + ".h5", **CLUSTER),
    lambda: dsf.run_experiment,
    lambda: dsf.run_transfer,
    lambda: ablation.run_ablation,
    lambda: report.report,
    lambda: training.train,
    lambda: training.export,
    lambda: drawing.draw_attention(table),
    lambda: testing.tiny_encoder(),
):
    try:
        call()
    except dsf.DsfError as error:
        print(error)
"""


def test_every_function_names_the_extra_that_it_lacks(tmp_path: Path) -> None:
    table = tiny_features(tmp_path / "tones.h5")
    done = subprocess.run(
        [sys.executable, "-P", "-c", LIGHT + CALLS, str(table)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    needed = (
        *["analysis"] * 3, *["evaluate"] * 3, "opensmile", "cluster", *["evaluate"] * 3, "report",
        *["train"] * 2, "evaluate", "train",
    )  # fmt: skip
    lines = done.stdout.splitlines()
    for line, extra in zip(lines, needed, strict=True):
        assert line.endswith(f"not installed, needed here (pip install {said(extra)})"), lines


def said(extra: str) -> str:
    return f"'deepspectrum-features[{extra}]'"


def test_it_is_said_of_extras_alone() -> None:
    with pytest.raises(ModuleNotFoundError, match="own_module"), naming_extras():
        raise ModuleNotFoundError("No module named 'own_module'", name="own_module")
    with pytest.raises(DsfError, match=r"^sklearn is not installed"), naming_extras():
        raise ModuleNotFoundError("No module named 'sklearn.svm'", name="sklearn.svm")


def test_the_trace_ends_with_our_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(DsfError, match=r"^pandas is not installed") as caught:
        load(tiny_features(tmp_path / "tones.h5"))
    assert caught.value.__suppress_context__
    assert FeatureFile.open(tmp_path / "tones.h5").features.shape[0] > 0, "it needs no pandas"
