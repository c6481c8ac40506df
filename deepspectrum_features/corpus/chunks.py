"""Long utterances cut into chunks of equal length, each an utterance of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.corpus.utterance import Utterance
from deepspectrum_features.errors import CorpusError
from deepspectrum_features.sound.audio import AudioHeader

_LONGEST_STEP = 86400.0


@dataclass(frozen=True)
class Chunks:
    """How utterances are cut.

    Attributes
    ----------
    seconds : float, s
        Length of a chunk.
    step_seconds : float, s
        From the start of one chunk to the start of the next.
    """

    seconds: float
    step_seconds: float

    def check(self, shortest: float, longest: float) -> None:
        """Refuse chunks that an encoder could not take, lengths in seconds.

        Raises
        ------
        CorpusError
            Naming the option.
        """
        if not shortest <= self.seconds <= longest:
            raise CorpusError(
                f"--chunk {self.seconds:g}: need {shortest:g} to {longest:g} s for this encoder"
            )
        if not 0.001 <= self.step_seconds <= _LONGEST_STEP:
            raise CorpusError(
                f"--chunk-step {self.step_seconds:g}: need at least 0.001 s and at most a day"
            )

    def cut(self, corpus: Corpus, shortest: float) -> Corpus:
        """Return a scanned corpus with every utterance cut.

        Chunk ``k`` begins ``k * step`` after its utterance, counted in whole samples of the
        recording. The first chunk that reaches the utterance's end is the last one; shorter than
        the others it is kept if it is ``shortest`` seconds long. A chunk that another stretch of
        the recording gave already is refused.
        """
        found = [
            chunk
            for one in corpus.utterances
            for chunk in self._cut(one, corpus.headers[one.file], corpus.seconds(one), shortest)
        ]
        return replace(corpus, utterances=tuple(found)).without_twins()

    def _cut(
        self, one: Utterance, header: AudioHeader, seconds: float, shortest: float
    ) -> Iterator[Utterance]:
        """Yield the chunks of one utterance; the first one always.

        Of a truncated recording the last one runs to the end, which is noticed when it is read.
        """
        rate = header.sample_rate
        begin, samples = round(one.start * rate), round(seconds * rate)
        length, step = round(self.seconds * rate), max(round(self.step_seconds * rate), 1)
        first = 0
        while first == 0 or samples - first >= max(shortest * rate, 1):
            start = (begin + first) / rate if first else one.start
            if first + length >= samples:
                yield replace(one, start=start)
                return
            yield replace(one, start=start, end=(begin + first + length) / rate)
            first += step
        if header.lost > rate // 100 and one.end is None:
            yield replace(one, start=(begin + first) / rate)
