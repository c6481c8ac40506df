"""Recordings that are no longer what they were: by size and time, then by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.errors import AudioError
from deepspectrum_features.extraction.plan import Plan
from deepspectrum_features.extraction.suspects import InHand
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.sound.content import content_digest
from deepspectrum_features.terminal import progress_bar


def changed_recordings(
    table: FeatureFile, plan: Plan, corpus: Corpus, folder: Path, bar: bool
) -> frozenset[str]:
    """Find the recordings of an output that are no longer what they were.

    One whose size and time of modification are the same is not read. Any other is decoded: it is
    the same if its header says so, and its content has the same digest.

    Parameters
    ----------
    table : FeatureFile
        The output.
    plan : Plan
        What it was made from.
    corpus : Corpus
        With the headers of today.
    folder : Path
        Where the recording in hand is named, for the case that it crashes the decoder.
    bar : bool
        Show a progress bar at a terminal or in a notebook.
    """
    touched = [file for file in plan.files if _is_touched(table, corpus, file)]
    one_channel = {
        utterance.file
        for utterance in plan.utterances
        if utterance.channel or plan.options.get("channel")
    }
    contents = dict(zip(table.file, table.content, strict=False))
    changed = set()
    with (
        InHand(folder, "touched") as in_hand,
        progress_bar(len(touched), "files", bar, desc="comparing", leave=False) as shown,
    ):
        for file in touched:
            in_hand(file)
            mixed = file not in one_channel or corpus.headers[file].channels == 1
            if not (mixed and _sounds_the_same(table, corpus, file, contents.get(file, ""))):
                changed.add(file)
            shown.update(1)
    return frozenset(changed)


def _is_touched(table: FeatureFile, corpus: Corpus, file: str) -> bool:
    """Whether a recording was written to since, or nothing is known of that."""
    then, now = table.recordings.get(file), corpus.headers[file]
    return then is None or (then.bytes, then.modified) != (now.bytes, now.modified)


def _sounds_the_same(table: FeatureFile, corpus: Corpus, file: str, content: str) -> bool:
    """Whether a recording has the header and the content that it had."""
    then, now = table.recordings.get(file), corpus.headers[file]
    if then is not None and replace(then, bytes=now.bytes) != now:
        return False
    if not content or file in corpus.crashing:
        return False
    try:
        return content_digest(corpus.root / file) == content
    except AudioError:
        return False
