"""What a layout says in: regular expressions of paths and lines, and templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from deepspectrum_features.errors import near_miss

_IN_BRACES = re.compile(r"\{([^{}]+)\}")


@lru_cache(maxsize=256)
def at_the_end(pattern: str) -> re.Pattern[str]:
    """Compile what is looked for at the end of a path, from the start of a name.

    Examples
    --------
    >>> [bool(at_the_end("b[0-9]").search(path)) for path in ("a/b1", "b1", "ab1", "b1/c")]
    [True, True, False, False]
    """
    return re.compile(f"(?:^|/)(?:{pattern})$")


def not_a_pattern(name: str, pattern: str) -> Iterator[str]:
    """Yield why a text is no regular expression, if it is none.

    Examples
    --------
    >>> list(not_a_pattern("path", "a+")), list(not_a_pattern("path", "+a"))
    ([], ['path is not a regular expression (nothing to repeat at position 0)'])
    """
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"{name} is not a regular expression ({error})"


def strange_groups(name: str, groups: Iterable[str], known: list[str]) -> Iterator[str]:
    """Yield which groups of a pattern mean nothing, in a line that begins with its name."""
    if strange := [group for group in groups if group not in known]:
        named = ", ".join(f"{group!r}{near_miss(group, known)}" for group in strange)
        yield f"{name} names group {named}, need {', '.join(known[:-1])} or {known[-1]}"


def names_in(template: str) -> list[str]:
    """Return what a template names in braces.

    Examples
    --------
    >>> names_in("dia{Dialogue_ID}_utt{Utterance_ID}")
    ['Dialogue_ID', 'Utterance_ID']
    """
    return _IN_BRACES.findall(template)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with values in place of what it names.

    Examples
    --------
    >>> filled("{session}{voice}", {"session": "Ses01", "voice": "F"})
    'Ses01F'
    """
    return _IN_BRACES.sub(lambda at: values[at[1]], template)
