"""Apache Arrow: a column per number, each with its unit and rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spikelens.arrow import facts_of_fields
from spikelens.bridges import Bridge
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import arrow_table, read_observed, read_provenance, spikes_of_columns


@dataclass(frozen=True, kw_only=True)
class Arrow(Bridge):
    """A `pyarrow.Table` with a row per spike; each field's metadata hold its unit and rule."""

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)

    def spikes_out(self, spikes: Spikes, recording: Recording | None = None) -> Any:
        return arrow_table(spikes)

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        metadata = given.schema.metadata or {}
        observed = read_observed(metadata.get(b"observed"))
        return spikes_of_columns(
            recording,
            {name: given[name].to_numpy() for name in given.column_names},
            made_by="arrow",
            units=facts_of_fields(given.schema, "unit"),
            rules=facts_of_fields(given.schema, "rule"),
            provenance=read_provenance(metadata.get(b"spikelens")),
            observed=None if observed is None else np.array(observed, np.int64),
        )
