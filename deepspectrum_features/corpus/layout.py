"""Known corpora: what paths and label files say of recordings, and which of them are chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.columns import FACTS
from deepspectrum_features.corpus.emotions import COMMON_EMOTIONS
from deepspectrum_features.corpus.expected import Counts
from deepspectrum_features.corpus.patterns import (
    at_the_end,
    filled,
    names_in,
    not_a_pattern,
    strange_groups,
)
from deepspectrum_features.corpus.sources.label_files.lines import LabelLines
from deepspectrum_features.corpus.sources.label_files.table import LabelRows
from deepspectrum_features.corpus.sources.speaker_table import SpeakerTable
from deepspectrum_features.corpus.utterance import SPLITS, Utterance
from deepspectrum_features.errors import CorpusError, near_miss

_FACTS = [column.name for column in FACTS]
_NAME = "name"  # group of a path: what label files call the recording


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A part of a corpus, or its labels in another way; what is None is as in the layout.

    Recordings, label codes and split codes that the layout knows and the variant does not are left
    out.
    """

    title: str
    path: str | None = None
    labels: dict[str, str] | None = None
    splits: dict[str, str] | None = None
    reader: LabelLines | LabelRows | None = None
    expected: Counts | None = None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One corpus layout, its fields as in the TOML file.

    Attributes
    ----------
    name, title, language, licence, citation, url, example : str
        ``url`` says where it is to be had, ``example`` is a path that fits.
    path : str
        Regular expression for the end of a path without its suffix; its named groups, such as
        ``label`` and ``speaker``, are what the path says. A group ``name`` is what label files call
        the recording; else that is the last name of the path.
    labels : dict
        What each label code means, an empty text where it is no label; without it the words that
        stand there are the labels.
    splits : dict
        What each split code means: train, dev or test.
    facts : dict
        Facts made of several groups of ``path``, such as ``speaker = "{session}{voice}"``; a split
        stands there as what its code means.
    beside : str
        Regular expression for the end of the paths, without suffix, of recordings that come with
        the corpus and are none of its utterances. It goes before ``path``.
    preferred : tuple of str
        Of several recordings of one utterance, the one whose path ends as the first of these
        regular expressions that fits.
    reader : LabelLines or LabelRows, optional
        The files that tell labels, where paths do not.
    speaker_table : SpeakerTable, optional
        A table that tells numbers of speakers.
    common : dict
        Which of `COMMON_EMOTIONS` a label is; a label that is one of them needs no entry.
    expected : Counts
        Of the full corpus.
    variants : dict of str to Variant
        By the name that is given behind a colon.
    """

    name: str
    title: str
    path: str
    example: str
    licence: str
    citation: str
    language: str = ""
    url: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    beside: str = ""
    preferred: tuple[str, ...] = ()
    reader: LabelLines | LabelRows | None = None
    speaker_table: SpeakerTable | None = None
    common: dict[str, str] = field(default_factory=dict)
    expected: Counts = field(default_factory=Counts)
    variants: dict[str, Variant] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """What messages call it: its name, and that of its variant."""
        return self.name

    def problems(self) -> Iterator[str]:
        """Yield what keeps ``path`` and what goes with it from saying what recordings are."""
        patterns = [("path", self.path), ("beside", self.beside)]
        patterns += [("preferred", one) for one in self.preferred]
        wrong = [problem for each in patterns for problem in not_a_pattern(*each)]
        yield from wrong or self._group_problems()
        if strange := [code for code in self.splits.values() if code not in SPLITS[1:]]:
            yield f"splits holds {strange[0]!r}, need train, dev or test"
        yield from self._common_problems()

    def _group_problems(self) -> Iterator[str]:
        """Yield which groups of the path mean nothing, and which facts have no group."""
        named = [name for template in self.facts.values() for name in names_in(template)]
        groups = self.pattern.groupindex
        own = [*named, _NAME] if self.reader else named
        yield from strange_groups("path", groups, list(dict.fromkeys([*_FACTS, *own])))
        if strange := [fact for fact in self.facts if fact not in _FACTS]:
            yield f"facts names {strange[0]!r}, need {', '.join(_FACTS)}"
        if missing := [name for name in named if name not in groups]:
            yield f"facts names {missing[0]!r}, need a group of path"

    def _common_problems(self) -> Iterator[str]:
        """Yield which labels have no common name, or are none."""
        known = self.labels.values()
        for label, emotion in self.common.items():
            if emotion not in COMMON_EMOTIONS:
                need = (
                    f"one of {', '.join(COMMON_EMOTIONS)}{near_miss(emotion, [*COMMON_EMOTIONS])}"
                )
                yield f"common.{label}: {emotion!r}, need {need}"
            if self.labels and label not in known:
                yield f"common.{label}: no label, need one of {', '.join(known)}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, from the start of a name to the end."""
        return at_the_end(self.path)

    def common_emotion(self, label: str) -> str:
        """Return which of `COMMON_EMOTIONS` a label is, empty where it is none."""
        return self.common.get(label, label if label in COMMON_EMOTIONS else "")

    def describe(self, file: str) -> Utterance | None:
        """Read label and speaker off one path; None if the layout leaves it out.

        Raises
        ------
        CorpusError
            If the path does not fit.
        """
        found = self.told_by(file)
        return found if found is None else self.utterance(file, found)

    def told_by(self, file: str) -> dict[str, str] | None:
        """Return the facts that one path tells, in codes, and ``name``; None if it is left out.

        Raises
        ------
        CorpusError
            If the path does not fit.
        """
        path = Path(file).with_suffix("").as_posix()
        if self.leaves_out(path):
            return None
        match = self.pattern.search(path)
        if match is None:
            raise CorpusError(f"does not fit layout {self.called}, need a name like {self.example}")
        groups = match.groupdict(default="")
        told = {name: groups[name] for name in (_NAME, *_FACTS) if name in groups}
        meant = groups | {"split": self.splits.get(split := groups.get("split", ""), split)}
        made = {fact: filled(template, meant) for fact, template in self.facts.items()}
        return {_NAME: path.rpartition("/")[2]} | told | made

    def leaves_out(self, path: str) -> bool:
        """Whether a recording, its path without suffix, is of the corpus, but not to be used."""
        return bool(self.beside and at_the_end(self.beside).search(path))

    def utterance(
        self, file: str, told: Mapping[str, str], targets: tuple[tuple[str, float], ...] = ()
    ) -> Utterance | None:
        """Return the utterance that a path and label files tell of; None if it is left out.

        Parameters
        ----------
        file : str
        told : mapping of str to str
            Facts, label and split in codes.
        targets : tuple of (str, float)

        Raises
        ------
        CorpusError
            If a code is unknown.
        """
        facts: dict[str, Any] = {name: told[name] for name in _FACTS if name in told}
        for fact, codes in {"label": self.labels, "split": self.splits}.items():
            if codes and facts.get(fact):
                if facts[fact] not in codes and self.knows(fact, facts[fact]):
                    return None
                if facts[fact] not in codes:
                    known = ", ".join(codes)
                    raise CorpusError(f"{fact} code {facts[fact]!r}, need one of {known}")
                facts[fact] = codes[facts[fact]]
        if facts.get("split", "") not in SPLITS:
            raise CorpusError(f"split {facts['split']!r}, need train, dev or test")
        return Utterance(file, targets=targets, **facts)

    def knows(self, fact: str, code: str) -> bool:
        """Whether a code that the layout does not have is one of the corpus all the same."""
        return False
