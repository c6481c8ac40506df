"""What there is in a corpus: how much, of what and whom, and what is refused."""

from __future__ import annotations

from collections import Counter

from deepspectrum_features.corpus.columns import TOLD
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.terminal import aligned, duration


def describe_corpus(corpus: Corpus) -> str:
    """Describe a scanned corpus: how much there is, of what and whom, and what is refused."""
    seconds = [corpus.seconds(one) for one in corpus.utterances]
    rates = Counter(header.sample_rate for header in corpus.headers.values())
    rows = [
        ("corpus", corpus.name),
        *_layout_rows(corpus.layout),
        ("utterances", f"{len(seconds)} in {len(corpus.headers)} recordings"),
        (
            "duration",
            f"{duration(sum(seconds))}, {min(seconds, default=0):.2f} to "
            f"{max(seconds, default=0):.2f} s each",
        ),
        ("rates", ", ".join(f"{rate} Hz {count}" for rate, count in sorted(rates.items()))),
    ]
    optional = [column.name for column in TOLD if not column.always]
    for name in filter(corpus.has, optional):
        rows += [
            (name if first == 0 else "", f"{value or '(none)'} {count}")
            for first, (value, count) in enumerate(corpus.count(name).items())
        ]
    rows.append(("refused", f"{len(corpus.refused)} inputs" if corpus.refused else "nothing"))
    return aligned([*rows, *(("", str(one)) for one in corpus.refused[:10])])


def _layout_rows(layout: Layout | None) -> list[tuple[str, str]]:
    """Title, licence and citation of a known corpus."""
    if layout is None:
        return []
    return [("title", layout.title), ("licence", layout.licence), ("cite", layout.citation)]
