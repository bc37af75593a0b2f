"""eFEL: dictionaries of its feature names, a dictionary per sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikelens.bridges import Bridge
from spikelens.efelnames import efel_columns
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Efel(Bridge):
    """What `efel.get_feature_values` gives for the sweeps as traces: mV, ms, arrays by name."""

    def spikes_out(self, spikes: Spikes, recording: Recording | None = None) -> list[dict[str, Any]]:
        columns = efel_columns(spikes)
        sweeps = columns.pop("sweep")
        last = max([int(s.sweep) for s in spikes.stretches], default=-1)
        return [{name: c[np.asarray(sweeps == k)] for name, c in columns.items()} for k in range(last + 1)]
