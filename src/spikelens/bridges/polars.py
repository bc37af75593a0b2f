"""polars: a row per spike, by way of Arrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from spikelens.bridges import Bridge, imported
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import arrow_table, spikes_of_columns


@dataclass(frozen=True, kw_only=True)
class Polars(Bridge):
    """A `polars.DataFrame` with a row per spike; it holds no units, which are SI."""

    needs: ClassVar[tuple[str, ...]] = ("polars",)

    def spikes_out(self, spikes: Spikes, recording: Recording | None = None) -> Any:
        return imported("polars").from_arrow(arrow_table(spikes))

    def spikes_in(self, given: Any, recording: Recording) -> Spikes:
        columns = {name: given[name].to_numpy() for name in given.columns}
        return spikes_of_columns(recording, columns, made_by="polars")
