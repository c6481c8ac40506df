"""docs/troubleshooting.md quotes what the program really says, and leaves no error out."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile
from encoded import encode
from made_corpora import make_cheavd, make_iemocap, make_msp_podcast
from stopped import stopped_before_the_merge

from deepspectrum_features import Corpus, DsfError, Encoder, cli, extract
from deepspectrum_features.corpus.folds import hold_out
from deepspectrum_features.corpus.notices import low_rates, zeros_notice
from deepspectrum_features.corpus.zeros import find_zeros
from deepspectrum_features.encoder import BUNDLED
from deepspectrum_features.extraction import plan
from deepspectrum_features.extraction.sharding import merge
from deepspectrum_features.features.difference import differences
from deepspectrum_features.features.verification import verify
from deepspectrum_features.files.locks import alone
from deepspectrum_features.recipe import PRESETS, Recipe
from deepspectrum_features.sound.crash import Crash
from deepspectrum_features.testing import tiny_corpus, tiny_encoder, tiny_features, tone

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")

#: Every message that the page quotes: lines of its blocks marked ``text``, indented ones joined.
QUOTED = [
    line
    for block in re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in block.replace("\n    ", " ").splitlines()
]
ROOMS = ("deepspectrum_features", "cli", "baselines")
ERRORS = {
    "AudioError", "CorpusError", "DsfError", "EncoderError", "FeatureFileError", "SeenError",
    "TrainingError",
}  # fmt: skip

Patch = pytest.MonkeyPatch
Messages = Iterator[str]
Scenario = Callable[[Path, Encoder, Patch], Messages]


def said_by(function: Callable[..., object], *args: object, **options: object) -> str:
    """Return the message of the error that a call raises."""
    with pytest.raises(DsfError) as caught:
        function(*args, **options)
    return str(caught.value)


def missing_inputs(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    yield said_by(Corpus.read, folder / "nowhere")
    (folder / "empty").mkdir()
    yield said_by(Corpus.read, folder / "empty")
    yield said_by(Corpus.read, folder / "spk1_low_1.wav", root=folder)
    yield said_by(Corpus.read, folder, layout="nemo", labels_from="parent-folder")
    yield said_by(Corpus.read, folder, labels_from="parent-folder")


def manifests(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    table = folder / "table.csv"
    for text in (
        "",
        "path\na.wav\n",
        "file\n",
        'file\n"a.wav\n',
        "file,start,end\na.wav,2,1\n",
        "file,start\na.wav,-1\n",
        "file,start\na.wav,soon\n",
        "file,split\na.wav,tran\n",
        "file,channel\na.wav,left\n",
        "file,start,duration\na.wav,1,0\n",
        "file,start_ms\na.wav,1\n",
        "file,label\n,low\n",
        "file\n../a.wav\n",
        "file\na.wav,low\n",
        "file\na.wav\na.wav\n",
    ):
        table.write_text(text)
        yield said_by(Corpus.read, table)
    table.write_bytes(b"file\ncaf\xe9.wav\n")
    yield said_by(Corpus.read, table)


def other_lists(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    for name in ("list.xlsx", "wav.scp"):
        (folder / name).touch()
        yield said_by(Corpus.read, folder / name)


def annotations(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    grid, labels = folder / "spk1_low_1.TextGrid", folder / "spk1_low_1.txt"
    tier = '"IntervalTier" "{}" 0 1 1 0 1 "low"'
    whole = '"ooTextFile" "TextGrid" 0 1 <exists> 2 ' + tier.format("one") + tier.format("two")
    for text in (
        "",
        whole[:50],
        whole.replace("<exists>", "<absent>"),
        whole.replace("1 0", "1 2"),
    ):
        grid.write_text(text)
        yield said_by(Corpus.read, grid)
    (folder / "empty").mkdir()
    yield said_by(Corpus.read, grid, root=folder / "empty")
    (folder / "corpus.csv").unlink()
    grid.write_text(whole)
    yield from Corpus.read(folder).notices
    grid.unlink()
    labels.write_text("0\t1\tlow\n1\t1\tding\n")
    yield from Corpus.read(folder).notices


def exclusions(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    table = folder / "wrong.txt"
    yield said_by(Corpus.read, folder, exclude=table)
    table.write_text("file\nspk1_low_9.wav\n")
    yield said_by(Corpus.read, folder, exclude=table)
    yield said_by(Corpus.read, folder, exclude=folder / "corpus.csv")
    table.write_text("file\n/one/spk1_low_1.wav\n/two/spk1_low_1.wav\n")
    yield said_by(Corpus.read, folder, exclude=table)


def parts(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    yield said_by(Corpus.read, folder, speakers=["spk9"])
    yield from Corpus.read(folder, speakers=["spk1"], limit=1).notices
    (folder / "away").mkdir()
    yield said_by(Corpus.read(folder / "corpus.csv", root=folder / "away").scan)


def layouts(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    yield said_by(Corpus.read, folder, layout="nem")
    yield said_by(Corpus.read, folder, layout="nemo")
    table = folder / "table.toml"
    yield said_by(Corpus.read, folder, layout=str(table))
    keys = "".join(f"{key} = 'x'\n" for key in ("name", "title", "example", "licence", "citation"))
    for text in ("x", "name = 3\ntitel = 'x'", keys + "path = '('", keys + "path = '(?P<mood>.)'"):
        table.write_text(text)
        yield said_by(Corpus.read, folder, layout=str(table))
    savee = tiny_corpus(folder / "savee", speakers=1, per_class=1)
    for number, file in enumerate(sorted(savee.glob("*.wav"))):
        file.rename(savee / f"DC_a{number:02}.wav")
    yield said_by(Corpus.read, savee, layout="crema-d")
    (savee / "DC_a00.wav").rename(savee / "1001_DFA_ANG_XX.wav")
    actors = savee / "VideoDemographics.csv"
    for text in ("ActorID\n1", "ActorID,Age\n1", "ActorID,Age\n1,2\n1,2", "ActorID,Age\n1,x"):
        actors.write_text(text)
        yield said_by(Corpus.read, savee, layout="crema-d")


def label_files(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    whole = make_iemocap(folder / "iemocap", sessions=[1])
    first = whole / "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt"
    text = first.read_text()

    def read(layout: str = "iemocap") -> str:
        return said_by(Corpus.read, whole, layout=layout)

    yield read("iemocap:four")
    first.write_text(text[:200])
    yield read()
    first.write_text(text.replace("\tneu\t", "\tnew\t", 1).replace("M006", "M007"))
    corpus = Corpus.read(whole, layout="iemocap")
    yield from (*corpus.notices[:2], *(one.reason for one in corpus.refused))
    first.write_text(text + text)
    yield read()
    first.write_text(text)
    shutil.copytree(whole / "Session1/sentences", whole / "Copy")
    yield read()
    shutil.rmtree(whole / "Copy")
    shutil.rmtree(first.parent)
    yield read()
    first.parent.mkdir()
    first.write_text(text.replace("Ses01", "Ses02"))
    yield read()
    for change in (("EmoVal", "Val"), (",4.0,", ",x,"), (",Male,Test3", "")):
        table = make_msp_podcast(folder / "podcast") / "Labels/labels_consensus.csv"
        table.write_text(table.read_text().replace(*change))
        yield said_by(Corpus.read, folder / "podcast", layout="msp-podcast")
    sets = make_cheavd(folder / "cheavd", per_class=1)
    (sets / "val").rename(sets / "other")
    yield said_by(Corpus.read, sets, layout="cheavd2")


def notices(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    table = folder / "corpus.csv"
    lines = table.read_text().replace("label", "labels").splitlines()
    lines = [f"{line},{'age' if row == 0 else row}" for row, line in enumerate(lines)]
    table.write_text("\n".join(lines))
    lines[1:3] = ["/nowhere/spk1_high_1.wav,high,NA,9", "spk1_high_2.wav,high,None,9"]
    table.write_text("\n".join(lines))
    (folder / "spk9_low_1.wav").touch()
    yield from Corpus.read(folder).notices
    yield from Corpus.read(folder.parent).notices
    (folder / "wrong.txt").write_text("file\nspk1_low_1.wav\n")
    yield Corpus.read(folder, exclude=folder / "wrong.txt").notices[-1]
    nemo = tiny_corpus(folder / "nemo", speakers=1, per_class=1)
    (nemo / "corpus.csv").unlink()
    for number, file in enumerate(sorted(nemo.iterdir())):
        file.rename(nemo / f"SM0_anger_{number}.wav")
    yield from Corpus.read(nemo, layout="nemo").notices
    (nemo / "copy").mkdir()
    shutil.copy(nemo / "SM0_anger_0.wav", nemo / "copy")
    (nemo / "SM0_anger_1.wav").rename(nemo / "copy" / "1001_DFA_ANG_XX.wav")
    yield Corpus.read(nemo, layout="nemo").notices[0]
    yield Corpus.read(nemo, layout="crema-d").notices[0]
    (nemo / "VideoDemographics.csv").write_text("ActorID,Age\n1002,2\n")
    yield Corpus.read(nemo, layout="crema-d").notices[0]


def preflight(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace("high,spk1", "High,SPK1"))
    padded = np.concatenate([np.zeros(800), tone(440, 1.0, 8000)])
    soundfile.write(folder / "spk1_low_1.wav", padded, 8000)
    corpus = Corpus.read(folder).scan()
    assert len(corpus.notices) == 2
    yield from corpus.notices
    yield low_rates(corpus.headers, 16000)
    yield zeros_notice(find_zeros(corpus).at_ends, len(corpus.utterances))


def silence(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    soundfile.write(folder / "spk1_low_1.wav", np.zeros(16000), 16000)
    with pytest.warns(UserWarning, match="spk1_low_1.wav") as caught:
        extract(folder, folder / "out.h5", encoder=encoder)
    yield from (f"warning: {one.message}" for one in caught)


def ledger(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    sounds = folder / "sounds"
    sounds.mkdir()
    whole = tone(440, seconds=1.0)
    soundfile.write(sounds / "whole.wav", whole, 16000)
    content = (sounds / "whole.wav").read_bytes()
    (sounds / "cut.wav").write_bytes(content[: len(content) // 2])
    (sounds / "empty.wav").touch()
    (sounds / "page.m4a").write_text("<html>")
    encode(sounds / "film.mp4", codec="aac", pictures=2)
    encode(sounds / "cut.m4a", np.tile(whole[:, None], (4, 1)), codec="aac")
    (sounds / "cut.m4a").write_bytes((sounds / "cut.m4a").read_bytes()[:3000])
    (sounds / "text.wav").write_text("not sound")
    (sounds / "odd.wav").write_bytes(b"\1\2\3" * 99)
    soundfile.write(sounds / "click.wav", whole[:100], 16000)
    soundfile.write(sounds / "header.wav", whole[:0], 16000)
    soundfile.write(sounds / "slow.wav", whole, 100)
    soundfile.write(sounds / "long.wav", np.tile(whole, 121), 16000)
    soundfile.write(sounds / "loud.wav", whole * 1e30, 16000, subtype="FLOAT")
    soundfile.write(sounds / "nan.wav", whole * np.nan, 16000, subtype="FLOAT")
    soundfile.write(sounds / "broken.flac", np.tile(whole, 3), 16000)
    with (sounds / "broken.flac").open("r+b") as stream:
        stream.truncate((sounds / "broken.flac").stat().st_size // 2)
    done = extract(sounds, folder / "sounds.h5", encoder=encoder)
    assert (done.rows, len(done.refused)) == (1, 14)
    yield from (one.reason for one in done.refused)
    (sounds / "table.csv").write_text("file,start,end\nwhole.wav,0,5\nwhole.wav,3,\nwhole.wav,,1\n")
    done = extract(sounds / "table.csv", folder / "stretches.h5", encoder=encoder)
    yield from (one.reason for one in done.refused)
    yield said_by(extract, sounds, folder / "o.h5", encoder=encoder, strict=True)
    yield said_by(extract, sounds, folder / "o.h5", encoder=encoder, channel=2)
    (sounds / "calm").mkdir()
    shutil.copy(sounds / "whole.wav", sounds / "calm")
    labelled = Corpus.read(sounds, labels_from="parent-folder").scan()
    yield from (one.reason for one in labelled.refused if one.file == "whole.wav")


def changing_recordings(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    table = folder / "corpus.csv"
    table.write_text(table.read_text().replace("speaker", "voice"))  # said between scan and work

    def spoil(line: str) -> None:
        if "not used" in line:
            os.truncate(folder / "spk1_low_1.wav", 1000)

    done = extract(folder, folder / "out.h5", encoder=encoder, say=spoil)
    yield from (one.reason for one in done.refused)
    stamps = count()
    patch.setattr(plan.Part, "stamp", lambda *_: str(next(stamps)))
    yield said_by(extract, folder, folder / "other.h5", encoder=encoder)


def crashes(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    out = folder / "out.h5"
    parts = folder / "out.h5.parts"
    parts.mkdir()
    (parts / "00001.trying").write_bytes(b"spk1_low_1.wav\0")
    died = Crash("SIGSEGV", opened=True)
    patch.setattr("deepspectrum_features.extraction.suspects._death", lambda _: died)
    yield from (one.reason for one in extract(folder, out, encoder=encoder).refused)


def encoders(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    yield said_by(Encoder.open, "zhao2018")
    yield said_by(Encoder.open, "zhao2018-asmmc-compact-nemo")
    yield said_by(Encoder.open, "nowhere.onnx")
    yield said_by(Encoder, encoder.path, "0" * 64)
    text = folder / "text.onnx"
    text.write_text("no model")
    yield said_by(Encoder.open, text)
    with text.open("r+b") as stream:
        stream.truncate(500_000_001)
    yield said_by(Encoder.open, text)
    yield said_by(Encoder, encoder.path, next(iter(BUNDLED.values())))
    yield said_by(Encoder.open, encoder.path, "cuda")
    yield said_by(Encoder.open, encoder.path, level="functionals")
    of_streams = tiny_encoder("functionals")
    yield said_by(extract, folder, folder / "o.h5", encoder=of_streams, attention=True)
    yield said_by(encoder.embed, np.zeros(121 * 8000, np.float32), 8000)
    fresh = Encoder(encoder.path)
    patch.setattr("deepspectrum_features.encoder.encoder_file.FORMAT_VERSIONS", (3,))
    yield said_by(Encoder, encoder.path)
    patch.setattr("deepspectrum_features.encoder.encoder_file.METADATA_KEY", "other")
    yield said_by(Encoder, encoder.path)
    patch.setattr("deepspectrum_features.encoder.runtime.RUN_SECONDS", 0.0)
    patch.setattr("deepspectrum_features.encoder.runtime._LOOK_SECONDS", 0.0)
    yield said_by(fresh.run, np.ones((1, 50_000, 257), np.float32), np.array([50_000]))


def outputs(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    out = folder / "out.h5"
    extract(folder, out, encoder=encoder)
    yield said_by(extract, folder, folder, encoder=encoder)
    yield said_by(extract, folder, folder / "nowhere/out.h5", encoder=encoder)
    yield said_by(extract, folder, out, encoder=encoder, channel=1)
    yield said_by(extract, folder, out, encoder=encoder, frames=True)
    yield said_by(extract, folder, out, encoder=encoder, chunk=0.3)
    yield said_by(extract, folder, folder / "corpus.csv", encoder=encoder)
    yield said_by(extract, folder, folder / "corpus.csv", encoder=encoder, overwrite=True)
    new = folder / "new.h5"
    yield said_by(extract, folder, new, encoder=encoder, chunk=500)
    yield said_by(extract, folder, new, encoder=encoder, chunk_step=5)
    yield said_by(extract, folder, new, encoder=encoder, chunk=1, chunk_step=0)
    yield said_by(extract, folder, new, encoder=encoder, shard=(1, 9))
    (folder / "new.h5.parts").mkdir()
    with alone(folder / "new.h5.parts" / "lock"):
        yield said_by(extract, folder, new, encoder=encoder)


def interruption(
    folder: Path, encoder: Encoder, patch: Patch, capsys: pytest.CaptureFixture[str]
) -> Messages:
    patch.setattr(plan, "_LEAST_SECONDS", 1.0)
    with stopped_before_the_merge(folder / "out.h5"):
        extract(folder, folder / "out.h5", encoder=encoder)
    lines: list[str] = []
    extract(folder, folder / "out.h5", encoder=encoder, say=lines.append)
    yield from lines[1:]
    for number in (2, 15):
        cli._say_stopped(number)
        yield capsys.readouterr().err.strip()


def damaged_feature_files(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    out, copy = folder / "out.h5", folder / "copy.h5"
    extract(folder, out, encoder=encoder, frames=True, attention=True)

    def spoil(change: Callable[[h5py.File], object]) -> Messages:
        shutil.copy(out, copy)
        with h5py.File(copy, "r+") as store:
            change(store)
        yield from (f"{copy}: {problem}" for problem in verify(copy, encoder))

    yield from spoil(lambda store: store["features"].write_direct(np.full((8, 12), np.nan, "f4")))
    yield from spoil(lambda store: store["end"].write_direct(np.zeros(8)))
    yield from spoil(lambda store: store["frames/count"].write_direct(np.ones(8, np.int32)))
    yield from spoil(lambda store: store["attention/values"].__setitem__(0, 9))
    yield from spoil(lambda store: store["frames"].attrs.modify("step_seconds", 1.0))
    yield from spoil(lambda store: store.attrs.pop("created"))
    yield from spoil(lambda store: store.attrs.modify("recipe", "{"))
    yield from spoil(lambda store: store.attrs.modify("encoder_sha256", "0" * 64))
    yield from spoil(lambda store: store.attrs.modify("level", "both"))
    yield from spoil(lambda store: store.create_dataset("feature_family", data=[b"x"]))
    with h5py.File(out) as store:
        place = store["features"].id.get_chunk_info(0).byte_offset
    content = bytearray(out.read_bytes())
    content[place + 50] ^= 255
    copy.write_bytes(content)
    yield from (f"{copy}: {problem}" for problem in verify(copy))
    copy.write_bytes(content[:1000])
    yield said_by(verify, copy)
    yield said_by(verify, folder / "nowhere")
    with h5py.File(copy, "w"):
        pass
    yield said_by(verify, copy)


def differing_feature_files(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    one, two = folder / "one.h5", folder / "two.h5"
    extract(folder, one, encoder=encoder, frames=True)
    shutil.copy(one, two)
    with h5py.File(two, "r+") as store:
        store["features"][0, 0] += 1
        store["frames/values"][0, 0] += 1
        store["label"][0] = b"deep"
        del store["speaker"]
        store["start"][1] = 0.1
    yield from differences(one, two)


def shards(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    patch.setattr(plan, "_LEAST_SECONDS", 1.0)
    names = [folder / f"{number}.h5" for number in (1, 2, 3)]
    for number, name in enumerate(names, 1):
        extract(folder, name, encoder=encoder, shard=(number, 3))
    extract(folder, folder / "whole.h5", encoder=encoder)
    extract(folder, folder / "half.h5", encoder=encoder, shard=(1, 2))
    extract(folder, folder / "other.h5", encoder=encoder, shard=(2, 3), channel=1)
    out = folder / "out.h5"
    yield said_by(merge, [folder / "whole.h5"], out)
    yield said_by(merge, names[:2], out)
    yield said_by(merge, [names[0], *names], out)
    yield said_by(merge, [names[0], folder / "half.h5"], out)
    yield said_by(merge, [names[0], folder / "other.h5"], out)
    yield said_by(merge, names, folder / "whole.h5")


def recipes(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    training: dict[str, object]
    for training in ({"epoch": 1}, {"epochs": 0}, {"learning_rate": 0.0}):
        yield said_by(Recipe.from_dict, {"training": training})
    yield said_by(Recipe.from_dict, {"network": {"lstm_dropout": 1.0}})
    yield said_by(Recipe.from_dict, {"network": {"view": {"high_hz": 9000.0}}})
    bins = {"kind": "log-bins", "low_hz": 5.0, "high_hz": 15.0}
    yield said_by(Recipe.from_dict, {"network": {"view": bins}})
    yield said_by(Recipe.from_dict, {"network": {"system": "zhang2018-apsipa", "filters": [3]}})
    yield said_by(Recipe.from_dict, [])


def speakers(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    known = Corpus.read(folder).utterances
    yield said_by(hold_out, known, ["anna"])
    yield said_by(hold_out, known, ["spk1", "spk2"])
    yield said_by(hold_out, known, ["spk1"], ["spk1"])
    (folder / "corpus.csv").unlink()
    yield said_by(hold_out, Corpus.read(folder).utterances)


def weights(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    import torch

    from deepspectrum_features.training.pretrained import PretrainedWeights
    from deepspectrum_features.training.run import train

    file, alexnet = folder / "alexnet.pth", PRESETS["zhang2018-apsipa"]["paper"]
    yield said_by(PretrainedWeights.read, file)
    file.write_text("weights")
    yield said_by(PretrainedWeights.read, file)
    torch.save([], file)
    yield said_by(PretrainedWeights.read, file)
    torch.save({"a": 1}, file)
    read = PretrainedWeights.read(file)
    yield said_by(read.recipe, Recipe())
    yield said_by(read.recipe, alexnet)
    named = replace(alexnet, training=replace(alexnet.training, pretrained="0" * 64))
    yield said_by(read.recipe, named)
    yield said_by(train, Corpus.read(folder), folder / "run", named)


def training_runs(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    from deepspectrum_features.training.exporting import export
    from deepspectrum_features.training.run import train

    run = folder / "run"
    run.mkdir()
    yield said_by(export, run, folder / "out.onnx")
    (run / "notes.txt").touch()
    yield said_by(train, Corpus.read(folder), run, Recipe())
    (run / "plan.json").write_text("{")
    yield said_by(train, Corpus.read(folder), run, Recipe())
    table = folder / "corpus.csv"
    text = table.read_text()
    table.write_text(text.replace("high,", "0.5,").replace("low,", "1,"))
    yield said_by(train, Corpus.read(folder), run, Recipe())
    table.write_text(text.replace("high,", "low,"))
    yield said_by(train, Corpus.read(folder), run, Recipe())
    table.write_text(table.read_text().replace("label", "note"))
    yield said_by(train, Corpus.read(folder), run, Recipe())


def classifiers(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    from deepspectrum_features.baselines.fitted import Classifier, fit
    from deepspectrum_features.baselines.fitted.predictions import check_table

    model, other = folder / "m.onnx", tiny_features(folder / "x.h5", attributes={"encoder": "y"})
    features = tiny_features(folder / "f.h5")
    fitted = fit(features)
    fitted.write(model)
    yield said_by(Classifier.read, folder / "nowhere.onnx")
    yield said_by(Classifier.read, features)
    yield said_by(Classifier.read, encoder.path)
    yield said_by(fitted.write, model)
    yield said_by(fitted.write, folder / "m.bin")
    yield said_by(check_table, folder / "told.txt", False)
    yield said_by(fitted.predict, other)
    yield said_by(fitted.predict, folder)
    yield said_by(fitted.predict, features, layout="nemo")
    yield from fitted.predict(features).notices
    yield said_by(fit, features, encoder=encoder.path)
    patch.setattr("deepspectrum_features.baselines.fitted.model_file.FORMAT", 2)
    yield said_by(Classifier.read, model)


def matrices(folder: Path, encoder: Encoder, patch: Patch) -> Messages:
    pytest.importorskip("sklearn")
    from deepspectrum_features import DeepSpectrum

    transformer = DeepSpectrum(encoder).fit([folder / "spk1_low_1.wav"])
    yield said_by(transformer.transform, [None, folder / "nowhere.wav"])


SCENARIOS: list[Scenario] = [
    missing_inputs, manifests, other_lists, annotations, exclusions, parts, layouts, label_files,
    notices, preflight, silence, ledger, changing_recordings, crashes, encoders, outputs,
    damaged_feature_files, differing_feature_files, shards, recipes, speakers, weights,
    training_runs, classifiers, matrices,
]  # fmt: skip


def pattern(quoted: str) -> str:
    """Return a quoted message as a regular expression; what stands in ``<>`` may be anything."""
    return "".join(
        ".+" if piece.startswith("<") else re.escape(piece)
        for piece in re.split(r"(<[^<>=]+>)", quoted)
    )


def quoted_as(message: str) -> list[str]:
    """Return the lines of the page that quote a message."""
    bare = re.sub(r" \(did you mean '[^']*'\?\)", "", message)
    return [line for line in QUOTED if re.fullmatch(pattern(line), bare)]


def constants(quoted: str) -> list[str]:
    """Return what does not vary in a quoted message, cut at its punctuation.

    Examples
    --------
    >>> constants("<file>: shard <n> missing, need each one once")
    ['shard', 'missing', 'need each one once']
    """
    pieces = re.split(r"<[^<>=]+>|[:;,()\[\]]", quoted)
    return [piece.strip() for piece in pieces if re.search("[a-z]", piece)]


def literals(path: Path) -> Iterator[str]:
    """Yield every constant text of a module, and of formatted ones the parts that do not vary."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sources() -> list[Path]:
    """List the modules of the program."""
    return [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py")]


def errors(path: Path) -> Iterator[str]:
    """Yield the message of every error that a module makes, ``<>`` for what varies."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(getattr(node, "func", None), "id", "")
        if not isinstance(node, ast.Call) or name not in ERRORS or not node.args:
            continue
        said = node.args[0]
        pieces = said.values if isinstance(said, ast.JoinedStr) else [said]
        yield "".join(str(getattr(piece, "value", "<x>")) if isinstance(piece, ast.Constant)
                      else "<x>" for piece in pieces)  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_what_is_said_stands_on_the_page(
    scenario: Scenario, folder: Path, encoder: Encoder, monkeypatch: Patch
) -> None:
    messages = list(scenario(folder, encoder, monkeypatch))
    assert messages
    assert [message for message in messages if not quoted_as(message)] == []


def test_what_is_said_of_interruptions_stands_on_the_page(
    folder: Path, encoder: Encoder, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = list(interruption(folder, encoder, monkeypatch, capsys))
    assert len(messages) == 3
    assert [message for message in messages if not quoted_as(message)] == []


def test_a_message_that_nobody_quotes_is_not_found_on_the_page() -> None:
    assert quoted_as("a.wav: 120 samples, need at least 400 (25 ms at 16000 Hz)")
    assert not quoted_as("a.wav: 120 samples, need some more (25 ms at 16000 Hz)")
    assert not quoted_as("out.h5: exists and differs (choose another name, or --overwrite)")


def test_every_quoted_message_says_something() -> None:
    assert len(QUOTED) > 100
    for line in QUOTED:
        letters = re.findall("[A-Za-z]", "".join(constants(line)))
        assert len(letters) >= 7, f"{line}: fits almost any message"


def test_every_quoted_message_is_in_the_source() -> None:
    texts = [text for path in sources() for text in literals(path)]
    lost = {
        line: piece
        for line in QUOTED
        for piece in constants(line)
        if not any(piece in text for text in texts)
    }
    assert lost == {}


def test_every_error_is_on_the_page() -> None:
    page = " ".join(QUOTED)
    made = [message for path in sources() for message in errors(path)]
    assert len(made) > 150
    missing = {
        message: piece
        for message in made
        for piece in constants(message)
        if " " in piece and piece not in page
    }
    assert missing == {}
