"""pandas: a row per spike."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from spikelens.bridges import Bridge
from spikelens.files import to_json
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import observed_samples, read_provenance, spikes_of_frame


@dataclass(frozen=True, kw_only=True)
class Pandas(Bridge):
    """A `DataFrame` with a row per spike; units, rules and provenance are in its ``attrs``."""

    needs: ClassVar[tuple[str, ...]] = ("pandas",)

    def spikes_out(self, spikes: Spikes, recording: Recording | None = None) -> Any:
        import pandas as pd

        frame = pd.DataFrame(dict(spikes.columns))
        frame.attrs["units"] = dict(spikes.units)
        frame.attrs["rules"] = dict(spikes.rules)
        # As plain as JSON: pandas compares attrs with ==, which arrays do not answer with a word.
        frame.attrs["provenance"] = read_provenance(to_json(dataclasses.asdict(spikes.provenance)))
        frame.attrs["observed"] = observed_samples(spikes)
        return frame

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        return spikes_of_frame(recording, given, made_by="pandas")
