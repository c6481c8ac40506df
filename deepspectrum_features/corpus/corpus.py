"""What to work on: utterances of recordings under one root, with what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features import arguments
from deepspectrum_features.corpus.headers import check_place, divide_by_headers, read_headers
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.notices import remarks
from deepspectrum_features.corpus.selection import first_of_each, of_speakers, without
from deepspectrum_features.corpus.shown import headline, overview_rows
from deepspectrum_features.corpus.sources.listing import read_listing
from deepspectrum_features.corpus.sources.python_lists import Source, read_python_list
from deepspectrum_features.corpus.sources.recordings import existing_source
from deepspectrum_features.corpus.spelling import spelling_notices
from deepspectrum_features.corpus.utterance import Refusal, Stretch, Utterance, standing_twice
from deepspectrum_features.errors import AudioError
from deepspectrum_features.overview import Overview, WithOverview
from deepspectrum_features.sound import audio
from deepspectrum_features.sound.crash import Crash

if TYPE_CHECKING:
    from deepspectrum_features.corpus.stored_sound import StoredSound
    from deepspectrum_features.sound.segments import Segment


@dataclass(frozen=True, repr=False)
class Corpus(WithOverview):
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
    headers : mapping of str to AudioHeader
        By file, after `scan`.
    crashing : dict of str to Crash
        Recordings that must not be decoded, after `scan`.
    layout : Layout, optional
        What its paths were read by.
    table : Path, optional
        The manifest that lists all of it.
    stored : StoredSound, optional
        Its sound, where it was decoded before.
    given : dict of str to Segment
        By file, the sound of those that are no files (`corpus_of_sounds`).
    """

    root: Path
    name: str
    named: bool
    utterances: tuple[Utterance, ...]
    refused: tuple[Refusal, ...] = ()
    notices: tuple[str, ...] = ()
    headers: Mapping[str, audio.AudioHeader] = field(default_factory=dict)
    crashing: Mapping[str, Crash] = field(default_factory=dict)
    layout: Layout | None = None
    table: Path | None = None
    stored: StoredSound | None = None
    given: Mapping[str, Segment] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        source: Source,
        *,
        layout: str | None = None,
        labels_from: str | None = None,
        name: str | None = None,
        root: str | Path | None = None,
        exclude: str | Path | None = None,
        speakers: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> Corpus:
        """Read a folder, recordings, or a manifest; sound is not touched yet.

        Parameters
        ----------
        source : str, Path, list, tuple, or of pandas DataFrame, Series or Index
            A folder (searched recursively; its ``corpus.csv`` is read when there), a recording, a
            table with a ``file`` column, or a TextGrid or Audacity labels of the recording beside.
            A list of recordings. A table of pandas with the columns of a manifest, or audformat's
            index, ``file`` or (``file``, ``start``, ``end``).
        layout : str, optional
            A known corpus layout, or the path of a TOML file describing one; a variant of it is
            named behind a colon.
        labels_from : str, optional
            ``"parent-folder"`` labels every recording by the folder it lies in.
        name : str, optional
            Corpus name.
        root : str or Path, optional
            Folder that paths are relative to; default the manifest's own, of paths in Python the
            current one, or where they lead out of it the deepest that holds all recordings.
        exclude : str or Path, optional
            A table of what to leave out, as `excluded_rows` reads it; its paths are those of the
            corpus.
        speakers : sequence of str, optional
            Take what they say alone.
        limit : int, optional
            Take so many utterances at most, in turn of every speaker and label.

        Raises
        ------
        CorpusError
            If there is nothing to read, the table or layout does not fit, or a speaker is unknown.
        TypeError, ValueError
            If an argument does not fit, naming it.

        Examples
        --------
        >>> from deepspectrum_features.testing import tiny_corpus
        >>> corpus = Corpus.read(tiny_corpus(speakers=2, per_class=1))
        >>> len(corpus.utterances), corpus.count("speaker")
        (4, {'spk1': 2, 'spk2': 2})
        """
        layout = arguments.text("layout", layout)
        labels_from = arguments.text("labels_from", labels_from)
        name, root = arguments.text("name", name), arguments.optional_path("root", root)
        exclude = arguments.optional_path("exclude", exclude)
        speakers = arguments.texts("speakers", speakers)
        limit = arguments.whole_number("limit", limit)
        if isinstance(source, str | Path):
            source = existing_source(source, name, root)
            listing = read_listing(source, layout, labels_from, root)
        else:
            listing = read_python_list(source, layout, labels_from, name, root)
        corpus = cls(
            listing.root,
            name or listing.name,
            bool(name or listing.layout),
            listing.utterances,
            listing.refused,
            listing.notices,
            layout=listing.layout,
            table=listing.table,
        )
        corpus = without(corpus, exclude) if exclude else corpus
        corpus = of_speakers(corpus, speakers) if speakers else corpus
        return first_of_each(corpus, limit) if limit else corpus

    def scan(
        self,
        progress: Callable[[int], object] = lambda _: None,
        opening: Callable[[str], object] = lambda _: None,
        crashing: Mapping[str, Crash] | None = None,
        whole: bool = True,
    ) -> Corpus:
        """Read every recording's header, and refuse what cannot give a row.

        That is what cannot be opened, lies outside of its recording, is to be read to an end that
        was cut off, or stands twice. Odd recordings and spellings are noticed.

        Parameters
        ----------
        progress : callable, optional
            Called with 1 after each recording.
        opening : callable, optional
            Called with every recording before it is opened.
        crashing : mapping of str to Crash, optional
            Recordings known to crash the decoder.
        whole : bool, optional
            False keeps recordings that were cut off: `Chunks` are cut from what is there.

        Raises
        ------
        CorpusError
            If a table lists it, and none of its recordings is there.
        """
        crashing = crashing or {}
        files = dict.fromkeys(one.file for one in self.utterances)
        check_place(self.table, self.root, files)
        headers, reasons = read_headers(self.root, files, progress, opening, crashing)
        return replace(self.with_headers(headers, reasons, whole), crashing=crashing)

    def with_headers(
        self,
        headers: Mapping[str, audio.AudioHeader],
        reasons: Mapping[str, AudioError],
        whole: bool = True,
    ) -> Corpus:
        """Return the corpus as its headers say it is, whenever they were read.

        Parameters
        ----------
        headers : mapping of str to AudioHeader
            By file.
        reasons : mapping of str to AudioError
            Why other recordings cannot be opened; what is in neither is left out.
        whole : bool, optional
            As in `scan`.
        """
        known = [one for one in self.utterances if one.file in headers or one.file in reasons]
        there, refused = divide_by_headers(known, headers, reasons, whole)
        noticed = (*self.notices, *spelling_notices(there), *remarks(headers))
        return replace(
            self,
            utterances=tuple(there),
            refused=(*self.refused, *refused),
            notices=tuple(dict.fromkeys(noticed)),
            headers=headers,
        ).without_twins()

    def without_twins(self) -> Corpus:
        """Return a scanned corpus with each stretch once; its twins are refused."""
        alike = standing_twice(lambda: map(self._ended, self.utterances))
        later = {row for rows in alike.values() for row in rows[1:]}
        kept = (one for row, one in enumerate(self.utterances) if row not in later)
        twins = (self.utterances[row] for row in sorted(later))
        refused = (Refusal.of(one, "corpus", "the same stretch is listed before") for one in twins)
        return replace(self, utterances=tuple(kept), refused=(*self.refused, *refused))

    def _ended(self, one: Utterance) -> Stretch:
        """Return a stretch with an end: that of its recording where it names none."""
        file, start, end, channel = one.stretch
        return file, start, self.headers[file].seconds if end is None else end, channel

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

    def _headline(self) -> str:
        return headline(self)

    def _overview(self) -> Overview:
        return Overview(overview_rows(self))
