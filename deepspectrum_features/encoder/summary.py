"""What an encoder says of itself: provenance and licence first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from deepspectrum_features.terminal import aligned, ends

if TYPE_CHECKING:
    from deepspectrum_features.encoder.encoder import Encoder


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
        ("columns", f"{encoder.dim}: {ends(encoder.columns)}"),
        ("classes", ", ".join(encoder.classes)),
    ]
    return aligned(rows)


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
