"""What an encoder or a feature file says of itself: provenance and licence first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from deepspectrum_features.utterance import printable

if TYPE_CHECKING:
    from deepspectrum_features.corpus import Corpus
    from deepspectrum_features.encoder import Encoder
    from deepspectrum_features.features import FeatureFile
    from deepspectrum_features.layout import Layout


def describe_encoder(encoder: Encoder) -> str:
    """Describe an encoder: where it comes from, what it is, what its scores are worth."""
    metadata, front = encoder.metadata, encoder.front_end
    network = metadata["recipe"].get("network", {})
    bands = network.get("mel", {}).get("bands")
    corpora = metadata["training"].get("corpora", [])
    size = f"{metadata['recipe'].get('preset')} size, {metadata['parameters']} weights"
    rows = [
        ("encoder", f"{encoder.name} (sha256 {encoder.sha256[:12]})"),
        ("licence", f"weights under {encoder.licence}"),
        ("system", f"{network.get('system')}, {size}"),
        *(("trained on", _corpus_line(corpus)) for corpus in corpora),
        *_score_rows(metadata["scores"]),
        (
            "input",
            f"{front.sample_rate} Hz, {_ms(front.window_samples, front.sample_rate)} window, "
            f"{_ms(front.hop_samples, front.sample_rate)} hop, {bands} log mel bands, "
            f"at most {encoder.longest_seconds:g} s",
        ),
        ("columns", f"{encoder.dim}: {_ends(encoder.columns)}"),
        ("classes", ", ".join(encoder.classes)),
    ]
    return _aligned(rows)


def describe_features(table: FeatureFile) -> str:
    """Describe a feature file: where it comes from, what is in it, what was refused."""
    known = table.attributes
    sha256 = known.get("encoder_sha256", "")[:12]
    made_by = known.get("encoder", "unknown") + (f" (sha256 {sha256})" if sha256 else "")
    ours = _our_version(known.get("versions", "{}"))
    rows = [
        ("encoder", made_by),
        ("licence", f"{'weights under ' * bool(sha256)}{known.get('licence', 'unknown')}"),
        ("corpus", known.get("corpus", "unknown")),
        ("made", f"{known.get('created', 'unknown')} by deepspectrum_features {ours}"),
        (
            "rows",
            f"{len(table.file)} utterances, {_duration(float((table.end - table.start).sum()))}",
        ),
        ("columns", f"{len(table.feature_name)}: {_ends(table.feature_name)}"),
    ]
    if "shard" in known:
        rows.insert(3, ("shard", f"{known['shard']}, to be joined by dsf merge"))
    for name in ("label", "speaker", "split"):
        if values := getattr(table, name):
            rows.append((name, _counts(values)))
    for level, what in ((1, "speakers"), (2, "recordings")):
        if count := int((table.seen == level).sum()):
            rows.append(("seen", f"{count} rows: their {what} trained the encoder"))
    rows.append(("refused", f"{len(table.refused)} inputs" if table.refused else "nothing"))
    return _aligned([*rows, *(("", str(one)) for one in table.refused[:10])])


def _our_version(versions: str) -> str:
    """Read our own version from the JSON of all; a damaged file has none."""
    try:
        return str(json.loads(versions)["deepspectrum_features"])
    except (ValueError, KeyError, TypeError):
        return "unknown"


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
            f"{_duration(sum(seconds))}, {min(seconds, default=0):.2f} to "
            f"{max(seconds, default=0):.2f} s each",
        ),
        ("rates", ", ".join(f"{rate} Hz {count}" for rate, count in sorted(rates.items()))),
    ]
    for name in ("label", "speaker", "split"):
        rows += [
            (name if first == 0 else "", f"{value or '(none)'} {count}")
            for first, (value, count) in enumerate(corpus.count(name).items())
            if corpus.has(name)
        ]
    rows.append(("refused", f"{len(corpus.refused)} inputs" if corpus.refused else "nothing"))
    return _aligned([*rows, *(("", str(one)) for one in corpus.refused[:10])])


def _layout_rows(layout: Layout | None) -> list[tuple[str, str]]:
    """Title, licence and citation of a known corpus."""
    if layout is None:
        return []
    return [("title", layout.title), ("licence", layout.licence), ("cite", layout.citation)]


def _corpus_line(corpus: dict[str, Any]) -> str:
    speakers = ", ".join(corpus["speakers"])
    return f"{corpus['name']}: {len(corpus['recordings'])} recordings, speakers {speakers}"


def _score_rows(scores: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield one line a side and the protocol that the numbers stand on."""
    for side in ("test", "dev"):
        if side in scores:
            found = scores[side]
            line = f"UA {found['ua']:.3f}, WA {found['wa']:.3f} on {found['utterances']} utterances"
            yield side, line
    if scores:
        yield "protocol", scores["protocol"]


def _ms(samples: int, sample_rate: int) -> str:
    return f"{1000 * samples / sample_rate:g} ms"


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.2f} h" if seconds >= 3600 else f"{seconds:.1f} s"


def _counts(values: Sequence[str]) -> str:
    """Name every value and its count, twelve at most."""
    counts = sorted(Counter(values).items())
    shown = ", ".join(f"{name or '(none)'} {count}" for name, count in counts[:12])
    return shown + (f", ... ({len(counts)} in all)" if len(counts) > 12 else "")


def _ends(names: Sequence[str]) -> str:
    return " ... ".join((names[0], names[-1])) if names else "none"


def _aligned(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(printable(f"{name:<11}{value}".rstrip()) for name, value in rows)
