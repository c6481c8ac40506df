"""Mutated recordings, tables and layouts: whatever they hold, a row or a line, never a crash.

``DSF_MUTATIONS`` says how many (default 5000, for a minute at most; the quick tests take the
first 250 of them), ``DSF_SEED`` which (0).
Every mutant follows from the seed, its kind and its number alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from quick_first import quick_first

from deepspectrum_features import Corpus, Encoder, FeatureFile
from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.sources.annotation import read_annotation
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.testing import chirp

MUTATIONS = int(os.environ.get("DSF_MUTATIONS", "5000"))
FEW = 250
SEED = int(os.environ.get("DSF_SEED", "0"))
#: In seconds; who asks for a number gets that number.
LONGEST = 60.0 if "DSF_MUTATIONS" not in os.environ else float("inf")
SHARES = {"recording": 0.76, "manifest": 0.14, "layout": 0.04, "textgrid": 0.04, "labels": 0.02}
BATCH = 400
HANG_SECONDS = 60.0  # for a batch: a second where nothing hangs and nobody else is at work
MOST_BYTES = 2**30  # that a process may ask for

Mutator = Callable[[bytearray, bytes, np.random.Generator], None]


# What is done to the bytes of one file; ``other`` is another file of the same kind


def place(content: bytearray, random: np.random.Generator) -> int:
    """Choose a byte, every second time one of the header."""
    within = min(len(content), 160) if random.random() < 0.5 else len(content)
    return int(random.integers(within + 1))


def flip_bits(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    for _ in range(random.integers(1, 9)):
        if at := place(content, random):
            content[at - 1] ^= 1 << int(random.integers(8))


def splice(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    at, start = place(content, random), place(bytearray(other), random)
    length = int(random.integers(1, 200))
    content[at : at + length] = other[start : start + length]


def insert(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    at, start = place(content, random), place(bytearray(other), random)
    content[at:at] = other[start : start + int(random.integers(1, 200))]


def truncate(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    del content[place(content, random) :]


def delete(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    at = place(content, random)
    del content[at : at + int(random.integers(1, 200))]


def duplicate(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    at, length = place(content, random), int(random.integers(1, 2000))
    content[at:at] = content[at : at + length]


def swap_halves(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    at = place(content, random)
    content[:] = content[at:] + content[:at]


def exaggerate(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    """Overwrite a field with the least, the most, or something at a border of its type."""
    size = int(random.choice([1, 2, 4, 8]))
    bits = 8 * int(random.integers(1, size + 1))
    value = int(random.choice([0, 1, 2])) or (1 << bits - int(random.integers(2))) - 1
    order = "little" if random.random() < 0.5 else "big"
    at = place(content, random) // 2 * 2
    content[at : at + size] = value.to_bytes(size, order)


BYTES: list[Mutator] = [
    flip_bits, splice, insert, truncate, delete, duplicate, swap_halves, exaggerate, exaggerate,
]  # fmt: skip


def swap_lines(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    lines = bytes(content).split(b"\n")
    one, two = (int(random.integers(len(lines))) for _ in range(2))
    lines[one], lines[two] = lines[two], lines[one]
    content[:] = b"\n".join(lines)


def repeat_line(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    lines = bytes(content).split(b"\n")
    at = int(random.integers(len(lines)))
    lines[at:at] = [lines[at]] * int(random.integers(1, 4))
    content[:] = b"\n".join(lines)


def as_bytes(words: Sequence[str | bytes]) -> list[bytes]:
    return [word if isinstance(word, bytes) else word.encode() for word in words]


def replace_cell(words: Sequence[str | bytes]) -> Mutator:
    """Return what puts a word in the place of a whole cell of a table."""
    encoded = as_bytes(words)

    def mutate(content: bytearray, other: bytes, random: np.random.Generator) -> None:
        lines = bytes(content).split(b"\n")
        at = int(random.integers(min(len(lines), 4)))
        cells = re.split(rb"([,;\t])", lines[at])  # every second one is a separator
        number = 2 * int(random.integers((len(cells) + 1) // 2))
        cells[number] = encoded[int(random.integers(len(encoded)))]
        lines[at] = b"".join(cells)
        content[:] = b"\n".join(lines)

    return mutate


def insert_words(words: Sequence[str | bytes], line: bytes = b"") -> Mutator:
    """Return what puts words anywhere, or in the line that begins with something."""
    encoded = as_bytes(words)

    def mutate(content: bytearray, other: bytes, random: np.random.Generator) -> None:
        start = max(content.find(line), 0)
        end = content.find(b"\n", start) if line else len(content)
        for _ in range(random.integers(1, 3)):
            at = int(random.integers(start + len(line), max(end, start + len(line)) + 1))
            over = int(random.choice([0, 0, 3]))
            content[at : at + over] = encoded[int(random.integers(len(encoded)))]

    return mutate


ANYWHERE: list[str | bytes] = [
    '"', "'", "\n", "\r", "\r\n", "\0", "\x1a", "\ufeff", "\u2028", "\x85", "e\u0301", "-", "=",
    b"\xff", b"\xc3", b"\xed\xb3\xbc", b"\xf4\x90\x80\x80", "\u0661", "9" * 400, "9" * 5000,
    "1_0", "1e308", "1e-400", "inf",
]  # fmt: skip
CELLS: list[str | bytes] = [
    ",", ";", "\t", '""', " ", "\\", "/", "../", "/etc/", "NaT", "nan", "0 days",
    "1 day 99:99:99.9", "-1 days +23:59:59", "file", "file,", "start", "end", "split", "train",
    "0x10", "a" * 200_000, '"a\nb"', '"../a\r\nb"', "9" * 400 + " days", "\na.wav\0,1,2\n",
]  # fmt: skip
KEYS: list[str | bytes] = [
    "[", "]", "[[", "{", "}", "#", '"""', "\'\'\'", "\\", "\\u0000", "\\U00110000",
    "true", "1979-05-27", "07:32:99", "labels.", "[expected]", "\ny = " + "[" * 3000 + "\n",
    "\ny = " + "9" * 5000 + "\n", '"""\n',
]  # fmt: skip
PATTERNS: list[str | bytes] = [
    "(", ")", "(?i)", "(?P<label>", "(?P<x>", "(?<=a+)", "*", "+", "?", "{2}", "{99999999999}",
    "|", "$", "^", "[a-", "]", "\\d", "\\k", "\\U00110000", "(" * 3000, "a" * 3000, "\x7f", "é",
]  # fmt: skip


def mutant(
    kind: str, number: int, files: Sequence[bytes], mutators: Sequence[Mutator], changes: int = 3
) -> bytes:
    """Return the file of one number, changed once or several times."""
    random = np.random.default_rng([SEED, list(SHARES).index(kind), number])
    content = bytearray(files[number % len(files)])
    for _ in range(random.integers(1, changes + 1)):
        other = files[int(random.integers(len(files)))]
        mutators[int(random.integers(len(mutators)))](content, other, random)
    return bytes(content)


def in_batches(kind: str, mutations: int, work: Callable[[range], object]) -> None:
    """Hand out numbers until all are done or time is up, which is said."""
    count = round(mutations * SHARES[kind])
    began = time.monotonic()
    for first in range(0, count, BATCH):
        if time.monotonic() - began > LONGEST * SHARES[kind]:
            warnings.warn(f"time was up after {first} of {count} mutants", stacklevel=2)
            return
        work(range(first, min(first + BATCH, count)))


# Recordings

WRITTEN = [
    *(("wav", "WAV", name) for name in ("PCM_16", "PCM_24", "FLOAT", "DOUBLE", "PCM_U8")),
    *(("wav", "WAV", name) for name in ("ULAW", "MS_ADPCM", "IMA_ADPCM", "GSM610", "G721_32")),
    ("wav", "WAVEX", "PCM_16"),
    ("flac", "FLAC", "PCM_16"),
    ("flac", "FLAC", "PCM_24"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    ("ogg", "OGG", "VORBIS"),
    ("opus", "OGG", "OPUS"),
    *(("aiff", "AIFF", name) for name in ("PCM_16", "FLOAT", "IMA_ADPCM")),
    *(("au", "AU", name) for name in ("PCM_16", "G723_24")),
    *(("caf", "CAF", name) for name in ("PCM_16", "ALAC_16")),
    *(("w64", "W64", name) for name in ("PCM_16", "MS_ADPCM")),
    ("rf64", "RF64", "PCM_16"),
]


#: Names that say the container, and codecs, of what FFmpeg writes.
ENCODED = [
    ("a.mp3", "libmp3lame"), ("a.mp2", "mp2"), ("a.aac", "aac"), ("a.m4a", "aac"),
    ("a.m4a", "alac"), ("a.mp4", "aac"), ("a.mov", "pcm_s16be"), ("a.webm", "libopus"),
    ("a.mka", "aac"), ("a.mkv", "flac"), ("a.mkv", "pcm_s16le"), ("a.ogg", "flac"),
    ("a.opus", "libopus"), ("a.avi", "pcm_s16le"), ("a.avi", "libmp3lame"), ("a.wma", "wmav2"),
    ("a.caf", "alac"), ("a.wv", "wavpack"), ("a.tta", "tta"), ("a.flac", "flac"), ("a.ac3", "ac3"),
]  # fmt: skip
#: Rates and bits a second that a codec needs.
NEEDS = {"ac3": {"rate": 48000}, "wmav2": {"rate": 44100, "bits": 64000}}
ID3 = b"ID3\x04\0\0\0\0\0\x14TIT2\0\0\0\x0a\0\0\0a title..."
TAG = b"TAG" + b"a title".ljust(125, b"\0")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Return suffix and content of small recordings, mono and with two channels."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = 0.02 * np.random.default_rng(0).standard_normal(1600).astype(np.float32)
    sound = np.stack([chirp(200, 6000, 0.1) + noise, noise], 1)
    found = [*written(folder, sound), *encoded(folder, sound)]
    return [*found, *put_together(found)]


def written(folder: Path, sound: NDArray[np.float32]) -> Iterator[tuple[str, bytes]]:
    """Yield what libsndfile writes, with titles."""
    for suffix, container, subtype in WRITTEN:
        mono = subtype in ("GSM610", "G721_32", "G723_24")
        for channels in (1,) if mono else (1, 2):
            path = folder / f"{container}-{subtype}-{channels}.{suffix}"
            with soundfile.SoundFile(path, "w", 16000, channels, subtype, None, container) as file:
                if container not in ("AU", "W64"):
                    file.title, file.comment = "a title", "a comment of some length"
                file.write(sound[:, :channels])
            yield suffix, path.read_bytes()


def encoded(folder: Path, sound: NDArray[np.float32]) -> Iterator[tuple[str, bytes]]:
    """Yield what FFmpeg writes, nothing where it is not installed."""
    try:
        from encoded import encode
    except ModuleNotFoundError:
        return
    for name, codec in ENCODED:
        for channels in (1, 2):
            path = encode(folder / name, sound[:, :channels], codec=codec, **NEEDS.get(codec, {}))
            yield path.suffix[1:], path.read_bytes()


def put_together(found: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield chains, tags, and headers without a length, as programs that stream leave them."""
    by_suffix = dict(found)
    mp3, flac, wav = (by_suffix[suffix] for suffix in ("mp3", "flac", "wav"))
    oggs = [content for suffix, content in found if suffix in ("ogg", "opus")]
    yield from (("ogg", one + other) for one, other in zip(oggs, [*oggs[1:], oggs[0]], strict=True))
    yield "mp3", ID3 + mp3 + ID3 + b"junk" * 50 + mp3 + TAG
    yield "flac", ID3 + flac + TAG
    yield "flac", flac[:21] + bytes([flac[21] & 0xF0]) + bytes(20) + flac[42:]
    size = wav.index(b"data") + 4
    yield "wav", wav[:4] + b"\xff" * 4 + wav[8:size] + b"\xff" * 4 + wav[size + 4 :]


@pytest.mark.slow
@pytest.mark.parametrize("mutations", quick_first([FEW, MUTATIONS]))
def test_recordings_give_a_row_or_a_line(
    recordings: list[tuple[str, bytes]], encoder: Encoder, tmp_path: Path, mutations: int
) -> None:
    contents = [content for _, content in recordings]
    rows = refused = 0

    def work(numbers: range) -> None:
        nonlocal rows, refused
        folder = tmp_path / str(numbers.start)
        folder.mkdir()
        soundfile.write(folder / "good.wav", chirp(200, 6000, 0.5), 16000)
        for number in numbers:
            suffix = recordings[number % len(recordings)][0]
            path = folder / f"{number:06d}.{suffix}"
            path.write_bytes(mutant("recording", number, contents, BYTES))
        table = extracted(folder, encoder)
        names = sorted(path.name for path in folder.iterdir())
        assert sorted([*table.file, *(one.file for one in table.refused)]) == names
        assert "good.wav" in table.file
        assert np.isfinite(table.features).all()
        assert np.isfinite(table.scores).all()
        assert (table.end > table.start).all()
        for one in table.refused:
            assert len(one.reason) > 9, one
            assert len(one.reason.splitlines()) == 1, one
        rows, refused = rows + len(table.file), refused + len(table.refused)
        shutil.rmtree(folder)

    in_batches("recording", mutations, work)
    if mutations >= 1000:
        assert min(rows, refused) > 0.2 * (rows + refused), "neither all well nor all dead"


def extracted(folder: Path, encoder: Encoder) -> FeatureFile:
    """Extract a folder in a process of its own, so that its death would be seen."""
    out = folder.with_suffix(".h5")
    command = [str(Path(sys.executable).with_name("dsf")), "extract", str(folder), str(out)]
    command += ["--encoder", str(encoder.path), "--quiet", "--jobs", "1"]
    done = ended(command)
    trying = [path.read_bytes() for path in folder.parent.glob("*.parts/*.trying")]
    assert done.returncode in (0, 3), f"exit {done.returncode} at {trying}: {done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr, done.stderr
    return FeatureFile.open(out)


def ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that must not hang, nor ask for memory without end."""
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=HANG_SECONDS,
        preexec_fn=take_little_memory if sys.platform == "linux" else None, check=False,
    )  # fmt: skip


def take_little_memory() -> None:
    """Let what asks for more fail."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


# Manifests and layouts

MANIFESTS = [
    "file,start,end,label,speaker,split\na.wav,0.5,1.25,calm,s1,train\nb/c d.wav,,,,s2,\n",
    "file;emotion;speaker_id\r\na.wav;calm;s1\r\nb.wav;angry;s2\r\n",
    'file\tlabel\tage\n"a\tb.wav"\t"so ""calm"""\t3\nc.mp4\tcalm\t4\n',
    "\ufefffile,start,end,label\na.wav,0 days 00:00:01.5,NaT,calm\na.wav,0 days,1 days 01:00:00,\n",
    "label,file\ngrün,grün.wav\nwütend,日本.wav\n\n,,\n",
    "file\n" + "".join(f"sub\\{number}.wav\n" for number in range(40)),
]
LAYOUT = """
name = "own"
title = "A corpus of ours"
path = '(?P<split>train|dev|test)/(?P<speaker>s\\d+)-(?:[0-9]{2}_)?(?P<label>[a-z]+)'
example = "train/s1-a.wav"
licence = "CC0-1.0"
citation = "none"

[labels]
a = "anger"
n = "neutral"

[expected]
utterances = 2
speakers = 2
labels = 2
"""
TEXTGRIDS = [
    """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "label"
        xmin = 0
        xmax = 2.5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "calm"
        intervals [2]:
            xmin = 1.25
            xmax = 2.5
            text = "so ""angry\"""
    item [2]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 0.5
            mark = "click"
""",
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
NAMES = ["train/s1-a.wav", "dev/s1-01_n.wav", "s1-a.wav", "test/s22-x.flac", "a" * 24 + "!"]


def write_recordings(folder: Path) -> None:
    """Write what the manifests name, so that some of it is there; nothing is in it."""
    for name in ("a.wav", "b/c d.wav", "b.wav", "a\tb.wav", "grün.wav", "sub/0.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def read_manifest_file(path: Path) -> str:
    corpus = Corpus.read(path, root=path.parents[1] / "recordings").scan()
    return f"{len(corpus.utterances)} utterances, {len(corpus.refused)} refused"


def read_layout_file(path: Path) -> str:
    layout, fits = load_layout(str(path)), 0
    for name in NAMES:
        try:
            fits += len(layout.describe(name).file) > 0
        except CorpusError:
            pass
    return f"{fits} fit"


def read_annotation_file(path: Path) -> str:
    utterances, notes = read_annotation(path, "a.wav")
    return f"{len(utterances)} utterances, {len(notes)} notes"


READERS = {
    "manifest": read_manifest_file,
    "layout": read_layout_file,
    "textgrid": read_annotation_file,
    "labels": read_annotation_file,
}


def read_all(kind: str, folder: Path) -> None:
    """Print what becomes of every file, in the process that may die of it."""
    for path in sorted(folder.iterdir()):
        print(json.dumps(path.name), flush=True)
        try:
            outcome = ["read", READERS[kind](path)]
        except CorpusError as error:
            outcome = ["refused", str(error)]
        except BaseException:
            outcome = ["raised", traceback.format_exc()]
        print(json.dumps(outcome), flush=True)


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
    outcomes = {"read": 0, "refused": 0}
    write_recordings(tmp_path / "recordings")

    def work(numbers: range) -> None:
        folder = tmp_path / str(numbers.start)
        folder.mkdir()
        for number in numbers:
            content = mutant(kind, number, contents, mutators, changes)
            (folder / f"{number:06d}{suffix}").write_bytes(content)
        done = ended([sys.executable, __file__, kind, str(folder)])
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, f"exit {done.returncode} at {lines[-1:]}: {done.stderr}"
        assert lines[::2] == sorted(path.name for path in folder.iterdir())
        for name, (outcome, text) in zip(lines[::2], lines[1::2], strict=True):
            assert outcome in outcomes, f"{name}: {text}"
            outcomes[outcome] += 1
            if outcome == "refused":
                assert text.startswith(f"{folder / name}: "), text
                assert not {"\n", "\r"} & set(text), f"{name}: {text}"
        shutil.rmtree(folder)

    in_batches(kind, mutations, work)
    if mutations >= 1000:
        assert min(outcomes.values()) > 0.05 * sum(outcomes.values()), outcomes


if __name__ == "__main__":
    read_all(sys.argv[1], Path(sys.argv[2]))
