"""Labels of several corpora under the names that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deepspectrum_features.corpus.known_layouts import layout_names, load_layout
from deepspectrum_features.corpus.sources.delimited import read_rows
from deepspectrum_features.corpus.sources.text import read_text, read_toml
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, near_miss, near_path

_COLUMNS = ("corpus", "label", "common")


@dataclass(frozen=True)
class LabelMap:
    """A table that says what the labels of every corpus are called in common.

    Attributes
    ----------
    path : Path
    names : dict of str to (dict of str to str)
        The common name of every label, by corpus; empty of one that has none.
    """

    path: Path
    names: dict[str, dict[str, str]]

    @classmethod
    def read(cls, path: Path) -> LabelMap:
        """Read a CSV with columns corpus, label, common, or a TOML file with a table a corpus.

        Raises
        ------
        CorpusError
            If it is neither, or gives a label two names.
        """
        if not path.is_file():
            raise CorpusError(f"{path}: no such file, need a map of labels{near_path(path)}")
        read = _toml if path.suffix == ".toml" else _csv
        names: dict[str, dict[str, str]] = {}
        for corpus, label, common in read(path):
            known = names.setdefault(corpus, {})
            if known.setdefault(label, common) != common:
                raise CorpusError(
                    f"{path}: {label} of {corpus} is {known[label]} and {common}, need one name"
                )
        return cls(path, names)

    def check(self, corpora: Sequence[str]) -> None:
        """Refuse a map that says nothing of a corpus.

        Raises
        ------
        CorpusError
            Naming it, and what is there.
        """
        for corpus in corpora:
            if corpus not in self.names:
                known = ", ".join(self.names)
                raise CorpusError(
                    f"{self.path}: nothing of corpus {corpus}, need its labels (it names {known})"
                    f"{near_miss(corpus, list(self.names))}"
                )

    def misspelt(self, utterances: Sequence[Utterance]) -> Iterator[str]:
        """Yield the labels that no row has, and which one that lacks a common name resembles them.

        Parameters
        ----------
        utterances : sequence of Utterance, (rows,)
            Of corpora that the map names.
        """
        labels = _labels_by_corpus(utterances)
        for corpus in sorted(labels):
            named, found = self.names[corpus].keys(), labels[corpus]
            for label in sorted(named - found):
                if near := near_miss(label, sorted(found - named)):
                    yield f"{self.path}: no row of {corpus} has label {label}{near}"


def common_labels(
    utterances: Sequence[Utterance], label_map: LabelMap | None = None
) -> tuple[list[str], str]:
    """Call the labels of all corpora alike.

    A map decides alone. Without one, labels stay where all corpora have the same. Else those of a
    corpus that is called as a known layout are what the layout calls them in common, and those of
    any other stay.

    Parameters
    ----------
    utterances : sequence of Utterance, (rows,)
        With label and corpus.
    label_map : LabelMap, optional

    Returns
    -------
    list of str, (rows,)
        Empty where a label has no common name.
    str
        How, for the protocol beside a score.

    Raises
    ------
    CorpusError
        If the map says nothing of a corpus.

    Examples
    --------
    >>> rows = [Utterance("1.wav", label="surprised", corpus="nemo")]
    >>> rows += [Utterance("2.wav", label="surprise", corpus="mine")]
    >>> common_labels(rows)
    (['surprise', 'surprise'], 'labels: common emotions by the layout of nemo; as they are of mine')
    """
    labels = _labels_by_corpus(utterances)
    corpora = sorted(labels)
    if label_map is not None:
        label_map.check(corpora)
        found = [label_map.names[one.corpus].get(one.label, "") for one in utterances]
        return found, f"labels: common names by {label_map.path.name}"
    if all(labels[name] == labels[corpora[0]] for name in corpora):
        return [one.label for one in utterances], "labels: as they are, the same in all corpora"
    names = {name: load_layout(name).common_emotion for name in corpora if name in layout_names()}
    found = [names.get(one.corpus, str)(one.label) for one in utterances]
    return found, f"labels: {'; '.join(_how(corpora, names))}"


def _labels_by_corpus(utterances: Sequence[Utterance]) -> dict[str, set[str]]:
    """Return which labels the rows of each corpus have."""
    labels: dict[str, set[str]] = {}
    for one in utterances:
        labels.setdefault(one.corpus, set()).add(one.label)
    return labels


def _how(corpora: Sequence[str], names: Mapping[str, Callable[[str], str]]) -> Iterator[str]:
    """Say which corpora a layout names the labels of."""
    known = [name for name in corpora if name in names]
    others = [name for name in corpora if name not in names]
    if known:
        yield f"common emotions by the layout of {', '.join(known)}"
    if others:
        yield f"as they are of {', '.join(others)}"


def _csv(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield corpus, label and common name of every line."""
    if not read_text(path).strip():
        raise CorpusError(f"{path}: empty, need columns {', '.join(_COLUMNS)}")
    header, rows = read_rows(path)
    places = [header.index(name) for name in _COLUMNS if name in header]
    if len(places) < len(_COLUMNS):
        raise CorpusError(f"{path}: columns {', '.join(header)}, need {', '.join(_COLUMNS)}")
    for place, cells in rows:
        if len(cells) != len(header):
            raise CorpusError(f"{path}: {place}: {len(cells)} cells, need {len(header)}")
        corpus, label, common = (cells[column].strip() for column in places)
        yield corpus, label, common


def _toml(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield corpus, label and common name of every entry."""
    for corpus, labels in read_toml(path).items():
        entries = labels.items() if isinstance(labels, dict) else [(corpus, labels)]
        for label, common in entries:
            if not isinstance(labels, dict) or not isinstance(common, str):
                raise CorpusError(
                    f"{path}: {label}, need a table for every corpus: its labels, each with a "
                    "common name in quotes"
                )
            yield corpus, label, common
