"""Resolutions of the spectrogram in time and frequency: the cells of an ablation.

Grades of choices: **[B]** read off low-resolution page images of Zhao et al. 2018,
doi 10.1145/3267935.3267948, **[I]** our choice where the papers are silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

from deepspectrum_features.errors import RecipeError, near_miss
from deepspectrum_features.recipe.front_ends import PowerSpectrogram
from deepspectrum_features.recipe.recipe import Recipe
from deepspectrum_features.recipe.systems import SYSTEMS
from deepspectrum_features.recipe.training import Training
from deepspectrum_features.recipe.views import LogBins, LogMel

#: Values of the paper's study [B]; its best are those of `REFERENCE`. Linear bins [I].
BANDS = (30, 40, 60, 80, 100)
WINDOWS_MS = (15.0, 25.0, 50.0, 100.0, 200.0)
BINS_HZ = (10.0, 20.0, 40.0)


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How finely a network sees the spectrogram: mel bands, or bins of equal width.

    Attributes
    ----------
    window_ms : float, ms
    bands : int or None
        Mel bands; the transform is as long as the next power of two from the window on.
    bin_hz : float or None, Hz
        Width of a bin, in place of mel bands; the transform is ``sample_rate / bin_hz`` long.
    """

    window_ms: float = 25.0
    bands: int | None = None
    bin_hz: float | None = None

    @property
    def name(self) -> str:
        """What folders and results call it.

        Examples
        --------
        >>> Resolution(bands=40).name, Resolution(bin_hz=20).name
        ('25ms-40mel', '25ms-20hz')
        """
        seen = f"{self.bin_hz:g}hz" if self.bands is None else f"{self.bands}mel"
        return f"{self.window_ms:g}ms-{seen}"

    def of(self, recipe: Recipe) -> Recipe:
        """Return a system's recipe at this resolution, all else as it is.

        Range of frequencies, floor and centring are those of the system's own view; where it has no
        bins of equal width, these span 0 to 4000 Hz as in Zhang et al. 2018 [I]. Masks of the
        augmentation stay as wide, as a share of all bands [I].

        Raises
        ------
        RecipeError
            If there is no such spectrogram, or the system cannot take it.

        Examples
        --------
        >>> found = Resolution(window_ms=50, bands=40).of(Recipe()).front_end
        >>> found.window_samples, found.n_fft
        (800, 1024)
        """
        own = recipe.front_end
        front_end = own if isinstance(own, PowerSpectrogram) else PowerSpectrogram()
        rate = front_end.sample_rate
        window = self._whole("window", self.window_ms * rate / 1000, rate)
        n_fft = 1 << (window - 1).bit_length()
        if self.bin_hz is not None:
            n_fft = self._whole("transform", rate / self.bin_hz, rate)
        front_end = replace(front_end, window_samples=window, n_fft=n_fft, long=None)
        view = self._view(recipe.network.view)
        changed = replace(
            recipe,
            front_end=front_end,
            network=replace(recipe.network, view=view),
            training=_masked_alike(recipe, front_end, view),
        )
        return Recipe.from_dict(changed.to_dict(), where=f"cell {self.name}")

    def _view(self, own: Any) -> LogMel | LogBins:
        """Return what the network sees in place of its own view."""
        if self.bands is not None:
            base = own if isinstance(own, LogMel) else LogMel(centre=own.centre)
            return replace(base, bands=self.bands)
        return own if isinstance(own, LogBins) else LogBins(high_hz=4000.0, centre=own.centre)

    def _whole(self, what: str, samples: float, rate: int) -> int:
        """Return a number of samples that must be whole."""
        if samples < 1 or samples != round(samples):
            raise RecipeError(
                f"cell {self.name}: {what} of {samples:g} samples at {rate} Hz, need a whole number"
            )
        return round(samples)


def _masked_alike(recipe: Recipe, front_end: PowerSpectrogram, view: LogMel | LogBins) -> Training:
    """Return how to train where a mask is to cover the same share of the bands."""
    told = recipe.training.augmentation
    own = _columns(recipe.network.view, recipe.front_end)
    masked = told.masked_bands
    if own is not None:
        masked = round(masked * (_columns(view, front_end) or 0) / own)
    return replace(recipe.training, augmentation=replace(told, masked_bands=masked))


def _columns(view: Any, front_end: Any) -> int | None:
    """Count the columns of a view of the spectrogram; None of another view."""
    if isinstance(view, LogMel):
        return view.bands
    return len(view.bins(front_end)) if isinstance(view, LogBins) else None


#: What the paper found best [B].
REFERENCE = Resolution(bands=40)


def grid(
    bands: Sequence[int] = BANDS,
    windows_ms: Sequence[float] = WINDOWS_MS,
    bins_hz: Sequence[float] = BINS_HZ,
) -> list[Resolution]:
    """List the cells of an ablation: the reference, varied in one thing at a time.

    Returns
    -------
    list of Resolution
        Every number of bands in the reference's window, the reference's bands in every window, and
        bins of every width in the reference's window; the reference always, each cell once.

    Examples
    --------
    >>> [one.name for one in grid(bands=[20, 40], windows_ms=[], bins_hz=[20])]
    ['25ms-20mel', '25ms-40mel', '25ms-20hz']
    >>> len(grid())
    12
    """
    mel = [replace(REFERENCE, bands=count) for count in bands]
    windows = [replace(REFERENCE, window_ms=window) for window in windows_ms]
    linear = [Resolution(window_ms=REFERENCE.window_ms, bin_hz=width) for width in bins_hz]
    cells = dict.fromkeys([*mel, *windows, *linear])
    return [*cells] if REFERENCE in cells else [REFERENCE, *cells]


def spectral_systems() -> list[str]:
    """Name the systems that can see a spectrogram, the default first."""
    views = {name: get_type_hints(one.recipe)["view"] for name, one in SYSTEMS.items()}
    return [name for name, view in views.items() if LogMel in (get_args(view) or (view,))]


def choose(cells: Sequence[Resolution], names: Sequence[str]) -> list[Resolution]:
    """Return the cells of these names, in the order of the grid; all where none is named.

    Raises
    ------
    RecipeError
        If there is no cell of a name.
    """
    known = {one.name: one for one in cells}
    if unknown := [name for name in names if name not in known]:
        raise RecipeError(
            f"--cells {unknown[0]}: no such cell, need some of {', '.join(known)}"
            f"{near_miss(unknown[0], list(known))}"
        )
    return [one for name, one in known.items() if name in names or not names]
