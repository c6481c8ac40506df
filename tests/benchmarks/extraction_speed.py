"""Speed of extraction beside its own floor and beside openSMILE, in one run on the same files.

``python tests/benchmarks/extraction_speed.py`` (or ``make benchmark``). Files are 16 kHz WAVs made
from the corpora that DSF_CORPORA names, else from the demo corpus. Figures are times real time;
the floor is the bare onnxruntime calls on ready-made inputs of the same batches, as many at once.
What a level takes of the CPU is counted beside it, which other work on the machine disturbs less.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import opensmile as smile
import soundfile
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray

from deepspectrum_features import Corpus, Encoder, extract, functionals
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.stored_frames import store_frames
from deepspectrum_features.corpus.stored_sound import store_sound
from deepspectrum_features.encoder.batching import batches, pad
from deepspectrum_features.encoder.functionals import Functionals
from deepspectrum_features.encoder.signature import FUNCTIONALS_OUTPUTS
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.networks import build_network
from deepspectrum_features.recipe import PRESETS, OpensmileLld, Recipe
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.sound.opensmile_engine import FEATURE_SETS
from deepspectrum_features.sound.waveform import resample
from deepspectrum_features.training.exporting import to_onnx
from deepspectrum_features.training.metadata import encoder_metadata

JOBS, SECONDS, REPEATS = 2, 2400.0, 3

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
#: Systems that read openSMILE's descriptors.
DESCRIPTOR_SYSTEMS = [
    (system, size)
    for system in ("zhao2018-interspeech", "xie2019-taslp")
    for size in ("paper", "compact")
]
#: What an extraction asks a graph for.
OUTPUTS = {"embedding": ("embedding", "logits"), "functionals": FUNCTIONALS_OUTPUTS}


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = make_wavs(folder / "wav")
        seconds = sum(corpus.seconds(one) for one in corpus.utterances)
        print(f"{len(corpus.utterances)} files, {seconds:.0f} s, {JOBS} jobs, median of {REPEATS}")
        for title, encoder in encoders(folder).items():
            floor, whole = bare(corpus, encoder), extraction(corpus, encoder, folder / "out.h5")
            show(f"{title}: bare onnxruntime", seconds / floor)
            note = f"{whole / floor:.2f} of the floor's time"
            show(f"{title}: dsf extract", seconds / whole, note)
            show_milliseconds(corpus, encoder, folder / "out.h5")
        fewer = some(corpus)
        seconds = sum(fewer.seconds(one) for one in fewer.utterances)
        print(f"openSMILE on {len(fewer.utterances)} of the files, {seconds:.0f} s")
        for feature_set, name in FEATURE_SETS.items():
            theirs = opensmile(fewer, name)
            ours = our_functionals(fewer, feature_set, folder / "functionals.h5")
            show(f"{name}: opensmile-python", seconds / theirs)
            show(f"{name}: dsf functionals", seconds / ours, f"{ours / theirs:.2f} of that time")
        show_descriptor_systems(fewer, folder)


def show_descriptor_systems(corpus: Corpus, folder: Path) -> None:
    """Print how fast systems on openSMILE's descriptors are, with frames made before and anew."""
    seconds = sum(corpus.seconds(one) for one in corpus.utterances)
    front_end = make_front_end(OpensmileLld())
    ready = store_frames(store_sound(corpus, folder / "sound"), front_end, folder / "frames", JOBS)
    alone = descriptors(corpus)
    print(f"descriptors of the same files, {seconds:.0f} s")
    show("descriptors alone", seconds / alone)
    for system, preset in DESCRIPTOR_SYSTEMS:
        encoder = fresh_encoder(PRESETS[system][preset], folder / f"{system}-{preset}.onnx")
        show(f"{system} {preset}", seconds / bare(ready, encoder), "bare onnxruntime")
        show("", seconds / extraction(ready, encoder, folder / "out.h5"), "frames made before")
        whole = extraction(corpus, encoder, folder / "out.h5")
        show("", seconds / whole, f"end to end, {alone / whole:.2f} of the descriptors' speed")


def show(what: str, speed: float, note: str = "") -> None:
    """Print one row."""
    print(f"{what:<36}{speed:8.0f} x real time  {note}")


def show_milliseconds(corpus: Corpus, encoder: Encoder, out: Path) -> None:
    """Print what the CPU does for a second of sound, in all by one job (others count their own)."""
    seconds = sum(corpus.seconds(one) for one in corpus.utterances)
    sounds = [
        segment.waveform
        for _, segment in read_utterances(corpus, corpus.utterances)
        if not isinstance(segment, AudioError)
    ]
    ready, outputs = batches_of(corpus, encoder), OUTPUTS[encoder.level]
    steps: dict[str, Callable[[], object]] = {
        "in all": lambda: extract(corpus, out, encoder=encoder, jobs=1, overwrite=True),
        "front end": lambda: [encoder.front_end.frames(sound, 16000) for sound in sounds],
        "graph": lambda: [encoder.run(*one, outputs) for one in ready],
    }
    if table := encoder.stated.functionals:
        compute = Functionals(table, encoder.step_seconds)
        streams = [[*streams_of(encoder, *one)] for one in ready]
        steps["statistics"] = lambda: [compute.of_each(one) for one in streams]
    times = (f"{name} {1000 * processor(step) / seconds:.2f}" for name, step in steps.items())
    print(f"{'':<36}ms of CPU a second: {', '.join(times)}")


def streams_of(
    encoder: Encoder, *batch: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the streams and masks of every utterance in a batch."""
    found = encoder.run(*batch, FUNCTIONALS_OUTPUTS)
    for streams, masks, frames in zip(found["streams"], found["masks"], batch[1], strict=True):
        yield streams[:frames], masks[:frames]


def processor(work: Callable[[], object]) -> float:
    """Run the work a few times; return the least that it took of the CPU, in seconds."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def median(work: Callable[[], object]) -> float:
    """Run the work a few times; return the median in seconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def make_wavs(folder: Path) -> Corpus:
    """Write 16 kHz WAVs until there is enough sound."""
    folder.mkdir()
    place = os.environ.get("DSF_CORPORA")
    source = Path(place) / "nemo" if place else Path(__file__).parents[2] / "data" / "demo"
    corpus = Corpus.read(source)
    step = max(1, int(len(corpus.utterances) * 2.5 / SECONDS))
    chosen = corpus.utterances[::step]
    for row, segment in read_utterances(corpus, chosen):
        if isinstance(segment, AudioError):
            raise segment
        sound = np.clip(resample(segment.waveform, segment.sample_rate, 16000), -1, 1)
        soundfile.write(folder / f"{row:05d}.wav", sound, 16000, subtype="PCM_16")
    return Corpus.read(folder).scan()


def encoders(folder: Path) -> dict[str, Encoder]:
    """Return the paper-sized encoder, and both levels as they are bundled."""
    return {
        "paper": fresh_encoder(PRESETS["zhao2018-asmmc"]["paper"], folder / "paper.onnx"),
        "embedding": Encoder.open("zhao2018-asmmc-compact-nemo"),
        "functionals": Encoder.open("spectral-functionals"),
    }


def fresh_encoder(recipe: Recipe, path: Path) -> Encoder:
    """Export a recipe's network with fresh weights."""
    torch.manual_seed(0)
    network = build_network(recipe, 6)
    metadata = encoder_metadata(
        network, recipe, name=path.stem, licence="none", classes=list("abcdef")
    )
    return to_onnx(network, path, metadata)


def extraction(corpus: Corpus, encoder: Encoder, out: Path) -> float:
    """Time a whole extraction: headers, decoding, front end, encoder, file."""
    return median(lambda: extract(corpus, out, encoder=encoder, jobs=JOBS, overwrite=True))


def bare(corpus: Corpus, encoder: Encoder) -> float:
    """Time the encoder alone on the batches that an extraction runs, ready in memory."""
    ready, outputs = batches_of(corpus, encoder), OUTPUTS[encoder.level]

    def work() -> None:
        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(lambda one: encoder.run(*one, outputs), ready))

    return median(work)


def batches_of(corpus: Corpus, encoder: Encoder) -> list[Batch]:
    """Return the padded frames and lengths that an extraction gives to the graph."""
    ready = []
    for part in make_plan(corpus, EncoderWorker(encoder).options).parts:
        frames = {
            row: segment.frames(encoder.front_end)
            for row, segment in read_utterances(corpus, part.utterances)
            if not isinstance(segment, AudioError)
        }
        for batch in batches({row: len(one) for row, one in frames.items()}):
            ready.append(pad([frames[row] for row in batch]))
    return ready


def some(corpus: Corpus, seconds: float = 900.0) -> Corpus:
    """Return the first files of a corpus, a quarter of an hour of them."""
    lengths = np.cumsum([corpus.seconds(one) for one in corpus.utterances])
    count = int(np.searchsorted(lengths, seconds)) + 1
    return replace(corpus, utterances=corpus.utterances[:count])


def descriptors(corpus: Corpus) -> float:
    """Time nothing but openSMILE's descriptors of files, with a process a job."""
    parts = [one for one in (corpus.utterances[job::JOBS] for job in range(JOBS)) if one]

    def work() -> None:
        Parallel(JOBS)(delayed(frame)(replace(corpus, utterances=one)) for one in parts)

    return median(work)


def frame(corpus: Corpus) -> None:
    """Compute the descriptors of a corpus, and keep none."""
    front_end = make_front_end(OpensmileLld())
    for _, segment in read_utterances(corpus, corpus.utterances):
        if not isinstance(segment, AudioError):
            segment.frames(front_end)


def opensmile(corpus: Corpus, name: str) -> float:
    """Time opensmile-python on files, with a process a job."""
    engine = smile.Smile(
        feature_set=getattr(smile.FeatureSet, name), num_workers=JOBS, multiprocessing=True
    )
    files = [str(corpus.root / one.file) for one in corpus.utterances]
    return median(lambda: engine.process_files(files))


def our_functionals(corpus: Corpus, feature_set: str, out: Path) -> float:
    """Time a whole `dsf functionals`."""
    return median(
        lambda: functionals(corpus, out, feature_set=feature_set, jobs=JOBS, overwrite=True)
    )


if __name__ == "__main__":
    main()
