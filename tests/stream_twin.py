"""Streams and masks written out in float64, frame by frame, from their definitions."""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

Array = NDArray[np.float64]
BIN_HZ, LONG_BIN_HZ, FLOOR = 31.25, 15.625, 1e-10
HZ = BIN_HZ * np.arange(257)


def twin(frames: NDArray[np.float32]) -> tuple[dict[str, Array], NDArray[np.bool_]]:
    """Return the streams ``(frames,)`` and masks ``(frames, 3)`` of one utterance's frames."""
    power, long = np.split(frames.astype(np.float64), [257], axis=1)
    sounding = np.array([row.any() for row in power])
    ideas = (band_streams, shape_streams, cepstrum, formants)
    rows = [{name: one for idea in ideas for name, one in idea(row).items()} for row in power]
    streams = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    whole = whole_frames(streams["energy"], sounding)
    streams |= {"flux": flux(power, whole), **pitch(long, whole)}
    streams |= voice(long, streams["f0"], streams["voicing"])
    masks = masks_of(streams["energy"], streams["voicing"], whole)
    return {name: np.where(sounding, values, 0) for name, values in streams.items()}, masks


def whole_frames(energy: Array, sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out the two frames next to a silent one, and a third that zeros just reach.

    Frame t is 160 t to 160 t + 400. With zeros from sample 1000 on, 5 (800 to 1200) and 6 (960 to
    1360) are next to a silent one; 4 (640 to 1040) is cut too, and 6, of 40 samples, is faint.
    """
    whole = sounding.copy()
    for frame in np.flatnonzero(sounding):
        around = range(max(frame - 2, 0), min(frame + 3, len(sounding)))
        if not all(sounding[other] for other in around):
            whole[frame] = False
        last = frame + 1 < len(sounding) and not sounding[frame + 1]
        if last and frame >= 2 and energy[frame] < energy[frame - 1] - 3.4:
            whole[frame - 2] = False
    return whole if whole.any() else sounding if sounding.any() else np.ones_like(sounding)


def band_streams(power: Array) -> dict[str, float]:
    """Sum bins by their frequency."""

    def level(low: float, high: float) -> float:
        return float(np.log(sum(power[(low <= HZ) & (high > HZ)] + FLOOR)))

    low, middle, high = level(250, 1000), level(1000, 5000), level(5000, 9000)
    return {
        "energy": level(0, 9000),
        "low_mid_ratio": low - middle,
        "mid_high_ratio": middle - high,
    }


def shape_streams(power: Array) -> dict[str, float]:
    """Take the spectrum for a distribution over frequency."""
    power = power + FLOOR
    share, khz = power / power.sum(), HZ / 1000
    centroid = np.average(khz, weights=share)
    ends = np.append(np.arange(4, 257, 4), 257) - 0.5  # of bands of four bins, and one of one
    below = np.array([share[: int(end + 0.5)].sum() for end in ends])
    ends[-1] = 259.5  # which counts as wide as the others
    return {
        "centroid": centroid,
        "spread": np.sqrt(np.average((khz - centroid) ** 2, weights=share)),
        "entropy": -np.sum(share * np.log(share)),
        **slopes(np.log(power)),
        "flatness": np.log(np.exp(np.log(power).mean()) / power.mean()),
        "rolloff": np.interp(0.85, [0, *below], [-0.5, *ends]) * BIN_HZ / 1000,
    }


def slopes(level: Array) -> dict[str, float]:
    """Put straight lines through the level in three bands."""
    found = {}
    for name, low, high in (("0_500", 30, 500), ("500_1500", 500, 1500), ("1500_5000", 1500, 5000)):
        inside = (low <= HZ) & (high >= HZ)
        found[f"slope_{name}"] = np.polyfit(HZ[inside] / 1000, level[inside], 1)[0]
    return found


def flux(power: Array, whole: NDArray[np.bool_]) -> Array:
    """Measure how far amplitudes of length 1 move, from a whole frame on or else to one."""
    amplitude = np.sqrt((power + FLOOR) / (power + FLOOR).sum(axis=1, keepdims=True))
    found = np.zeros(len(power))
    for frame in range(len(power)):
        for other in (frame + 1, frame - 1):
            if 0 <= other < len(power) and whole[other]:
                found[frame] = np.linalg.norm(amplitude[frame] - amplitude[other])
    return found


def cepstrum(power: Array) -> dict[str, float]:
    """Build every triangle of 64 on the HTK scale, and transform their logarithms."""
    edges = 700 * (10 ** (np.linspace(0, np.log10(1 + 8000 / 700), 66)) - 1)
    bands = []
    for low, top, high in zip(edges, edges[1:], edges[2:], strict=False):
        rise, fall = (HZ - low) / (top - low), (high - HZ) / (high - top)
        bands.append(np.sum(power * np.clip(np.minimum(rise, fall), 0, None)))
    found = scipy.fft.dct(np.log(np.array(bands) + FLOOR), norm="ortho")
    found[0] *= np.sqrt(2)
    return {f"cepstrum_{number:02d}": found[number] for number in range(20)}


def formants(power: Array) -> dict[str, float]:
    """Solve for 12 coefficients up to 5.5 kHz, and walk along the envelope's maxima."""
    hertz = HZ[:177]
    emphasised = (power[:177] + FLOOR) * np.abs(1 - 0.97 * np.exp(-2j * np.pi * hertz / 16000)) ** 2
    correlation = np.fft.irfft(emphasised)[:13]
    correlation *= np.exp(-0.5 * (2 * np.pi * 40 / 11000 * np.arange(13)) ** 2) / correlation[0]
    correlation[0] += 1e-4
    predictor = scipy.linalg.solve_toeplitz(correlation[:12], -correlation[1:])
    grid = np.arange(0, 5501, 50)
    filtered = np.polyval([*predictor[::-1], 1], np.exp(-2j * np.pi * grid / 11000))
    level = -np.log(np.abs(filtered) ** 2 + 1e-9)
    peaks = [k for k in range(4, 110) if level[k - 1] < level[k] >= level[k + 1]]
    found = {}
    for number, neutral in ((1, 0.5), (2, 1.5), (3, 2.5)):
        found |= {f"f{number}": neutral, f"f{number}_level": 0.0}
        if number <= len(peaks):
            below, here, above = level[peaks[number - 1] - 1 : peaks[number - 1] + 2]
            offset = np.clip((above - below) / 2 / max(2 * here - below - above, 1e-6), -0.5, 0.5)
            found |= {f"f{number}": 0.05 * (peaks[number - 1] + offset)}
            found |= {f"f{number}_level": here}
    return found


def pitch(power: Array, whole: NDArray[np.bool_]) -> dict[str, Array]:
    """Look for the best lag of a weighted mean over time, then for the frame's own nearby."""
    octaves = np.arange(-1, 149) / 48
    lags = 32 * 2.0**octaves  # samples; 500 Hz and a step more, down to 60 Hz and less
    hertz = LONG_BIN_HZ * np.arange(289)
    weights = long_weights()
    window = scipy.signal.get_window("hann", 640)
    own = np.correlate(window, window, "full")[639:]
    own = np.interp(lags, np.arange(640), own / own[0]) + 1e-3
    cosines = np.cos(2 * np.pi * hertz[:, None] * lags / 16000)
    level = power @ weights
    heights = (weights * power) @ cosines / own - 0.02 * octaves * level[:, None]
    f0, voicing = [], []
    for frame in range(len(power)):
        others = [n for n in range(frame - 2, frame + 3) if 0 <= n < len(power) and whole[n]]
        count = np.array([3 - abs(n - frame) for n in others]) / np.sqrt(level[others] + 1e-8)
        together, weight = count @ heights[others], count @ level[others]
        best = 1 + np.argmax(together[1:-1])
        left, middle, right = together[best - 1 : best + 2]
        bend = max(2 * middle - left - right, 1e-6)
        top = middle + (right - left) * np.clip((right - left) / (2 * bend), -0.5, 0.5) / 4
        height = (top + 0.02 * octaves[best] * weight) / (weight + 1e-4)
        peaked = together[best] >= max(together[best - 1], together[best + 1])
        voicing.append(np.clip(height, 0, 1) * peaked)
        here = (heights[frame] + 0.02 * octaves * level[frame]) / (level[frame] + 1e-8)
        near = np.arange(max(best - 3, 1), min(best + 3, 148) + 1)
        peak = near[np.argmax(here[near])]
        left, middle, right = here[peak - 1 : peak + 2]
        bend = max(2 * middle - left - right, 1e-6)
        offset = np.clip((right - left) / (2 * bend), -0.5, 0.5)
        f0.append(np.log2(500 / 100) - (peak - 1 + offset) / 48)
    return {"f0": np.array(f0), "voicing": np.array(voicing)}


def long_weights() -> Array:
    """Return what the long window's bins count: less below 60 Hz and above 3.5 kHz."""
    hertz = LONG_BIN_HZ * np.arange(289)
    weights = np.interp(hertz, [25, 60, 3500, 4500], [0, 1, 1, 0])
    return weights * np.r_[1, np.full(288, 2)]


def voice(power: Array, f0: Array, voicing: Array) -> dict[str, Array]:
    """Compute what tells of the voice, frame by frame."""
    weights, level = long_weights(), np.log(power + 1e-9)
    periods = np.arange(32, 267, 2)  # samples, 500 to 60 Hz
    prominence, difference = [], []
    for row, octaves in zip(level, f0, strict=True):
        centred = row - np.average(row, weights=weights)
        angle = 2 * np.pi * LONG_BIN_HZ / 16000 * np.arange(289)
        cepstrum = [np.average(centred * np.cos(angle * one), weights=weights) for one in periods]
        line = np.polyval(np.polyfit(periods, cepstrum, 1), periods)
        prominence.append(np.max(cepstrum - line))
        first, second = (round(n * 100 * 2**octaves / LONG_BIN_HZ) for n in (1, 2))
        difference.append(row[first - 1 : first + 2].max() - row[second - 1 : second + 2].max())
    hnr = np.log((voicing + 0.02) / (1.02 - voicing))
    return {"hnr": hnr, "cpp": np.array(prominence), "h1_h2": np.array(difference)}


def masks_of(energy: Array, voicing: Array, whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark what is voiced, active and whole."""
    active = whole & (energy > np.percentile(energy[whole], 95) - 6)
    active = active if active.sum() >= 10 else whole
    voiced = active & (voicing > 0.5)
    voiced = voiced if voiced.sum() >= 10 else active
    return np.stack([voiced, active, whole], axis=1)
