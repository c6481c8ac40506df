"""What a folder of results is about, noted in it: the same plan continues, another is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deepspectrum_features.errors import TrainingError
from deepspectrum_features.files import check_folder, write_text
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.recipe.document import TAGS

PLAN = "plan.json"


def corpus_plan(corpus: str, keys: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """Say what is worked on: a corpus by its name, its utterances by their digest."""
    return {
        "corpus": corpus,
        "utterances": len(keys),
        "utterances_sha256": hashlib.sha256(json.dumps(keys).encode()).hexdigest(),
    }


def check_own(folder: Path) -> None:
    """Refuse a folder that cannot be written in, or holds files and no plan: something else.

    Raises
    ------
    TrainingError
        Naming it.
    """
    check_folder(folder, TrainingError)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / PLAN).exists():
        raise TrainingError(f"{folder}: holds other files, need a new or empty folder for the run")


def claim(folder: Path, plan: dict[str, Any], name: str = PLAN) -> list[str]:
    """Note a plan in a folder that has none; return what differs from the one it has.

    Parameters
    ----------
    folder : Path
    plan : dict
        Plain values; a ``recipe`` among them is compared field by field.
    name : str, optional
        Of the file in the folder.

    Raises
    ------
    TrainingError
        If the plan there is damaged.
    """
    path = folder / name
    if not path.exists():
        write_text(path, json.dumps(plan, indent=1, ensure_ascii=False))
        return []
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        if "recipe" in plan:  # fields that a later version added had their defaults
            old["recipe"] = Recipe.from_dict(old["recipe"], where=str(path)).to_dict()
    except (ValueError, TypeError, KeyError):
        raise TrainingError(f"{path}: damaged, need a new folder") from None
    return list(_differences(old, plan))


def _differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Yield ``name: old, now new`` for every leaf that differs.

    Of objects of two kinds it is the kind alone: the rest are fields that the other has not.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        kind = [tag for tag in TAGS if old.get(tag) != new.get(tag)]
        for key in kind or sorted(old.keys() | new.keys()):
            yield from _differences(old.get(key), new.get(key), f"{where}.{key}" if where else key)
    elif old != new:
        old, new = ("the default" if one is None else one for one in (old, new))
        yield f"{where}: {old}, now {new}"
