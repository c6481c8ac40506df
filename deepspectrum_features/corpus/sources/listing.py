"""Where utterances are listed: a table, a folder of recordings, or one recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.sources.annotation import (
    cut_by_annotations,
    is_annotation,
    kind_of_annotation,
    read_annotation,
)
from deepspectrum_features.corpus.sources.folders import (
    find_recordings,
    is_recording,
    passed_over,
)
from deepspectrum_features.corpus.sources.manifest import read_manifest
from deepspectrum_features.corpus.sources.other_formats import TABLES, refuse_other_format
from deepspectrum_features.corpus.sources.recordings import (
    check_folders,
    check_labels_from,
    describe_recordings,
)
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.terminal import counted, first_few, is_utf8, one_line

CORPUS_TABLE = "corpus.csv"


@dataclass(frozen=True)
class Listing:
    """What is listed under one root folder.

    Attributes
    ----------
    root : Path
        Folder that every ``Utterance.file`` is relative to.
    name : str
        The layout's, else that of the folder or of the table.
    utterances : tuple of Utterance
    refused : tuple of Refusal
        Candidates that give no utterance, and why.
    notices : tuple of str
        What a user should know, one line each.
    layout : Layout, optional
        What its paths were read by.
    table : Path, optional
        The manifest that lists all of it.
    """

    root: Path
    name: str
    utterances: tuple[Utterance, ...]
    refused: tuple[Refusal, ...] = ()
    notices: tuple[str, ...] = ()
    layout: Layout | None = None
    table: Path | None = None


def read_listing(
    source: Path, layout: str | None, labels_from: str | None, root: Path | None
) -> Listing:
    """List what there is in a folder, a table or a recording.

    Parameters
    ----------
    source : Path
        Is there.
    layout, labels_from, root
        As in `Corpus.read`.

    Raises
    ------
    CorpusError
        If there is nothing to list, or the options do not fit the source.
    """
    check_labels_from(labels_from, layout, source)
    by_path = bool(layout or labels_from)
    if source.is_dir() and not by_path:
        listing = _read_folder(source, root)
    elif not source.is_dir() and _is_list(source):
        if by_path:
            raise CorpusError(f"{source}: --layout needs a folder or a recording")
        listing = _read_list(source, root or source.parent)
    elif root:
        raise CorpusError(f"{source}: --root needs a manifest")
    else:
        listing = _read_recordings(source, layout, labels_from)
    if by_path or not (source / CORPUS_TABLE).exists():  # else the table decides
        listing = replace(listing, notices=(*listing.notices, *_overlooked(source, listing)))
    if not listing.utterances and not listing.refused:
        raise CorpusError(
            f"{source}: no recordings found, need files ending in .wav .flac .mp3 .m4a or the like"
            + "".join(f" ({notice})" for notice in listing.notices)
        )
    return listing


def _overlooked(source: Path, listing: Listing) -> Iterator[str]:
    """Say which files of a folder look like sound and are not listed, if there are any."""
    listed = {one.file for one in listing.utterances}
    found = [file for file in passed_over(source) if file not in listed] if source.is_dir() else []
    if found:
        yield one_line(
            f"{counted(len(found), 'file')} in {source} passed over, but may be sound: "
            f"{first_few(found)} (need a suffix of sound; raw samples a header too)"
        )


def _read_recordings(source: Path, layout: str | None, labels_from: str | None) -> Listing:
    """Read a folder of recordings, or one, by a layout, by its folders, or as it is."""
    folder = source if source.is_dir() else source.parent
    chosen = load_layout(layout) if layout else None
    refused: list[Refusal] = []
    files = [*find_recordings(source, refused)] if source.is_dir() else [source.name]
    check_folders(source, files, labels_from)
    utterances, notices = describe_recordings(files, folder, chosen, labels_from, refused)
    if chosen is None:
        name = source.resolve().name if source.is_dir() else source.stem
        return Listing(folder, name, tuple(utterances), tuple(refused))
    if not utterances and refused:
        raise CorpusError(f"{source}: {_why_none_fits(chosen, [one.file for one in refused])}")
    if files and not utterances:
        raise CorpusError(
            f"{source}: {counted(len(files), 'recording')}, none is of {chosen.called}, need names "
            f"like {chosen.example}" + "".join(f" ({notice})" for notice in notices)
        )
    if utterances and source.is_dir():
        differences = chosen.expected.differences(utterances)
        notices += [f"{chosen.called}: {one}" for one in differences]
    return Listing(
        folder, chosen.name, tuple(utterances), tuple(refused), tuple(notices), layout=chosen
    )


def _why_none_fits(layout: Layout, files: Sequence[str]) -> str:
    """Say that a folder is another corpus, or what names it should have."""
    if other := fitting_layout(files, share=0.5):
        return f"fits layout {other}, not {layout.called} (--layout {other}, or another folder)"
    return (
        f"none of {counted(len(files), 'recording')} fits layout {layout.called}, need names like "
        f"{layout.example}"
    )


def _is_list(source: Path) -> bool:
    """Whether a file lists utterances; refuse one that does so in a form that is not read."""
    refuse_other_format(source)
    return source.suffix.lower() in TABLES or is_annotation(source)


def _read_list(source: Path, root: Path) -> Listing:
    """Read a manifest, or an annotation of one recording, of what lies under ``root``."""
    if not is_annotation(source):
        return _read_table(source, root)
    called = [path.name for path in sorted(root.iterdir()) if path.stem == source.stem]
    recordings = [name for name in called if is_recording(name)]
    if len(recordings) != 1:
        raise CorpusError(
            f"{source}: {kind_of_annotation(source)}, with {len(recordings)} recordings named "
            f"{source.stem} in {root}, need one (--root FOLDER says where it lies)"
        )
    utterances, notes = read_annotation(source, recordings[0])
    notices = tuple(f"{source}: {note}" for note in notes)
    return Listing(root, source.stem, tuple(utterances), notices=notices)


def _read_folder(folder: Path, root: Path | None) -> Listing:
    """Read the table of a folder, or those of its subfolders and the recordings elsewhere in it."""
    table = folder / CORPUS_TABLE
    if table.exists():
        return _with_extra_noticed(_read_table(table, root or folder), folder)
    if root:
        raise CorpusError(f"{folder}: --root needs a manifest")
    tables = [one for one in sorted(folder.glob(f"*/{CORPUS_TABLE}")) if _is_open(one.parent)]
    parts = [_read_subfolder(one) for one in tables]
    parts.append(_read_elsewhere(folder, tuple(f"{one.parent.name}/" for one in tables)))
    return replace(
        parts[-1],
        utterances=tuple(one for part in parts for one in part.utterances),
        refused=tuple(one for part in parts for one in part.refused),
        notices=tuple(one for part in parts for one in part.notices),
    )


def _is_open(folder: Path) -> bool:
    """Whether a folder is searched, and has a name that can be stored."""
    return is_utf8(folder.name) and not folder.name.startswith(".")


def _read_elsewhere(folder: Path, below: tuple[str, ...]) -> Listing:
    """Read the recordings that do not lie below some subfolders, cut by what lies beside them."""
    listing = _read_recordings(folder, None, None)
    whole = [one for one in listing.utterances if not one.file.startswith(below)]
    utterances, damaged, notices = cut_by_annotations(whole, folder)
    refused = [one for one in listing.refused if not one.file.startswith(below)]
    return replace(
        listing,
        utterances=tuple(utterances),
        refused=(*refused, *damaged),
        notices=tuple(notices),
    )


def _read_subfolder(table: Path) -> Listing:
    """Read the table of a subfolder, its paths relative to the folder above."""
    folder = table.parent
    listing = _with_extra_noticed(_read_table(table, folder), folder)
    return replace(
        listing,
        utterances=tuple(
            replace(one, file=f"{folder.name}/{one.file}") for one in listing.utterances
        ),
        notices=(f"reading {table}", *listing.notices),
    )


def _with_extra_noticed(listing: Listing, folder: Path) -> Listing:
    """Add a notice of the recordings that the folder's table does not list."""
    listed = {one.file for one in listing.utterances}
    extra = [file for file in find_recordings(folder, []) if file not in listed]
    notice = one_line(
        f"{counted(len(extra), 'recording')} in {folder} left out, not in {CORPUS_TABLE}: "
        f"{first_few(extra)}"
    )
    return replace(listing, notices=(*listing.notices, notice)) if extra else listing


def _read_table(table: Path, root: Path) -> Listing:
    """Read a manifest whose paths lie under ``root``."""
    utterances, notices = read_manifest(table, root)
    name = table.stem if table.name != CORPUS_TABLE else root.resolve().name
    return Listing(root, name, tuple(utterances), notices=tuple(notices), table=table)
