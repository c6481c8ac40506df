"""Mutated encoders and classifiers, both ONNX files: they work, or are refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutant_batches import FEW, MUTATIONS, check_all
from mutants import ANYWHERE, BYTES, insert_words, mutant, replace_value
from quick_first import quick_first

from deepspectrum_features.baselines.fitted import fit
from deepspectrum_features.testing import tiny_encoder, tiny_features

onnx = pytest.importorskip("onnx")
pytest.importorskip("sklearn")

WORDS = [*BYTES[:2], insert_words(ANYWHERE), *[replace_value] * 24]


def check_models(kind: str, paths: list[Path], place: Path, mutations: int) -> None:
    """Change every second file at any byte, of the others what it says of itself."""
    whole = [path.read_bytes() for path in paths]
    parts = [in_two(path) for path in paths]
    texts = [text for _, _, text in parts]

    def made(number: int) -> tuple[str, bytes]:
        if number % 2:
            return ".onnx", mutant(kind, number // 2, whole, BYTES, 2)
        model, key, _ = parts[number // 2 % len(parts)]
        text = mutant(kind, number // 2, texts, WORDS, 1)
        entry = in_field(1, key) + in_field(2, text)
        return ".onnx", model + in_field(14, entry)  # what follows a message is merged into it

    check_all(kind, mutations, place, made)


def in_two(path: Path) -> tuple[bytes, bytes, bytes]:
    """Return a model without its metadata, and key and text of these."""
    model = onnx.load(str(path))
    (entry,) = model.metadata_props
    key, text = entry.key.encode(), entry.value.encode()
    del model.metadata_props[:]
    return model.SerializeToString(), key, text


def in_field(number: int, content: bytes) -> bytes:
    """Return bytes as a field of a message in Protocol Buffers."""
    head, length = bytes([number << 3 | 2]), len(content)
    while length > 127:
        head, length = head + bytes([length & 127 | 128]), length >> 7
    return head + bytes([length]) + content


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_encoders(tmp_path: Path, mutations: int) -> None:
    levels = ("embedding", "functionals", "both")
    check_models("encoder", [tiny_encoder(one).path for one in levels], tmp_path, mutations)


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_classifiers(tmp_path: Path, mutations: int) -> None:
    around = tmp_path / "around"
    around.mkdir()
    features, paths = tiny_features(around / "features.h5"), []
    for normalise in ("global", "speaker"):
        paths.append(around / f"{normalise}.onnx")
        fit(features, normalise=normalise).write(paths[-1])
    check_models("classifier", paths, tmp_path, mutations)
