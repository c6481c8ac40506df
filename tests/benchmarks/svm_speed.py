"""Speed and memory of the support vector machine on a corpus of nEMO's size.

``python tests/benchmarks/svm_speed.py [ROWS] [COLUMNS] [JOBS]``: 4481 rows of 6373 columns, 6
classes and 9 speakers, made up; leave one speaker out, C chosen inside each fold, as many folds at
once as there are jobs (2). Beside it a single inner fit, for a single C, the plain way of
scikit-learn, and what all of them would take: there are 9 times 5 times 6, and 9 at the end.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import Any

import joblib
import numpy as np
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from deepspectrum_features.baselines.classifiers.svm import SVM

CLASSES, SPEAKERS, FACTORS = 6, 9, 200
Table = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]


def main(rows: int = 4481, columns: int = 6373, jobs: int = 2) -> None:
    """Measure and print."""
    table = features, labels, speakers = corpus(rows, columns)
    print(f"{rows} rows, {columns} columns ({features.nbytes / 1e6:.0f} MB), {jobs} jobs")
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    began, used = time.perf_counter(), processor_seconds()
    folds = joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(fold)(table, speaker) for speaker in range(SPEAKERS)
    )
    seconds = time.perf_counter() - began
    get_reusable_executor().shutdown(wait=True)  # the seconds of a child count when it has ended
    used = processor_seconds() - used
    right = np.concatenate([guess == labels[speakers == name] for name, guess, _, _ in folds])
    peaks = {process: kilobytes for _, _, process, kilobytes in folds}
    peaks[os.getpid()] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"all {SPEAKERS} folds: {seconds:.0f} s, {used:.0f} s of processor time")
    each = " + ".join(f"{kilobytes / 1e6:.2f}" for kilobytes in peaks.values())
    print(f"peak memory: {each} = {sum(peaks.values()) / 1e6:.2f} GB, the table counted in each")
    print(f"accuracy: {right.mean():.3f} (chance {1 / CLASSES:.3f})")

    fitted = speakers > 2  # two thirds of the rows, as in an inner fold
    began, before = time.perf_counter(), processor_seconds()
    machine = SVC(kernel="linear", C=1 / columns, class_weight="balanced")
    make_pipeline(StandardScaler(), machine).fit(features[fitted], labels[fitted])
    once, once_used = time.perf_counter() - began, processor_seconds() - before
    fits = SPEAKERS * (5 * 6 + 1)
    print(f"scikit-learn, one inner fit: {once:.1f} s, {once_used:.1f} s of processor time")
    print(f"{fits} of them: {fits * once_used / used:.0f} x the processor time of all folds above")


def corpus(rows: int, columns: int) -> Table:
    """Return features of few factors, as functionals have, with classes and speakers in them."""
    rng = np.random.default_rng(0)
    labels, speakers = np.arange(rows) % CLASSES, np.arange(rows) * SPEAKERS // rows
    factors = rng.standard_normal((rows, FACTORS))
    factors += 0.1 * rng.standard_normal((CLASSES, FACTORS))[labels]
    factors += 0.5 * rng.standard_normal((SPEAKERS, FACTORS))[speakers]
    weights = rng.standard_normal((FACTORS, columns)) / np.sqrt(1 + np.arange(FACTORS))[:, None]
    features = factors @ weights + rng.standard_normal((rows, columns))
    return (features * 10.0 ** rng.uniform(-3, 3, columns)).astype(np.float32), labels, speakers


def fold(table: Table, speaker: int) -> tuple[int, Any, int, int]:
    """Predict one speaker from all others; also the process and its peak memory in kB."""
    features, labels, speakers = table
    held = speakers == speaker
    model = SVM().fit(features[~held], labels[~held], groups=speakers[~held])
    guess = model.predict(features[held])
    return speaker, guess, os.getpid(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def processor_seconds() -> float:
    """Return what this process and the children that have ended have used."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
