"""A map of features: every row a point, by class, in two dimensions.

Places are in pixels; ``figures.html.j2`` draws them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deepspectrum_features.baselines.records import Point
from deepspectrum_features.baselines.report.wording import axis_names, short, shortened
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.terminal import counted

Kind = TypeVar("Kind")

#: Points drawn of one map at most.
DRAWN = 2000
#: Colours that the page's style defines, ``c0`` and so on; with the shapes they tell classes apart.
COLOURS = 8
_SEED = 0
_LEFT, _SIDE, _TOP = 22, 276, 8  # px; right of _SIDE stand the labels
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


@dataclass(frozen=True)
class Mark:
    """The shape of a class, at one place and of one size; ``look`` is its colour."""

    path: str
    transform: str
    look: str


@dataclass(frozen=True)
class Label:
    """The mean of a class, and its name at the side.

    Attributes
    ----------
    name : str
    text : str
        The name, shortened to its room.
    leader : str
        Path from the mean to the name.
    mean, key : Mark
    x, y : str
        Of the text.
    """

    name: str
    text: str
    leader: str
    mean: Mark
    key: Mark
    x: str
    y: str


@dataclass(frozen=True)
class Map:
    """A map of one feature set.

    Attributes
    ----------
    name : str
        Of the feature set.
    drawn : str
        How many points are.
    left, right, height : int
        Frame of the points, and all of the picture.
    points : tuple of (str, str)
        Paths and their colours, in the order they are drawn in.
    labels : tuple of Label
        From the highest to the lowest.
    axes : tuple of str
        What the components are called.
    """

    name: str
    drawn: str
    left: int
    right: int
    height: int
    points: tuple[tuple[str, str], ...]
    labels: tuple[Label, ...]
    axes: tuple[str, str]


def maps(results: Results) -> list[Map]:
    """Place the points of every feature set on a map of its own."""
    found: dict[str, list[Point]] = {}
    for point in results.points:
        found.setdefault(point.features, []).append(point)
    return [
        feature_map(name, placed, results.classes, results.unit, results.explained.get(name, ()))
        for name, placed in found.items()
    ]


def feature_map(
    name: str,
    points: Sequence[Point],
    classes: Sequence[str],
    unit: str,
    explained: Sequence[float] = (),
) -> Map:
    """Place points by class; the mean of a class is that of all its points, drawn or not.

    Parameters
    ----------
    name : str
        Of the feature set.
    points : sequence of Point
        At most `DRAWN` of them are drawn, see `sample`.
    classes : sequence of str
    unit : str
        What a point is: ``utterance`` or ``chunk``.
    explained : sequence of float, optional
        Share of the variance that each component holds; none where unknown.
    """
    present = [label for label in classes if any(point.label == label for point in points)]
    height = max(280, 18 * len(present) + 30)
    to_x = _scale([point.x for point in points], _LEFT, _SIDE)
    to_y = _scale([point.y for point in points], height - 22, _TOP)
    drawn = sample(points)
    said = counted(len(points), unit)
    if len(drawn) < len(points):
        said = f"{len(drawn)} of {said}, drawn at random (seed {_SEED})"
    means = {
        label: (
            to_x(_mean(point.x for point in points if point.label == label)),
            to_y(_mean(point.y for point in points if point.label == label)),
        )
        for label in present
    }
    by_class = {
        classes.index(label): [
            (to_x(point.x), to_y(point.y)) for point in drawn if point.label == label
        ]
        for label in present
    }
    return Map(
        name=name,
        drawn=said,
        left=_LEFT - 6,
        right=_SIDE + 6,
        height=height,
        points=tuple(_paths(by_class)),
        labels=tuple(_labels(means, classes, height)),
        axes=axis_names(explained),
    )


def sample(points: Sequence[Kind]) -> list[Kind]:
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


def _paths(by_class: Mapping[int, Sequence[tuple[float, float]]]) -> Iterator[tuple[str, str]]:
    """Yield paths of 20 points, classes in turns, so that none lies on top of the others."""
    for first in range(0, max(map(len, by_class.values()), default=0), 20):
        for index, places in by_class.items():
            shape = _SHAPES[index % len(_SHAPES)]
            path = "".join(f"M{short(x)} {short(y)}{shape}" for x, y in places[first : first + 20])
            if path:
                yield path, _look(index)


def _labels(
    means: Mapping[str, tuple[float, float]], classes: Sequence[str], height: int
) -> Iterator[Label]:
    """Yield the means, and their names at the right in the order of their heights."""
    ordered = sorted(means, key=lambda name: means[name][1])
    above = _TOP - 8.0
    for place, name in enumerate(ordered):
        x, y = means[name]
        lowest = height - 34 - 18 * (len(ordered) - 1 - place)
        above = min(max(y, above + 18), lowest)
        index = classes.index(name)
        yield Label(
            name=name,
            text=shortened(name, 12),
            leader=f"M{short(x)} {short(y)}L{_SIDE + 10} {short(above)}",
            mean=_mark(index, x, y, 2.2),
            key=_mark(index, _SIDE + 16, above, 1.8),
            x=short(_SIDE + 24),
            y=short(above + 4),
        )


def _mark(index: int, x: float, y: float, size: float) -> Mark:
    """Place the shape of a class."""
    shape = _SHAPES[index % len(_SHAPES)]
    return Mark(f"M0 0{shape}", f"translate({short(x)} {short(y)}) scale({size})", _look(index))


def _look(index: int) -> str:
    return f"c{index % COLOURS}"


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
