"""The encoder file: export is checked, loading refuses what is not ours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from deepspectrum_features import Encoder
from deepspectrum_features.encoder import BUNDLED
from deepspectrum_features.encoder.encoder_file import METADATA_KEY
from deepspectrum_features.encoder.signature import EMBEDDING_OUTPUTS
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.networks import build_network
from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.recipe import Recipe
from deepspectrum_features.testing import tiny_recipe
from deepspectrum_features.training.checking import CHECKED_FRAMES
from deepspectrum_features.training.exporting import export, to_onnx
from deepspectrum_features.training.metadata import encoder_metadata


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


def test_quiet_sound_alone_equals_itself_in_any_batch() -> None:
    """Its log mel bands lie far from 0: their mean rounds coarsely, and the BLSTM amplifies it."""
    encoder = Encoder.open("zhao2018-asmmc-nemo")
    inputs = [1e-8 * one for one in spectrograms(tuple(range(297, 309)))]
    together = list(encoder.encode(inputs))
    for batched, one in zip(together, inputs, strict=True):
        alone = next(iter(encoder.encode([one])))
        for output in ("vector", "scores", "frames", "attention"):
            found, expected = getattr(batched, output), getattr(alone, output)
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert not np.allclose(together[0].vector, together[1].vector, atol=1e-3)
    assert not np.allclose(together[0].frames[:-1], together[0].frames[1:], atol=1e-3)


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


@pytest.mark.slow
def test_export_refuses_a_network_that_padding_changes(tmp_path: Path) -> None:
    network, metadata = network_and_metadata()
    network.fcn.pooling = "average"
    network.fcn.forward = lambda x, frames, marked: x.mean(dim=(1, 2))[:, None].expand(-1, 4)
    with pytest.raises(EncoderError, match="embedding of 1 frames changes in a batch"):
        to_onnx(network, tmp_path / "x.onnx", metadata)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_export_allows_a_network_its_own_rounding(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, metadata = network_and_metadata()
    with torch.no_grad():
        for name, weights in network.blstm.named_parameters():
            if "weight" in name:  # large ones amplify rounding from step to step
                weights *= 6
    assert to_onnx(network, tmp_path / "x.onnx", metadata).dim == 12


@pytest.mark.slow
def test_export_does_not_compare_what_stands_behind_an_utterance(tmp_path: Path) -> None:
    network, metadata = network_and_metadata()
    honest = network.blstm.forward

    def forward(x: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        y = honest(x, frames)
        behind = ~valid_steps(frames, x.shape[1]).unsqueeze(-1)
        return y + torch.sin(1e7 * y) * behind  # of which no digit is the same twice

    network.blstm.forward = forward
    assert to_onnx(network, tmp_path / "x.onnx", metadata).dim == 12


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
    with pytest.raises(EncoderError, match="logits of 1 frames differs from the network's"):
        to_onnx(network, tmp_path / "x.onnx", metadata)
    assert list(tmp_path.iterdir()) == []


def finished_run(folder: Path, change: dict[str, object]) -> Path:
    """Write what a training run leaves, with random weights."""
    folder.mkdir()
    save_file(network_and_metadata()[0].state_dict(), folder / "network.safetensors")
    result = {"recipe": tiny_recipe().to_dict(), "classes": ["a", "b"], "training": {}}
    (folder / "training.json").write_text(json.dumps(result | {"scores": {}} | change))
    return folder


def test_export_takes_recipe_and_classes_from_the_run(tmp_path: Path) -> None:
    found = export(finished_run(tmp_path / "run", {}), tmp_path / "x.onnx", licence="CC0-1.0")
    assert Recipe.from_dict(found.metadata["recipe"]) == tiny_recipe()
    assert (found.name, found.licence, found.classes) == ("x", "CC0-1.0", ["a", "b"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ["a", 1]}, r"/training\.json: classes\[1\]: 1, need text"),
        ({"recipe": {"network": {"lstm_units": 0}}}, r"recipe\.network\.lstm_units: 0, need at"),
        ({"classes": ["a", "b", "c"]}, "run: damaged .*, need a finished training run"),
    ],
)
def test_export_names_what_is_wrong_with_a_run(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(EncoderError, match=message):
        export(finished_run(tmp_path / "run", change), tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


def test_export_to_a_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").mkdir()
    with pytest.raises(EncoderError, match=r"x\.onnx: a folder, need the name of a file to write"):
        export(finished_run(tmp_path / "run", {}), tmp_path / "x.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "x.onnx"]


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
    with pytest.raises(EncoderError, match="encoder format 4, this version reads 1 to 3"):
        Encoder(rewritten(encoder, tmp_path / "later.onnx", {"format": 4}))
    with pytest.raises(EncoderError, match="sha256"):
        Encoder(encoder.path, sha256="0" * 64)


def test_unknown_encoder_name_lists_the_bundled_ones() -> None:
    with pytest.raises(
        EncoderError, match="no such encoder, need a path or one of spectral-functionals, z"
    ):
        Encoder.open("zhao2018-asmmc-nemi")
    with pytest.raises(EncoderError, match=r"no longer bundled, need .*, or zhao2018-asmmc-nemo, "):
        Encoder.open("zhao2018-asmmc-compact-nemo")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_encoders_are_documented(name: str) -> None:
    found = Encoder.open(name)
    assert found.name == name
    card = found.path.with_suffix(".md").read_text(encoding="utf-8")
    assert found.licence in card
    assert f"{found.dim} " in card
    assert found.path.with_suffix(".LICENSE").exists()
    assert found.path.stat().st_size < 20e6


@pytest.mark.parametrize("name", [name for name in BUNDLED if name != "spectral-functionals"])
def test_bundled_encoders_that_tell_classes_are_trained(name: str) -> None:
    found = Encoder.open(name)
    test = found.metadata["scores"]["test"]
    assert f"{test['ua']:.3f}" in found.path.with_suffix(".md").read_text(encoding="utf-8")
    assert test["ua"] > 1.5 / len(found.classes)
    assert set(EMBEDDING_OUTPUTS) <= found._session.outputs.keys()


def test_printing_shows_provenance_first(encoder: Encoder) -> None:
    lines = str(encoder).splitlines()
    assert lines[0].startswith("encoder    tiny (sha256 ")
    assert lines[1] == "licence    CC0-1.0"


def test_metadata_that_the_graph_contradicts_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    columns = [*encoder.columns, "one_more"]
    with pytest.raises(EncoderError, match="embedding is 12 wide, its metadata says 13"):
        Encoder(rewritten(encoder, tmp_path / "a.onnx", {"columns": columns}))
    with pytest.raises(EncoderError, match="input is 257 wide, its metadata says 130"):
        Encoder(rewritten(encoder, tmp_path / "b.onnx", {"front_end": {"kind": "opensmile-lld"}}))
    other = encoder.metadata["front_end"] | {"kind": "cepstrum"}
    kinds = r"front_end\.kind: 'cepstrum', need power-spectrogram or opensmile-lld"
    with pytest.raises(EncoderError, match=kinds):
        Encoder(rewritten(encoder, tmp_path / "c.onnx", {"front_end": other}))


CORPUS = {"name": "x", "named": True, "recordings": [["00aa", "a"]], "speakers": ["anna"]}
COLUMNS: dict[str, list[object]] = {
    **{"path": ["a"], "speaker": ["anna"], "content": ["00aa"], "start": [0], "end": [1.5]},
    **{"channel": [0], "seconds": [1.5]},
}
NEW = {"name": "x", "named": True, "utterances": COLUMNS}
SCORES = {"ua": 0.5, "wa": 0.5, "recall": {}, "utterances": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None, "parameters": "12"}, "name: None, need text; parameters: '12', need a who"),
        ({"columns": ["a", "b", "a"]}, "columns: 'a' stands there twice"),
        ({"classes": ["high", 1]}, r"classes\[1\]: 1, need text"),
        ({"step_seconds": 0}, "step_seconds: 0, need more than 0"),
        ({"longest_seconds": float("inf")}, "longest_seconds: inf, need a number"),
        ({"front_end": None}, "front_end: None, need an object"),
        ({"recipe": {"network": {"mel": 40}}}, r"recipe\.network: need an object, and one in it"),
        ({"recipe": {"network": {"view": 40}}}, r"recipe\.network: need an object, and one in it"),
        (
            {"training": {"corpora": [CORPUS, CORPUS | {"recordings": [["00aa"]]}]}},
            r"training\.corpora\[1\]\.recordings: need a digest and a stem each",
        ),
        (
            {"training": {"corpora": [{"name": "x", "named": True, "recordings": []}]}},
            r"training\.corpora\[0\]\.utterances: missing",
        ),
        (
            {"training": {"corpora": [NEW | {"utterances": COLUMNS | {"end": []}}]}},
            r"training\.corpora\[0\]\.utterances\.path: 1 path, .*, 0 end, ",
        ),
        ({"scores": {"test": SCORES}}, r"scores\.protocol: missing"),
        ({"scores": {"protocol": "p", "dev": {"ua": 1}}}, r"scores\.dev\.wa: missing"),
    ],
)
def test_metadata_that_does_not_fit_is_named(
    encoder: Encoder, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(EncoderError, match=rf"x\.onnx: metadata: {message}"):
        Encoder(rewritten(encoder, tmp_path / "x.onnx", change))


def test_metadata_may_hold_more_than_this_version_reads(encoder: Encoder, tmp_path: Path) -> None:
    corpus = CORPUS | {"language": "pl"}
    change = {
        "later": 1,
        "training": {"corpora": [corpus], "fold": "none"},
        "scores": {"protocol": "p", "test": SCORES | {"uar": 1}},
    }
    found = Encoder(rewritten(encoder, tmp_path / "x.onnx", change))
    assert found.metadata == encoder.metadata | change
    assert [one.speaker for one in found.stated.training.rows] == ["", "anna"]
    assert found.stated.scores.test is not None
    assert found.stated.scores.test.wa == 0.5
    assert "x: 1 recording, speakers anna" in str(found)


def test_frame_embedding_must_have_one_width(encoder: Encoder, tmp_path: Path) -> None:
    model = onnx.load(str(encoder.path))
    (output,) = [one for one in model.graph.output if one.name == "frame_embedding"]
    output.type.tensor_type.shape.dim[2].dim_param = "any"
    onnx.save(model, str(tmp_path / "x.onnx"))
    with pytest.raises(EncoderError, match=r"x\.onnx: frame_embedding of any width, need a fixed"):
        Encoder(tmp_path / "x.onnx")


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
