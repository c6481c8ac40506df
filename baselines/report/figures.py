"""Scores and learning curves as pictures: where intervals, dots and lines stand.

Pictures of one line have places that are shares of the width, so that text keeps its size however
narrow the screen is; curves have places in pixels. ``figures.html.j2`` draws them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from deepspectrum_features.baselines.records import Curve, Score
from deepspectrum_features.baselines.report.scale import Scale
from deepspectrum_features.baselines.report.wording import (
    interval_text,
    number,
    short,
    shortened,
    tick,
)
from deepspectrum_features.terminal import counted

_LEFT, _RIGHT, _HEIGHT = 34, 270, 70  # px, of a learning curve


@dataclass(frozen=True)
class Interval:
    """A score, its interval, and chance.

    Attributes
    ----------
    said : str
        What a screen reader says.
    chance, dot, ends : str, str, (str, str), or None
        Places; None where there is none.
    """

    said: str
    chance: str | None
    dot: str | None
    ends: tuple[str, str] | None
    kind: ClassVar[str] = "interval"


@dataclass(frozen=True)
class Named:
    """A name beside the dot at one end of a row of dots."""

    text: str
    place: str
    anchor: str
    shift: int


@dataclass(frozen=True)
class Dots:
    """One score for every speaker, and the pooled one.

    Attributes
    ----------
    said : str
    chance, pooled : str or None
    ones : tuple of (str, str)
        Place of a dot and what it says, from the lowest to the highest.
    names : tuple of Named
    """

    said: str
    chance: str | None
    pooled: str | None
    ones: tuple[tuple[str, str], ...]
    names: tuple[Named, ...]
    kind: ClassVar[str] = "dots"


@dataclass(frozen=True)
class Axis:
    """The scale that intervals and dots are read on: its ticks, and where chance stands."""

    chance: str | None
    ticks: tuple[tuple[str, str], ...]
    kind: ClassVar[str] = "axis"


@dataclass(frozen=True)
class Panel:
    """One line over epochs.

    Attributes
    ----------
    name, highest : str
        Title, and the upper end of the scale.
    top, bottom : int
    course : str
        Path of the line; empty where no epoch has a value.
    chance : str or None
    best : str or None
        Where across the epoch that was kept stands, and ``height`` where up.
    height : str or None
    """

    name: str
    highest: str
    top: int
    bottom: int
    course: str
    chance: str | None
    best: str | None
    height: str | None


@dataclass(frozen=True)
class CurveFigure:
    """A learning curve: UA on the dev rows above training loss; ``last`` is the last epoch."""

    name: str
    said: str
    last: int
    left: int
    right: int
    panels: tuple[Panel, Panel]


def interval(score: Score, chance: float | None, scale: Scale) -> Interval:
    """Place a score, its interval, and chance."""
    said = "no score" if score.value is None else number(score.value)
    ends = None
    if interval_text(score) and score.low is not None and score.high is not None:
        said += f", interval {number(score.low)} to {number(score.high)}"
        ends = (scale.at(score.low), scale.at(score.high))
    return Interval(said + _told(chance), scale.of_known(chance), scale.of_known(score.value), ends)


def dots(
    values: Mapping[str, float], pooled: float | None, chance: float | None, scale: Scale
) -> Dots:
    """Place one score for every name, and the pooled one."""
    ordered = sorted(values, key=lambda name: values[name])
    told = ", ".join(f"{name} {number(values[name])}" for name in ordered)
    ends = (("end", -9, ordered[:2]), ("start", 9, ordered[:-3:-1])) if len(ordered) > 1 else ()
    return Dots(
        said=(told or "no speakers") + _told(chance),
        chance=scale.of_known(chance),
        pooled=scale.of_known(pooled),
        ones=tuple((scale.at(values[name]), f"{name} {number(values[name])}") for name in ordered),
        names=tuple(
            Named(shortened(name, 9), scale.at(values[name]), anchor, shift)
            for anchor, shift, (name, next_) in ends
            if number(values[name]) != number(values[next_])  # else more than one is outermost
            and 0.12 < scale.share(values[name]) < 0.88  # else there is no room for the name
        ),
    )


def axis(chance: float | None, scale: Scale) -> Axis:
    """Place the ticks of a scale."""
    return Axis(scale.of_known(chance), tuple((scale.at(one), tick(one)) for one in scale.ticks))


def curves(found: Sequence[Curve], chance: float | None) -> list[CurveFigure]:
    """Place learning curves that stand side by side, all on one scale."""
    ua = max((value for one in found for value in one.dev_ua if value is not None), default=1)
    loss = max((value for one in found for value in one.train_loss if value is not None), default=1)
    ends = (min(1.0, int(ua * 10 + 1) / 10), loss or 1.0)
    return [_curve(one, chance, *ends) for one in found]


def _curve(one: Curve, chance: float | None, highest_ua: float, highest_loss: float) -> CurveFigure:
    panels = (
        _panel("dev UA", one, one.dev_ua, 18, highest_ua, chance),
        _panel("training loss", one, one.train_loss, 116, highest_loss),
    )
    return CurveFigure(one.name, _best(one), max(one.epochs, default=1), _LEFT, _RIGHT, panels)


def _best(one: Curve) -> str:
    """Say which epoch of a learning curve was chosen."""
    said = counted(len(one.epochs), "epoch")
    if one.best in one.epochs:
        ua = one.dev_ua[one.epochs.index(one.best)]
        said += f", best {one.best}" + ("" if ua is None else f" with dev UA {number(ua)}")
    return said


def _panel(
    name: str,
    one: Curve,
    values: Sequence[float | None],
    top: int,
    highest: float,
    chance: float | None = None,
) -> Panel:
    """Place one line over epochs, on its scale."""

    def up(value: float) -> str:
        return short(top + _HEIGHT * (1 - min(1.0, max(0.0, value / highest))))

    last = max(2, *one.epochs, 2)
    xs = [short(_LEFT + (_RIGHT - _LEFT) * (epoch - 1) / (last - 1)) for epoch in one.epochs]
    ys = [None if value is None else up(value) for value in values]
    best = one.epochs.index(one.best) if one.best in one.epochs else None
    return Panel(
        name=name,
        highest=f"{highest:.2g}",
        top=top,
        bottom=top + _HEIGHT,
        course="L".join(_steps(xs, ys)),
        chance=None if chance is None else up(chance),
        best=None if best is None else xs[best],
        height=None if best is None else ys[best],
    )


def _steps(xs: Sequence[str], ys: Sequence[str | None]) -> Iterator[str]:
    """Yield the points of a line, epochs without a value left out."""
    yield from (f"{x} {y}" for x, y in zip(xs, ys, strict=True) if y is not None)


def _told(chance: float | None) -> str:
    """Say what guessing gives, where there is anything to guess."""
    return "" if chance is None else f"; chance {number(chance)}"
