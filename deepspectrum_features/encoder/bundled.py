"""Encoders that come with the package, and how any encoder is found by name or path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from deepspectrum_features.errors import EncoderError, near_miss, near_path

#: The default first, and the sha256 each file must have.
BUNDLED: dict[str, str] = {
    "spectral-functionals": "c5520c15c9f8e67342f8f4b391a4de094776948a630a7c01d8137aa992f3da52",
    "zhao2018-asmmc-nemo": "b1854176f7b7e82153f084131f98f8adc8a9b1eb8501ccdab6110cbf180b55c2",
}
#: The one that has an embedding, and so attention.
ATTENTIVE = "zhao2018-asmmc-nemo"
#: What was bundled in its place, and heard the same.
REPLACED = "zhao2018-asmmc-compact-nemo"
#: The sha256 of its files; feature files that they made may not say what was heard.
EARLIER = (
    "050344a9c0ecb5031e062a1f0fc92aa45105e187b7c3ebf95e790f913d5103ed",
    "85cb5c9f9da536768bf5659e79a19590e62ece08f88321ff5a40579562393d17",
    "153ec55b8be7865430543c3ac2becd5ff6bd950de7e7f88eb8bab5d6aeac3bad",
)
#: What every file that is or was bundled is called, by its sha256.
NAMES = {sha256: name for name, sha256 in BUNDLED.items()} | dict.fromkeys(EARLIER, REPLACED)


def find_encoder(name: str | Path | None) -> tuple[Path, str | None]:
    """Return the file of an encoder, and the sha256 it must have if it is a bundled one.

    Parameters
    ----------
    name : str, Path or None
        A bundled encoder's name, any other's path; None is the default encoder.

    Raises
    ------
    EncoderError
        If it is neither.
    """
    known = list(BUNDLED)
    name = known[0] if name is None else name
    if str(name) in BUNDLED:
        folder = Path(str(resources.files("deepspectrum_features") / "encoders"))
        return folder / f"{name}.onnx", BUNDLED[str(name)]
    if not Path(name).exists() and Path(name).suffix != ".onnx":
        if str(name) == REPLACED:
            raise EncoderError(
                f"{name}: no longer bundled, need its file of an earlier version, or {ATTENTIVE}, "
                "which took its place and gives other numbers"
            )
        raise EncoderError(
            f"{name}: no such encoder, need a path or one of {', '.join(known)}"
            f"{near_miss(str(name), known) or near_path(Path(name))}"
        )
    return Path(name), None


def check_sha256(path: Path, found: str, needed: str | None) -> None:
    """Refuse an encoder file that is not the one meant; None takes any.

    Raises
    ------
    EncoderError
        If the two differ.
    """
    if needed is not None and needed != found:
        bundled = needed in BUNDLED.values()
        again = "install the package again" if bundled else "open the encoder again"
        raise EncoderError(
            f"{path}: sha256 {found[:12]}..., need {needed[:12]}... (the file was changed: {again})"
        )
