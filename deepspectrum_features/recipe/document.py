"""Dataclasses filled from JSON values, everything that does not fit named at once."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

from deepspectrum_features.errors import near_miss


def build(cls: type, values: dict[str, Any], prefix: str, problems: list[str]) -> Any:
    """Fill one dataclass, collecting what does not fit under its dotted name."""
    hints = get_type_hints(cls)
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        name = prefix + key
        if key not in hints:
            problems.append(f"unknown field {name!r}{near_miss(key, list(hints))}")
        elif dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            accepted[key] = build(hints[key], value, name + ".", problems)
        elif (fitted := _fit(hints[key], value)) is None:
            problems.append(f"{name}: {value!r}, need {getattr(hints[key], '__name__', 'a value')}")
        else:
            accepted[key] = fitted
    return cls(**accepted)


def _fit(hint: Any, value: Any) -> Any:
    """Return the value as the hinted type, or None where it is another."""
    if hint == tuple[int, ...]:
        whole = isinstance(value, list | tuple) and all(type(item) is int for item in value)
        return tuple(value) if whole else None
    if hint is float and type(value) is int:
        return float(value)
    return value if type(value) is hint else None
