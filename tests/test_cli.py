"""The command line as a user meets it: output, exit codes, one clear line an error."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile
from called import call
from quick_first import quick_first

from deepspectrum_features import Encoder, FeatureFile
from deepspectrum_features.corpus.known_layouts import layout_names
from deepspectrum_features.encoder import BUNDLED
from deepspectrum_features.testing import tiny_corpus, tone

DSF = Path(sys.executable).with_name("dsf")


def dsf(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(DSF), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def error(*arguments: object, code: int = 1) -> str:
    """Run a command that must fail, and return its one line."""
    return line_of(call(*arguments), code)


def line_of(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """Return the line of a command that failed."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return lines[-1]


@pytest.mark.slow
def test_extract_puts_the_result_on_stdout_and_the_rest_on_stderr(
    folder: Path, encoder: Encoder
) -> None:
    out = folder / "out.h5"
    done = dsf("extract", folder, out, "--encoder", encoder.path)
    assert (done.returncode, done.stdout) == (0, f"{out}\n")
    first, last = done.stderr.splitlines()
    assert first.startswith("encoder tiny (")
    assert first.endswith("licence CC0-1.0")
    assert last.startswith(f"{out}: 8 rows x 12 columns, ")
    again = dsf("extract", folder, out, "--encoder", encoder.path)
    assert (again.returncode, again.stderr.splitlines()[-1]) == (
        0,
        f"{out}: 8 rows x 12 columns, complete",
    )
    quiet = dsf("extract", folder, out, "--encoder", encoder.path, "-q")
    assert (quiet.stdout, quiet.stderr) == (f"{out}\n", "")


@pytest.mark.slow
def test_refused_inputs_give_exit_code_3_also_when_met_again(
    folder: Path, encoder: Encoder
) -> None:
    soundfile.write(folder / "spk1_low_1.wav", tone(500, 0.01), 16000)
    for _ in range(2):
        done = dsf("extract", folder, folder / "out.h5", "--encoder", encoder.path)
        assert done.returncode == 3
        assert "refused spk1_low_1.wav: 160 samples, need at least 400 (25 ms" in done.stderr
    assert len(FeatureFile.open(folder / "out.h5").file) == 7
    line = error("extract", folder, folder / "2.h5", "--encoder", encoder.path, "--strict")
    assert line.startswith("error: 1 input refused")


def test_first_mistakes(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    out = tmp_path / "out.h5"
    assert line_of(dsf("extract", tmp_path / "nowhere", out)) == (
        f"error: {tmp_path / 'nowhere'}: no such file or folder, need recordings or a manifest"
    )
    assert "No such command" in error("extrct", code=2)
    assert "--jobs" in error("extract", folder, out, "--jobs", "0", code=2)
    for name in ("--chunk", "--chunk-step"):
        assert "nan, need seconds" in error("extract", folder, out, name, "nan", code=2)
    assert not out.exists()


@pytest.mark.slow
def test_stretches_as_people_write_them(tmp_path: Path, encoder: Encoder) -> None:
    soundfile.write(tmp_path / "a.wav", tone(150, 3.0), 16000)
    for head, second in (("duration", "1.5"), ("stop", "2.5"), ("end_time", "2.5")):
        rows = "a.wav,0,1,anger,s1", f"a.wav,1,{second},NA,NA"
        table, out = tmp_path / "m.csv", tmp_path / f"{head}.h5"
        table.write_text("\n".join((f"file,start,{head},label,speaker", *rows)))
        done = call("extract", table, out, "--encoder", encoder.path)
        assert (done.returncode, done.stdout) == (0, f"{out}\n")
        assert f"{table}: cells read as empty: label 1, speaker 1 (NA)" in done.stderr
        found = FeatureFile.open(out)
        assert list(zip(found.start, found.end, strict=True)) == [(0.0, 1.0), (1.0, 2.5)]
        assert (found.label, found.speaker) == (["anger", ""], ["s1", ""])


@pytest.mark.slow
def test_further_mistakes(folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    out = tmp_path / "out.h5"
    assert f"{empty}: no recordings found, need files ending in .wav" in error(
        "extract", empty, out
    )
    (empty / "notes.txt").write_text("hello")
    assert "no recordings found" in error("extract", empty, out)
    (empty / "a.wav").write_text("hello")
    assert "a.wav: a text file, need a recording" in error("extract", empty, out)
    assert error("extract", folder, out, "--layout", "emobd") == (
        f"error: --layout emobd: unknown, need one of {', '.join(layout_names())}, or a .toml file "
        "(did you mean 'emodb'?)"
    )
    assert "none: no such encoder, need a path or one of" in error(
        "extract", folder, out, "--encoder", "none"
    )
    assert "need one to write out.h5 in" in error("extract", folder, tmp_path / "no" / "out.h5")
    assert not out.exists()
    done = call("extract", folder, out, "--encoder", encoder.path)
    assert done.returncode == 0
    line = error("extract", folder, out, "--encoder", encoder.path, "--channel", "1")
    assert line.endswith("exists with channel none, now 1 (choose another name, or --overwrite)")
    assert error("info", folder / "corpus.csv").startswith("error: ")
    for shard, reason in (("2", "need I/N such as 2/4"), ("3/2", "need 1/2 to 2/2")):
        assert reason in error("extract", folder, out, "--shard", shard, code=2)
    recipe = tmp_path / "recipe.json"
    recipe.write_text("{")
    line = error("train", folder, tmp_path / "run", "--recipe", recipe)
    assert line.startswith(f"error: {recipe}: not a readable JSON recipe (")
    recipe.write_text('{"depth": 3}')
    line = error("train", folder, tmp_path / "run", "--recipe", recipe)
    assert line.startswith(f"error: {recipe}: ")
    assert "depth" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_info_shows_what_str_shows(folder: Path, encoder: Encoder) -> None:
    call("extract", folder, folder / "out.h5", "--encoder", encoder.path)
    assert dsf("info", folder / "out.h5").stdout == f"{FeatureFile.open(folder / 'out.h5')}\n"
    assert call("info", encoder.path).stdout == f"{encoder}\n"


def test_corpus_counts(folder: Path) -> None:
    (folder / "spk9_low_1.wav").touch()
    done = dsf("corpus", folder)
    assert done.returncode == 0
    notice = f"1 recording in {folder} left out, not in corpus.csv: spk9_low_1.wav"
    assert done.stderr.splitlines() == [f"reading {folder}", notice]
    assert "label      high 4\n           low 4\n" in done.stdout
    assert "speaker    spk1 4\n           spk2 4\n" in done.stdout


def test_corpus_without_a_scan_opens_nothing(folder: Path) -> None:
    counted = call("corpus", folder).stdout.splitlines()
    for file in folder.glob("*.wav"):
        file.write_bytes(b"no sound")
    done = call("corpus", folder, "--no-scan")
    assert (done.returncode, done.stderr) == (0, f"reading {folder}\n")
    told = [line for line in counted if not line.startswith(("duration", "rates", "channels"))]
    assert done.stdout.splitlines() == told != counted
    assert call("corpus", folder).returncode == 3


def test_corpus_without_a_scan_says_what_a_layout_refuses(tmp_path: Path) -> None:
    for name in ("03a01Fa.wav", "odd.wav"):
        (tmp_path / name).touch()
    done = call("corpus", tmp_path, "--layout", "emodb", "--no-scan")
    assert done.returncode == 3
    assert "refused    1 input (1 unexpected)" in done.stdout.splitlines()


def test_encoders_lists_the_bundled_ones() -> None:
    done = dsf("encoders")
    assert done.returncode == 0
    assert done.stdout == "\n\n".join(str(Encoder.open(name)) for name in BUNDLED) + "\n"


@pytest.mark.slow
def test_functionals(folder: Path) -> None:
    pytest.importorskip("opensmile")
    out = folder / "out.h5"
    done = dsf("functionals", folder, out, "--set", "egemaps", "--jobs", "1")
    assert (done.returncode, done.stdout) == (0, f"{out}\n")
    assert done.stderr.splitlines()[-1].startswith(f"{out}: 8 rows x 88 columns, ")
    assert FeatureFile.open(out).feature_name[0] == "F0semitoneFrom27.5Hz_sma3nz_amean"


@pytest.mark.slow
def test_shards_become_one_whole_file(encoder: Encoder, tmp_path: Path) -> None:
    folder = tiny_corpus(tmp_path / "long", speakers=2, per_class=2, seconds=8)  # a minute and more
    one, two, out, whole = (tmp_path / f"{name}.h5" for name in ("1", "2", "out", "whole"))
    command = ("extract", folder, "--encoder", encoder.path)
    for arguments in ((one, "--shard", "1/2"), (two, "--shard", "2/2"), (whole,)):
        assert call(*command, *arguments).returncode == 0
    merged = dsf("merge", one, two, "-o", out)
    assert (merged.returncode, merged.stdout) == (0, f"{out}\n")
    assert merged.stderr == f"{out}: 8 rows x 12 columns, 0 refused\n"
    checked = dsf("verify", out, tmp_path / "3.h5", "--encoder", encoder.path)
    assert (checked.returncode, checked.stdout.splitlines()) == (
        1,
        [
            f"{out}: whole, 8 rows x 12 columns, fits its encoder",
            f"{tmp_path / '3.h5'}: no such file, need a feature file",
        ],
    )
    assert dsf("diff", out, whole).returncode == 0
    different = dsf("diff", out, one)
    assert (different.returncode, different.stderr) == (4, "")
    assert "missing, need each one once" in error("merge", one, "-o", tmp_path / "3.h5")


@pytest.mark.parametrize(
    ("package", "command"), quick_first([("jinja2", "report"), ("matplotlib", "attend")])
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, command: str
) -> None:
    """Pictures need an extra that is a tenth of what training needs."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{package!r}] = None")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    extra = "report" if package == "jinja2" else "evaluate"
    assert line_of(dsf(command, tmp_path)) == (
        f"error: {package} is not installed, needed here "
        f"(pip install 'deepspectrum-features[{extra}]')"
    )


@pytest.mark.slow
def test_train_and_export(folder: Path, tmp_path: Path) -> None:
    arguments = ("train", folder, tmp_path / "run", "--epochs", "1")
    done = dsf(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'run' / 'training.json'}\n"
    exported = dsf("export", tmp_path / "run", tmp_path / "my.onnx", "--licence", "MIT")
    assert exported.stdout == f"{tmp_path / 'my.onnx'}\n"
    assert Encoder.open(tmp_path / "my.onnx").licence == "MIT"
    assert "exists" in error("export", tmp_path / "run", tmp_path / "my.onnx")
    both = call("export", tmp_path / "run", tmp_path / "both.onnx", "--functionals")
    assert Encoder.open(both.stdout.strip()).stated.levels == ("embedding", "functionals")
    assert "need a name ending in .onnx" in error("export", tmp_path / "run", tmp_path / "my.bin")
    assert "--preset big: unknown" in error("train", folder, tmp_path / "2", "--preset", "big")


@pytest.mark.parametrize(
    "command", ["", "extract", "info", "encoders", "corpus", "train", "export"]
)
def test_help_has_examples(command: str) -> None:
    done = dsf(*command.split(), "--help")
    assert done.returncode == 0
    assert "Examples:\n" in done.stdout
    assert f"  dsf {command}" in done.stdout


def test_help_is_quick() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    dsf("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_keeps_the_parts_and_says_so(
    tmp_path: Path, encoder: Encoder, number: int, code: int, jobs: str
) -> None:
    """Interrupted in mid-run: nothing under the final name, and the same command finishes."""
    for name in range(60):
        soundfile.write(tmp_path / f"{name:02d}.wav", tone(300, 60.0), 16000)
    command = [str(DSF), "extract", str(tmp_path), str(tmp_path / "out.h5")]
    command += ["--encoder", str(encoder.path), "-j", jobs]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        parts = tmp_path / "out.h5.parts"
        deadline = time.monotonic() + 30
        while not list(parts.glob("0*.h5")) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(number)
        _, said = process.communicate()
    assert process.returncode == code
    assert "the same command continues" in said
    assert not (tmp_path / "out.h5").exists()
    assert list(parts.glob("0*.h5"))
    assert dsf(*command[1:]).returncode == 0
    assert len(FeatureFile.open(tmp_path / "out.h5").file) == 60


def test_what_a_file_says_at_length_is_cut_in_messages(tmp_path: Path) -> None:
    """The beginning tells what it is, and what stands behind it tells what is needed."""
    long = "a" * 4000
    options = tmp_path / "options.toml"
    options.write_text(f'corpus = "nowhere"\nfolder = "run"\npreset = "{long}"\n')
    told = error("experiment", "--config", options)
    assert told.startswith(f"error: --preset {long[:100]}...")
    assert " has " in told
    assert len(told) < 400
    assert len(error("evaluate", "x.h5", "--protocol", long, code=2)) < 800
