"""``dsf transfer``: feature sets on many corpora."""

from __future__ import annotations

from pathlib import Path

import click

from deepspectrum_features.cli.options import examples, jobs_option, quiet_option, say
from deepspectrum_features.cli.screen import show


@click.command(
    "transfer",
    short_help="Score feature sets on many corpora that none was made for.",
    epilog=examples(
        "dsf transfer transfer/ emodb/ nemo/ urdu/",
        "dsf transfer transfer/ emodb/ --features my-encoder.onnx --features compare",
    ),
)
@click.argument("folder", metavar="FOLDER", type=click.Path(readable=False, file_okay=False))
@click.argument(
    "corpora", metavar="CORPUS...", nargs=-1, required=True, type=click.Path(readable=False)
)
@click.option(
    "--features",
    multiple=True,
    metavar="SET|ENCODER",
    help="egemaps, compare, a bundled encoder or an .onnx file. Default: all that are bundled, and "
    "egemaps and compare where openSMILE is installed.",
)
@jobs_option
@quiet_option
def command(
    folder: str, corpora: tuple[str, ...], features: tuple[str, ...], jobs: int | None, quiet: bool
) -> int:
    """Extract every feature set from every CORPUS once, and score it with speakers left out.

    A CORPUS is a folder with a corpus.csv that tells labels and speakers, or with names as a known
    layout says. The classifier is a linear SVM; an encoder is not scored on a corpus that it was
    trained on. The table goes to standard output, and with a picture and one score a line into
    FOLDER, which keeps features and results of every corpus: the same command goes on after an
    interruption. Exit code 3: done, but a CORPUS was refused.
    """
    tell, page = say(quiet), Path(folder, "transfer.md")
    tell(f"reading {', '.join(corpora)}")
    from deepspectrum_features.baselines.transfer.benchmark import run_transfer

    before = page.read_text(encoding="utf-8") if page.exists() else ""
    sets = list(dict.fromkeys(features)) or None
    found = run_transfer(corpora, folder, sets, jobs=jobs, bar=not quiet, say=tell)
    try:
        show(found.markdown())
    finally:
        found.write(Path(folder))
    same = page.read_text(encoding="utf-8") == before
    tell(f"{folder}: complete" if same else f"{folder}: {page.name}, .csv and .png written")
    return 3 if found.refused else 0
