"""What bounds extraction: the bare onnxruntime calls of the same batches, and where the CPU goes.

``python tests/benchmarks/extraction_shares.py`` (a part of ``make benchmark``), on the files of
``extraction_speed.py``, inside one process that is warm. The floor is the network alone on
ready-made inputs, two batches at once. What each step takes of the CPU is counted alone; what is
left of the whole is headers, threads and processes, parts, and the feature file.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from extraction_speed import FEW, JOBS, ON_DESCRIPTORS, SIZES, SOME
from joblib import Parallel, delayed
from made_encoders import encoders, fresh_encoder
from measured import REPEATS, median
from numpy.typing import NDArray
from recordings import make_wavs, seconds_of

from deepspectrum_features import Corpus, Encoder, extract
from deepspectrum_features.corpus.reading import read_utterances
from deepspectrum_features.corpus.stored_frames import store_frames
from deepspectrum_features.corpus.stored_sound import store_sound
from deepspectrum_features.encoder.batching import batches, pad
from deepspectrum_features.encoder.functionals import Functionals
from deepspectrum_features.encoder.signature import FUNCTIONALS_OUTPUTS
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.encoder_worker import EncoderWorker
from deepspectrum_features.extraction.plan import make_plan
from deepspectrum_features.recipe import PRESETS, OpensmileLld
from deepspectrum_features.sound import make_front_end
from deepspectrum_features.sound.waveform import resample

Batch = tuple[NDArray[np.float32], NDArray[np.int64]]
#: What an extraction asks a graph for.
OUTPUTS = {"embedding": ("embedding", "logits"), "functionals": FUNCTIONALS_OUTPUTS}
STEPS = ("decode", "resample", "front end", "network", "statistics")


def main() -> None:
    """Measure and print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpora = {rate: make_wavs(folder / f"{rate}", rate, SOME) for rate in (16000, 48000)}
        found = encoders(folder)
        floors(corpora[16000], found, folder)
        shares(corpora, found, folder)
        descriptor_systems(make_wavs(folder / "few", 16000, FEW), folder)


def floors(corpus: Corpus, found: dict[str, Encoder], folder: Path) -> None:
    """Print how near an extraction comes to its network alone."""
    seconds = seconds_of(corpus)
    print(f"{len(corpus.utterances)} files, {seconds:.0f} s, times real time\n")
    print("| | network alone | extraction | of the network's speed |\n|---|---:|---:|---:|")
    for title, encoder in found.items():
        floor, whole = bare(corpus, encoder), extraction(corpus, encoder, folder / "out.h5")
        print(
            f"| {title} | {seconds / floor:.0f} | {seconds / whole:.0f} | {floor / whole:.2f} |",
            flush=True,
        )


def shares(corpora: dict[int, Corpus], found: dict[str, Encoder], folder: Path) -> None:
    """Print what the CPU does for an hour of sound, step by step; the whole is of one job."""
    print("\nseconds of CPU an hour of sound\n")
    print(f"| | in all | {' | '.join(STEPS)} | the rest |\n|---|{'---:|' * (len(STEPS) + 2)}")
    for rate, corpus in corpora.items():
        for title, encoder in found.items():
            whole, taken = processor_seconds(corpus, encoder, folder / "out.h5")
            each = " | ".join(f"{taken[one]:.2f}" if one in taken else "" for one in STEPS)
            print(
                f"| {title}, {rate // 1000} kHz | {whole:.2f} | {each} "
                f"| {whole - sum(taken.values()):.2f} |",
                flush=True,
            )


def processor_seconds(
    corpus: Corpus, encoder: Encoder, out: Path
) -> tuple[float, dict[str, float]]:
    """Return the CPU seconds an hour of a whole extraction, and of each step."""
    hours = seconds_of(corpus) / 3600
    taken = {name: processor(work) / hours for name, work in steps(corpus, encoder)}
    whole = processor(lambda: extract(corpus, out, encoder=encoder, jobs=1, overwrite=True))
    return whole / hours, taken


def steps(corpus: Corpus, encoder: Encoder) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the steps of an extraction, each on what the one before made."""
    wanted = encoder.front_end.sample_rate
    yield "decode", lambda: sounds_of(corpus)
    decoded = sounds_of(corpus)
    yield "resample", lambda: [resample(*one, wanted) for one in decoded]
    sounds = [resample(*one, wanted) for one in decoded]
    yield "front end", lambda: [encoder.front_end.frames(sound, wanted) for sound in sounds]
    ready, outputs = batches_of(corpus, encoder), OUTPUTS[encoder.level]
    yield "network", lambda: [encoder.run(*one, outputs) for one in ready]
    if table := encoder.stated.functionals:
        compute = Functionals(table, encoder.step_seconds)
        streams = [[*streams_of(encoder, *one)] for one in ready]
        yield "statistics", lambda: [compute.of_each(one) for one in streams]


def sounds_of(corpus: Corpus) -> list[tuple[NDArray[np.float32], int]]:
    """Return the samples of every recording, and their rate."""
    return [
        (segment.waveform, segment.sample_rate)
        for _, segment in read_utterances(corpus, corpus.utterances)
        if not isinstance(segment, AudioError)
    ]


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


def descriptor_systems(corpus: Corpus, folder: Path) -> None:
    """Print how fast systems on openSMILE's descriptors are, with frames made before and anew."""
    seconds, front_end = seconds_of(corpus), make_front_end(OpensmileLld())
    ready = store_frames(store_sound(corpus, folder / "sound"), front_end, folder / "frames", JOBS)
    alone, out = descriptors(corpus), folder / "out.h5"
    print(
        f"\n{seconds:.0f} s, times real time; openSMILE's descriptors alone {seconds / alone:.0f}"
    )
    print("\n| | network alone | descriptors there | in all | of the descriptors' speed |")
    print("|---|---:|---:|---:|---:|")
    for system in ON_DESCRIPTORS:
        for size in SIZES:
            encoder = fresh_encoder(PRESETS[system][size], folder / f"{system}-{size}.onnx")
            floor, stored = bare(ready, encoder), extraction(ready, encoder, out)
            whole = extraction(corpus, encoder, out)
            print(
                f"| {system}, {size} | {seconds / floor:.0f} | {seconds / stored:.0f} "
                f"| {seconds / whole:.0f} | {alone / whole:.2f} |",
                flush=True,
            )


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


if __name__ == "__main__":
    main()
