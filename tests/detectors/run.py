"""The smallest caller of a detector: survey, candidates chunk by chunk, describe, pick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.canonical import filtered
from spikelens.detectors import BASE_WINDOW, Detector
from spikelens.kernels.table import describe
from spikelens.passes import read_chunk, spans, survey_spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

NO_WALLS = np.empty((0, 2), np.int64)


@dataclass(frozen=True)
class Found:
    """Accepted events; one entry per event."""

    sample_index: NDArray[np.int64]
    peak: NDArray[np.float64]
    height: NDArray[np.float64]
    shift: NDArray[np.float64]


def detect(
    recording: Recording,
    detector: Detector,
    *,
    chunk_samples: int = 1_000_000,
    walls: NDArray[np.int64] = NO_WALLS,
    sign: int = 1,
) -> Found:
    stretches = Stretches.between_walls(recording, walls)
    rate = recording.sampling_rate
    wanted = detector.prefilter(rate)
    if wanted is not None:
        name, parameters = wanted
        filter_ = rooms.load("filters", name).from_parameters(parameters)
        recording = filtered(recording, filter_, stretches)
    blocks = [read_chunk(recording, span, sign) for span in survey_spans(recording, stretches)]
    survey = detector.survey(blocks)
    parts = []
    for span in spans(stretches, chunk_samples, detector.margin(rate)):
        chunk = read_chunk(recording, span, sign)
        at = detector.candidates(chunk, survey)["sample_index"]
        described = describe(chunk.trace, at - chunk.start, round(BASE_WINDOW * rate))
        parts.append(np.column_stack([at, *described]))
    table = np.concatenate(parts) if parts else np.empty((0, 4))
    table = table[np.argsort(table[:, 0], kind="stable")]
    at = table[:, 0].astype(np.int64)
    joined = {"sample_index": at, "stretch": stretches.at(at), "peak": table[:, 2], "height": table[:, 3]}
    kept = detector.pick(joined, survey, rate)["verdict"] == "spike"
    return Found(at[kept], table[kept, 2], table[kept, 3], table[kept, 1])
