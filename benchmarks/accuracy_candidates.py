"""What the default detector thinks of everything it looks at, listed or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detectors import Columns, Survey
from spikelens.detectors._candidates import narrowed, worth_keeping
from spikelens.detectors.adaptive import Adaptive
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
        return narrowed(found) | {"_kept": kept}

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        kept = table["_kept"]
        judged = super().pick({name: c[kept] for name, c in table.items()}, survey, sampling_rate)
        probability = expit(table["_logit"]).astype(np.float32)
        probability[kept] = judged["probability"]
        verdict = np.full(kept.size, "synaptic")
        verdict[kept] = np.where(judged["verdict"] == "", "synaptic", judged["verdict"])
        return {"verdict": verdict, "probability": probability}


def everything(recording: Recording) -> tuple[Floats, Floats]:
    """Times (s) and probabilities of all candidates of a recording whose spikes point up."""
    found = api.detect(Chosen(recording, 1, ()), Everything())
    assert found.candidates is not None
    tables = (found, found.candidates)
    return (
        np.concatenate([table.time for table in tables]),
        np.concatenate([table.probability for table in tables]).astype(np.float64),
    )
