"""Mutated manifests, layouts and annotations: whatever they hold, utterances or one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutant_batches import FEW, MUTATIONS, check_all
from mutants import (
    ANYWHERE,
    BYTES,
    CELLS,
    KEYS,
    PATTERNS,
    Mutator,
    insert_words,
    mutant,
    repeat_line,
    replace_cell,
    swap_lines,
)  # fmt: skip
from quick_first import quick_first
from test_annotation import LONG
from test_layout import OWN

MANIFESTS = [
    "file,start,end,label,speaker,split\na.wav,0.5,1.25,calm,s1,train\nb/c d.wav,,,,s2,\n",
    "file;emotion;speaker_id\r\na.wav;calm;s1\r\nb.wav;angry;s2\r\n",
    'file\tlabel\tage\n"a\tb.wav"\t"so ""calm"""\t3\nc.mp4\tcalm\t4\n',
    "\ufefffile,start,end,label\na.wav,0 days 00:00:01.5,NaT,calm\na.wav,0 days,1 days 01:00:00,\n",
    "label,file\ngrün,grün.wav\nwütend,日本.wav\n\n,,\n",
    "file\n" + "".join(f"sub\\{number}.wav\n" for number in range(40)),
]
LAYOUT = OWN.replace("-(?P<label>", "-(?:[0-9]{2}_)?(?P<label>")
TEXTGRIDS = [
    LONG,
    """File type = "ooTextFile"
"TextGrid"
0 2 <exists> 1
"IntervalTier" "speaker" 0 2 2
0 1 "anna" 1 2 ""
""",
]
LABELS = [
    "0.000000\t1.250000\tcalm\n1.250000\t2.500000\tangry\n\\\t100.0\t4000.0\n",
    "0,5\t0,5\tclick\r\n1\t2\tgrün\r\n3\t4\t\r\n",
]
MARKS: list[str | bytes] = [
    " ", "\t", "<exists>", "<absent>", "! ", "size = ", "xmin = ", '"IntervalTier"', '"TextTier"',
    "ooBinaryFile\x08TextGrid", "-1", "99999999999", "1e9", "0.5", "\\\t1\t2\n", "1\t2\tx\n",
]  # fmt: skip


def write_recordings(folder: Path) -> None:
    """Write what the manifests name, so that some of it is there; nothing is in it."""
    for name in ("a.wav", "b/c d.wav", "b.wav", "a\tb.wav", "grün.wav", "sub/0.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
@pytest.mark.parametrize(
    ("kind", "suffix", "texts", "words", "changes"),
    [
        (
            "manifest",
            ".csv",
            MANIFESTS,
            [insert_words([*ANYWHERE, *CELLS]), replace_cell([*ANYWHERE, *CELLS])],
            2,
        ),
        pytest.param(
            "layout",
            ".toml",
            [LAYOUT],
            [insert_words([*ANYWHERE, *KEYS]), insert_words(PATTERNS, line=b"path = '")],
            1,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "textgrid",
            ".TextGrid",
            TEXTGRIDS,
            [insert_words([*ANYWHERE, *MARKS])],
            1,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "labels",
            ".txt",
            LABELS,
            [insert_words([*ANYWHERE, *MARKS])],
            2,
            marks=pytest.mark.slow,
        ),
    ],
    ids=["manifest", "layout", "textgrid", "labels"],
)
def test_tables_are_read_or_refused_in_one_line(
    tmp_path: Path,
    kind: str,
    suffix: str,
    texts: list[str],
    words: list[Mutator],
    changes: int,
    mutations: int,
) -> None:
    contents = [text.encode() for text in texts]
    mutators = [*BYTES, swap_lines, repeat_line, *words * 5]
    write_recordings(tmp_path / "around")
    check_all(
        kind,
        mutations,
        tmp_path,
        lambda number: (suffix, mutant(kind, number, contents, mutators, changes)),
    )
