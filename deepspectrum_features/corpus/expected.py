"""What a full corpus holds, and how what is there differs from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.recipe.limits import limited
from deepspectrum_features.terminal import counted

_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a full corpus holds; None, or empty, where a layout does not say.

    Attributes
    ----------
    utterances, speakers, labels : int, optional
        How many there are.
    per_label, per_split : dict of str to int
        How many utterances have each label, and lie in each split.
    per_speaker : int, optional
        How many utterances are of each speaker, where all have as many.
    speaker_names : tuple of str
        Who speaks.
    """

    utterances: int | None = limited(None, at_least=1)
    speakers: int | None = limited(None, at_least=1)
    labels: int | None = limited(None, at_least=1)
    per_label: dict[str, int] = field(default_factory=dict)
    per_split: dict[str, int] = field(default_factory=dict)
    per_speaker: int | None = limited(None, at_least=1)
    speaker_names: tuple[str, ...] = ()

    def totals(self) -> dict[str, int | None]:
        """Return how many utterances, speakers and labels there are; None where it is not said."""
        return {
            "utterance": self.utterances,
            "speaker": self.speakers or len(self.speaker_names) or None,
            "label": self.labels or len(self.per_label.keys() - {""}) or None,
        }

    @property
    def size(self) -> str:
        """How much there is, in words, as far as it is said.

        Examples
        --------
        >>> Counts(utterances=535, speakers=10, per_label={"calm": 535}).size
        '535 utterances, 10 speakers, 1 label'
        """
        said = [counted(count, noun) for noun, count in self.totals().items() if count is not None]
        return ", ".join(said)

    def differences(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield one line for every total that differs from the full corpus.

        Examples
        --------
        >>> list(Counts(utterances=535, labels=1).differences([Utterance("a.wav", label="calm")]))
        ['1 utterance, the full corpus has 535']
        """
        facts = _counted_facts(utterances)
        found = {
            "utterance": len(utterances),
            "speaker": len(facts["speaker"].keys() - {""}),
            "label": len(facts["label"].keys() - {""}),
        }
        for noun, expected in self.totals().items():
            if expected is not None and found[noun] != expected:
                yield f"{counted(found[noun], noun)}, the full corpus has {expected}"

    def missing(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield what the full corpus has and these utterances lack: who, and how many of what.

        Examples
        --------
        >>> there = [Utterance("a.wav", label="calm", speaker="01")]
        >>> counts = Counts(per_label={"calm": 3, "fear": 2}, speaker_names=("01", "02"))
        >>> list(counts.missing(there))
        ['1 of 2 speakers: 02', 'label: calm 2 of 3, fear 2 of 2']
        """
        found = _counted_facts(utterances)
        if self.utterances is not None and len(utterances) < self.utterances:
            few = self.utterances - len(utterances)
            yield f"{few} of {counted(self.utterances, 'utterance')}"
        if absent := [name for name in self.speaker_names if name not in found["speaker"]]:
            of_all = f"{len(absent)} of {counted(len(self.speaker_names), 'speaker')}"
            yield f"{of_all}: {_some(absent)}"
        elif not self.speaker_names and self.speakers:
            few = self.speakers - len(found["speaker"].keys() - {""})
            if few > 0:
                yield f"{few} of {counted(self.speakers, 'speaker')}"
        for what, full in self._per_value(found["speaker"]).items():
            lacking = {name: count - found[what][name] for name, count in full.items()}
            names = [name for name, few in lacking.items() if few > 0]
            if short := [f"{name or '(none)'} {lacking[name]} of {full[name]}" for name in names]:
                yield f"{what}: {_some(short)}"

    def surplus(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield what these utterances have and the full corpus lacks: who, and how many of what.

        Examples
        --------
        >>> there = [Utterance("a.wav", label="calm"), Utterance("b.wav", label="fear")]
        >>> list(Counts(per_label={"calm": 1}).surplus([*there, *there]))
        ['label: calm 2 in place of 1, fear 2 in place of 0']
        """
        found = _counted_facts(utterances)
        known = {*self.speaker_names} or {*found["speaker"]}
        if strange := sorted({*found["speaker"]} - known):
            yield f"{counted(len(strange), 'speaker')}: {_some(strange)}"
        for what, full in self._per_value(found["speaker"]).items():
            there = {name: (count, full.get(name, 0)) for name, count in found[what].items()}
            names = [name for name, (count, most) in sorted(there.items()) if full and count > most]
            more = ["{} {} in place of {}".format(name or "(none)", *there[name]) for name in names]
            if more:
                yield f"{what}: {_some(more)}"

    def _per_value(self, speakers: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return how many utterances there should be of each speaker that is there, and so on."""
        each = dict.fromkeys(sorted(speakers), self.per_speaker) if self.per_speaker else {}
        return {"speaker": each, "label": self.per_label, "split": self.per_split}


def _counted_facts(utterances: Sequence[Utterance]) -> dict[str, Counter[str]]:
    """Count the utterances of each speaker, label and split."""
    facts = ("speaker", "label", "split")
    return {fact: Counter(getattr(one, fact) for one in utterances) for fact in facts}


def _some(names: Sequence[str]) -> str:
    """Name twelve at most, and say how many there are."""
    more = f", ... ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
