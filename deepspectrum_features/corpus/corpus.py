"""What to work on: utterances of recordings under one root, with what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features.corpus.exclusion import excluded_rows
from deepspectrum_features.corpus.headers import read_headers
from deepspectrum_features.corpus.layout import Layout, load_layout
from deepspectrum_features.corpus.manifest import read_manifest
from deepspectrum_features.corpus.recordings import (
    check_labels_from,
    existing_source,
    find_recordings,
    list_recordings,
    refuse_undecodable,
    undecodable,
)
from deepspectrum_features.corpus.utterance import Refusal, Stretch, Utterance, join_keys
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.sound import audio
from deepspectrum_features.sound.crash import Crash

if TYPE_CHECKING:
    from deepspectrum_features.corpus.stored_sound import StoredSound

CORPUS_TABLE = "corpus.csv"
_TABLES = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True)
class Corpus:
    """An ordered set of utterances under one root folder.

    Attributes
    ----------
    root : Path
        Folder that every ``Utterance.file`` is relative to.
    name : str
        From ``name``, else the layout's, else the folder's.
    named : bool
        Whether the name was given, by hand or by a layout: only then does it identify recordings.
    utterances : tuple of Utterance
    refused : tuple of Refusal
        Candidates that give no utterance, and why.
    notices : tuple of str
        What a user should know, one line each.
    headers : dict of str to AudioHeader
        By file, after `scan`.
    crashing : dict of str to Crash
        Recordings that must not be decoded, after `scan`.
    layout : Layout, optional
        What its paths were read by.
    stored : StoredSound, optional
        Its sound, where it was decoded before.
    """

    root: Path
    name: str
    named: bool
    utterances: tuple[Utterance, ...]
    refused: tuple[Refusal, ...] = ()
    notices: tuple[str, ...] = ()
    headers: dict[str, audio.AudioHeader] = field(default_factory=dict)
    crashing: Mapping[str, Crash] = field(default_factory=dict)
    layout: Layout | None = None
    stored: StoredSound | None = None

    @classmethod
    def read(
        cls,
        source: str | Path,
        *,
        layout: str | None = None,
        labels_from: str | None = None,
        name: str | None = None,
        root: str | Path | None = None,
        exclude: str | Path | None = None,
    ) -> Corpus:
        """Read a folder, one recording, or a manifest; sound is not touched yet.

        Parameters
        ----------
        source : str or Path
            A folder (searched recursively; its ``corpus.csv`` is read when there), a recording, or
            a table with a ``file`` column.
        layout : str, optional
            A known corpus layout, or the path of a TOML file describing one.
        labels_from : str, optional
            ``"parent-folder"`` labels every recording by the folder it lies in.
        name : str, optional
            Corpus name.
        root : str or Path, optional
            Folder that a manifest's paths are relative to; default the manifest's own.
        exclude : str or Path, optional
            A table of what to leave out, as `excluded_rows` reads it; its paths are those of the
            corpus.

        Raises
        ------
        CorpusError
            If there is nothing to read, or the table or layout does not fit.

        Examples
        --------
        >>> from deepspectrum_features.testing import tiny_corpus
        >>> corpus = Corpus.read(tiny_corpus(speakers=2, per_class=1))
        >>> len(corpus.utterances), corpus.count("speaker")
        (4, {'spk1': 2, 'spk2': 2})
        """
        source = existing_source(source, name, root)
        check_labels_from(labels_from, layout, source)
        table = source / CORPUS_TABLE if source.is_dir() else source
        if table.suffix.lower() in _TABLES and table.exists() and not (layout or labels_from):
            corpus = _read_table(table, Path(root) if root else table.parent)
            corpus = _with_extra_noticed(corpus, source) if source.is_dir() else corpus
        elif root or (source.suffix.lower() in _TABLES and not source.is_dir()):
            option = "--root needs a manifest" if root else "--layout needs a folder or a recording"
            raise CorpusError(f"{source}: {option}")
        else:
            corpus = _read_recordings(source, layout, labels_from)
        corpus = replace(corpus, name=name, named=True) if name else corpus
        if not corpus.utterances and not corpus.refused:
            suffixes = " ".join(sorted(audio.READABLE))
            raise CorpusError(f"{source}: no recordings found, need files ending in {suffixes}")
        return corpus.without(exclude) if exclude else corpus

    def without(self, table: str | Path) -> Corpus:
        """Return the corpus less what a table names, and a notice of how much that is.

        Raises
        ------
        CorpusError
            If a line of the table names nothing, or nothing is left.
        """
        stretches = [one.stretch for one in self.utterances]
        stretches += [one.stretch for one in self.refused]
        left_out = excluded_rows(table, stretches, self.root)
        count = len(self.utterances)
        utterances = [one for row, one in enumerate(self.utterances) if row not in left_out]
        refused = [one for row, one in enumerate(self.refused, count) if row not in left_out]
        if not utterances and not refused:
            raise CorpusError(f"{table}: leaves nothing of {self.root}, need some utterances")
        return replace(
            self,
            utterances=tuple(utterances),
            refused=tuple(refused),
            notices=(*self.notices, f"{len(left_out)} utterances left out by {table}"),
        )

    def scan(
        self,
        progress: Callable[[int], object] = lambda _: None,
        opening: Callable[[str], object] = lambda _: None,
        crashing: Mapping[str, Crash] | None = None,
    ) -> Corpus:
        """Read every recording's header; what cannot be opened, or stands twice, is refused.

        Parameters
        ----------
        progress : callable, optional
            Called with 1 after each recording.
        opening : callable, optional
            Called with every recording before it is opened.
        crashing : mapping of str to Crash, optional
            Recordings known to crash the decoder.
        """
        crashing = crashing or {}
        files = dict.fromkeys(one.file for one in self.utterances)
        headers, reasons = read_headers(self.root, files, progress, opening, crashing)
        refused = [
            Refusal.of(one, reasons[one.file].stage, str(reasons[one.file]))
            for one in self.utterances
            if one.file in reasons
        ]
        return replace(
            self,
            utterances=tuple(one for one in self.utterances if one.file in headers),
            refused=(*self.refused, *refused),
            headers=headers,
            crashing=crashing,
        ).without_twins()

    def without_twins(self) -> Corpus:
        """Return a scanned corpus with each stretch once; its twins are refused."""
        kept: dict[Stretch, Utterance] = {}
        refused: list[Refusal] = []
        ended = [
            replace(one, end=self.headers[one.file].seconds) if one.end is None else one
            for one in self.utterances
        ]
        (keys,) = join_keys(one.stretch for one in ended)
        for one, key in zip(self.utterances, keys, strict=True):
            if kept.setdefault(key, one) is not one:
                refused.append(Refusal.of(one, "corpus", "the same stretch is listed before"))
        return replace(self, utterances=tuple(kept.values()), refused=(*self.refused, *refused))

    def seconds(self, utterance: Utterance) -> float:
        """Duration of an utterance as its (scanned) header announces it."""
        end = self.headers[utterance.file].seconds
        if utterance.end is not None:
            end = min(end, utterance.end)
        return max(end - utterance.start, 0.0)

    def count(self, column: str) -> dict[str, int]:
        """Utterances for each value of a fact, such as ``speaker``, sorted by value."""
        return dict(sorted(Counter(getattr(one, column) for one in self.utterances).items()))

    def has(self, column: str) -> bool:
        """Whether any utterance has a fact, such as ``speaker``."""
        return any(getattr(one, column) for one in self.utterances)


def _read_recordings(source: Path, layout: str | None, labels_from: str | None) -> Corpus:
    """Read a folder of recordings, or one, by a layout, by its folders, or as it is."""
    folder = source if source.is_dir() else source.parent
    chosen = load_layout(layout) if layout else None
    utterances, refused = list_recordings(source, chosen, labels_from)
    name = source.resolve().name if source.is_dir() else source.stem
    corpus = Corpus(folder, name, False, tuple(utterances), tuple(refused))
    if chosen is None:
        return corpus
    if not utterances and refused:
        raise CorpusError(
            f"{source}: none of {len(refused)} recordings fits layout {chosen.name}, "
            f"need names like {chosen.example}"
        )
    notices = tuple(chosen.unexpected(utterances)) if source.is_dir() else ()
    return replace(corpus, name=chosen.name, named=True, notices=notices, layout=chosen)


def _with_extra_noticed(corpus: Corpus, folder: Path) -> Corpus:
    """Add a notice of the recordings that the folder's table does not list."""
    listed = {one.file for one in corpus.utterances} | {one.file for one in corpus.refused}
    extra = sum(file not in listed for file in find_recordings(folder, []))
    notice = f"{extra} recordings in {folder} are not in {CORPUS_TABLE} and are left out"
    return replace(corpus, notices=(*corpus.notices, notice)) if extra else corpus


def _read_table(table: Path, root: Path) -> Corpus:
    """Read a manifest whose paths lie under ``root``."""
    listed, notices = read_manifest(table, root)
    utterances = tuple(one for one in listed if not undecodable(one.file))
    refused = tuple(refuse_undecodable(listed))
    name = table.stem if table.name != CORPUS_TABLE else root.resolve().name
    return Corpus(root, name, False, utterances, refused, tuple(notices))
