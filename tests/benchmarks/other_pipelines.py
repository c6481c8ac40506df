"""What others do with a folder of recordings, as plain scripts do it; nothing here is tuned.

``python other_pipelines.py eGeMAPSv02|ComParE_2016|librosa|deepspectrum FOLDER OUT.npy`` with two
workers: opensmile-python's functionals; a loop over files with librosa's log mel bands and a
network in torch; a picture of the spectrogram for every second, drawn by matplotlib, through VGG16
to its second dense layer, as in DeepSpectrum (Amiriparian et al., Interspeech 2017,
doi 10.21437/Interspeech.2017-434). VGG16's weights are random: they cost the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

JOBS = 2
RATE = 16000
#: Channels of VGG16's convolutions (Simonyan and Zisserman 2015, configuration D); None pools.
VGG16 = (
    *(64, 64, None, 128, 128, None, 256, 256, 256, None),
    *(512, 512, 512, None, 512, 512, 512, None),
)
PIXELS = 224


def main(what: str, folder: str, out: str) -> None:
    """Write what a pipeline makes of the WAVs of a folder."""
    files = sorted(Path(folder).glob("*.wav"))
    parts = [files[job::JOBS] for job in range(JOBS)]
    if what in ("librosa", "deepspectrum"):
        work = mel_and_network if what == "librosa" else pictures_through_vgg16
        found = Parallel(JOBS)(delayed(work)(one) for one in parts)
        np.save(out, np.concatenate(found))
    else:
        np.save(out, opensmile_functionals(what, files))


def opensmile_functionals(feature_set: str, files: Sequence[Path]) -> NDArray[Any]:
    """Return a row of functionals for each file."""
    import opensmile

    engine = opensmile.Smile(
        feature_set=getattr(opensmile.FeatureSet, feature_set),
        num_workers=JOBS,
        multiprocessing=True,
    )
    found: NDArray[Any] = engine.process_files([str(file) for file in files]).to_numpy()
    return found


def mel_and_network(files: Sequence[Path]) -> NDArray[Any]:
    """Return an embedding of each file, by the compact network of Zhao et al. 2018."""
    import librosa
    import torch

    from deepspectrum_features.networks import build_network
    from deepspectrum_features.recipe import PRESETS

    torch.set_num_threads(1)
    network = build_network(PRESETS["zhao2018-asmmc"]["compact"], 6).eval()
    rows = []
    for file in files:
        sound, _ = librosa.load(file, sr=RATE)
        power = librosa.feature.melspectrogram(
            y=sound, sr=RATE, n_fft=512, win_length=400, hop_length=160, n_mels=40, center=False
        )
        bands = torch.from_numpy(np.log(power + 1e-10).T[None])  # (1, frames, bands)
        with torch.inference_mode():
            rows.append(network.forward_features(bands, torch.tensor([bands.shape[1]])).embedding)
    return torch.cat(rows).numpy()


def pictures_through_vgg16(files: Sequence[Path]) -> NDArray[Any]:
    """Return 4096 numbers for every second of every file."""
    import librosa
    import torch

    torch.set_num_threads(1)
    network, rows = vgg16(), []
    for file in files:
        sound, _ = librosa.load(file, sr=RATE)
        for begin in range(0, len(sound), RATE):
            pixels = torch.from_numpy(picture(sound[begin : begin + RATE]))
            with torch.inference_mode():
                rows.append(network(pixels[None]))
    return torch.cat(rows).numpy()


def vgg16() -> Any:
    """Build VGG16 to its second dense layer."""
    from torch import nn

    layers: list[nn.Module] = []
    channels = 3
    for wanted in VGG16:
        if wanted is None:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, wanted, 3, padding=1), nn.ReLU()]
            channels = wanted
    dense = [nn.Flatten(), nn.Linear(7 * 7 * channels, 4096), nn.ReLU(), nn.Linear(4096, 4096)]
    return nn.Sequential(*layers, *dense).eval()


def picture(sound: NDArray[Any]) -> NDArray[np.float32]:
    """Draw a mel spectrogram: ``(3, pixels, pixels)`` between 0 and 1."""
    import librosa
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    power = librosa.feature.melspectrogram(y=sound, sr=RATE, n_mels=128)
    figure = Figure(figsize=(PIXELS / 100, PIXELS / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.imshow(librosa.power_to_db(power), origin="lower", aspect="auto", cmap="viridis")
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[:, :, :3]
    return np.ascontiguousarray(drawn.transpose(2, 0, 1), dtype=np.float32) / 255


if __name__ == "__main__":
    main(*sys.argv[1:])
