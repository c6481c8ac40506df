"""The ground plan: who may import whom. CONTRIBUTING.md draws it."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from deepspectrum_features import recipe

ROOT = Path(__file__).parents[1]
LIBRARY = "deepspectrum_features"
FOLDERS = {LIBRARY: LIBRARY, f"{LIBRARY}.cli": "cli", f"{LIBRARY}.baselines": "baselines"}
TORCH_SIDE = {"networks", "training", "baselines.classifiers", "baselines.fitted.graph"}

#: A module may import from its own room and from the rows above it, inside functions too.
ROWS = (
    {
        "",
        "arguments",
        "errors",
        "extras",
        "lazy",
        "overview",
        "terminal",
        "files",
        "scores",
        "processes",
        "provenance",
    },
    {"recipe", "run_folder"},
    {"sound"},
    {"corpus"},
    {"encoder"},
    {"features"},
    {"extraction", "conversion"},
    {"drawing"},
    {"networks", "training"},
    {"testing"},
    {"baselines"},
    {"cli", "__main__"},
)
RANK = {room: row for row, rooms in enumerate(ROWS) for room in rooms}


def modules() -> dict[str, Path]:
    """Return every module of the package by its full name."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *parts))] = path
    return found


MODULES = modules()


@cache
def tree(module: str) -> ast.Module:
    """Return a module's code."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def room(module: str) -> str:
    """Return the room of a module: the first name below the package."""
    return module.removeprefix(LIBRARY).lstrip(".").split(".")[0]


@cache
def public_homes(module: str) -> dict[str, str]:
    """Return where the names of a lazy face are defined, as its code says."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "names_of":
            homes: dict[str, str] = ast.literal_eval(node.args[1])
            return {name: f"{module}.{home}" for name, home in homes.items()}
    return {}


def is_for_types_alone(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """Yield the modules that one imports when it runs, and whether at its top level."""
    for top in tree(module).body:
        if is_for_types_alone(top):
            continue
        for node in ast.walk(top):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node is top) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = node.module or ""
                homes = public_homes(source) if source in MODULES else {}
                for alias in node.names:
                    below = f"{source}.{alias.name}"
                    found = below if below in MODULES else homes.get(alias.name, source)
                    yield found, node is top


@cache
def ours(module: str) -> list[str]:
    """Return the modules of the package that one imports."""
    return [name for name, _ in imports(module) if name.startswith(LIBRARY)]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down_alone(module: str) -> None:
    for other in ours(module):
        assert RANK[room(other)] <= RANK[room(module)], f"{module} imports {other}"


def test_there_is_no_circle() -> None:
    waiting = {module: set(ours(module)) - {module} for module in MODULES}
    while free := {module for module, needs in waiting.items() if not needs}:
        waiting = {name: needs - free for name, needs in waiting.items() if name not in free}
    assert not waiting, f"circle among {sorted(waiting)}"


def test_no_submodule_has_the_name_of_something_its_face_gives() -> None:
    for module in MODULES:
        for name in public_homes(module):
            assert f"{module}.{name}" not in MODULES


def test_torch_is_imported_by_the_training_side_alone() -> None:
    for module in MODULES:
        names = {name.split(".")[0] for name, at_top in imports(module) if at_top}
        place = module.removeprefix(f"{LIBRARY}.")
        if not any(place == side or place.startswith(f"{side}.") for side in TORCH_SIDE):
            heavy = {"torch", "pytorch_lightning", "librosa", "safetensors", "onnx", "av"}
            assert not names & heavy, module


def test_each_outside_library_has_its_doors() -> None:
    """Sound, openSMILE, onnxruntime and Dask are touched in one place each."""
    doors = {
        "soundfile": {"sound", "provenance", "testing"},
        "av": {"sound"},
        "soxr": {"sound"},
        "opensmile": {"sound"},
        "onnxruntime": {"encoder"},
        "dask": {"extraction"},
        "distributed": {"extraction"},
    }
    for module in MODULES:
        for name, _ in imports(module):
            allowed = doors.get(name.split(".")[0])
            assert allowed is None or room(module) in allowed, f"{module} imports {name}"


def test_windows_and_hops_are_known_to_sound_and_recipe_alone() -> None:
    """Everybody else asks the front end."""
    facts = {"window_samples", "hop_samples", "n_fft"}
    assert facts <= {field.name for field in dataclasses.fields(recipe.PowerSpectrogram)}
    for module in MODULES:
        if room(module) not in ("sound", "recipe"):
            for node in ast.walk(tree(module)):
                assert getattr(node, "attr", "") not in facts, f"{module}: {ast.unparse(node)}"
