"""What there is in a corpus: how much, of what and whom, and what is refused."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from deepspectrum_features.corpus.advice import ways_to_labels
from deepspectrum_features.corpus.columns import TOLD, target_columns
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.expected import Counts
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.numbers import looks_continuous
from deepspectrum_features.corpus.twins import describe_twins
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.terminal import aligned, counted, duration, first_few, spread

_SHOWN = 10


def describe_corpus(
    corpus: Corpus,
    twins: Sequence[tuple[str, ...]] = (),
    refused: Sequence[Refusal] | None = None,
) -> str:
    """Describe a corpus: how much there is, of what and whom, and what is refused.

    One that is not scanned has no word of sound.

    Parameters
    ----------
    corpus : Corpus
    twins : sequence of tuple of str, optional
        What `find_twins` found.
    refused : sequence of Refusal, optional
        What gives no row, where somebody asks for more than the corpus does; default its own.
    """
    refused = corpus.refused if refused is None else refused
    scanned = bool(corpus.headers) or not corpus.utterances
    files = len(corpus.headers) if scanned else len({one.file for one in corpus.utterances})
    rows = [
        ("corpus", corpus.name),
        *_layout_rows(corpus.layout),
        ("utterances", f"{len(corpus.utterances)} in {counted(files, 'recording')}"),
        *(_sound_rows(corpus) if scanned else []),
    ]
    optional = [column.name for column in TOLD if not column.always]
    for name in filter(corpus.has, optional):
        rows += [
            (name if first == 0 else "", f"{value or '(none)'} {count}")
            for first, (value, count) in enumerate(corpus.count(name).items())
        ]
    if corpus.utterances and not corpus.has("label"):
        rows.append(("label", f"none ({ways_to_labels(corpus)})"))
    for column in target_columns(corpus.utterances):
        numbers = [column.of(one) for one in corpus.utterances]
        rows.append(("target", f"{column.name} {spread(numbers)}"))
    if looks_continuous(one.label for one in corpus.utterances):
        rows.append(("labels", "numbers that look continuous, no classes to tell apart"))
    rows += describe_twins(corpus, twins)
    if corpus.layout:
        rows += _completeness_rows(corpus.layout, corpus.utterances, refused)
    others = [one for one in refused if not (corpus.layout and one.stage == "corpus")]
    strange = len(refused) - len(others)
    said = counted(len(refused), "input") + f" ({strange} unexpected)" * bool(strange)
    rows.append(("refused", said if refused else "nothing"))
    rows += [("", str(one)) for one in others[:_SHOWN]]
    if (more := len(others) - _SHOWN) > 0:
        rows.append(("", f"... and {more} more"))
    return aligned(rows)


def _sound_rows(corpus: Corpus) -> list[tuple[str, str]]:
    """Say what headers tell: how long utterances are, rates and channels."""
    seconds = [corpus.seconds(one) for one in corpus.utterances]
    shortest, longest = min(seconds, default=0), max(seconds, default=0)
    rates = Counter(header.sample_rate for header in corpus.headers.values())
    channels = Counter(header.channels for header in corpus.headers.values())
    return [
        ("duration", f"{duration(sum(seconds))}, {shortest:.2f} to {longest:.2f} s each"),
        ("rates", ", ".join(f"{rate} Hz {count}" for rate, count in sorted(rates.items()))),
        ("channels", ", ".join(f"{_called(one)} {channels[one]}" for one in sorted(channels))),
    ]


def _called(channels: int) -> str:
    """Return what a recording of so many channels is called."""
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def _layout_rows(layout: Layout | None) -> list[tuple[str, str]]:
    """Title, licence and citation of a known corpus, and where it is to be had."""
    if layout is None:
        return []
    said = {"title": layout.title, "licence": layout.licence, "cite": layout.citation}
    return [*said.items(), *([("from", layout.url)] if layout.url else [])]


def _completeness_rows(
    layout: Layout, utterances: Sequence[Utterance], refused: Sequence[Refusal]
) -> list[tuple[str, str]]:
    """List what the full corpus has and this lacks, if it is known, and the other way round."""
    found = {
        "missing": list(layout.expected.missing(utterances)),
        "unexpected": [*_strange(refused), *layout.expected.surplus(utterances)],
    }
    if layout.expected == Counts():
        del found["missing"]
    return [
        (name if first == 0 else "", line)
        for name, lines in found.items()
        for first, line in enumerate(lines or ["nothing"])
    ]


def _strange(refused: Sequence[Refusal]) -> list[str]:
    """Count the recordings that are no part of the corpus, by the reason but for its details."""
    of_reason: dict[str, list[str]] = defaultdict(list)
    for one in refused:
        if one.stage == "corpus":
            of_reason[re.sub(r" \(.*\)$", "", one.reason)].append(one.file)
    return [
        f"{counted(len(files), 'recording')}: {reason} ({first_few(files)})"
        for reason, files in of_reason.items()
    ]
