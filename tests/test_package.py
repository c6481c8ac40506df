"""The package as it is installed: light imports, and a wheel that works elsewhere."""

from __future__ import annotations

import configparser
import importlib
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "deepspectrum_features"
HEAVY = (
    "torch",
    "librosa",
    "sklearn",
    "pandas",
    "scipy",
    "matplotlib",
    "onnxruntime",
    "h5py",
    "jinja2",
    "distributed",
)


@pytest.mark.parametrize("call", ["import deepspectrum_features", "dsf --help"])
def test_nothing_heavy_is_loaded_before_it_is_wanted(call: str) -> None:
    code = call
    if call.startswith("dsf"):
        code = (
            "import sys; sys.argv = ['dsf', '--help']\n"
            "from deepspectrum_features.cli import main\n"
            "try: main()\nexcept SystemExit: pass"
        )
    code += f"\nimport sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_takes_no_time() -> None:
    code = (
        "import time; began = time.process_time(); import deepspectrum_features\n"
        "print(time.process_time() - began)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 0.06


def test_packages_are_the_folders_that_hold_code() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    named = set(settings["options"]["packages"].split())
    found = {"deepspectrum_features"}
    for folder, name in ((PACKAGE, ""), (ROOT / "cli", ".cli"), (ROOT / "baselines", ".baselines")):
        for path in folder.rglob("__init__.py"):
            parts = path.parent.relative_to(folder).parts
            found.add(".".join((f"deepspectrum_features{name}", *parts)))
    assert named == found


@pytest.mark.parametrize(
    "name",
    [
        *("", ".baselines", ".baselines.ablation", ".baselines.fitted", ".baselines.report"),
        *(".baselines.transformers", ".conversion", ".corpus", ".drawing", ".encoder"),
        *(".extraction", ".features", ".networks", ".recipe", ".sound", ".training"),
    ],
)
def test_a_package_lists_its_public_names_alone(name: str) -> None:
    package = importlib.import_module(f"deepspectrum_features{name}")
    assert dir(package) == sorted(package.__all__)
    for public in package.__all__:
        assert getattr(package, public) is not None


def packages_of(extra: str) -> set[str]:
    """Return what an extra brings, that of the extras in it too."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    found = set()
    for line in settings["options.extras_require"][extra].split():
        _name, _, others = line.rstrip("]").partition("[")
        found |= set().union(*map(packages_of, others.split(","))) if others else {line}
    return {re.split("[>=]", name)[0] for name in found}


def test_the_extra_that_a_message_names_brings_the_package() -> None:
    from deepspectrum_features.conversion.formats import FORMATS
    from deepspectrum_features.extras import EXTRAS

    assert len(EXTRAS) > 9
    assert {kind.needs for kind in FORMATS.values() if kind.needs} <= EXTRAS.keys()
    for package, extra in EXTRAS.items():
        name = {"sklearn": "scikit-learn"}.get(package, package).replace("_", "-")
        assert name in packages_of(extra)
        assert name in packages_of("all")


def test_all_is_all_that_users_take() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    for extra in settings["options.extras_require"]:
        assert extra in ("dev", "docs") or packages_of(extra) <= packages_of("all")
    assert "pytest" not in packages_of("all")


def test_versions_agree() -> None:
    from deepspectrum_features import __version__

    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_nothing_is_counted_or_sent(tmp_path: Path) -> None:
    """Run an encoder with an empty home: onnxruntime would keep what it reports there."""
    home = tmp_path / "home"
    home.mkdir()
    run = (
        "import sys, time\n"
        "from deepspectrum_features import extract\n"
        "extract(sys.argv[1], sys.argv[2])\n"
        "time.sleep(0.5)\n"
    )
    command = [sys.executable, "-c", run, str(ROOT / "data/demo"), str(tmp_path / "out.h5")]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(home.rglob("*")) == []


@pytest.mark.slow
def test_the_wheel_extracts_in_a_fresh_environment_from_another_folder(tmp_path: Path) -> None:
    """Core dependencies alone: no torch; a module or file missing from the wheel shows here."""
    build = [sys.executable, "-m", "build", "--outdir", str(tmp_path / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    report = {path.name for path in (ROOT / "baselines/report").iterdir() if path.is_file()}
    assert {f"deepspectrum_features/baselines/report/{name}" for name in report} <= held
    venv.create(tmp_path / "fresh", with_pip=True)
    pip = [str(tmp_path / "fresh/bin/pip"), "install", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    dsf = str(tmp_path / "fresh/bin/dsf")
    listed = subprocess.run([dsf, "encoders"], check=True, capture_output=True, text=True).stdout
    assert listed.startswith("encoder    spectral-functionals")
    command = [dsf, "extract", str(ROOT / "data/demo"), "out.h5"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    shown = subprocess.run(
        [dsf, "info", "out.h5"], check=True, capture_output=True, text=True, cwd=tmp_path
    ).stdout
    assert "rows       48 utterances" in shown
    load = "from deepspectrum_features import load; load('out.h5')"
    python = [str(tmp_path / "fresh/bin/python"), "-c", load]
    said = subprocess.run(python, check=False, capture_output=True, text=True, cwd=tmp_path).stderr
    assert said.splitlines()[-1] == (
        "deepspectrum_features.errors.DsfError: pandas is not installed, needed here "
        "(pip install 'deepspectrum-features[analysis]')"
    )
    packages = next((tmp_path / "fresh/lib").glob("python*/site-packages"))
    assert {path.name for path in packages.iterdir()} & {"cli", "baselines", "torch"} == set()
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    assert size < 320e6
