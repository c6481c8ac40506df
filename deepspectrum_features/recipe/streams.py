"""What the frame streams of deep spectrum functionals are, and the numbers they depend on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from deepspectrum_features.recipe.limits import limited

#: Which frames a statistic is taken over, in the order of the last axis of the graph's ``masks``.
MASKS = {
    "voiced": "frames with a voice in them",
    "active": "frames with speech or other loud sound in them",
    "all": "frames that share no sample with digital silence",
}


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One number a frame.

    Attributes
    ----------
    name : str
        Begins the names of its columns.
    unit : str
        Empty where it has none.
    about : str
        What it says, for people.
    known : str
        In which frames it has a meaning; in others, statistics take the straight line between.
    """

    name: str
    unit: str = ""
    about: str = ""
    known: str = limited("all", choices=tuple(MASKS))


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """The numbers that streams and masks are computed with; they are fixed in the graph.

    Attributes
    ----------
    mel_bands : int
        Of the cepstrum: HTK triangles from 0 Hz to half the sample rate.
    floor : float
        Added to every power, mel band and sum of power before its logarithm.
    lowest_hz, highest_hz : float, Hz
        Where F0 is looked for.
    lags_per_octave : int
        Of the autocorrelation; F0 lies between them.
    none_below_hz, full_above_hz, full_below_hz, none_above_hz : float, Hz
        The weight of power in F0 and voicing rises from 0 to 1 between the first two, and falls
        from 1 to 0 between the others.
    octave_cost : float
        What a peak of the autocorrelation loses for each octave below the highest F0.
    voiced_above : float
        Height of the peak from which on an active frame is voiced.
    active_nats : float
        How far below the percentile the energy of an active frame may be.
    active_percentile : float
        Of the energies of all frames of mask ``all``.
    fewest_frames : int
        A mask with fewer gives way to the next wider one.
    """

    mel_bands: int = limited(64, at_least=2)
    floor: float = limited(1e-10, more_than=0)
    lowest_hz: float = limited(60.0, more_than=0)
    highest_hz: float = limited(500.0, more_than=0)
    lags_per_octave: int = limited(48, at_least=1)
    none_below_hz: float = limited(25.0, at_least=0)
    full_above_hz: float = limited(60.0, more_than=0)
    full_below_hz: float = limited(3500.0, more_than=0)
    none_above_hz: float = limited(4500.0, more_than=0)
    octave_cost: float = limited(0.02, at_least=0)
    voiced_above: float = limited(0.5, at_least=0, less_than=1)
    active_nats: float = limited(6.0, more_than=0)
    active_percentile: float = limited(95.0, more_than=0, at_most=100)
    fewest_frames: int = limited(10, at_least=1)

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if self.lowest_hz >= self.highest_hz:
            yield f"highest_hz: {self.highest_hz:g}, need more than {self.lowest_hz:g}"
        rising = ("none_below_hz", "full_above_hz", "full_below_hz", "none_above_hz")
        for lower, higher in pairwise(rising):
            if (low := getattr(self, lower)) >= (high := getattr(self, higher)):
                yield f"{higher}: {high:g}, need more than {low:g}"


CEPSTRA = 20

#: Every stream that the package can compute.
STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream(
            name="f0",
            unit="octaves",
            about="fundamental frequency, in octaves above 100 Hz",
            known="voiced",
        ),
        Stream(
            name="voicing",
            about="height of the autocorrelation's peak: low in noise, near 1 in a periodic voice",
        ),
        Stream(
            name="energy",
            unit="nats",
            about="logarithm of the frame's power",
        ),
        Stream(
            name="low_mid_ratio",
            unit="nats",
            about="logarithm of the power from 250 Hz to 1 kHz over that from 1 to 5 kHz",
        ),
        Stream(
            name="mid_high_ratio",
            unit="nats",
            about="logarithm of the power from 1 to 5 kHz over that above 5 kHz",
        ),
        Stream(
            name="centroid",
            unit="kHz",
            about="centre of gravity of the power spectrum",
        ),
        Stream(
            name="spread",
            unit="kHz",
            about="standard deviation of the power spectrum around its centroid",
        ),
        Stream(
            name="entropy",
            unit="nats",
            about="entropy of the power spectrum: low for tones, high for noise",
        ),
        Stream(
            name="rolloff",
            unit="kHz",
            about="frequency below which 85 % of the power lie",
        ),
        Stream(
            name="flux",
            about="change of the normalised amplitude spectrum since the frame before",
        ),
        Stream(
            name="flatness",
            unit="nats",
            about="logarithm of the power spectrum's geometric over its arithmetic mean",
        ),
        *(
            stream
            for number in (1, 2, 3)
            for stream in (
                Stream(
                    name=f"f{number}",
                    unit="kHz",
                    about=f"frequency of formant {number}, a resonance of the vocal tract",
                ),
                Stream(
                    name=f"f{number}_level",
                    unit="nats",
                    about=f"log height of the spectral envelope at formant {number}, over its mean",
                ),
            )
        ),
        Stream(
            name="hnr",
            unit="nats",
            about="logarithm of the power of harmonics over that of noise, from the voicing",
        ),
        Stream(
            name="cpp",
            unit="nats",
            about="cepstral peak prominence: how far harmonics stand out of the spectrum",
        ),
        Stream(
            name="h1_h2",
            unit="nats",
            about="logarithm of the first harmonic's power over that of the second",
        ),
        *(
            Stream(
                name=f"slope_{name}",
                unit="nats per kHz",
                about=f"slope of the log power spectrum {where} Hz",
            )
            for name, where in (
                ("0_500", "from 30 to 500"),
                ("500_1500", "from 500 to 1500"),
                ("1500_5000", "from 1500 to 5000"),
            )
        ),
        *(
            Stream(
                name=f"cepstrum_{number:02d}",
                unit="nats",
                about=f"coefficient {number} of the mel cepstrum",
            )
            for number in range(CEPSTRA)
        ),
    )
}
