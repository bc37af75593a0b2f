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
        found = detector.candidates(chunk, survey)
        described = describe(chunk.trace, found["sample_index"] - chunk.start, round(BASE_WINDOW * rate))
        parts.append(found | described._asdict())
    if not parts:
        return Found(np.empty(0, np.int64), *np.empty((3, 0)))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined["sample_index"], kind="stable")
    joined = {name: column[order] for name, column in joined.items()}
    at = joined["sample_index"]
    joined["stretch"] = stretches.at(at)
    kept = detector.pick(joined, survey, rate)["verdict"] == "spike"
    return Found(at[kept], *(joined[name][kept] for name in ("peak", "height", "shift")))
