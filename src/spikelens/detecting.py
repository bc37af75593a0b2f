"""Detection on one channel: survey, candidates chunk by chunk, one picker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from spikelens.canonical import filtered
from spikelens.detectors import Columns, Detector
from spikelens.filters import Filter
from spikelens.joining import described, joined, reseated
from spikelens.passes import Span, read_chunk, spans, survey_spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

Progress = Callable[[int, int], None]
"""Called with samples done and samples in all."""
RESEAT = 5e-4
"""How far from the filtered peak the unfiltered one is sought, s."""


@dataclass(frozen=True)
class Answer:
    """What a search found one way: its picked table, None if it is empty, and its survey."""

    table: Columns | None
    survey: Mapping[str, Any]
    detector: Detector
    """Whose answer it is."""

    @property
    def n_accepted(self) -> int:
        """How many spikes it accepted."""
        return 0 if self.table is None else int((self.table["verdict"] == "spike").sum())

    def told(self) -> Answer:
        """The same without what the detector worked with, which takes more room than all else."""
        if self.table is None:
            return self
        kept = {name: column for name, column in self.table.items() if not name.startswith("_")}
        return dataclasses.replace(self, table=kept)


@dataclass(frozen=True)
class Search:
    """A detector, and where it looks: one channel, in stretches, by chunks."""

    recording: Recording
    filter: Filter | None
    """What the detector wants the trace to go through first."""
    detector: Detector
    stretches: Stretches
    chunk_samples: int
    progress: Progress | None = None

    def one_way(self, sign: int) -> Answer:
        """Find spikes that point up (+1) or down (-1), by another look where one says too little."""
        stands, other = self._look(sign)
        while other is not None:
            outdoes = other.outdoes
            look, other = dataclasses.replace(self, detector=other)._look(sign)
            if look.n_accepted > outdoes * stands.n_accepted:
                stands = look
        return stands

    def _look(self, sign: int) -> tuple[Answer, Detector | None]:
        """What the detector says, told, and who is to look again if that is too little."""
        look = self.first_look(sign)
        return look.told(), None if look.table is None else self.detector.second_look(look.table)

    def first_look(self, sign: int) -> Answer:
        """What the detector itself says, one way, whatever it thinks of that."""
        blocks = [read_chunk(self._looked_at, s, sign) for s in survey_spans(self._looked_at, self.stretches)]
        survey = self.detector.survey(blocks)
        table = joined(self._parts(sign, survey), self.stretches)
        if table is None:
            return Answer(None, survey, self.detector)
        picked = self.detector.pick(table, survey, self.recording.sampling_rate)
        table |= {**picked, "sign": np.full(table["sample_index"].size, sign)}
        return Answer(table, survey, self.detector)

    def _parts(self, sign: int, survey: Mapping[str, Any]) -> Iterator[Columns]:
        """The candidates of one chunk after the other."""
        margin = self.detector.margin(self.recording.sampling_rate) + self._reseat
        for span in spans(self.stretches, self.chunk_samples, margin):
            yield self._candidates(span, sign, survey)
            if self.progress:
                self.progress(span.core_stop, self.recording.n_samples)

    @cached_property
    def _looked_at(self) -> Recording:
        return (
            self.recording if self.filter is None else filtered(self.recording, self.filter, self.stretches)
        )

    @property
    def _reseat(self) -> int:
        """How far candidates are moved from the filtered trace to the unfiltered one, samples.

        A filter changes a spike's height and leaves lobes beside it. Outside a cell the
        unfiltered trace holds slow potentials too, and says nothing of a spike's height.
        """
        if self.filter is None or self.recording.mode == "extracellular":
            return 0
        return max(1, round(RESEAT * self.recording.sampling_rate))

    def _candidates(self, span: Span, sign: int, survey: Mapping[str, Any]) -> Columns:
        """One chunk's candidates; those of one cell are described by the unfiltered trace."""
        chunk = read_chunk(self._looked_at, span, sign)
        found = self.detector.candidates(chunk, survey)
        if self._reseat:
            chunk = read_chunk(self.recording, span, sign)
            found = reseated(chunk, found, self._reseat)
        return described(
            chunk, found, max(1, round(self.detector.base_window * self.recording.sampling_rate))
        )
