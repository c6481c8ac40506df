"""Every command once in one process, on tones: ``python offline_run.py FOLDER``.

Writes a line of JSON for each: its name, its exit code and what it said. `test_offline.py` reads
them.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner
from made_corpora import make_iemocap

from deepspectrum_features import cli
from deepspectrum_features.extraction import plan
from deepspectrum_features.recipe import PRESETS
from deepspectrum_features.testing import tiny_corpus, tiny_recipe

ORDERS = """
encoders
corpus tones
train tones run --preset compact
export run my.onnx
extract tones 1.h5 --encoder my.onnx --shard 1/2
extract tones 2.h5 --encoder my.onnx --shard 2/2
merge 1.h5 2.h5 -o deep.h5
extract tones other.h5 -j 2
functionals tones egemaps.h5 --set egemaps -j 1
info deep.h5
verify deep.h5
diff deep.h5 other.h5
attend tones/spk1_low_1.wav attention.png --encoder my.onnx
evaluate egemaps.h5 --classifier svm -j 1
report results
fit egemaps.h5 -o model.onnx -j 1
predict model.onnx egemaps.h5 told.csv
convert egemaps.h5 egemaps.csv
experiment tones experiment --classifier svm --against my.onnx --fold spk1 -j 1
ablate tones ablation --bands 20 --classifier svm --fold spk1 -j 1
reproduce zhao2018-asmmc iemocap reproduction --preset compact --against my.onnx --fold Ses01F -j 1
transfer transfer tones --features egemaps -j 1
"""


def main(folder: Path) -> None:
    """Run all of them in a folder; the compact network is one that trains in a second."""
    tiny = tiny_recipe()
    tiny = replace(tiny, training=replace(tiny.training, epochs=1, batch_size=8))
    PRESETS["zhao2018-asmmc"]["compact"] = tiny
    plan._LEAST_SECONDS = plan._MOST_SECONDS = 2.0
    os.chdir(folder)
    tiny_corpus(Path("tones"), speakers=3, per_class=2)
    make_iemocap(Path("iemocap"), sessions=(1, 2), codes=("ang", "hap", "sad", "neu"))
    for order in ORDERS.strip().splitlines():
        done = CliRunner().invoke(cli.dsf, order.split())
        said = f"{done.output}{done.exception or ''}"
        print(json.dumps([order.split()[0], done.exit_code, said]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
