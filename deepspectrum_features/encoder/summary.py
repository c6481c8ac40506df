"""What an encoder says of itself: provenance and licence first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deepspectrum_features.encoder.metadata import view_of
from deepspectrum_features.terminal import counted, counts, ends

if TYPE_CHECKING:
    from deepspectrum_features.encoder.clocks import Cells
    from deepspectrum_features.encoder.encoder import Encoder
    from deepspectrum_features.encoder.heard import HeardCorpus
    from deepspectrum_features.encoder.metadata import StatedScores


def describe_encoder(encoder: Encoder) -> list[tuple[str, str]]:
    """Name what describes an encoder: where it is from, what it is, what its scores are worth."""
    stated = encoder.stated
    network = stated.recipe.get("network", {})
    bands = view_of(network).get("bands")
    size = f"{stated.recipe.get('preset')} size, {stated.parameters} weights"
    system = f"{network.get('system')}, {size}" if network else "nothing trained"
    return [
        ("encoder", f"{encoder.name} (sha256 {encoder.sha256[:12]})"),
        ("licence", encoder.licence),
        ("system", system),
        *(("trained on", _corpus_line(corpus)) for corpus in stated.training.corpora),
        *_score_rows(stated.scores),
        (
            "input",
            f"{encoder.front_end.summary}{f', {bands} log mel bands' if bands else ''}, "
            f"at most {encoder.longest_seconds:g} s",
        ),
        *([("levels", _levels_line(encoder))] if stated.functionals else []),
        *([("cells", _cells_line(stated.cells))] if stated.cells else []),
        ("columns", f"{encoder.dim}: {ends(encoder.columns)}"),
        ("families", counts(encoder.families)),
        *([("classes", ", ".join(encoder.classes))] if encoder.classes else []),
    ]


def _levels_line(encoder: Encoder) -> str:
    """Name the levels of the file, and the one that was chosen where there are two."""
    names = " and ".join(encoder.levels)
    return f"{names}, here {encoder.level}" if len(encoder.levels) > 1 else names


def _cells_line(cells: Cells) -> str:
    """Say what cells of time and frequency it attends to."""
    low, high = cells.hz[0], cells.hz[-1]
    return (
        f"attends to {counted(len(cells.hz), 'band')} of {low:.0f} to {high:.0f} Hz, "
        f"every {1000 * cells.step_seconds:g} ms"
    )


def _corpus_line(corpus: HeardCorpus) -> str:
    recordings = {(one.path, one.content) for one in corpus.rows if one.path}
    speakers = ", ".join(sorted({one.speaker for one in corpus.rows} - {""}))
    return (
        f"{corpus.name}: {counted(len(recordings), 'recording')}, speakers {speakers or 'unknown'}"
    )


def _score_rows(scores: StatedScores) -> Iterable[tuple[str, str]]:
    """Yield one line a side and the protocol that the numbers stand on."""
    for side, found in (("test", scores.test), ("dev", scores.dev)):
        if found:
            of = counted(found.utterances, "utterance")
            yield side, f"UA {found.ua:.3f}, WA {found.wa:.3f} on {of}"
    if scores.protocol:
        yield "protocol", scores.protocol
