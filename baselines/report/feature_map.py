"""A map of features as SVG: every utterance a point, by class, in two dimensions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from deepspectrum_features.baselines.report.figures import short, shortened
from deepspectrum_features.baselines.report.markup import Html, element

#: Points drawn of one map at most.
DRAWN = 2000
#: Colours that the page's style defines, ``c0`` and so on; with the shapes they tell classes apart.
COLOURS = 8
_SEED = 0
_WIDTH, _LEFT, _SIDE, _TOP = 392, 22, 276, 8  # px, of a map; right of _SIDE stand its labels
_SHAPES = (  # of about the same area, as paths around a point
    "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    "m-1.8-1.8h3.6v3.6h-3.6z",
    "m0-2.5l2.5 4.3h-5z",
    "m0-2.6l2.6 2.6l-2.6 2.6l-2.6-2.6z",
    "m0 2.5l2.5-4.3h-5z",
    "m-.8-2.4h1.6v1.6h1.6v1.6h-1.6v1.6h-1.6v-1.6h-1.6v-1.6h1.6z",
    "m-2.8-1.1h5.6v2.2h-5.6z",
    "m-1.1-2.8h2.2v5.6h-2.2z",
)


def scatter(points: Sequence[tuple[float, float, str]], classes: Sequence[str], title: str) -> Html:
    """Draw points by class, every class's mean enlarged and named at the side.

    Parameters
    ----------
    points : sequence of (x, y, label)
        At most `DRAWN` of them are drawn, see `sample`.
    classes : sequence of str
    title : str
        What a screen reader says.
    """
    present = [name for name in classes if any(label == name for _, _, label in points)]
    height = max(280, 18 * len(present) + 30)
    to_x = _scale([x for x, _, _ in points], _LEFT, _SIDE)
    to_y = _scale([y for _, y, _ in points], height - 22, _TOP)
    drawn = sample(points)
    by_class = {
        name: [(to_x(x), to_y(y)) for x, y, label in drawn if label == name] for name in present
    }
    paths = []  # in turns, so that no class lies on top of the others
    for first in range(0, max(map(len, by_class.values()), default=0), 20):
        for name, places in by_class.items():
            paths.append(_mark(classes.index(name), places[first : first + 20], "points"))
    means = {
        name: (
            to_x(_mean(x for x, _, label in points if label == name)),
            to_y(_mean(y for _, y, label in points if label == name)),
        )
        for name in present
    }
    return element(
        "svg",
        element("title", title),
        element(
            "rect",
            x=_LEFT - 6,
            y=1,
            width=_SIDE - _LEFT + 12,
            height=height - 18,
            class_="frame",
        ),
        *paths,
        *_labels(means, classes, height),
        element("text", "1st component", x=_LEFT - 6, y=height - 4),
        element("text", "2nd component", transform=f"translate(11 {height - 18}) rotate(-90)"),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        class_="map",
    )


def sample(points: Sequence[Any]) -> list[Any]:
    """Choose the points to draw: all, or `DRAWN` at random with a fixed seed, in order.

    Examples
    --------
    >>> sample([1, 2]), len(sample(range(4481)))
    ([1, 2], 2000)
    """
    if len(points) <= DRAWN:
        return list(points)
    chosen = sorted(random.Random(_SEED).sample(range(len(points)), DRAWN))
    return [points[index] for index in chosen]


def _labels(
    means: Mapping[str, tuple[float, float]], classes: Sequence[str], height: float
) -> list[Html]:
    """Mark the means, and name them at the right in the order of their heights."""
    ordered = sorted(means, key=lambda name: means[name][1])
    lines, marks = [], []
    above = _TOP - 8.0
    for place, name in enumerate(ordered):
        x, y = means[name]
        lowest = height - 34 - 18 * (len(ordered) - 1 - place)
        above = min(max(y, above + 18), lowest)
        index = classes.index(name)
        path = f"M{short(x)} {short(y)}L{_SIDE + 10} {short(above)}"
        lines.append(element("path", d=path, class_="leader"))
        text = element("text", shortened(name, 12), x=_SIDE + 24, y=above + 4)
        marks += [
            _mark(index, [(x, y)], "mean"),
            element("g", _mark(index, [(_SIDE + 16, above)], "key"), text, element("title", name)),
        ]
    return lines + marks


def _mark(index: int, places: Sequence[tuple[float, float]], kind: str) -> Html:
    """Draw the shape of a class at some places, in its colour."""
    shape = _SHAPES[index % len(_SHAPES)]
    look = f"{kind} c{index % COLOURS}"
    if kind == "points":
        data = "".join(f"M{short(x)} {short(y)}{shape}" for x, y in places)
        return element("path", d=data, class_=look) if data else Html()
    ((x, y),) = places
    size = 2.2 if kind == "mean" else 1.8
    return element(
        "path",
        d=f"M0 0{shape}",
        transform=f"translate({short(x)} {short(y)}) scale({size})",
        class_=look,
    )


def _scale(values: Sequence[float], low: float, high: float) -> Callable[[float], float]:
    """Return what places values between two pixels; the outermost hundredth goes to the edges."""
    ordered = sorted(values) or [0.0]
    edge = (len(ordered) - 1) // 200
    first, last = ordered[edge], ordered[len(ordered) - 1 - edge]
    margin = 0.04 * (last - first) or 1.0
    first, last = first - margin, last + margin

    def place(value: float) -> float:
        share = min(1.0, max(0.0, (value - first) / (last - first)))
        return low + (high - low) * share

    return place


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed)
