"""What the facts of the rhythm are called and mean; `encoder.rhythm` computes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number that sums up where voice and syllables set in and pause, with its unit."""

    about: str
    unit: str = ""


#: Of the utterance from its first active frame to the last. So that none is infinite, logarithms of
#: lengths and shares are of (x + 0.02), those of rates of (x + 0.2 / s).
#: A syllable is a peak of the smoothed energy, 0.7 nats above the valleys on either side, with a
#: voiced frame within two of it.
RHYTHM: dict[str, Fact] = {
    "duration": Fact(about="time from the first active frame to the last", unit="ln s"),
    "active_share": Fact(about="active frames among those from the first active to the last"),
    "voiced_share": Fact(about="voiced frames among the active ones (1 where too few are)"),
    "voiced_rate": Fact(about="voiced stretches a second", unit="ln 1/s"),
    "voiced_mean": Fact(about="mean length of voiced stretches", unit="ln s"),
    "voiced_deviation": Fact(about="standard deviation of voiced stretches' lengths", unit="ln s"),
    "gap_mean": Fact(about="mean length of what lies between voiced stretches", unit="ln s"),
    "pause_share": Fact(
        about="share of the time that lies in pauses, 0.1 s or longer, none of it active", unit="ln"
    ),
    "syllable_rate": Fact(about="syllables a second", unit="ln 1/s"),
    "syllable_deviation": Fact(
        about="standard deviation of the time from one peak of the energy to the next", unit="ln s"
    ),
    "f0_step_mean": Fact(
        about="mean absolute change of F0 from a voiced frame to the next", unit="octaves"
    ),
    "f0_step_p90": Fact(
        about="90th percentile of the absolute change of F0 from a voiced frame to the next",
        unit="octaves",
    ),
}
