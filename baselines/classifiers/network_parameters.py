"""Parameters of a network, checked before it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

_LEAST = {"batch_size": 1, "epochs": 1, "patience": 1, "seeds": 1, "seed": 0}


def check_network(given: Mapping[str, Any]) -> None:
    """Refuse impossible parameters of a `DNN`, all together.

    Raises
    ------
    ValueError
        Naming each, its value, and what is needed.

    Examples
    --------
    >>> sound = {"batch_size": 32, "epochs": 9, "patience": 3, "seeds": 5, "learning_rate": 0.1}
    >>> check_network(sound | {"hidden": [0], "dropout": 0.5, "seed": -1})
    Traceback (most recent call last):
    ValueError: DNN: seed=-1, need a whole number, at least 0; hidden=[0], need a sequence of \
whole numbers, each at least 1
    """
    needs = {
        name: f"a whole number, at least {number}"
        for name, number in _LEAST.items()
        if not _whole(given[name], number)
    }
    if not np.iterable(given["hidden"]) or not all(_whole(one, 1) for one in given["hidden"]):
        needs["hidden"] = "a sequence of whole numbers, each at least 1"
    if not _number(given["dropout"]) or not 0 <= given["dropout"] < 1:
        needs["dropout"] = "0 <= dropout < 1"
    if not _number(given["learning_rate"]) or not 0 < given["learning_rate"] < np.inf:
        needs["learning_rate"] = "a number above 0"
    if needs:
        wrong = [f"{name}={given[name]!r}, need {need}" for name, need in needs.items()]
        raise ValueError(f"DNN: {'; '.join(wrong)}")


def _number(value: Any) -> bool:
    return isinstance(value, Real)


def _whole(value: Any, least: int) -> bool:
    """Tell whether a value is a whole number and large enough."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
