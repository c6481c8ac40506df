"""The fields of a network's view of openSMILE's descriptors.

Grades of choices: **[B]** read off low-resolution page images, **[I]** our choice where the paper
is silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deepspectrum_features.recipe.front_ends import FrontEndRecipe, OpensmileLld
from deepspectrum_features.recipe.limits import limited


@dataclass(frozen=True, kw_only=True)
class Descriptors:
    """Descriptors on one scale, inside the encoder, by what its training utterances are like.

    Every column is first z-normed; one that is constant in training becomes zeros.

    Attributes
    ----------
    whitening : str
        ``"pca"`` turns the columns into principal components of variance 1 each [B]; ``"z-norm"``
        leaves them as they are.
    components : int or None
        How many principal components are kept, those of largest variance; None is as many as there
        are columns [I]. What lies beyond the rank of the training frames is zeros: components with
        less than a millionth of the first one's variance [I].
    centre : bool
        Subtract each utterance's own mean from every column first: takes level and long-term
        spectrum of speaker and microphone out. Off in the papers' networks [I].
    """

    kind: str = "descriptors"
    whitening: str = limited("pca", choices=("pca", "z-norm"))
    components: int | None = limited(None, at_least=1)
    centre: bool = False

    def problems(self) -> Iterator[str]:
        """Yield what is impossible of fields that fit each alone."""
        if self.components is not None and self.whitening != "pca":
            yield f"components: {self.components}, need none with whitening {self.whitening}"

    def problems_with(self, front_end: FrontEndRecipe) -> Iterator[str]:
        """Yield why the view cannot be made from a front end."""
        if not isinstance(front_end, OpensmileLld):
            yield (
                f"front_end.kind: {front_end.kind}, need {OpensmileLld.kind} for "
                f"network.view.kind {self.kind}"
            )
