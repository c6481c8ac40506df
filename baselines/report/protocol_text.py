"""How scores came about, in the sentences of a paper."""

from __future__ import annotations

from collections.abc import Iterator

from deepspectrum_features.baselines.normalisation import BY_CORPUS, BY_SPEAKER
from deepspectrum_features.baselines.report.data_tables import corpus_names
from deepspectrum_features.baselines.report.protocol_card import warnings
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.baselines.results_text import head
from deepspectrum_features.corpus.protocol import folds_line, pooling
from deepspectrum_features.terminal import counted

_NORMALISED = {
    "speaker": "each speaker's own recordings first, the test speakers' too",
    "corpus": "each corpus's own recordings first, the test corpus's too",
}


def protocol_text(results: Results) -> str:
    """Say what was scored, how folds were made, features normalised and settings chosen."""
    corpora = tuple(f"{name}:" for name in corpus_names(results))
    return " ".join(
        f"{one if one.startswith(corpora) else one[0].upper() + one[1:]}."
        for one in _sentences(results)
    )


def _sentences(results: Results) -> Iterator[str]:
    """Yield sentences without their full stops."""
    protocol = results.protocol
    rows = counted(results.utterances, results.unit)
    folds = counted(len(results.folds), "fold")
    told = f"{len(results.classes)} classes ({', '.join(results.classes)})"
    told = told if results.classes else f"the number {results.target}"
    yield (
        f"on {results.corpus} ({rows}, {counted(len(results.speakers), 'speaker')}), {told} "
        f"{'were told apart' if results.classes else 'was told'} under the protocol "
        f"{protocol.name} ({folds})"
    )
    if protocol.speaker_independent:
        yield "no speaker was in both training and test"
    for manner, by in _NORMALISED.items():
        if any(one.normalise == manner for one in results.systems):
            yield f"features of the systems called {manner} were z-normed by {by}"
    by_corpus = bool(results.corpora)
    yield pooling(by_corpus)
    said = {folds_line(protocol.name, len(results.folds), by_corpus), BY_SPEAKER, BY_CORPUS}
    yield from (line.rstrip(".") for line in protocol.lines if line not in said)
    names = ", ".join(head(name) for name in results.systems[0].scores)
    yield f"intervals of {names} are 95 % over speakers"
    tests = "; ".join(dict.fromkeys(one.test for one in results.comparisons))
    if tests:
        yield f"pairs of systems were compared by this test: {tests}"
    if results.comparisons:
        yield "p-values are corrected by Holm's procedure within each family of comparisons"
    yield from (f"left out: {one}" for one in results.left_out)
    yield from (f"limitation: {one.rstrip('.')}" for one in warnings(results))
