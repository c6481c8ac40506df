"""Pieces of HTML and SVG whose text is escaped by construction."""

from __future__ import annotations

import html
import re

_EMPTY = frozenset(("meta", "circle", "line", "path", "rect"))
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # not allowed in HTML


class Html(str):
    """Text that is markup already; a plain ``str`` is text still to be escaped."""

    __slots__ = ()


NOTHING = Html()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Html:
    """Write one element with what is in it.

    Parameters
    ----------
    name : str
        Of the tag.
    children : str or Html
        Plain text is escaped, `Html` is taken as it is.
    attributes : str, float or None
        Underscores become hyphens, one at the end is dropped (``class_``); numbers are rounded to
        hundredths; None leaves the attribute out.

    Examples
    --------
    >>> element("p", "a < b ", element("b", "& c"), class_="note", id=None)
    '<p class="note">a &lt; b <b>&amp; c</b></p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY and not children:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*pieces: str) -> Html:
    """Put pieces one after the other, escaping those that are plain text."""
    return Html("".join(one if isinstance(one, Html) else _escaped(one) for one in pieces))


def _escaped(text: str) -> str:
    return html.escape(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
