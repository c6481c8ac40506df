"""A picture of attention, of whatever holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deepspectrum_features import arguments
from deepspectrum_features.encoder.bundled import ATTENTIVE
from deepspectrum_features.encoder.encoder import Encoder
from deepspectrum_features.errors import DsfError
from deepspectrum_features.extras import naming_extras
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.store import is_feature_file
from deepspectrum_features.files import check_file, whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = (".png", ".svg")
_HDF5 = (".h5", ".hdf5")


@naming_extras()
def draw_attention(
    file: str | Path, out: str | Path | None = None, encoder: str | Path | None = None
) -> Path:
    """Draw where an encoder looks.

    Of a recording the picture holds its waveform, its spectrogram and the attention over its steps,
    where the encoder has it also that over time and frequency, all over the same seconds. Of a
    feature file it holds the mean attention of every class over the relative position in an
    utterance, and where there is one over frequency.

    Parameters
    ----------
    file : str or Path
        A recording, a table that lists one utterance, or a feature file with attention.
    out : str or Path, optional
        The picture, a name that ends in ``.png`` or ``.svg``. Default the name of the file behind
        which ``-attention.png`` stands, in the current folder. A file there is replaced.
    encoder : str or Path, optional
        For a recording: a bundled encoder's name, any other's path. Default the bundled one that
        has attention.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    AudioError
        If the recording cannot be read or encoded.
    CorpusError
        If there is more than one recording, or none.
    EncoderError
        If the encoder is not there or has no attention.
    FeatureFileError
        If the feature file is damaged, or has no attention or labels.
    DsfError
        If the picture cannot be written, or an encoder is given for a feature file.
    """
    import matplotlib  # noqa: F401  # that it is missing is better known before all work

    path = arguments.path("file", file)
    out = Path(f"{path.stem}-attention.png") if out is None else arguments.path("out", out)
    if out.suffix.lower() not in _FORMATS:
        raise DsfError(f"{out}: need a name ending in .png or .svg")
    check_file(out, DsfError)
    figure = _figure(path, encoder)
    with whole_file(out) as draft:
        figure.savefig(draft, dpi=110, format=out.suffix[1:].lower())
    return out


def _figure(path: Path, encoder: str | Path | None) -> Figure:
    """Draw what the file is."""
    if path.suffix.lower() not in _HDF5 and not is_feature_file(path):
        from deepspectrum_features.drawing.sound_figure import draw_sound
        from deepspectrum_features.drawing.sounds import AttendedSound

        return draw_sound(AttendedSound.of(path, Encoder.open(encoder or ATTENTIVE)))
    if encoder is not None:
        raise DsfError(f"--encoder: {path} holds attention of its own, need a recording")
    from deepspectrum_features.drawing.class_figure import draw_classes
    from deepspectrum_features.drawing.classes import ClassAttention

    return draw_classes(ClassAttention.of(FeatureFile.open(path, lazy=True), path))
