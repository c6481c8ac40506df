"""Scores and learning curves as SVG: intervals, dots a speaker, curves over epochs.

Colours are classes that the page's style defines, for light and dark. Pictures of one line have no
viewBox: places are shares of the width, so that text keeps its size however narrow the screen is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deepspectrum_features.baselines.report.markup import Html, element, joined

_LINE = 28  # px, height of a picture of one line
_LEFT, _RIGHT = 34, 270  # px, of the curves


def interval(value: float | None, low: float | None, high: float | None, chance: float) -> Html:
    """Draw a score from 0 to 1, its interval, and chance."""
    said = "no score" if value is None else f"{value:.3f}"
    said += "" if low is None or high is None else f", interval {low:.3f} to {high:.3f}"
    marks = [_chance(chance)]
    if low is not None and high is not None:
        marks.append(element("line", x1=_at(low), x2=_at(high), y1="50%", y2="50%", class_="bar"))
    if value is not None:
        marks.append(element("circle", cx=_at(value), cy="50%", r=4.5, class_="dot"))
    return _line_picture(f"{said}; chance {chance:.3f}", marks)


def dots(values: Mapping[str, float], pooled: float | None, chance: float) -> Html:
    """Draw one score from 0 to 1 for every name, and the pooled one as a stroke."""
    marks = [_chance(chance)]
    if pooled is not None:
        stroke = element("line", x1=0, x2=0, y1=-10, y2=10, class_="pooled")
        marks.append(element("svg", stroke, x=_at(pooled), y="50%", overflow="visible"))
    ordered = sorted(values, key=lambda name: values[name])
    for name in ordered:
        title = element("title", f"{name} {values[name]:.3f}")
        marks.append(element("circle", title, cx=_at(values[name]), cy="50%", r=5, class_="one"))
    ends = ((ordered[0], "end", -9), (ordered[-1], "start", 9)) if len(ordered) > 1 else ()
    for name, anchor, shift in ends:
        if 0.12 < values[name] < 0.88:  # else there is no room for the name
            x, text = _at(values[name]), shortened(name, 9)
            marks.append(element("text", text, x=x, y="50%", dx=shift, dy=4, text_anchor=anchor))
    told = ", ".join(f"{name} {values[name]:.3f}" for name in ordered)
    return _line_picture(f"{told or 'no speakers'}; chance {chance:.3f}", marks)


def axis(chance: float) -> Html:
    """Draw the scale that `interval` and `dots` are read on."""
    marks = [element("text", "chance", x=_at(chance), y=10, text_anchor="middle", class_="chance")]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        marks.append(element("text", f"{tick:g}", x=_at(tick), y=25, text_anchor="middle"))
    return element("svg", *marks, width="100%", height=_LINE, class_="line", aria_hidden="true")


def curve(one: Mapping[str, Any], chance: float, highest_ua: float, highest_loss: float) -> Html:
    """Draw UA on the dev rows above training loss, over epochs; the best epoch is marked.

    Parameters
    ----------
    one : mapping
        Of ``curves`` in ``results.json``.
    chance : float
    highest_ua, highest_loss : float
        Ends of the scales, the same for curves that stand side by side.
    """
    epochs = one["epochs"]
    place = epochs.index(one["best"]) if one.get("best") in epochs else None
    return element(
        "svg",
        element("title", f"{one['name']}: {best(one)}"),
        *_panel("dev UA", epochs, one["dev_ua"], 18, highest_ua, place, chance),
        *_panel("training loss", epochs, one["train_loss"], 116, highest_loss, place),
        element("text", "1", x=_LEFT, y=202, text_anchor="middle"),
        element("text", f"epoch {max(epochs, default=1)}", x=_RIGHT, y=202, text_anchor="end"),
        viewBox="0 0 316 206",
        role="img",
        class_="curve",
    )


def best(one: Mapping[str, Any]) -> str:
    """Say which epoch of a learning curve was chosen."""
    said = f"{len(one['epochs'])} epochs"
    if one.get("best") in one["epochs"]:
        ua = one["dev_ua"][one["epochs"].index(one["best"])]
        said += f", best {one['best']}" + ("" if ua is None else f" with dev UA {ua:.3f}")
    return said


def _panel(
    name: str,
    epochs: Sequence[int],
    values: Sequence[float | None],
    top: int,
    highest: float,
    best: int | None,
    chance: float | None = None,
) -> Iterator[Html]:
    """Yield one line over epochs with its scale."""
    bottom = top + 70
    last = max(2, *epochs, 2)
    xs = [_LEFT + (_RIGHT - _LEFT) * (epoch - 1) / (last - 1) for epoch in epochs]
    ys = [
        None if value is None else bottom - 70 * min(1.0, max(0.0, value / highest))
        for value in values
    ]
    yield element("text", name, x=_LEFT, y=top - 6)
    yield element("text", f"{highest:.2g}", x=_LEFT - 5, y=top + 8, text_anchor="end")
    yield element("text", "0", x=_LEFT - 5, y=bottom, text_anchor="end")
    yield element("line", x1=_LEFT, x2=_RIGHT, y1=bottom, y2=bottom, class_="base")
    if chance is not None:
        y = bottom - 70 * min(1.0, chance / highest)
        yield element("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, class_="chance")
        yield element("text", "chance", x=_RIGHT + 4, y=y + 4, class_="chance")
    if best is not None:
        yield element("line", x1=xs[best], x2=xs[best], y1=top, y2=bottom, class_="best")
    steps = [f"{short(x)} {short(y)}" for x, y in zip(xs, ys, strict=True) if y is not None]
    if steps:
        yield element("path", d="M" + "L".join(steps), class_="course")
    if best is not None and (height := ys[best]) is not None:
        yield element("circle", cx=xs[best], cy=height, r=4, class_="dot")


def shortened(name: str, length: int) -> str:
    """Cut a name that would not fit.

    Examples
    --------
    >>> shortened("happiness", 6)
    'happi…'
    """
    return name if len(name) <= length else name[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"


def short(value: float) -> str:
    """Write a length in pixels.

    Examples
    --------
    >>> short(3.0), short(2.26)
    ('3', '2.3')
    """
    return f"{value:.1f}".removesuffix(".0")


def _at(value: float) -> str:
    """Return a place on the scale from 0 to 1; scores beyond it stand at its ends."""
    return f"{2 + 96 * min(1.0, max(0.0, value)):.2f}%"


def _chance(value: float) -> Html:
    return element("line", x1=_at(value), x2=_at(value), y1=0, y2="100%", class_="chance")


def _line_picture(title: str, marks: Sequence[Html]) -> Html:
    pieces = joined(element("title", title), *marks)
    return element("svg", pieces, width="100%", height=_LINE, role="img", class_="line")
