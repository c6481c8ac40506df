"""Mutants of files: what is done to bytes, lines, cells and values; which has which number.

Every mutant follows from the seed ``DSF_SEED`` (0), its kind and its number alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

import numpy as np

SEED = int(os.environ.get("DSF_SEED", "0"))
#: How many of all mutants are of each kind.
SHARES = {
    "recording": 0.4, "manifest": 0.14, "layout": 0.04, "textgrid": 0.04, "labels": 0.02,
    "recipe": 0.06, "options": 0.04, "results": 0.06, "encoder": 0.05, "classifier": 0.05,
    "bytes": 0.05, "table": 0.05,
}  # fmt: skip

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
VALUES: list[str | bytes] = [
    "null", "true", "-1", "0", "1", "0.5", "1e999", "NaN", "1e308", "-1e-320", "9" * 400,
    "9" * 5000, '""', '"x"', "[]", "{}", '["a"]', "[[1, 2], [3]]", '{"a": {}}', "[0, 0]", "[null]",
    "[" * 985 + "]" * 985, "[" * 3000, '"\\ud800"', '"a\\nb"', "2147483648", "1000000000",
    '"' + "a" * 300 + '"',
]  # fmt: skip


def replace_value(content: bytearray, other: bytes, random: np.random.Generator) -> None:
    """Put something else behind a colon or an equals sign, up to the next comma or line end."""
    places = [found.end() for found in re.finditer(rb"[:=] ?", bytes(content))]
    if places:
        start = places[int(random.integers(len(places)))]
        end = next(re.finditer(rb"[,\n}\]]|$", bytes(content[start:]))).start() + start
        words = as_bytes(VALUES)
        content[start:end] = words[int(random.integers(len(words)))]


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
