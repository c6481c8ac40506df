"""An output that exists already: whether it belongs to the plan, and today's facts for it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from deepspectrum_features.corpus.columns import DETAILS, target_columns
from deepspectrum_features.corpus.corpus import Corpus
from deepspectrum_features.encoder.batching import BATCH_FRAMES
from deepspectrum_features.encoder.bundled import BUNDLED, NAMES
from deepspectrum_features.encoder.devices import CPU
from deepspectrum_features.encoder.levels import EMBEDDING, STEPS
from deepspectrum_features.errors import CorpusError, FeatureFileError
from deepspectrum_features.extraction.executors import run_in_thread
from deepspectrum_features.extraction.merging import describe_rows
from deepspectrum_features.extraction.plan import Plan
from deepspectrum_features.extraction.worker import Worker
from deepspectrum_features.features.feature_file import FeatureFile
from deepspectrum_features.features.notices import store_notices
from deepspectrum_features.terminal import counted, first_few, one_line

#: What options that a file does not name stand for.
_DEFAULTS = {"level": EMBEDDING, "device": CPU, "batch_frames": BATCH_FRAMES}


def check_belongs(out: Path, table: FeatureFile, then: Plan, plan: Plan, corpus: Corpus) -> None:
    """Refuse an output that was made from something else than what is asked for now.

    Parameters
    ----------
    out : Path
    table : FeatureFile
        What stands there.
    then, plan : Plan
        What is planned of the recordings as they were, and as they are.
    corpus : Corpus
        With the headers of today.

    Raises
    ------
    FeatureFileError
        Naming what differs, or the recordings that are gone.
    """
    reasons = []
    if table.attributes.get("plan_key") != then.key or _shard(table) != plan.shard:
        reasons = _differences(table, plan, corpus) or ["other recordings or other stretches"]
    elif gone := [file for file in then.files if file not in corpus.headers]:
        reasons = [f"{counted(len(gone), 'recording')} that cannot be read now: {first_few(gone)}"]
    if reasons:
        raise FeatureFileError(
            f"{out}: exists with {'; '.join(reasons)} ({_choice(table, plan)} another name, "
            "or --overwrite)"
        )


def bring_up_to_date(
    out: Path, table: FeatureFile, plan: Plan, corpus: Corpus, worker: Worker, strict: bool
) -> bool:
    """Write what is known anew of the rows of an output whose numbers stand.

    Returns
    -------
    bool
        Whether facts of the rows, the recordings or the ledger were written anew.

    Raises
    ------
    CorpusError
        If strict, and inputs are refused.
    """
    before = replace(table, attributes={**table.attributes}, targets={**table.targets})
    planned = {utterance.stretch for utterance in plan.utterances}
    kept = [  # the corpus tells its own refusals anew
        refusal
        for refusal in table.refused
        if refusal.stretch in planned and refusal.stage != "corpus"
    ]
    table.refused = [*plan.refused(corpus), *kept]
    table.attributes |= {**worker.attributes(), "plan_key": plan.key}
    table.recordings = corpus.headers
    describe_rows(table, plan, corpus, worker)
    store_notices(table)
    if strict and table.refused:
        refused = counted(len(table.refused), "refused input")
        raise CorpusError(f"{out}: complete, but without {refused}")
    changed = not _same_facts(before, table)
    if changed:
        run_in_thread(partial(table.write, out))
    return changed


def _same_facts(one: FeatureFile, other: FeatureFile) -> bool:
    """Whether what is known of rows besides their features, and of recordings, is the same."""
    columns = (*DETAILS, *target_columns([one, other]))
    whole = ("refused", "heard", "attributes")
    headers = zip_longest(one.recordings.items(), other.recordings.items())
    return (
        all(column.told(one) == column.told(other) for column in columns)
        and all(getattr(one, name) == getattr(other, name) for name in whole)
        and all(then == now and then[1].modified == now[1].modified for then, now in headers)
    )


def _differences(table: FeatureFile, plan: Plan, corpus: Corpus) -> list[str]:
    """Name what tells an existing file from the one asked for."""
    old: dict[str, Any] = json.loads(table.attributes.get("options", "{}"))
    options = plan.options
    found = [
        f"{_words(name)} {_short(name, old)}, now {_short(name, options)}"
        for name in sorted({*old, *options})
        if old.get(name) != options.get(name)
    ]
    if (shard := _shard(table)) != plan.shard:
        found.append("shard {}/{}, now {}/{}".format(*shard, *plan.shard))
    before = [*table.file] + [one.file for one in table.refused]
    now = [one.file for one in plan.utterances] + [one.file for one in plan.refused(corpus)]
    if len(before) != len(now) and shard == plan.shard:
        known = {*now}
        gone = [file for file in dict.fromkeys(before) if file not in known]
        without = one_line(f" without {first_few(gone)}") if gone else ""
        found.append(f"{counted(len(before), 'input')}, now {len(now)}{without}")
    return found


def _shard(table: FeatureFile) -> tuple[int, ...]:
    return tuple(map(int, table.attributes.get("shard", "1/1").split("/")))


def _words(name: str) -> str:
    return name.removesuffix("_sha256").replace("_", " ")


def _short(name: str, options: dict[str, Any]) -> str:
    if name in STEPS:
        return "on" if options.get(name) else "off"
    value = options.get(name, _DEFAULTS.get(name))
    shown = "none" if value is None else str(value)
    return NAMES.get(shown, shown[:12])


def _choice(table: FeatureFile, plan: Plan) -> str:
    """Say what to choose: first the bundled encoder of the file, where now there is another."""
    then, now = table.attributes.get("encoder_sha256", ""), plan.options.get("encoder_sha256")
    other = then in BUNDLED.values() and now not in (then, None)
    return f"choose --encoder {NAMES[then]}," if other else "choose"
