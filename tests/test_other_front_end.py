"""A system on openSMILE's descriptors, from training to features: what the seams are for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from deepspectrum_features import Corpus, Encoder, FeatureFile, Recipe, extract, verify
from deepspectrum_features.baselines.tables import read_tables
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.networks import Encoding, Network
from deepspectrum_features.networks.encoding import valid_steps
from deepspectrum_features.networks.views import View
from deepspectrum_features.recipe import (
    SYSTEMS,
    FrontEndRecipe,
    OpensmileLld,
    Training,
    Zhao2018Asmmc,
)
from deepspectrum_features.recipe.system import Preset, System
from deepspectrum_features.sound import FrontEnd
from deepspectrum_features.testing import contents, tiny_corpus
from deepspectrum_features.training import export, train

pytest.importorskip("opensmile")

CLOSE = {"rtol": 1e-5, "atol": 1e-6}


@dataclass(frozen=True, kw_only=True)
class Clipped:
    """Fields of a view that is known here alone."""

    kind: str = "clipped"
    highest: float = 5.0

    def problems_with(self, front_end: FrontEndRecipe) -> Iterator[str]:
        if not isinstance(front_end, OpensmileLld):
            yield "front_end.kind: need opensmile-lld"


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """Fields of a system that is registered here alone."""

    system: str = "attention-over-descriptors"
    view: Clipped = field(default_factory=Clipped)
    units: int = 6


class ClippedView(View):
    """z-norm, nothing far from 0."""

    def __init__(self, front_end: FrontEnd, recipe: Clipped) -> None:
        super().__init__(front_end, recipe)
        assert front_end.kind == "opensmile-lld"
        self.dim = self.out_dim = front_end.dim
        self.highest = recipe.highest
        self.register_buffer("mean", torch.zeros(self.dim))
        self.register_buffer("deviation", torch.ones(self.dim))

    def forward(self, frames: Tensor) -> Tensor:
        return frames

    def fit(self, utterances: Sequence[Tensor]) -> None:
        together = torch.cat(list(utterances)).double()
        self.mean.copy_(together.mean(dim=0))
        self.deviation.copy_(together.std(dim=0).clamp(min=1e-3))

    def normalise(self, prepared: Tensor, frames: Tensor) -> Tensor:
        valid = valid_steps(frames, prepared.shape[1]).unsqueeze(-1)
        normal = (prepared - self.mean) / self.deviation
        return torch.clamp(normal, -self.highest, self.highest) * valid


class PoolingNetwork(Network):
    """A view -> one layer -> attention: the least that has all outputs."""

    def __init__(self, front_end: FrontEnd, recipe: Pooling, classes: int) -> None:
        super().__init__(ClippedView(front_end, recipe.view))
        self.layer = nn.Linear(self.view.out_dim, recipe.units)
        self.attention = nn.Linear(recipe.units, 1)
        self.head = nn.Linear(recipe.units, classes)
        self.column_names = [f"pooled_{index}" for index in range(recipe.units)]

    def forward_features(self, prepared: Tensor, frames: Tensor) -> Encoding:
        units = torch.tanh(self.layer(self.view.normalise(prepared, frames)))
        valid = valid_steps(frames, prepared.shape[1])
        weights = self.attention(units).squeeze(-1).masked_fill(~valid, -1e9).softmax(dim=1)
        weights = weights * valid
        return Encoding((weights.unsqueeze(-1) * units).sum(dim=1), units, frames, weights)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with corpus ``tones``, training ``run`` and encoder ``own.onnx``."""
    folder = tmp_path_factory.mktemp("descriptors")
    corpus = Corpus.read(tiny_corpus(folder / "tones", per_class=3), name="tones").scan()
    system = System(
        recipe=Pooling,
        network=f"{__name__}:PoolingNetwork",
        presets={"tiny": Preset(network=Pooling(), front_end=OpensmileLld())},
    )
    training = Training(epochs=4, batch_size=4, learning_rate=0.03)
    recipe = Recipe(front_end=OpensmileLld(), network=Pooling(), training=training)
    with pytest.MonkeyPatch.context() as patch:  # the system is registered for so long alone
        patch.setitem(SYSTEMS, system.name, system)
        networks = Zhao2018Asmmc | Pooling
        patch.setattr("deepspectrum_features.recipe.recipe.NetworkRecipe", networks)
        assert Recipe.from_dict(recipe.to_dict()) == recipe
        train(corpus, folder / "run", recipe, dev_speakers=["spk3"], test_speakers=["spk4"])
        export(folder / "run", folder / "own.onnx", licence="CC0-1.0")
    return folder


@pytest.mark.slow
def test_its_encoder_says_what_frames_it_reads(trained: Path) -> None:
    result = json.loads((trained / "run" / "training.json").read_text())
    assert result["scores"]["test"]["ua"] == 1.0  # 300 Hz against 2 kHz
    encoder = Encoder.open(trained / "own.onnx")
    assert encoder.metadata["front_end"]["kind"] == encoder.front_end.kind == "opensmile-lld"
    assert encoder.front_end.sample_rate is None
    assert (encoder.step_seconds, encoder.first_step_centre_seconds) == (0.01, 0.01)
    assert encoder.shortest_seconds == 0.06
    assert "openSMILE ComParE_2016 descriptors with deltas, 10 ms hop" in str(encoder)


@pytest.mark.slow
def test_its_features_are_extracted_in_processes_each_as_if_alone(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, encoder = trained / "tones", Encoder.open(trained / "own.onnx")
    assert EncoderWorker(encoder).in_processes(Corpus.read(folder), 0.0)
    monkeypatch.setattr(plan, "_LEAST_SECONDS", 8.0)  # several parts
    for jobs in (1, 2):
        out = tmp_path / f"{jobs}.h5"
        extract(folder, out, encoder=encoder, frames=True, attention=True, jobs=jobs)
    assert contents(tmp_path / "1.h5") == contents(tmp_path / "2.h5")
    assert verify(tmp_path / "2.h5", encoder) == []
    table = FeatureFile.open(tmp_path / "2.h5")
    assert "opensmile" in json.loads(table.attributes["versions"])
    assert read_tables([tmp_path / "2.h5"]).tables[0].sample_rate == "as recorded"
    for row, file in enumerate(table.file):
        alone = encoder.embed(*soundfile.read(folder / file, dtype="float32"))
        np.testing.assert_allclose(table.features[row], alone.vector, **CLOSE)
        np.testing.assert_allclose(table.frames[row], alone.frames, **CLOSE)
        np.testing.assert_allclose(table.attention[row], alone.attention, **CLOSE)
    assert not np.allclose(table.features[0], table.features[-1], atol=1e-2)


@pytest.mark.slow
def test_dsf_extract_takes_it_at_any_rate(trained: Path, tmp_path: Path) -> None:
    """What is too short stands in the ledger as ever."""
    encoder = Encoder.open(trained / "own.onnx")
    sound, _ = soundfile.read(trained / "tones" / "spk1_low_1.wav")
    folder, out = tmp_path / "rates", tmp_path / "out.h5"
    folder.mkdir()
    soundfile.write(folder / "fast.wav", sound, 22050)
    soundfile.write(folder / "short.wav", sound[:900], 16000)
    command = [Path(sys.executable).parent / "dsf", "extract", folder, out]
    done = subprocess.run([*command, "--encoder", encoder.path, "--jobs", "2"], check=False)
    assert done.returncode == 3  # something was refused
    table = FeatureFile.open(out)
    assert [str(one) for one in table.refused] == [
        "short.wav: 900 samples, need at least 960 (60 ms at 16000 Hz)"
    ]
    np.testing.assert_allclose(table.features[0], encoder.embed(sound, 22050).vector, **CLOSE)
    assert not np.allclose(table.features[0], encoder.embed(sound, 16000).vector, atol=1e-3)
