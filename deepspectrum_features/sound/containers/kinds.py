"""What a file is, by its first bytes: which decoder knows it, or why it is no recording."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import BinaryIO, NamedTuple

from deepspectrum_features.sound.containers.tags import tags_before

#: Suffixes of what libsndfile decodes, and of what FFmpeg does.
READABLE = frozenset(
    ".wav .wave .bwf .rf64 .w64 .flac .ogg .oga .opus .mp3 .mp2 .mp1 .mpa .mpga .aiff .aif .aifc "
    ".au .snd .caf .sph .nist .voc .ircam .sf .avr .paf .fap .pvf .8svx .svx .iff .sds .wve "
    ".m4a .m4b .m4r .mp4 .m4v .mov .qt .3gp .3g2 .3ga .aac .adts .amr .awb .mka .mkv .webm .wma "
    ".wmv .asf .avi .flv .mpg .mpeg .vob .m2ts .mts .wv .ape .tta .tak .mpc .shn .spx .ogv .ogm "
    ".ac3 .eac3 .dts .thd .ra .rm .dsf".split()
)
#: Suffixes of samples without a header, which nothing can be told from.
HEADERLESS = frozenset(".raw .pcm .vox .gsm .g722 .g729 .ul .ulaw .al .alaw .lin .s16 .f32".split())

#: What frames of MPEG audio are called.
MPEG = "MP3"


class Door(Enum):
    """What reads a kind of file."""

    LIBSNDFILE = "libsndfile"
    FFMPEG = "FFmpeg"
    NONE = "nothing"


class Kind(NamedTuple):
    """What a file is.

    Attributes
    ----------
    words : str
        Its name, such as ``MPEG-4`` or ``a ZIP archive``; empty where the first bytes tell nothing.
    door : Door
        What reads it.
    advice : str
        What to do about a file that is no recording; may be empty.
    """

    words: str = ""
    door: Door = Door.LIBSNDFILE
    advice: str = ""


_HEAD = 4096  # bytes looked at
_AGAIN, _UNPACK = "download it again", "unpack it"
_UNKNOWN = Kind()
_ZEROS = Kind("zero bytes where a header should be", Door.NONE, "copy it again")
_TAG = Kind("an ID3 tag without sound", Door.NONE, "copy it again")
_TEXT = Kind("a text file", Door.NONE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_LIBSNDFILE = (
    (rb"(?:RIFF|RIFX|RF64|BW64)....WAVE|riff\x2e\x91\xcf\x11", "WAV"),
    (rb"FORM....AIF[FC]", "AIFF"),
    (rb"fLaC[\x00-\x06\x80-\x86]", "FLAC"),
    (rb"OggS.{24,279}Speex   ", "Ogg Speex"),
    (rb"OggS.{24,279}\x7fFLAC", "Ogg FLAC"),
    (rb"OggS\x00", "Ogg"),
    (rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd][\x10-\xef]", MPEG),
    (rb"caff\x00", "CAF"),
    (rb"\.snd\x00|dns\....\x00", "AU"),
    (rb"NIST_1A\n", "NIST SPHERE"),
    (rb"Creative Voice File", "VOC"),
    (rb"d\xa3[\x00-\x04]\x00|\x00[\x00-\x04]\xa3d", "IRCAM"),
    (rb"FORM....(?:8SVX|16SV)", "SVX"),
    (rb"2BIT.{8}[\x00\xff]", "AVR"),
    (rb" paf\x00|fap .\x00", "PAF"),
    (rb"PVF1\n", "PVF"),
    (rb"ALawSoundFile", "WVE"),
    (rb"\xf0\x7e.\x01", "SDS"),
)
_FFMPEG = (
    (rb"RIFF....WAVEfmt ....U\x00", "MP3 in WAV"),  # libsndfile guesses its length
    # libsndfile takes one channel behind the other for both at once
    (rb"FORM....(?:8SVX|16SV).*?CHAN\x00\x00\x00\x04\x00\x00\x00\x06", "SVX of two channels"),
    (rb"\x00...(?:ftyp|moov|wide|styp|free|skip|pnot)|....mdat", "MPEG-4 or QuickTime"),
    (rb"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (rb"RIFF....AVI ", "AVI"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (rb"\xff[\xf0\xf1\xf8\xf9]|ADIF", "AAC"),
    (rb"#!AMR", "AMR"),
    (rb"wvpk", "WavPack"),
    (rb"MAC .[\x0c-\x0f]", "Monkey's Audio"),
    (rb"TTA[12].\x00", "True Audio"),
    (rb"tBaK", "TAK"),
    (rb"MPCKS[HE]|MP\+[\x07\x17]", "Musepack"),
    (rb"ajkg[\x00-\x03]", "Shorten"),
    (rb"FLV\x01", "Flash video"),
    (rb"\x0b\x77", "AC-3"),
    (rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80|DTSHDHDR", "DTS"),
    (rb"....\xf8\x72\x6f[\xba\xbb]", "TrueHD"),
    (rb"\.ra\xfd|\.RMF\x00", "RealAudio"),
    (rb"DSD \x1c\x00", "DSD"),
    (rb"\x00\x00\x01\xba", "MPEG"),
    (rb"(?:\x47.{187}){3}|....(?:\x47.{191}){3}", "an MPEG transport stream"),
)
_NO_SOUND = (
    (rb"version https://git-lfs", "a Git LFS pointer", "git lfs pull"),
    (rb"(?:\.\./)*(?:\.git)?/annex/objects/", "a git-annex pointer", "git annex get"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)", "an HTML page", _AGAIN),
    (rb"(?:\xef\xbb\xbf)?\s*<\?xml", "an XML document", _AGAIN),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a ZIP archive", _UNPACK),
    (rb"\x1f\x8b\x08", "a gzip archive", _UNPACK),
    (rb"BZh[1-9]", "a bzip2 archive", _UNPACK),
    (rb"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", ""),
    (rb"\x93NUMPY", "a numpy array", ""),
    (rb"\x89PNG|GIF8|\xff\xd8\xff|RIFF....WEBP|BM....\0\0\0\0", "a picture", ""),
    (rb"....ftyp(?:hei[cfmsx]|hevc|mif1|msf1|avif|crx )", "a picture", ""),
    (rb"%PDF-", "a PDF document", ""),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document", ""),
    (rb"MThd\x00", "MIDI notes", ""),
    (rb"\x7fELF|MZ.{58}", "a program", ""),
    (rb"\x00\x05\x16\x07\x00", "what macOS notes of another file", ""),
    (rb"bplist00", "a property list", ""),
    (rb"SQLite format 3\0", "a database", ""),
)
_TABLE = (
    *((rb"(?i:%b)" % look, Kind(words, Door.NONE, advice)) for look, words, advice in _NO_SOUND),
    *((look, Kind(words, Door.FFMPEG)) for look, words in _FFMPEG),
    *((look, Kind(words)) for look, words in _LIBSNDFILE),
)
_LOOK = re.compile(b"|".join(b"(%b)" % look for look, _ in _TABLE), re.DOTALL)  # a group a kind


def kind_of(path: Path) -> Kind:
    r"""Say what a file is by its first bytes, or those behind its ID3 tags.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "talk.wav"
    >>> _ = path.write_bytes(b"PK\x03\x04 and so on")
    >>> kind_of(path).words
    'a ZIP archive'
    """
    with path.open("rb") as file:
        return kind_in(file)


def kind_in(file: BinaryIO) -> Kind:
    """Say what an open file is, as `kind_of` does."""
    tags = tags_before(file)
    file.seek(tags)
    head = file.read(_HEAD)
    if not head:
        return _TAG if tags else _UNKNOWN
    if (found := _LOOK.match(head)) and found.lastindex:
        return _TABLE[found.lastindex - 1][1]
    if not head.strip(b"\0"):
        return _TAG if tags else _ZEROS
    return _TEXT if _is_text(head) else _UNKNOWN


def looks_like_sound(path: Path) -> bool:
    """Whether a file of any suffix holds sound, or one without a header by its suffix."""
    try:
        if not path.is_file() or path.stat().st_size == 0:
            return False
        kind = kind_of(path)
    except OSError:
        return False
    known = kind.words != "" and kind.door is not Door.NONE
    return known or path.suffix.lower() in HEADERLESS


def _is_text(head: bytes) -> bool:
    """Whether bytes have the mark of UTF-16, or no control characters but those of text."""
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or not _CONTROLS.search(head)
