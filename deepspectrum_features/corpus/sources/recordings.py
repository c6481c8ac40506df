"""Recordings that lie under a folder, and what their paths say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from deepspectrum_features.corpus.layout import Layout
from deepspectrum_features.corpus.namesakes import without_copies
from deepspectrum_features.corpus.sources.folders import check_name
from deepspectrum_features.corpus.sources.labelled import describe_labelled
from deepspectrum_features.corpus.sources.speaker_table import tell_speakers
from deepspectrum_features.corpus.utterance import Refusal, Utterance
from deepspectrum_features.errors import CorpusError, near_path
from deepspectrum_features.terminal import counted, is_utf8, showable


def describe_recordings(
    files: Iterable[str],
    folder: Path,
    layout: Layout | None,
    labels_from: str | None,
    refused: list[Refusal],
) -> tuple[list[Utterance], list[str]]:
    """Describe recordings by their paths, and by label files where the layout reads some.

    Parameters
    ----------
    files : iterable of str
        Relative to the folder.
    folder : Path
        Where label files lie.
    layout : Layout, optional
        Says what the parts of a path mean. What it leaves out is neither described nor refused.
    labels_from : str, optional
        ``"parent-folder"``: the label is the name of the folder that a recording lies in.
    refused : list of Refusal
        Recordings that do not fit are added.

    Returns
    -------
    list of Utterance
    list of str
        What a user should know of label files, tables of speakers, and copies.
    """
    if layout and layout.reader:
        return describe_labelled(files, folder, layout, refused)
    utterances: list[Utterance] = []
    for file in files:
        try:
            one = _describe(file, layout, labels_from)
        except CorpusError as error:
            refused.append(Refusal(file, 0.0, None, "corpus", str(error)))
        else:
            utterances += [one] if one else []
    return _as_a_corpus(utterances, folder, layout) if layout else (utterances, [])


def _as_a_corpus(
    utterances: list[Utterance], folder: Path, layout: Layout
) -> tuple[list[Utterance], list[str]]:
    """Leave out copies, and add what the corpus tells of its speakers."""
    utterances, notices = without_copies(utterances, layout)
    if layout.speaker_table:
        utterances, more = tell_speakers(layout.speaker_table, folder, utterances)
        notices += more
    return utterances, notices


def existing_source(source: str | Path, name: str | None, root: str | Path | None) -> Path:
    """Return the source; refuse what is not there, or has a name that cannot be stored."""
    if source == "":  # a shell variable that is not set: Path makes it the current folder
        raise CorpusError("'': no such file or folder, need recordings or a manifest")
    source = Path(source)
    for path in (source, os.path.realpath(source), root or "", name or ""):
        if not is_utf8(path):
            raise CorpusError(f"{showable(path)}: not UTF-8, need a UTF-8 name (rename it)")
    if root and not Path(root).is_dir():
        raise CorpusError(
            f"{root}: no such folder, need the one that paths are relative to"
            f"{near_path(Path(root))}"
        )
    if not source.exists():
        raise CorpusError(
            f"{source}: no such file or folder, need recordings or a manifest{near_path(source)}"
        )
    return source


def check_labels_from(labels_from: str | None, layout: str | None, source: Path) -> None:
    """Refuse labels by folder where paths mean something else, or there is no folder."""
    if layout and labels_from:
        raise CorpusError("--layout and --labels-from: both say what a path means, need one")
    if labels_from not in (None, "parent-folder"):
        raise CorpusError(f"--labels-from {labels_from}: unknown, need parent-folder")
    if labels_from and not source.is_dir():
        raise CorpusError(f"{source}: --labels-from needs a folder")


def check_folders(source: Path, files: Sequence[str], labels_from: str | None) -> None:
    """Refuse labels by folder where no recording lies in one."""
    if labels_from and files and not any("/" in file for file in files):
        raise CorpusError(
            f"{source}: {counted(len(files), 'recording')}, none in a folder below it, need "
            "folders named after labels (or a table with a column label)"
        )


def _describe(file: str, layout: Layout | None, labels_from: str | None) -> Utterance | None:
    """Say what is known of one recording from its path, or why it is refused."""
    check_name(file)
    if layout:
        return layout.describe(file)
    if labels_from == "parent-folder":
        parent = Path(file).parent.name
        if not parent:
            raise CorpusError("lies in no folder, need one named after its label")
        return Utterance(file, label=parent)
    return Utterance(file)
