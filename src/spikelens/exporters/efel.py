"""A table under eFEL's names and in its units, as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spikelens.efelnames import efel_columns
from spikelens.exporters import Exporter
from spikelens.exporters.csv import table_text
from spikelens.files import write_text
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Efel(Exporter):
    """A row per spike with eFEL's feature names, mV and ms; chosen by name, as its files are CSV."""

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        write_text(path, table_text(efel_columns(spikes)))
