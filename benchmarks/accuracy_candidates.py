"""What the default detector thinks of everything it looks at, listed or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detectors import Columns, Detector, Survey
from spikelens.detectors._candidates import narrowed, worth_keeping
from spikelens.detectors.adaptive import Adaptive, Slower, Slowest
from spikelens.passes import Chunk
from spikelens.recording import Recording

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Everything(Adaptive):
    """The default detector with a row for each of its candidates.

    What is ruled out by shape alone, and then dropped, has the probability of that first
    answer; all others that of the last, though it be too low to be listed.
    """

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        found = self.looked_at(chunk, survey)
        kept = worth_keeping(found["sample_index"], found["_logit"], found["_measures"])
        return self.dated(chunk, narrowed(found)) | {"_kept": kept}

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        return _of_all(table, super().pick(_kept(table), survey, sampling_rate))

    def second_look(self, picked: Columns) -> Detector | None:
        other = super().second_look(_kept(picked))
        return other and {Slower: EverythingSlower, Slowest: EverythingSlowest}[type(other)](cut=self.cut)


@dataclass(frozen=True, kw_only=True)
class EverythingSlower(Everything, Slower):
    """The same of a look by a slower clock; nothing where that is not all or none."""


@dataclass(frozen=True, kw_only=True)
class EverythingSlowest(Everything, Slowest):
    """The same of a look by the slowest clock."""


def _kept(table: Columns) -> Columns:
    return {name: column[table["_kept"]] for name, column in table.items()}


def _of_all(table: Columns, judged: Columns) -> Columns:
    """What was judged of the kept rows, and what the first answer says of the others."""
    before = {
        **table,
        "_odds": table["_logit"],
        "_charges": np.zeros(table["_kept"].size),
        "_found": table["sample_index"],
        "probability": expit(table["_logit"]).astype(np.float32),
    }
    words = np.where(judged["verdict"] == "", "synaptic", judged["verdict"])
    before["verdict"] = np.full(table["_kept"].size, "synaptic", words.dtype)
    picked = {}
    for name, column in (judged | {"verdict": words}).items():
        picked[name] = before[name].astype(column.dtype)
        picked[name][table["_kept"]] = column
    return picked


def everything(recording: Recording) -> tuple[Floats, Floats]:
    """Times (s) and probabilities of all candidates of a recording whose spikes point up."""
    found = api.detect(Chosen(recording, 1, ()), Everything())
    assert found.candidates is not None
    tables = (found, found.candidates)
    return (
        np.concatenate([table.time for table in tables]),
        np.concatenate([table.probability for table in tables]).astype(np.float64),
    )
