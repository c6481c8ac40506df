"""What a paper cites of results: software, systems, feature sets, corpora, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

from deepspectrum_features import __version__
from deepspectrum_features.baselines.report.data_tables import layouts
from deepspectrum_features.baselines.report.latex import latex_text
from deepspectrum_features.baselines.results import Results
from deepspectrum_features.corpus.layout import Layout

#: What is cited where an encoder's name, or that of an experiment's features, begins so.
_SYSTEMS = {
    "zhao2018-asmmc": "zhao2018asmmc",
    "zhao2018-interspeech": "zhao2018interspeech",
    "zhao2019-access": "zhao2019access",
    "xie2019-taslp": "xie2019taslp",
    "zhang2018-apsipa": "zhang2018apsipa",
    "opensmile eGeMAPS": "eyben2016gemaps",
    "opensmile GeMAPS": "eyben2016gemaps",
    "opensmile ComParE": "schuller2016compare",
}
_CITED = re.compile(r"(?P<authors>.+?) (?P<year>\d{4}), (?P<title>.+)", re.DOTALL)
_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,]+),\n.*?^\}$", re.MULTILINE | re.DOTALL)


def references(results: Results) -> str:
    """Write BibTeX of everything that the scores stand on."""
    known = resources.files("deepspectrum_features.baselines.report") / "references.bib"
    entries = {found["key"]: found[0] for found in _ENTRY.finditer(known.read_text("utf-8"))}
    corpora = [entry for one in layouts(results) for entry in _corpus(one)]
    chosen = [entries[key] for key in dict.fromkeys(_keys(results))]
    return "\n\n".join([_software(), *corpora, *chosen])


def _keys(results: Results) -> Iterator[str]:
    """Yield the keys of what was used."""
    names = [name for one in results.systems for name in (one.encoder or "").split(", ")]
    names += [one.features for one in results.systems]
    for start, key in _SYSTEMS.items():
        if any(name.startswith(start) for name in names):
            yield key
    if any(name.startswith("opensmile") for name in names):
        yield "eyben2010opensmile"
    classifiers = {one.classifier for one in results.systems}
    yield "pedregosa2011sklearn"
    if classifiers & {"svm", "svr"}:
        yield "chang2011libsvm"
    if classifiers & {"dnn", "network"}:
        yield "paszke2019pytorch"
    if results.comparisons:
        yield "holm1979"


def _software() -> str:
    """Cite this program, as CITATION.cff does."""
    return (
        "@misc{deepspectrumfeatures,\n"
        "  author = {{The deepspectrum\\_features developers}},\n"
        "  title = {deepspectrum\\_features},\n"
        f"  note = {{Computer software, version {latex_text(__version__)}}}\n}}"
    )


def _corpus(layout: Layout) -> Iterator[str]:
    """Cite a corpus as its layout does, surnames alone."""
    key = re.sub(r"\W", "", layout.name)
    works = layout.citation.split("; ")
    for number, cited in enumerate(works):
        found = _CITED.fullmatch(cited)
        if not found:
            continue
        authors = found["authors"].replace(" and ", ", ").split(", ")
        title, _, where = found["title"].partition(", ")
        fields = {
            "author": " and ".join(f"{{{latex_text(one)}}}" for one in authors),
            "title": f"{{{latex_text(title)}}}",
            "year": found["year"],
            "howpublished": latex_text(where),
            "url": layout.url,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        yield f"@misc{{{key}{number + 1 if len(works) > 1 else ''},\n{lines}\n}}"
