"""One system at several resolutions as a user runs it: ended, continued, tabled, drawn."""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import soundfile
from click.testing import CliRunner, Result

from deepspectrum_features import Corpus, Results, cli
from deepspectrum_features.baselines.statistics import holm
from deepspectrum_features.errors import RecipeError
from deepspectrum_features.extraction import pipeline
from deepspectrum_features.recipe import PRESETS
from deepspectrum_features.recipe.resolution import Resolution, choose, grid
from deepspectrum_features.testing import tiny_corpus, tiny_recipe, tone

pytest.importorskip("torch")
pytest.importorskip("matplotlib")
metrics = pytest.importorskip("sklearn.metrics")

from deepspectrum_features.baselines.ablation import run_ablation  # noqa: E402
from deepspectrum_features.baselines.ablation.figure import draw, panels_of  # noqa: E402
from deepspectrum_features.baselines.comparisons import compare_ua  # noqa: E402
from deepspectrum_features.baselines.experiment_sound import set_aside_short  # noqa: E402
from deepspectrum_features.baselines.report import report  # noqa: E402
from deepspectrum_features.corpus.stored_sound import store_sound  # noqa: E402

AXES = ("--bands", "20,40", "--windows", "300")
CELLS = ("25ms-20mel", "25ms-40mel", "300ms-40mel")
MANNERS = ("svm-linear global", "svm-linear speaker", "end to end")
FOLDS = ("spk1", "spk2", "spk3")


def dsf(folder: Path, *options: str) -> Result:
    """Call the command; its compact size is one that trains in a second."""
    tiny = tiny_recipe()
    tiny = replace(tiny, training=replace(tiny.training, epochs=1, batch_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS["zhao2018-asmmc"], "compact", tiny)
        patch.chdir(folder)
        orders = ["ablate", "tones", "run", "--classifier", "svm", "-j", "1", *options]
        return CliRunner().invoke(cli.dsf, orders)


def interrupted(folder: Path) -> Result:
    """Call it; Ctrl-C comes when the third cell is trained and not yet extracted."""
    calls, real = count(1), pipeline.prepare

    def prepare(*rest: Any) -> Any:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return real(*rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "prepare", prepare)
        return dsf(folder, *AXES)


def written(folder: Path, name: str) -> dict[str, int]:
    """Return when a file of every cell was written, by fold and cell."""
    found = {path: path.relative_to(folder).parts for path in folder.glob(f"run/folds/**/{name}")}
    return {f"{parts[2]} {parts[3]}": path.stat().st_mtime_ns for path, parts in found.items()}


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Ablate on three speakers; end it on the way, and run it again.

    One utterance of 0.2 s is long enough for windows of 25 ms alone.
    """
    folder = tmp_path_factory.mktemp("ablated")
    tones = tiny_corpus(folder / "tones", speakers=3, per_class=2)
    soundfile.write(tones / "short.wav", tone(300, 0.2), 16000)
    with (tones / "corpus.csv").open("a") as stream:
        stream.write("short.wav,low,spk2\n")
    assert interrupted(folder).exit_code == 1
    trained, extracted = written(folder, "training.json"), written(folder, "features.h5")
    assert list(map(len, (trained, extracted))) == [3, 2]
    done = dsf(folder, *AXES)
    assert done.exit_code == 0, done.output
    after = written(folder, "training.json")
    assert after.keys() == {f"{fold} {cell}" for fold in FOLDS for cell in CELLS}
    assert {name: after[name] for name in trained} == trained, "what was done is not done again"
    after = written(folder, "features.h5")
    assert {name: after[name] for name in extracted} == extracted
    return folder, done.stdout


def cells_of(markdown: str) -> dict[str, list[str]]:
    """Read the table of scores: the cells of each resolution, the number at its beginning."""
    lines = [line for line in markdown.splitlines() if re.match(r"\| \d+ ms ", line)]
    return {" ".join(row.split("|")[1:3]): row.split("|")[3:-1] for row in lines}


@pytest.mark.slow
def test_the_table_is_of_the_predictions_and_says_what_differs(ablated: tuple[Path, str]) -> None:
    folder, out = ablated
    results = folder / "run/results"
    assert out.rstrip("\n") == (results / "ablation.md").read_text().rstrip("\n")
    assert (results / "ablation.png").read_bytes()[:4] == b"\x89PNG"
    table = list(cells_of(out).values())
    assert [len(row) for row in table] == [3] * 3  # svm global, svm speaker, end to end
    rows = defaultdict(list)
    with (results / "predictions.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            rows[row["system"]].append(row)
    assert len(rows) == 3 * len(CELLS)
    assert {row["file"] for own in rows.values() for row in own}.isdisjoint({"short.wav"})
    ua = {
        system: metrics.balanced_accuracy_score(
            *zip(*((r["label"], r["predicted"]) for r in own), strict=True)
        )
        for system, own in rows.items()
    }
    for cell, printed in zip(CELLS, table, strict=True):
        for how, text in zip(
            ("svm-linear global", "svm-linear speaker", "end to end"), printed, strict=True
        ):
            assert text.split()[0].rstrip("*") == f"{ua[f'{cell} {how}']:.3f}"
    found = Results.read(results)
    assert str(found.left_out[-1]) == "1 utterance too short for the longest window (low 1)"
    pairs = [(one.first, one.second) for one in found.comparisons]
    assert pairs == [
        (f"{cell} {how}", f"25ms-40mel {how}")
        for how in MANNERS
        for cell in ("25ms-20mel", "300ms-40mel")
    ]
    for one in found.comparisons:
        assert one.difference == pytest.approx(ua[one.first] - ua[one.second], abs=1e-12)
        both = [rows[one.first], rows[one.second]]
        again = compare_ua(
            [row["label"] for row in both[0]], *([row["predicted"] for row in own] for own in both),
            [row["speaker"] for row in both[0]], ["high", "low"], (one.first, one.second),
        )  # fmt: skip
        assert again is not None
        assert one.p == again.p
    for first in (0, 2, 4):
        family = found.comparisons[first : first + 2]
        assert [one.p_holm for one in family] == holm([one.p for one in family])


def check_figure(results: Results, cells: list[Resolution]) -> None:
    """Hold every mark and bar of the figure against the score of the cell that it stands at."""
    shown = set()
    panels = panels_of(cells)
    for axes, panel in zip(draw(results, cells).axes, panels, strict=True):
        assert [tick.get_text() for tick in axes.get_xticklabels()] == list(panel.ticks)
        solid = [one for one in axes.lines if one.get_linestyle() == "-"]
        upright = [one for one in solid if one.get_marker() == "None"]
        bars = {one.get_xdata()[0]: tuple(one.get_ydata()) for one in upright}
        marks = [one for one in axes.lines if one.get_linestyle() == "None"]
        assert len(marks) == 3
        for mark, how in zip(marks, MANNERS, strict=True):
            for place, value in zip(mark.get_xdata(), mark.get_ydata(), strict=True):
                name = f"{panel.cells[round(place)].name} {how}"
                (score,) = (one.scores["ua"] for one in results.systems if one.name == name)
                assert (value, bars[place]) == (score.value, (score.low, score.high))
                shown.add(name)
        (column,) = (one for one in axes.patches if one.get_width() == pytest.approx(0.9))
        assert panel.cells[round(column.get_x() + 0.45)].name == "25ms-40mel"
    assert shown == {one.name for one in results.systems}


@pytest.mark.slow
def test_the_figure_shows_every_score_at_its_resolution(ablated: tuple[Path, str]) -> None:
    results = Results.read(ablated[0] / "run/results")
    check_figure(results, grid([20, 40], [300], []))
    scores = {one.scores["ua"].value for one in results.systems}
    assert len(scores) > 3, "else marks could stand anywhere"


@pytest.mark.slow
def test_another_grid_in_the_same_folder_keeps_its_cells(
    ablated: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = ablated
    before = written(folder, "training.json")
    assert report([Results.read(folder / "run/results")], tmp_path / "page.html").exists()
    shutil.copytree(folder, tmp_path / "copy")
    cells = "25ms-40hz,25ms-40mel"
    done = dsf(tmp_path / "copy", "--windows", "300", "--bins", "20,40", "--cells", cells)
    assert done.exit_code == 0, done.output
    after = written(tmp_path / "copy", "training.json")
    assert after.keys() - before.keys() == {f"{fold} 25ms-40hz" for fold in FOLDS}
    assert {name: after[name] for name in before} == before
    assert list(cells_of(done.stdout)) == [
        " 25 ms   40 mel bands (the paper's choice) ", " 25 ms   bins of 40 Hz "
    ]  # fmt: skip
    check_figure(Results.read(tmp_path / "copy/run/results"), choose(grid(), cells.split(",")))


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--bands", "30,x"), 2, "'30,x', need numbers such as 20,40"),
        (("--windows", "25,-3"), 2, "'25,-3', need numbers such as 20,40"),
        (("--bands", "30.5"), 2, "'30.5', need whole numbers"),
        (("--cells", "25ms-20mel"), 1, "--cells 25ms-20mel: no such cell, need some of 25ms-30"),
        (("--bins", "30"), 1, "cell 25ms-30hz: transform of 533.333 samples at 16000 Hz, need a"),
    ],
)
def test_mistakes_are_said_before_any_work(
    folder: Path, options: tuple[str, str], code: int, said: str
) -> None:
    done = dsf(folder.parent, *options)
    assert said in (done.output if code == 2 else str(done.exception))
    assert done.exit_code == code
    assert not (folder.parent / "run").exists()


@pytest.mark.filterwarnings("error")  # librosa's would be a second line
def test_bands_that_hold_no_bin_are_refused_before_any_training(folder: Path) -> None:
    cells = [Resolution(bands=400), Resolution(bands=40)]
    with pytest.raises(RecipeError, match=r"^cell 25ms-400mel: 400 mel bands: some hold no bin"):
        run_ablation(folder, folder / "run", tiny_recipe(), cells)
    assert not (folder / "run").exists()


def test_what_is_too_short_for_some_systems_alone_is_set_aside(tmp_path: Path) -> None:
    """14 ms are too short for all and 50 ms for some; 0.2 s fit to the sample, at any rate."""
    rows = ["file,label,speaker"]
    for rate in (16000, 44100):
        for seconds in (0.014, 0.05, 0.2, 0.199):
            soundfile.write(tmp_path / f"{rate}_{seconds}.wav", tone(300, seconds, rate), rate)
            rows.append(f"{rate}_{seconds}.wav,low,a")
    (tmp_path / "corpus.csv").write_text("\n".join(rows) + "\n")
    corpus = store_sound(Corpus.read(tmp_path).scan(), tmp_path / "sound")
    recipes = [cell.of(tiny_recipe()) for cell in grid(bins_hz=())]
    left, short = set_aside_short(corpus, recipes)
    assert {one.file.split("_")[1] for one in short} == {"0.05.wav", "0.199.wav"}
    assert {one.file.split("_")[1] for one in left.utterances} == {"0.014.wav", "0.2.wav"}
    assert len(short) == len(left.utterances) == 4
    assert set_aside_short(corpus, recipes[:1]) == (corpus, [])


def test_panels_hold_what_varies_in_rising_order_beside_the_reference() -> None:
    bands, windows, linear = panels_of(grid(bands=[80, 20], windows_ms=[200, 5]))
    assert bands.ticks == ("20", "40", "80")
    assert windows.ticks == ("5", "25", "200")
    assert linear.ticks == ("40 mel", "10", "20", "40")
    assert [one.name for one in linear.joined] == ["25ms-10hz", "25ms-20hz", "25ms-40hz"]
    assert [panel.axis for panel in panels_of(grid([], [15], []))] == ["window (ms)"]
    assert len(panels_of(choose(grid(), ["25ms-40mel"]))) == 1
