"""``--device``: what is refused where there is no GPU, and that its numbers never mix with others.

What a GPU does to files and plans is seen without one: the processor takes its place.
"""

from __future__ import annotations

import json
import pickle
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from called import call
from stopped import stopped_before_the_merge

from deepspectrum_features import Corpus, DeepSpectrum, Encoder, FeatureFile, extract
from deepspectrum_features.encoder.devices import DEVICES, Device
from deepspectrum_features.encoder.runtime import load_onnxruntime
from deepspectrum_features.errors import EncoderError, FeatureFileError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.part_file import PartFile
from deepspectrum_features.extraction.plan import Plan, make_plan
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.verification import verify
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import PRESETS
from deepspectrum_features.testing import contents, tone
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata

CUDA = DEVICES["cuda"]
without_cuda = pytest.mark.skipif(
    CUDA.provider in load_onnxruntime().get_available_providers(),
    reason="this onnxruntime was built with CUDA",
)
REFUSED = (
    r"^device cuda: onnxruntime [\d.]+ has [\w ]*CPUExecutionProvider, need CUDAExecutionProvider "
    r"\(pip uninstall onnxruntime, then pip install 'onnxruntime-gpu\[cuda,cudnn\]'; or --device "
    r"cpu\)$"
)


@pytest.fixture
def elsewhere(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """Return the encoder on a GPU, which is the processor in truth."""
    provider = DEVICES["cpu"].provider
    monkeypatch.setitem(DEVICES, "cuda", replace(CUDA, provider=provider, settings={}))
    return Encoder(encoder.path, device="cuda")


def plan_of(folder: Path, encoder: Encoder) -> Plan:
    """Plan an extraction of all."""
    return make_plan(Corpus.read(folder).scan(), EncoderWorker(encoder).options)


@without_cuda
def test_a_gpu_that_is_not_there_is_refused_in_one_line(folder: Path, encoder: Encoder) -> None:
    done = call("extract", folder, folder / "out.h5", "--encoder", encoder.path, "--device", "cuda")
    assert done.returncode == 1
    assert done.stderr.startswith("error: device cuda: onnxruntime ")
    assert len(done.stderr.splitlines()) == 1
    assert [*folder.glob("out.h5*")] == []
    for work in (
        lambda: Encoder.open(encoder.path, device="cuda"),
        lambda: encoder.at(None, "cuda"),
        lambda: extract(folder, folder / "out.h5", encoder=encoder, device="cuda"),
        lambda: extract(folder, folder / "out.h5", encoder=encoder.path, device="cuda"),
        lambda: DeepSpectrum(encoder.path, device="cuda").fit([(tone(440, 1.0), 16000)]),
        lambda: DeepSpectrum(encoder, device="cuda").fit([(tone(440, 1.0), 16000)]),
    ):
        with pytest.raises(EncoderError, match=REFUSED):
            work()


def test_other_devices_are_unknown(folder: Path, encoder: Encoder) -> None:
    with pytest.raises(ValueError, match=r"^device='tpu', need one of cpu, cuda$"):
        Encoder.open(encoder.path, device="tpu")
    done = call("extract", folder, folder / "out.h5", "--device", "tpu")
    assert (done.returncode, "'tpu' is not one of 'cpu', 'cuda'" in done.stderr) == (2, True)


def test_the_processor_is_not_told_of(folder: Path, encoder: Encoder) -> None:
    assert (encoder.device, encoder.at(None, "cpu")) == ("cpu", encoder)
    command = ("extract", folder, folder / "out.h5", "--encoder", encoder.path)
    assert call(*command, "--device", "cpu").returncode == 0
    known = FeatureFile.open(folder / "out.h5").attributes
    assert not {"device", "batch_frames"} & {*known, *json.loads(known["options"])}
    assert "device" not in call("info", folder / "out.h5").stdout
    assert call(*command).stderr.splitlines()[-1].endswith("complete")


def test_every_part_of_a_plan_is_of_one_device(
    tones: Path, encoder: Encoder, elsewhere: Encoder
) -> None:
    plans = [plan_of(tones, one) for one in (encoder, elsewhere)]
    assert plans[1].options == plans[0].options | {"device": "cuda", "batch_frames": 24000}
    keys = {part.key for plan in plans for part in plan.parts}
    assert len(keys) == 2 * len(plans[0].parts) > 2


def test_a_file_of_a_gpu_is_no_output_of_the_processor(
    folder: Path, encoder: Encoder, elsewhere: Encoder
) -> None:
    out = folder / "out.h5"
    extract(folder, out, encoder=elsewhere)
    before = out.read_bytes()
    needed = "exists with batch frames 24000, now 2400; device cuda, now cpu (choose another name"
    with pytest.raises(FeatureFileError) as caught:
        extract(folder, out, encoder=encoder)
    assert needed in str(caught.value)
    assert out.read_bytes() == before
    assert verify(out, encoder) == []
    assert "device     cuda, batches of 24000 frames\n" in call("info", out).stdout
    assert extract(folder, out, encoder=elsewhere).found == "complete"
    extract(folder, out, encoder=encoder, overwrite=True)
    assert "device" not in FeatureFile.open(out).attributes


def test_shards_of_two_devices_are_not_merged(
    tones: Path, encoder: Encoder, elsewhere: Encoder
) -> None:
    outs = [tones / f"{number}.h5" for number in range(3)]
    extract(tones, outs[0], encoder=elsewhere, shard=(1, 2))
    extract(tones, outs[1], encoder=encoder, shard=(2, 2))
    extract(tones, outs[2], encoder=elsewhere, shard=(2, 2))
    with pytest.raises(FeatureFileError, match=r"1\.h5: of another extraction than .*0\.h5"):
        merge(outs[:2], tones / "all.h5")
    merged = merge([outs[0], outs[2]], tones / "all.h5")
    assert (len(merged.file), merged.attributes["device"]) == (12, "cuda")


@pytest.mark.slow
def test_one_process_feeds_a_gpu(tones: Path, elsewhere: Encoder, tmp_path: Path) -> None:
    worker, corpus = EncoderWorker(elsewhere), Corpus.read(tones).scan()
    assert not worker.in_processes(corpus, 1e6)
    pytest.importorskip("opensmile")
    path, recipe = tmp_path / "descriptors.onnx", PRESETS["zhao2018-interspeech"]["compact"]
    network = build_network(recipe, classes=2)
    told = {"name": "random", "licence": "CC0-1.0", "classes": ["a", "b"]}
    reads_descriptors = to_onnx(network, path, encoder_metadata(network, recipe, **told))
    assert EncoderWorker(reads_descriptors).in_processes(corpus, 1.0)
    reads_descriptors.device = "cuda"
    needed = (
        f"{path}: reads opensmile-lld, computed in processes, of which one alone may feed cuda, "
        "need --device cpu (or --jobs 1 and --backend local)"
    )
    with pytest.raises(EncoderError) as caught:
        extract(tones, tones / "out.h5", encoder=reads_descriptors, jobs=2)
    assert str(caught.value) == needed


def test_a_gpu_has_one_batch_at_a_time(
    encoder: Encoder, elsewhere: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, at_work = load_onnxruntime().InferenceSession, [0]
    honest = session.run

    def run(*arguments: Any) -> Any:
        at_work.append(at_work[-1] + 1)
        time.sleep(0.1)
        at_work.append(at_work[-1] - 1)
        return honest(*arguments)

    monkeypatch.setattr(session, "run", run)
    for one, most in ((encoder, 3), (elsewhere, 1)):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(one.embed, [tone(440, 1.0)] * 3, [16000] * 3))
        assert max(at_work) == most
        at_work[:] = [0]


def test_an_encoder_travels_with_its_device(elsewhere: Encoder) -> None:
    assert pickle.loads(pickle.dumps(elsewhere)).device == "cuda"
    assert elsewhere.at("embedding") is elsewhere


@without_cuda
def test_the_processor_never_takes_the_place_of_a_gpu(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As onnxruntime lets it where the provider is there, and a library or the driver is not."""
    monkeypatch.setattr(Device, "check", lambda *_: None)
    needed = (
        r"^device cuda: no GPU that answers \(.+\), need an NVIDIA GPU with its driver, CUDA \d+ "
        r"and cuDNN 9 \(or --device cpu\)$"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # onnxruntime says that it falls back
        with pytest.raises(EncoderError, match=needed):
            Encoder.open(encoder.path, device="cuda")


@pytest.mark.parametrize("taken", [True, False])
def test_parts_of_a_gpu_are_done_again(
    tones: Path, encoder: Encoder, elsewhere: Encoder, taken: bool
) -> None:
    extract(tones, tones / "honest.h5", encoder=encoder)
    out = tones / "out.h5"
    with stopped_before_the_merge(out):
        extract(tones, out, encoder=encoder if taken else elsewhere)
    parts = sorted((tones / "out.h5.parts").glob("0*.h5"))
    for path in parts:
        table = PartFile.open(path)
        table.features = table.features + 1
        table.write(path)
    extract(tones, out, encoder=encoder)
    found, honest = (FeatureFile.open(path).features for path in (out, tones / "honest.h5"))
    np.testing.assert_array_equal(found, honest + 1 if taken else honest)
    if not taken:
        assert contents(out) == contents(tones / "honest.h5")


def test_batches_are_as_large_as_the_device_takes() -> None:
    generator = np.random.default_rng(0)
    lengths = generator.integers(100, 12000, 200)
    frames = {row: np.zeros((length, 1), np.float32) for row, length in enumerate(lengths)}
    sizes = {}
    for name, one in DEVICES.items():
        found = [*one.batches(frames.items())]
        padded = [len(batch) * max(map(len, batch.values())) for batch in found]
        assert {row for batch in found for row in batch} == {*frames}
        assert all(
            size <= one.batch_frames or len(batch) == 1
            for size, batch in zip(padded, found, strict=True)
        )
        sizes[name] = np.mean(padded)
    assert sizes["cuda"] > 2 * sizes["cpu"]
