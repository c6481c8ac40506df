"""What a classifier says of itself: provenance first, then what to expect of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deepspectrum_features.baselines.results_text import head, shown_score, table
from deepspectrum_features.terminal import aligned, counted, ends

if TYPE_CHECKING:
    from deepspectrum_features.baselines.fitted.card import Card, Expected, FeatureIdentity
    from deepspectrum_features.baselines.fitted.reliability import Reliability


def describe_card(card: Card) -> str:
    """Describe a classifier; the second half is in Markdown, as ``dsf evaluate`` prints it."""
    return "\n".join(
        [
            aligned(_facts(card)),
            "",
            *_expected(card.expected),
            "",
            *_reliability(card.reliability),
        ]
    )


def card_rows(card: Card) -> Iterable[tuple[str, str]]:
    """Yield what it is and takes, and every score to be expected of it."""
    yield from _facts(card)
    for name, score in card.expected.scores.items():
        yield head(name), " (95 %: ".join(shown_score(score)) + ")"


def _facts(card: Card) -> Iterable[tuple[str, str]]:
    """Yield what it is and takes, a line each."""
    takes = card.features
    chosen = ", ".join(f"{name} {value}" for name, value in card.chosen.items())
    yield "classifier", f"{card.classifier}, {chosen}, fitted {card.created[:10]}"
    yield "classes", ", ".join(card.classes)
    yield "features", _takes(takes)
    yield "licence", f"{takes.licence or 'unknown'} (of the encoder)"
    yield "columns", f"{len(takes.columns)}: {ends(takes.columns)}"
    yield "normalise", card.normalise
    for corpus in card.training.corpora:
        speakers = {one.speaker for one in corpus.rows} - {""}
        yield (
            "fitted on",
            f"{corpus.name}: {counted(len(corpus.rows), 'row')}, "
            f"{counted(len(speakers), 'speaker')}",
        )
    yield "how", f"on all rows: {card.fitted}"


def _takes(features: FeatureIdentity) -> str:
    """Say which features it takes."""
    told = [features.encoder]
    if features.encoder_sha256:
        told.append(f"(sha256 {features.encoder_sha256[:12]}), {features.level}")
    if features.opensmile:
        told.append(f"(opensmile {features.opensmile})")
    channel = f", channel {features.channel}" if features.channel else ""
    chunk = f", chunks of {features.chunk_seconds:g} s" if features.chunk_seconds else ""
    rate = f", {features.sample_rate}" if features.sample_rate else ""
    return f"{' '.join(told)}{rate}{channel}{chunk}"


def _expected(expected: Expected) -> list[str]:
    """Write what to expect of speakers it never heard, and the protocol that it stands on."""
    header = [cell for name in expected.scores for cell in (head(name), "95 %")]
    cells = [cell for score in expected.scores.values() for cell in shown_score(score)]
    held = "speakers" if expected.protocol.speaker_independent else "rows"
    return [
        f"# {expected.title}",
        "",
        f"To be expected, from {held} held out:",
        "",
        *table(header, [cells]),
        "",
        f"Corpus {expected.corpus}: {expected.utterances} {expected.unit}s, "
        f"{counted(expected.speakers, 'speaker')} (chance UA {expected.chance:.3f}). The score "
        "rests on:",
        "",
        *(f"* **{line}**" for line in expected.protocol.warnings),
        *(f"* left out: {line}" for line in expected.left_out),
        *(f"* {line}" for line in expected.protocol.lines),
    ]


def _reliability(found: Reliability | None) -> list[str]:
    """Write what probabilities are worth."""
    if found is None:
        return ["Probabilities: nobody knows how reliable, all held-out rows are of one speaker."]
    return [
        f"Probabilities of the labels, held against how often these were right on held-out rows "
        f"(expected calibration error {found.error:.3f}):",
        "",
        *table(["probability", "rows", "mean probability", "share right"], [*found.table()]),
    ]
