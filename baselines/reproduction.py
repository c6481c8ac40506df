"""A paper's study done again: its corpus, its protocol, its scores beside those found here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deepspectrum_features.baselines.experiment import name_of, run_experiment
from deepspectrum_features.baselines.records import SystemResult
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head, shown_score, table
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.known_layouts import load_layout
from deepspectrum_features.corpus.recognition import fitting_layout
from deepspectrum_features.corpus.sources.folders import find_recordings
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError, DsfError, near_miss
from deepspectrum_features.files import write_text
from deepspectrum_features.recipe import PRESETS, SYSTEMS, Recipe
from deepspectrum_features.recipe.study import Reported, Study
from deepspectrum_features.terminal import counted, showable

#: Of the speakers to train on, one in so many chooses where a corpus has no rows to choose on.
_ONE_CHOOSES_OF = 10
_WORDS = {"network": "the network's own scores", "svm": "SVM on its features"}
_FRESH = (
    "the paper's weights begin with those of ImageNet, these with fresh ones (--pretrained) [A]"
)
_POOLED = (
    "Scores here are of all held-out predictions pooled; how the paper averages is not known. What "
    "else differs from the paper, or is left open by it:"
)


@dataclass(frozen=True)
class Reproduction:
    """A study, and what came of doing it again.

    Attributes
    ----------
    study : Study
    results : Results
    system : str
        Name of the trained system in the results.
    deviations : tuple of str
        Where this differs from the paper, or where the paper is silent.
    """

    study: Study
    results: Results
    system: str
    deviations: tuple[str, ...]

    def markdown(self) -> str:
        """Write the paper's scores beside those found here, and in what the two differ."""
        lines = [f"# {self.system} on {self.study.name}, as in the paper", ""]
        lines += table(["score", "paper", "here", "95 %"], list(self._rows()))
        if not self.study.reported:
            lines += ["", "No primary source reports scores of this system on this corpus."]
        lines += ["", _POOLED, "", *(f"* {one}" for one in self.deviations)]
        return "\n".join(lines)

    def write(self, folder: str | Path) -> None:
        """Write the results, and ``reproduction.md`` beside them."""
        self.results.write(folder)
        write_text(Path(folder) / "reproduction.md", showable(self.markdown()))

    def _rows(self) -> Iterator[list[str]]:
        """Yield every score that the paper reports, or those of the network where it has none."""
        told = {(one.classifier, one.score): one for one in self.study.reported}
        wanted = list(told) or [("network", "ua"), ("network", "wa")]
        for classifier, score in wanted:
            found = self._found(classifier)
            here = shown_score(found.scores[score]) if found else ("not made", "")
            paper = _shown(told.get((classifier, score)))
            yield [f"{head(score)}, {_WORDS[classifier]}", paper, *here]

    def _found(self, classifier: str) -> SystemResult | None:
        """Return the trained system under a classifier; an SVM without the speakers' own means."""
        return next(
            (
                one
                for one in self.results.systems
                if one.features == self.system
                and one.classifier == classifier
                and one.normalise != "speaker"
            ),
            None,
        )


def reproduce(
    source: str | Path,
    folder: str | Path,
    recipe: Recipe,
    *,
    study: str | None = None,
    against: Sequence[str] | None = None,
    classifiers: Sequence[str] = ("svm",),
    seeds: int = 1,
    only: Sequence[str] = (),
    pretrained: str | Path | None = None,
    jobs: int | None = None,
    backend: str = "local",
    scheduler: str | None = None,
    bar: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Reproduction | None:
    """Do a paper's study again, from the corpus as it is unpacked to the paper's table.

    Parameters
    ----------
    source : str or Path
        Folder of the corpus, as its authors give it.
    folder : str or Path
        Of the experiment; the same call continues it.
    recipe : Recipe
        Of a published system; in what it is another than the paper's is among the deviations.
    study : str, optional
        Which, where the paper has several.
    against, classifiers, seeds, only, pretrained, jobs, backend, scheduler, bar, say
        As in `run_experiment`.

    Returns
    -------
    Reproduction or None
        None where ``only`` is given.

    Raises
    ------
    DsfError
        If there is no such study, or as `run_experiment` does.
    CorpusError
        If the folder is not the corpus.
    """
    chosen = find_study(recipe.network.system, study)
    corpus = _read(source, chosen).scan()
    counts = load_layout(chosen.layout).expected.differences(corpus.utterances)
    corpus = with_sides(corpus, chosen) if chosen.protocol == "split" else corpus
    results = run_experiment(
        corpus, folder, recipe, protocol=chosen.protocol, against=against,
        classifiers=classifiers, seeds=seeds, only=only, pretrained=pretrained, jobs=jobs,
        backend=backend, scheduler=scheduler, bar=bar, say=say,
    )  # fmt: skip
    if results is None:
        return None
    deviations = (
        *chosen.notes,
        *_changes(recipe, PRESETS[recipe.network.system]["paper"]),
        *([_FRESH] if SYSTEMS[recipe.network.system].for_pretrained and not pretrained else []),
        *(f"{chosen.layout}: {one}" for one in counts),
    )
    return Reproduction(chosen, results, name_of(recipe), deviations)


def _read(source: str | Path, study: Study) -> Corpus:
    """Read the corpus of a study; of another one, say which it is."""
    try:
        return Corpus.read(source, layout=study.layout)
    except CorpusError:
        files = find_recordings(Path(source), []) if Path(source).is_dir() else ()
        other = fitting_layout([*files], share=0.5)
        if other in (None, study.layout.partition(":")[0]):
            raise
        raise CorpusError(
            f"{source}: fits layout {other}, need the folder of the corpus that this study is on "
            f"(layout {study.layout})"
        ) from None


def find_study(system: str, name: str | None) -> Study:
    """Return a study of a system by name, or its only one.

    Raises
    ------
    DsfError
        If there is none of that name, or several to choose from.
    """
    studies = {one.name: one for one in SYSTEMS[system].studies}
    if name is None and len(studies) == 1:
        return next(iter(studies.values()))
    if name is None:
        raise DsfError(f"{system}: {len(studies)} studies, need --study {' or '.join(studies)}")
    if name not in studies:
        near = near_miss(name, list(studies))
        raise DsfError(f"--study {name}: {system} has {', '.join(studies)}{near}")
    return studies[name]


def with_sides(corpus: Corpus, study: Study) -> Corpus:
    """Give a corpus with a split of its own the sides of a study: train, dev and test.

    What the paper reports is tested. Where it has no other rows to choose the epoch on, one in ten
    training speakers chooses, of speakers unknown one in ten recordings.
    """
    sides = [_side(one, study.scored) for one in corpus.utterances]
    if "dev" not in sides:
        train = [row for row, side in enumerate(sides) if side == "train"]
        who = [corpus.utterances[row].speaker for row in train]
        if not all(who):
            who = [corpus.utterances[row].file for row in train]
        choosers = set(sorted(set(who))[::_ONE_CHOOSES_OF])
        for row, one in zip(train, who, strict=True):
            sides[row] = "dev" if one in choosers else "train"
    rows = zip(corpus.utterances, sides, strict=True)
    return replace(corpus, utterances=tuple(replace(one, split=side) for one, side in rows))


def _side(one: Utterance, scored: str) -> str:
    """Return the side of an utterance where another split than test is reported."""
    if one.split == scored:
        return "test"
    return "" if one.split == "test" else one.split


def _changes(recipe: Recipe, paper: Recipe) -> Iterator[str]:
    """Yield in what a recipe is another than the paper's."""
    if recipe.preset != paper.preset:
        yield f"size {recipe.preset} in place of the paper's network"
    if recipe.training.epochs != paper.training.epochs:
        yield f"{counted(recipe.training.epochs, 'epoch')} at most, paper {paper.training.epochs}"


def _shown(reported: Reported | None) -> str:
    return f"{reported.value:.3f} [{reported.grade}]" if reported else "none reported"
