"""Speed of extraction on a GPU beside the processor's, and how far their numbers agree.

``python tests/benchmarks/gpu_speed.py`` (or ``make benchmark-gpu``), on the files of
``extraction_speed.py``, medians of three. Where there is no GPU it says so in one line.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from extraction_speed import SOME
from joblib import cpu_count
from made_encoders import encoders, fresh_encoder
from measured import median
from recordings import make_wavs, seconds_of

from deepspectrum_features import Corpus, Encoder, FeatureFile, extract
from deepspectrum_features.errors import EncoderError
from deepspectrum_features.recipe import PRESETS

#: What features of the two may differ by, relative and absolute.
ALLOWED = (1e-3, 1e-4)


def main() -> None:
    """Measure and print the table."""
    try:
        Encoder.open(device="cuda")
    except EncoderError as error:
        print(f"nothing measured: {error}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = make_wavs(folder / "wav", seconds=SOME)
        seconds = seconds_of(corpus)
        print(f"{len(corpus.utterances)} files, {seconds:.0f} s, {cpu_count()} CPUs")
        attending = PRESETS["zhao2019-access"]["paper"]
        found = encoders(folder) | {"cells": fresh_encoder(attending, folder / "cells.onnx")}
        for title, encoder in found.items():
            compare(title, encoder, corpus, folder)


def compare(title: str, encoder: Encoder, corpus: Corpus, folder: Path) -> None:
    """Print the speed of an encoder on both devices, and the agreement of its numbers."""
    seconds = seconds_of(corpus)
    outs = {}
    for device, jobs in (("cpu", cpu_count()), ("cuda", 1), ("cuda", cpu_count())):
        one, out = encoder.at(None, device), folder / f"{title}-{device}-{jobs}.h5"

        def work(one: Encoder = one, out: Path = out, jobs: int = jobs) -> None:
            extract(corpus, out, encoder=one, jobs=jobs, overwrite=True)

        work()  # a GPU's first batches choose their kernels
        print(f"{f'{title}: {device}, {jobs} jobs':<46}{seconds / median(work):8.0f} x real time")
        outs[device, jobs] = FeatureFile.open(out).features
    ours, alone, theirs = outs.values()
    relative, absolute = ALLOWED
    share = np.max(np.abs(theirs - ours) / (absolute + relative * np.abs(ours)))
    same = "the same bits" if np.array_equal(alone, theirs) else "other bits"
    print(f"{'':<46}largest difference {share:.2f} of what is allowed; 1 job gives {same}")


if __name__ == "__main__":
    main()
