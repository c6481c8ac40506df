"""A part of a known corpus, or its labels in another way: a variant of a layout."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from deepspectrum_features.corpus.emotions import COMMON_EMOTIONS
from deepspectrum_features.corpus.expected import Counts
from deepspectrum_features.corpus.layout import Layout, Variant
from deepspectrum_features.errors import CorpusError, near_miss

#: The variant that every layout has.
COMMON = "common"


@dataclass(frozen=True, kw_only=True)
class LayoutVariant(Layout):
    """A variant of a layout, with what is the same in both.

    Attributes
    ----------
    variant : str
        Its name.
    layout : Layout
        What it is a variant of.
    """

    variant: str
    layout: Layout

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"{self.layout.called}:{self.variant}"

    def leaves_out(self, path: str) -> bool:
        """Whether a recording, its path without suffix, is of the corpus, but not to be used."""
        of_corpus = bool(self.layout.pattern.search(path))
        return self.layout.leaves_out(path) or (of_corpus and not self.pattern.search(path))

    def knows(self, fact: str, code: str) -> bool:
        """Whether a code is one of the corpus, though not of the variant."""
        codes = self.layout.labels if fact == "label" else self.layout.splits
        return not codes or code in codes or self.layout.knows(fact, code)


def variant_of(layout: Layout, name: str) -> LayoutVariant:
    """Return the layout of one of the variants that another names, or that every one has.

    That is ``common``: labels under the names that corpora share, and those alone that have one.

    Raises
    ------
    CorpusError
        If there is none of that name.

    Examples
    --------
    >>> from deepspectrum_features.corpus.known_layouts import load_layout
    >>> found = variant_of(load_layout("nemo"), "common").describe("SM0_surprised_7.wav")
    >>> found.label
    'surprise'
    """
    variants = layout.variants | {COMMON: _in_common_names(layout)}
    if name not in variants:
        raise CorpusError(
            f"--layout {layout.called}:{name}: no such variant, need one of {', '.join(variants)}"
            f"{near_miss(name, list(variants))}"
        )
    variant = variants[name]
    same = {one.name: getattr(layout, one.name) for one in fields(Layout)}
    other = {one.name: getattr(variant, one.name) for one in fields(Variant)}
    values = same | {key: value for key, value in other.items() if value is not None}
    labels = set(values["labels"].values())
    values["common"] = {key: one for key, one in layout.common.items() if key in labels}
    values |= {"title": f"{layout.title}: {variant.title}", "variants": {}}
    return LayoutVariant(**values, variant=name, layout=layout)


def _in_common_names(layout: Layout) -> Variant:
    """Return the variant whose labels are common names of emotions."""
    codes = layout.labels or {name: name for name in (*COMMON_EMOTIONS, *layout.common)}
    named = {code: layout.common_emotion(label) for code, label in codes.items()}
    return Variant(
        title="common names of emotions",
        labels={code: emotion for code, emotion in named.items() if emotion},
        expected=_counted_in_common_names(layout),
    )


def _counted_in_common_names(layout: Layout) -> Counts:
    """Return how many utterances have each common name in the full corpus."""
    counts = Counter[str]()
    for label, count in layout.expected.per_label.items():
        counts[layout.common_emotion(label)] += count
    del counts[""]
    return Counts(
        utterances=counts.total() or None,
        speakers=layout.expected.speakers,
        per_label=dict(counts),
        speaker_names=layout.expected.speaker_names,
    )
