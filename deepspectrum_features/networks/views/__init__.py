"""What networks see of front-end frames: one file per view, named as its fields in recipes."""

from __future__ import annotations

from deepspectrum_features.networks.views.descriptors import WhitenedDescriptors
from deepspectrum_features.networks.views.log_bins import LogBinsOfRange
from deepspectrum_features.networks.views.log_mel import LogMelBands
from deepspectrum_features.networks.views.view import View
from deepspectrum_features.recipe import Descriptors, LogBins, LogMel, ViewRecipe
from deepspectrum_features.sound import FrontEnd

_VIEWS: dict[type, type[View]] = {
    LogMel: LogMelBands,
    LogBins: LogBinsOfRange,
    Descriptors: WhitenedDescriptors,
}


def make_view(front_end: FrontEnd, view: ViewRecipe) -> View:
    """Return the module of a recipe's view.

    Examples
    --------
    >>> from deepspectrum_features.recipe import PowerSpectrogram
    >>> from deepspectrum_features.sound import make_front_end
    >>> make_view(make_front_end(PowerSpectrogram()), LogMel(bands=30)).dim
    30
    """
    return _VIEWS[type(view)](front_end, view)


__all__ = ["View", "make_view"]
