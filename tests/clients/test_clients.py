"""Other programs open what we write, by the very lines that docs/open-anywhere.md shows."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/open-anywhere.md").read_text(encoding="utf-8")
MODULES = ROOT / "build/clients/node_modules"
WEKA = Path("/usr/share/java/weka.jar")

#: What of the page is run in Python, and the package that it takes.
PYTHON = {
    "pandas": "pandas", "xarray through h5netcdf": "h5netcdf", "xarray through netCDF4": "netCDF4",
    "torch": "torch", "Parquet": "pyarrow", "NumPy": "numpy", "CSV": "pandas",
}  # fmt: skip
OTHERS = ["R with rhdf5", "R with hdf5r", "JavaScript", "h5dump", "Octave", "Weka"]

#: What a script says behind the lines of the page: sizes, a number, a name, and two labels.
ASK = {
    "python": """
import numpy
values = numpy.asarray(features)
print(*values.shape, values[2, 5], names[5], label[0], label[2], sep="\\n")
""",
    "torch": """
if __name__ == "__main__":
    batches, label = zip(*loader)
    values, label = torch.cat(batches), sum(label, ())
    names = h5py.File("demo.h5")["feature_name"].asstr()
    print(*values.shape, values[2, 5].item(), names[5], label[0], label[2], sep="\\n")
""",
    "r": """
number <- sprintf("%.9g", features[3, 6])
cat(dim(features), number, colnames(features)[6], label[1], label[3], sep = "\\n")
""",
    "octave": """
printf("%d\\n%d\\n%.9g\\n", size(features), features(3, 6));
printf("%s\\n", names{6}, label{1}, label{3});
""",
    "js": """
console.log([rows, columns, features[2 * columns + 5], names[5], label[0], label[2]].join("\\n"));
""",
}  # fmt: skip


def block(heading: str, number: int = 0) -> str:
    """Return a block of code below a heading of the page."""
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert section, heading
    return re.findall(r"```\w+\n(.*?)```", section[1], flags=re.DOTALL)[number]


def test_all_that_the_page_shows_is_run_or_marked() -> None:
    sections = re.findall(r"^## (.*?)$(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    shown = {heading for heading, text in sections if "```" in text and "*Not run.*" not in text}
    assert shown == {*PYTHON, *OTHERS}


def need(program: str, package: str) -> None:
    """Skip where a program is missing, naming the package that has it."""
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here: apt-get install {package}")


def run(command: list[str], script: Path, text: str) -> str:
    """Return what a program prints that runs a script in the folder of the files."""
    script.write_text(text, encoding="utf-8")
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [*command, script.name], cwd=script.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(output: str, held: SimpleNamespace) -> None:
    """Hold what a program found against what is in the feature file."""
    rows, columns, number, *texts = output.splitlines()[-6:]
    assert (int(rows), int(columns)) == held.features.shape
    assert np.float32(number) == held.features[2, 5]
    assert held.features[2, 5] not in (0, held.features[5, 2], held.features[2, 6])
    assert texts == [held.names[5], held.label[0], held.label[2]]


@pytest.mark.parametrize("heading", PYTHON)
def test_python(heading: str, place: Path, held: SimpleNamespace) -> None:
    """Run it in a process that has not imported this package."""
    if importlib.util.find_spec(PYTHON[heading]) is None:
        pytest.skip(f"no {PYTHON[heading]} here: pip install {PYTHON[heading]}")
    text = block(heading) + ASK.get(heading, ASK["python"])
    check(run([sys.executable, "-P"], place / "client.py", text), held)


@pytest.mark.parametrize("package", ["rhdf5", "hdf5r"])
def test_r(package: str, place: Path, held: SimpleNamespace) -> None:
    need("Rscript", "r-base-core")
    debian = {"rhdf5": "r-bioc-rhdf5", "hdf5r": "r-cran-hdf5r"}[package]
    there = subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True)
    if there.returncode:
        pytest.skip(f"no {package} here: apt-get install {debian}")
    text = block(f"R with {package}") + ASK["r"]
    check(run(["Rscript", "--vanilla"], place / f"{package}.R", text), held)


def test_javascript(place: Path, held: SimpleNamespace) -> None:
    need("node", "nodejs")
    if not (MODULES / "h5wasm").is_dir():
        pytest.skip("no h5wasm here: npm install h5wasm")
    (place / "node_modules").symlink_to(MODULES)
    check(run(["node"], place / "client.mjs", block("JavaScript") + ASK["js"]), held)


def test_h5dump(place: Path, held: SimpleNamespace) -> None:
    need("h5dump", "hdf5-tools")
    found = run(["sh"], place / "dump.sh", "set -e\n" + block("h5dump"))
    assert 'DATASET "speaker"' in found
    assert np.float32(re.findall(r"\(2,5\): (\S+)", found)[0]) == pytest.approx(
        held.features[2, 5], rel=1e-5
    )
    assert found.count("wütend") + found.count("w\\37777777703\\37777777674tend") == 4


def test_octave(place: Path, held: SimpleNamespace) -> None:
    need("octave-cli", "octave")
    check(run(["octave-cli", "--norc"], place / "client.m", block("Octave") + ASK["octave"]), held)


def test_octave_reads_numbers_and_no_text_of_hdf5(place: Path, held: SimpleNamespace) -> None:
    need("octave-cli", "octave")
    ask = 'printf("%d %d %.9g %d\\n", size(features), features(3, 6), numel(numbers.start));'
    found = run(["octave-cli", "--norc"], place / "numbers.m", block("Octave", 1) + ask)
    rows, columns, number, starts = found.split()
    assert (int(rows), int(columns), int(starts)) == (*held.features.shape, len(held.start))
    assert np.float32(number) == held.features[2, 5]
    ask = 'try, t = load("demo.h5"); disp(isfield(t, "label")), catch, disp("broken off"), end'
    assert run(["octave-cli", "--norc"], place / "text.m", ask).split("\n")[0] in (
        "0",
        "broken off",
    )


def test_weka(place: Path, held: SimpleNamespace) -> None:
    need("java", "default-jre-headless")
    if not WEKA.exists():
        pytest.skip("no Weka here: apt-get install weka")
    found = run(["sh"], place / "weka.sh", "set -e\n" + block("Weka"))
    kinds = re.findall(r"^ *\d+ (\S+) +(Str|Num|Nom) ", found, flags=re.MULTILINE)
    assert {("file", "Str"), ("start", "Num"), ("label", "Nom"), (held.names[5], "Num")} <= {*kinds}
    assert len(kinds) == 7 + len(held.names)
    assert re.search(r"Correctly Classified Instances +8 ", found)
    assert "wütend 東" in found


def test_weka_reads_every_text_and_number_back(place: Path, held: SimpleNamespace) -> None:
    """Weka writes what it read: its own quotes are ours."""
    need("java", "default-jre-headless")
    if not WEKA.exists():
        pytest.skip("no Weka here: apt-get install weka")
    say = f"java -Dfile.encoding=UTF-8 -cp {WEKA} weka.core.converters.ArffSaver -i demo.arff"
    theirs, ours = run(["sh"], place / "save.sh", say), (place / "demo.arff").read_text("utf-8")
    heads = [text.partition("@data")[0].splitlines() for text in (theirs, ours)]
    assert [one for one in heads[0] if one] == [one for one in heads[1] if one[0] != "%"]
    rows = [text.partition("@data\n")[2].splitlines() for text in (theirs, ours)]
    for their, our in zip(*rows, strict=True):
        assert their.split(",0,")[0].split("}")[0] == our.split(",0.0,")[0].split("}")[0]
        numbers = [np.array(row.split(",")[-len(held.names) :], float) for row in (their, our)]
        np.testing.assert_allclose(*numbers, rtol=1e-5, atol=1e-6)  # it writes six digits
