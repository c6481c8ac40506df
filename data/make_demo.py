"""Make the demo corpus ``data/demo``: 48 synthetic utterances, 4 voices, 4 emotions.

Run ``python data/make_demo.py``. A glottal source (pulses of Klatt and Klatt, 1990, J. Acoust.
Soc. Am. 87, with jitter, shimmer and breath noise) is filtered by formant resonators that glide
between the targets of nonsense syllables; shaped noise makes the fricatives and stops.

The emotions differ in mean and range of F0, tempo, pauses, level, spectral tilt, jitter and
breathiness, in the directions reported by Banse and Scherer (1996, J. Pers. Soc. Psychol. 70)
and Juslin and Laukka (2003, Psychol. Bull. 129): anger and happiness are higher, livelier,
faster and louder than neutral, with more energy at high frequencies; sadness is the opposite.

Each of twelve recording setups (format, sample rate, channels) is used once with every speaker
and once with every emotion, so that it tells nothing about either; the script checks this.

Two runs on one machine write identical WAV, FLAC and MP3 files. OGG and OPUS files differ in the
random serial number and the checksum of their pages, not in the decoded audio. Other versions of
NumPy, soxr or libsndfile may change the last bits.
"""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "demo"
RATE = 48000  # Hz, of the synthesis
HOP = 240  # samples, 5 ms
N_FFT = 2048  # holds one 10 ms frame and 33 ms of ringing
HERTZ = np.fft.rfftfreq(N_FFT, 1 / RATE)
SPEED_OF_SOUND = 35000.0  # cm/s, in warm moist air
PEAK = 0.8  # highest before coding; lossy coding may add a little

Signal = NDArray[np.float64]
Response = NDArray[np.complex128]


class Voice(NamedTuple):
    """What makes a speaker."""

    tract: float  # cm, length
    f0: float  # Hz, mean
    open_quotient: float  # part of the glottal period
    breath: float  # amplitude of the breath noise re the pulses


class Emotion(NamedTuple):
    """What an emotion changes in a voice."""

    shift: float  # semitones, of mean F0
    span: float  # semitones, height of an accent
    tempo: float  # factor
    level: float  # dB re full scale, root mean square of the utterance
    tilt: float  # Hz, corner of the low-pass filter that softens the glottal closure
    jitter: float  # standard deviation of the period, relative
    breath: float  # factor


class Phone(NamedTuple):
    """Targets of one stretch of a speech sound."""

    duration: float  # seconds
    formants: tuple[float, float, float]  # Hz, F1 to F3 in a vocal tract of 17.5 cm
    voicing: float = 0.0  # amplitude, as are the next two
    aspiration: float = 0.0
    frication: float = 0.0
    band: tuple[float, float] = (4000.0, 2000.0)  # Hz, centre and width of the frication


def stop(place: tuple[float, float, float], band: tuple[float, float], lag: float) -> list[Phone]:
    """Return closure, burst and release, the last for the voice onset time in seconds."""
    closure = Phone(0.055, place)
    burst = Phone(0.015, place, frication=0.5, band=band)
    return [closure, burst, Phone(lag, place, aspiration=0.25)]


VOICES = {
    "high1": Voice(14.9, 196.0, 0.66, 0.07),
    "high2": Voice(14.0, 228.0, 0.55, 0.04),
    "low1": Voice(17.8, 104.0, 0.55, 0.03),
    "low2": Voice(16.6, 128.0, 0.62, 0.06),
}
EMOTIONS = {  # the directions are from the literature, the sizes are invented
    "anger": Emotion(3.5, 5.5, 1.20, -21.0, 4000.0, 0.014, 0.8),
    "happiness": Emotion(4.5, 6.0, 1.12, -23.0, 2600.0, 0.010, 1.0),
    "neutral": Emotion(0.0, 3.0, 1.00, -27.0, 1600.0, 0.006, 1.0),
    "sadness": Emotion(-1.5, 1.5, 0.80, -32.0, 800.0, 0.014, 2.0),
}
SENTENCES = ("men'alo s'itu, k'aSe", "t'onila z'ume, sap'eli", "hap'ida l'unok, m'iSe")
SETUPS = (  # suffix, container, coding, Hz, channels
    ("wav", "WAV", "PCM_16", 16000, 1),
    ("flac", "FLAC", "PCM_16", 16000, 2),
    ("opus", "OGG", "OPUS", 16000, 1),
    ("wav", "WAV", "PCM_16", 22050, 1),
    ("ogg", "OGG", "VORBIS", 22050, 1),
    ("wav", "WAV", "PCM_24", 8000, 2),
    ("wav", "WAV", "PCM_24", 16000, 1),
    ("flac", "FLAC", "PCM_16", 44100, 1),
    ("opus", "OGG", "OPUS", 48000, 2),
    ("wav", "WAV", "FLOAT", 8000, 1),
    ("ogg", "OGG", "VORBIS", 44100, 2),
    ("mp3", "MP3", "MPEG_LAYER_III", 44100, 1),
)
LIPS, TEETH, PALATE = (300.0, 900.0, 2200.0), (320.0, 1700.0, 2600.0), (300.0, 2000.0, 2300.0)
PHONES = {  # an apostrophe accents the vowel after it, a comma is a pause
    ",": [Phone(0.18, (500.0, 1500.0, 2500.0))],
    "a": [Phone(0.105, (730.0, 1200.0, 2450.0), voicing=1.0)],
    "e": [Phone(0.105, (500.0, 1850.0, 2500.0), voicing=1.0)],
    "i": [Phone(0.100, (280.0, 2250.0, 2950.0), voicing=1.0)],
    "o": [Phone(0.105, (500.0, 900.0, 2400.0), voicing=1.0)],
    "u": [Phone(0.100, (310.0, 800.0, 2250.0), voicing=1.0)],
    "m": [Phone(0.065, (250.0, 1000.0, 2200.0), voicing=0.35)],
    "n": [Phone(0.060, (250.0, 1500.0, 2500.0), voicing=0.35)],
    "l": [Phone(0.055, (340.0, 1150.0, 2700.0), voicing=0.5)],
    "z": [Phone(0.080, TEETH, voicing=0.25, frication=0.25, band=(6500.0, 2500.0))],
    "s": [Phone(0.110, TEETH, frication=0.45, band=(6500.0, 2500.0))],
    "S": [Phone(0.110, PALATE, frication=0.45, band=(3200.0, 1400.0))],
    "h": [Phone(0.060, (500.0, 1500.0, 2500.0), aspiration=0.35)],
    "p": stop(LIPS, (900.0, 1500.0), 0.030),
    "t": stop(TEETH, (4500.0, 2500.0), 0.030),
    "k": stop(PALATE, (2000.0, 800.0), 0.040),
}


def smooth(track: Signal, width: int) -> Signal:
    """Average a track (frames,) under a Hann window of an odd number of frames."""
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(np.pad(track, width // 2, "edge"), kernel / kernel.sum(), "valid")


def lay_out(sentence: str, emotion: Emotion, rng: np.random.Generator) -> Signal:
    """Return tracks (9, frames): F1 to F3, the amplitudes and band of `Phone`, and accent."""
    rows, counts = [], []
    for before, symbol in zip(f" ,{sentence}", f",{sentence},", strict=True):
        accent = float(before == "'")
        stretch = (1 + 0.2 * accent) / emotion.tempo ** (2 if symbol == "," else 1)
        for phone in PHONES.get(symbol, []):
            rows.append([*phone.formants, *phone[2:5], *phone.band, accent])
            seconds = phone.duration * stretch * rng.uniform(0.85, 1.15)
            counts.append(max(1, round(seconds * RATE / HOP)))
    counts[-2] += counts[-2] // 2  # final lengthening
    counts[0] = counts[-1] = 20  # 0.1 s of silence around the sentence
    widths = [15] * 3 + [5] * 3 + [1] * 2 + [41]  # frames of transition
    steps = np.repeat(np.array(rows), counts, axis=0).T
    return np.stack([smooth(track, width) for track, width in zip(steps, widths, strict=True)])


def per_sample(track: Signal) -> Signal:
    """Interpolate a track (frames,) to samples (frames * HOP,)."""
    return np.interp(np.arange(len(track) * HOP) / HOP, np.arange(len(track)), track)


def glottal_flow(f0: Signal, voice: Voice, emotion: Emotion, rng: np.random.Generator) -> Signal:
    """Return the derivative of the flow, pulses and breath, for an F0 (samples,) in Hz."""
    cycle = (np.cumsum(f0) / RATE).astype(int)
    jitter, shimmer = 1 + rng.normal(0, [[emotion.jitter], [0.05]], (2, int(cycle[-1]) + 1))
    opening: Signal = np.cumsum(f0 * jitter[cycle]) / RATE % 1 / voice.open_quotient
    is_open = opening < 1
    pulses: Signal = np.where(is_open, opening * (2 - 3 * opening), 0.0) * shimmer[cycle]
    breath = rng.normal(size=len(f0)) * (0.3 + 0.7 * is_open)  # strongest while air flows
    return pulses + voice.breath * emotion.breath * breath


def resonance(centre: Signal, width: Signal) -> Response:
    """Transfer functions (frames, bins) of two-pole resonators in Hz (frames,), 1 at 0 Hz."""
    pole: Response = np.exp(np.pi * (2j * centre - width) / RATE)[:, None]
    delay: Response = np.exp(-2j * np.pi * HERTZ / RATE)
    return (1 - pole) * (1 - pole.conj()) / ((1 - pole * delay) * (1 - pole.conj() * delay))


def vocal_tract(formants: Signal, length: float) -> Response:
    """Transfer functions (frames, bins) of F1 to F3 (3, frames) and a uniform tube's above."""
    higher = np.arange(7, 2 * RATE * length / SPEED_OF_SOUND, 2) * SPEED_OF_SOUND / (4 * length)
    tube: Response = resonance(higher, 40 + 0.05 * higher).prod(axis=0)
    low, middle, high = (resonance(f, 40 + 0.05 * f) for f in formants * (17.5 / length))
    return low * middle * high * tube


def apply_filter(source: Signal, response: Response) -> Signal:
    """Filter a source (frames * HOP,) by transfer functions (frames, bins): overlap and add."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(source, HOP), 2 * HOP)[:-1:HOP]
    spectra = np.fft.rfft(frames * np.hanning(2 * HOP + 1)[:-1], N_FFT)
    filtered = np.zeros(len(source) + N_FFT)
    for index, block in enumerate(np.fft.irfft(spectra * response)):
        filtered[index * HOP : index * HOP + N_FFT] += block
    return filtered[HOP : HOP + len(source)]


def speak(sentence: str, voice: Voice, emotion: Emotion, rng: np.random.Generator) -> Signal:
    """Synthesise a waveform (samples,) at ``RATE``, full scale 1."""
    plan = lay_out(sentence, emotion, rng)
    voicing, aspiration, frication, centre, width, accent = plan[3:]
    contour = accent - accent.mean() + np.linspace(0.6, -0.6, len(accent))  # declines
    melody = emotion.span * contour + smooth(rng.normal(size=len(accent)), 41)
    f0 = voice.f0 * 2 ** ((emotion.shift + rng.normal(0, 0.7) + melody) / 12)
    tract = vocal_tract(plan[:3], voice.tract)
    band = resonance(centre, width) * HERTZ
    band /= np.abs(band).max(axis=1, keepdims=True)
    loudness = per_sample(voicing * 10 ** (0.6 * melody / 20))  # louder where higher
    flow = loudness * glottal_flow(per_sample(f0), voice, emotion, rng)
    noise = rng.normal(size=len(flow))
    speech = apply_filter(flow, tract / (1 + 1j * HERTZ / emotion.tilt))
    speech += apply_filter(0.3 * per_sample(aspiration) * noise, tract)
    speech += apply_filter(per_sample(frication) * noise, band)
    level = emotion.level + rng.normal(0, 1.5)
    return speech * float(10 ** (level / 20) / np.sqrt(np.mean(speech**2)))


def record(speech: Signal, rate: int, channels: int, rng: np.random.Generator) -> Signal:
    """Return (samples, channels) at ``rate``, with room noise; the right is later and softer."""
    sides = np.stack([speech, 0.8 * np.roll(speech, 12)][:channels], axis=1)
    noisy: Signal = soxr.resample(sides + rng.normal(0, 0.0002, sides.shape), RATE, rate)
    return noisy * min(1.0, PEAK / float(np.abs(noisy).max()))


def save(path: Path, signal: Signal, rate: int, container: str, coding: str) -> None:
    """Write a file, without the time of writing that WAV FLOAT keeps in its PEAK chunk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, signal, rate, format=container, subtype=coding)
    if coding == "FLOAT":
        content = path.read_bytes()
        time = content.index(b"PEAK") + 12  # after name, size and version, 4 bytes each
        path.write_bytes(content[:time] + bytes(4) + content[time + 4 :])


def main() -> None:
    """Write the audio and its table."""
    table, uses = ["file,label,speaker"], set[tuple[int, str]]()
    for s, e, n in product(range(len(VOICES)), range(len(EMOTIONS)), range(len(SENTENCES))):
        (speaker, voice), (label, emotion) = [*VOICES.items()][s], [*EMOTIONS.items()][e]
        choice = 3 * ((s + e) % 4) + (s + n) % 3
        suffix, container, coding, rate, channels = SETUPS[choice]
        rng = np.random.default_rng([2024, s, e, n])
        speech = speak(SENTENCES[n], voice, emotion, rng)
        name = f"{speaker}/{speaker}_{label}_{n + 1}.{suffix}"
        save(FOLDER / name, record(speech, rate, channels, rng), rate, container, coding)
        table.append(f"{name},{label},{speaker}")
        uses |= {(choice, speaker), (choice, label)}
    if len(uses) < 2 * (len(table) - 1):
        raise RuntimeError("a recording setup is not spread evenly over speakers and emotions")
    (FOLDER / "corpus.csv").write_text("\n".join([*table, ""]), newline="\n")
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"data/demo: {len(table) - 1} utterances, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
