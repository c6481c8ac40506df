"""The encoder file: export is checked, loading refuses what is not ours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from deepspectrum_features import DsfError, Encoder
from deepspectrum_features.encoder.encoder import BUNDLED
from deepspectrum_features.encoder.encoder_file import METADATA_KEY, OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.networks import build_network
from deepspectrum_features.testing import tiny_recipe
from deepspectrum_features.training.exporting import CHECKED_FRAMES, encoder_metadata, to_onnx


def spectrograms(lengths: tuple[int, ...] = CHECKED_FRAMES) -> list[np.ndarray]:
    generator = np.random.default_rng(3)
    return [generator.exponential(5.0, (frames, 257)).astype(np.float32) for frames in lengths]


def test_every_utterance_alone_equals_itself_in_any_batch(encoder: Encoder) -> None:
    inputs = spectrograms()
    together = encoder.encode(inputs)
    for row, one in enumerate(inputs):
        alone = encoder.encode([one])
        np.testing.assert_allclose(
            together.embedding[row], alone.embedding[0], rtol=1e-5, atol=1e-6
        )
        steps = int(alone.steps[0])
        assert steps == together.steps[row] == len(one)
        np.testing.assert_allclose(
            together.attention[row, :steps], alone.attention[0], rtol=1e-5, atol=1e-6
        )
        assert together.attention[row, steps:].sum() == 0
    assert not np.allclose(together.embedding[-1], together.embedding[-2], atol=1e-4)


def test_encoder_file_stands_alone(encoder: Encoder) -> None:
    model = onnx.load(str(encoder.path), load_external_data=False)
    assert {opset.domain for opset in model.opset_import} == {""}
    assert model.opset_import[0].version == 17
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    for value in [*model.graph.input, *model.graph.output]:
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch"


def network_and_metadata() -> tuple[nn.Module, dict[str, object]]:
    network = build_network(tiny_recipe(), classes=2)
    metadata = encoder_metadata(
        network, tiny_recipe(), name="x", licence="CC0-1.0", classes=["a", "b"]
    )
    return network, metadata


def test_export_refuses_a_network_that_padding_changes(tmp_path: Path) -> None:
    network, metadata = network_and_metadata()
    network.fcn.pooling = "average"
    network.fcn.forward = lambda x, frames: x.mean(dim=(1, 2))[:, None].expand(-1, 4)
    with pytest.raises(EncoderError, match="embedding of 1 frames changes in a batch"):
        to_onnx(network, tmp_path / "x.onnx", metadata, dim_in=257)
    assert list(tmp_path.iterdir()) == []


def test_export_allows_a_network_its_own_rounding(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, metadata = network_and_metadata()
    with torch.no_grad():
        for name, weights in network.blstm.named_parameters():
            if "weight" in name:  # large ones amplify rounding from step to step
                weights *= 6
    assert to_onnx(network, tmp_path / "x.onnx", metadata, dim_in=257).dim == 12


def test_export_refuses_a_network_that_the_file_does_not_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, metadata = network_and_metadata()
    honest = torch.onnx.export

    def spoil(*arguments: object, **options: object) -> None:
        network.head[0].weight.data += 1.0
        honest(*arguments, **options)
        network.head[0].weight.data -= 1.0

    monkeypatch.setattr(torch.onnx, "export", spoil)
    with pytest.raises(EncoderError, match="logits differs from the network's"):
        to_onnx(network, tmp_path / "x.onnx", metadata, dim_in=257)
    assert list(tmp_path.iterdir()) == []


def rewritten(encoder: Encoder, path: Path, change: dict[str, object] | None) -> Path:
    """Copy the encoder with other metadata, or with none."""
    model = onnx.load(str(encoder.path))
    del model.metadata_props[:]
    if change is not None:
        entry = model.metadata_props.add()
        entry.key = METADATA_KEY
        entry.value = json.dumps(encoder.metadata | change)
    onnx.save(model, str(path))
    return path


def test_loading_refuses_what_is_not_ours(encoder: Encoder, tmp_path: Path) -> None:
    noise = tmp_path / "noise.onnx"
    noise.write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="not a model that onnxruntime loads"):
        Encoder(noise)
    with pytest.raises(EncoderError, match=r"missing\.onnx: no such file"):
        Encoder.open(tmp_path / "missing.onnx")
    with pytest.raises(EncoderError, match="an ONNX model without deepspectrum_features metadata"):
        Encoder(rewritten(encoder, tmp_path / "foreign.onnx", None))
    with pytest.raises(EncoderError, match="encoder format 2, this version reads 1"):
        Encoder(rewritten(encoder, tmp_path / "later.onnx", {"format": 2}))
    with pytest.raises(EncoderError, match="sha256"):
        Encoder(encoder.path, sha256="0" * 64)


def test_unknown_encoder_name_lists_the_bundled_ones() -> None:
    with pytest.raises(EncoderError, match="no such encoder, need a path or one of zhao2018"):
        Encoder.open("zhao2018-asmmc-compact-nemi")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_encoders_are_trained_and_documented(name: str) -> None:
    found = Encoder.open(name)
    assert found.name == name
    folder = found.path.parent
    card = (folder / f"{name}.md").read_text(encoding="utf-8")
    test = found.metadata["scores"]["test"]
    assert f"{test['ua']:.3f}" in card
    assert found.licence in card
    assert (folder / f"{name}.LICENSE").exists()
    assert found.path.stat().st_size < 20e6
    chance = 1 / len(found.classes)
    assert test["ua"] > 1.5 * chance
    assert set(OUTPUTS) <= {output.name for output in found._session.get_outputs()}


def test_printing_shows_provenance_first(encoder: Encoder) -> None:
    lines = str(encoder).splitlines()
    assert lines[0].startswith("encoder    tiny (sha256 ")
    assert lines[1] == "licence    weights under CC0-1.0"


def test_metadata_that_the_graph_contradicts_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    columns = [*encoder.columns, "one_more"]
    with pytest.raises(EncoderError, match="embedding is 12 wide, its metadata says 13"):
        Encoder(rewritten(encoder, tmp_path / "a.onnx", {"columns": columns}))
    lld = encoder.metadata["front_end"] | {"kind": "opensmile-lld"}
    with pytest.raises(DsfError, match=r"front_end\.kind: 'opensmile-lld', need power-spectrogram"):
        Encoder(rewritten(encoder, tmp_path / "b.onnx", {"front_end": lld}))


def test_weights_outside_the_file_are_refused_even_where_they_lie(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sha256 would not cover them."""
    model = onnx.load(str(encoder.path))
    onnx.save(
        model,
        str(tmp_path / "x.onnx"),
        save_as_external_data=True,
        location="weights",
        size_threshold=0,
    )
    monkeypatch.chdir(tmp_path)
    assert (tmp_path / "weights").exists()
    with pytest.raises(EncoderError, match="not a model that onnxruntime loads"):
        Encoder(tmp_path / "x.onnx")
