"""The scores of a transfer benchmark as one picture: a panel a corpus, a line a feature set.

All panels have one scale from 0 to 1, as on the page of a report; a dotted line stands at chance,
thin ones at ComParE under either normalisation. Below a line across stand families alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from deepspectrum_features.baselines.report.scale import Scale
from deepspectrum_features.baselines.report.wording import tick
from deepspectrum_features.baselines.transfer.parts import Part
from deepspectrum_features.baselines.transfer.scores import REFERENCE, TRAINED_ON_IT, CorpusScores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: As on the page: ``report.css`` has them.
_INK, _QUIET, _RULE, _PAPER = "#1b1f24", "#565d66", "#d8dce1", "#ffffff"
#: Colour, mark, and how many lines below its own a score stands.
_LOOKS = {"global": ("#2859c9", "o", -0.15), "speaker": ("#b08b00", "D", 0.15)}
_TOLD = ("normalised by the training rows", "by each speaker's own rows")
_BESIDE = 4
_WIDTH, _LINE, _HEAD = 2.4, 0.36, 0.75  # inches


def draw(corpora: Sequence[CorpusScores], parts: Sequence[Part]) -> Figure:
    """Draw every score with its interval.

    Parameters
    ----------
    corpora : sequence of CorpusScores
    parts : sequence of Part
        What has a line, from the top.
    """
    from matplotlib.figure import Figure

    across = min(_BESIDE, len(corpora))
    down = -(-len(corpora) // across)
    size = (2.6 + _WIDTH * across, 0.6 + down * (_HEAD + _LINE * len(parts)))
    figure = Figure(figsize=size, layout="constrained", facecolor=_PAPER)
    panels = [*figure.subplots(down, across, sharey=True, squeeze=False).flat]
    for panel, corpus in zip(panels, corpora, strict=False):
        _prepare(panel, corpus, parts)
        for line, part in enumerate(parts):
            _draw_part(panel, corpus, part, line)
    for panel in panels[len(corpora) :]:
        panel.set_visible(False)
    _name_looks(figure, 4 if across > 1 else 2)
    return figure


def _prepare(panel: Any, corpus: CorpusScores, parts: Sequence[Part]) -> None:
    """Draw what scores are read against: scale, chance, and ComParE."""
    scale = Scale()
    panel.set_title(_title(corpus), loc="left", fontsize=9, color=_INK)
    sets = sum(not part.family for part in parts)
    if sets < len(parts):
        panel.axhline(sets - 0.5, color=_RULE, linewidth=1.5)
    panel.set(xlim=(scale.low, 1), ylim=(len(parts) - 0.5, -0.5))
    panel.set_xticks(scale.ticks, map(tick, scale.ticks), fontsize=8, color=_QUIET)
    panel.set_yticks(range(len(parts)), map(str, parts), fontsize=9, color=_INK)
    panel.tick_params(length=0)
    panel.grid(axis="x", color=_RULE, linewidth=0.6)
    panel.set_axisbelow(True)
    for side, spine in panel.spines.items():
        spine.set(visible=side == "bottom", color=_RULE)
    if corpus.results and (chance := corpus.results[0].chance) is not None:
        panel.axvline(chance, color=_QUIET, linewidth=1, linestyle=":")
    for how, (colour, *_) in _LOOKS.items():
        cell = corpus.cells.get((REFERENCE, how))
        if cell and (value := cell.system.scores["ua"].value) is not None:
            panel.axvline(value, color=colour, linewidth=0.8, alpha=0.45)


def _draw_part(panel: Any, corpus: CorpusScores, part: Part, line: int) -> None:
    """Draw what is known of a part, or say why nothing is."""
    if corpus.scored.get(part, True) is None:
        panel.text(
            0.02, line, TRAINED_ON_IT, va="center", fontsize=8, style="italic", color=_QUIET,
            bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    for how, (colour, mark, shift) in _LOOKS.items():
        cell = corpus.cells.get((part, how))
        if cell is None:
            continue
        ua, place = cell.system.scores["ua"], line + shift
        if ua.low is not None and ua.high is not None:
            panel.plot([ua.low, ua.high], [place] * 2, color=colour, linewidth=1.6)
        panel.plot(ua.value, place, mark, color=colour, markersize=4.5, clip_on=False)


def _title(corpus: CorpusScores) -> str:
    """Name a corpus and what it holds."""
    if not corpus.results:
        return corpus.name
    first = corpus.results[0]
    return f"{corpus.name}\n{len(first.speakers)} speakers, {len(first.classes)} classes"


def _name_looks(figure: Figure, across: int) -> None:
    """Say under the panels what colours and lines mean."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=colour, marker=mark, markersize=4.5, label=told)
        for told, (colour, mark, _) in zip(_TOLD, _LOOKS.values(), strict=True)
    ]
    lines = [
        Line2D([], [], color=_QUIET, linewidth=0.8, label="ComParE, either way"),
        Line2D([], [], color=_QUIET, linestyle=":", label="chance"),
    ]
    title = "UA with its 95 % interval over speakers"
    figure.legend(
        handles=[*marks, *lines], loc="outside lower center", ncols=across,
        frameon=False, fontsize=8, title=title, title_fontsize=8,
    )  # fmt: skip
