"""Dataclasses filled from JSON or TOML values, everything that does not fit named at once.

The type hints of a dataclass say what fits, `limits.limited` says beside a field which values do,
and a method ``problems`` yields what is wrong across fields that fit each alone, every line
beginning with a field's name. A field whose metadata has a ``key`` is called by it in the document.
`plain` is the way back.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import MISSING
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from deepspectrum_features.errors import DsfError, near_miss
from deepspectrum_features.recipe.limits import Limits
from deepspectrum_features.terminal import one_line

Built = TypeVar("Built")

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_DEEPEST = 100  # Python ends recursion at 1000, wherever in the program that is
_MOST = 2**63 - 1  # what arrays hold; Python's own numbers end nowhere
#: A field of such a name tells the dataclasses of a union apart, by its default in each.
TAGS = ("kind", "system")


def build(
    cls: type[Built],
    values: Any,
    *,
    where: str,
    error: type[DsfError],
    unknown: Literal["refuse", "ignore"] = "refuse",
) -> Built:
    """Fill a dataclass, and those in it, from plain values.

    Parameters
    ----------
    cls : type
        A dataclass of str, int, float, bool, `Any`, lists, tuples, dictionaries with text as key,
        dataclasses, unions of dataclasses told apart by ``kind`` or ``system`` (without it the
        first is meant), and any of these or None. Whole numbers stand for floats.
    values : dict
        What `json` or `tomllib` made of a document.
    where : str
        What the document is called in messages.
    error : type
        The `DsfError` to raise.
    unknown : str
        What happens to fields that the dataclasses do not have.

    Raises
    ------
    DsfError
        ``where: problem; problem``, with the dotted name of every field that does not fit.
    """
    if not isinstance(values, dict):
        raise error(f"{where}: {type(values).__name__}, need a JSON object")
    if _is_deep(values):
        raise error(f"{where}: values in more than {_DEEPEST} others, need fewer")
    fitting = _Fitting(unknown == "ignore")
    built: Built = fitting.object([cls], values, "")
    if fitting.problems:
        raise error(f"{where}: {'; '.join(fitting.problems)}")
    return built


def plain(values: Any) -> dict[str, Any]:
    """Return a dataclass, and those in it, as plain values; fields that are None stay away.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Bands:
    ...     count: int = 40
    ...     floor: float | None = None
    >>> plain(Bands())
    {'count': 40}
    """
    return dataclasses.asdict(
        values, dict_factory=lambda fields: {key: one for key, one in fields if one is not None}
    )


def _is_deep(values: Any) -> bool:
    """Whether something stands deeper in a document than any of ours does."""
    level = [values]
    for _ in range(_DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for some in inner for one in some if isinstance(one, dict | list | tuple)]
        if not level:
            return False
    return True


class _Fitting:
    """One way through a document; what is returned counts only if it met no problem."""

    def __init__(self, ignore_unknown: bool) -> None:
        self.ignore_unknown = ignore_unknown
        self.problems: list[str] = []

    def object(self, kinds: Sequence[Any], values: Any, name: str) -> Any:
        """Fill the one of some dataclasses that the values are for."""
        if not isinstance(values, dict):
            return self._refuse(name, values, "an object")
        before, prefix = len(self.problems), f"{name}." if name else ""
        cls = self._chosen(kinds, values, prefix)
        self._refuse_unknown([cls] if cls else kinds, values, prefix)
        given = self._fields(cls, values, prefix) if cls else {}
        if len(self.problems) > before:
            return None
        built = cls(**given)
        if hasattr(built, "problems"):
            self.problems += [prefix + problem for problem in built.problems()]
        return built

    def _fields(self, cls: Any, values: dict[str, Any], prefix: str) -> dict[str, Any]:
        """Fit the values of a dataclass's fields, those that are there."""
        given, hints = {}, get_type_hints(cls)
        for field in dataclasses.fields(cls):
            name, limits = prefix + _key(field), field.metadata.get("limits", Limits())
            if _key(field) in values:
                given[field.name] = self._fit(hints[field.name], values[_key(field)], name, limits)
            elif field.default is MISSING and field.default_factory is MISSING:
                self.problems.append(f"{name}: missing")
        return given

    def _fit(self, hint: Any, value: Any, name: str, limits: Limits) -> Any:
        """Return a value as its type hint wants it."""
        kinds, kind, inner, optional = _parts(hint, get_args(hint))
        if kind is Any or (value is None and optional):
            return value
        if dataclasses.is_dataclass(kind):
            return self.object(kinds, value, name)
        if kind in (list, tuple):
            return self._items(kind, inner[0], value, name, limits)
        if kind is dict:
            return self._entries(inner[1], value, name, limits)
        return self._plain(kind, value, name, limits)

    def _items(self, kind: Any, hint: Any, value: Any, name: str, limits: Limits) -> Any:
        """Return a list or a tuple, each item as its hint wants it."""
        if not isinstance(value, list | tuple):
            return self._refuse(name, value, "a list")
        return kind(
            self._fit(hint, one, f"{name}[{place}]", limits) for place, one in enumerate(value)
        )

    def _entries(self, hint: Any, value: Any, name: str, limits: Limits) -> Any:
        """Return a dictionary, each value as its hint wants it."""
        if not isinstance(value, dict):
            return self._refuse(name, value, "an object")
        return {
            key: self._fit(hint, one, f"{name}.{one_line(key)}", limits)
            for key, one in value.items()
        }

    def _plain(self, kind: Any, value: Any, name: str, limits: Limits) -> Any:
        """Return text, a number or a truth value within its limits."""
        fits = _is_number(value, limits.finite) if kind is float else type(value) is kind
        if not fits:
            return self._refuse(name, value, _WORDS[kind])
        if kind is int and abs(value) > _MOST:
            return self._refuse(name, value, "a whole number of 64 bits")
        if not limits.allow(value):
            return self._refuse(name, value, str(limits))
        return kind(value)

    def _chosen(self, kinds: Sequence[Any], values: dict[str, Any], prefix: str) -> Any:
        """Return the dataclass whose tag the values hold, the first where they hold none."""
        tags = [name for name in TAGS if isinstance(getattr(kinds[0], name, None), str)]
        tag = next((name for name in tags if name in values), None)
        if tag is None:
            return kinds[0]
        for kind in kinds:
            if getattr(kind, tag) == values[tag]:
                return kind
        return self._refuse(
            prefix + tag, values[tag], " or ".join(getattr(kind, tag) for kind in kinds)
        )

    def _refuse_unknown(self, kinds: Sequence[Any], values: dict[str, Any], prefix: str) -> None:
        """Note every field that none of the dataclasses has."""
        if self.ignore_unknown:
            return
        known = [_key(field) for kind in kinds for field in dataclasses.fields(kind)]
        for key in values:
            if key not in known:
                self.problems.append(f"unknown field {prefix + key!r}{near_miss(key, known)}")

    def _refuse(self, name: str, value: Any, needed: str) -> None:
        """Note a value that does not fit."""
        self.problems.append(f"{name}: {_shown(value)}, need {needed}")


def _key(field: dataclasses.Field[Any]) -> str:
    """Return what a field is called in a document."""
    return str(field.metadata.get("key", field.name))


@lru_cache(maxsize=256)
def _parts(hint: Any, inner: tuple[Any, ...]) -> tuple[list[Any], Any, tuple[Any, ...], bool]:
    """Return the members of a hint, the first one's type and items, and whether None is one.

    Unions of the same members in another order are equal: what stands in them tells them apart.
    """
    members = inner if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [member for member in members if member is not NoneType]
    return kinds, get_origin(kinds[0]) or kinds[0], get_args(kinds[0]), len(kinds) < len(members)


def _is_number(value: Any, finite: bool) -> bool:
    """Whether a value is a number that a float can hold."""
    if type(value) not in (int, float):
        return False
    return abs(value) <= sys.float_info.max or (not finite and type(value) is float)


def _shown(value: Any) -> str:
    """Return a value short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
