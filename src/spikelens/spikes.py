"""Spikes: a table with one row per spike, and where it came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card
from spikelens.conversions import SpikesConversions
from spikelens.sparklines import raster_picture
from spikelens.stretches import Stretches

Column = NDArray[Any]

REQUIRED: Mapping[str, tuple[str, str]] = {
    "time": ("f8", "s"),
    "sample_index": ("i8", ""),
    "sweep": ("i4", ""),
    "time_in_sweep": ("f8", "s"),
    "channel": ("U", ""),
    "channel_index": ("i4", ""),
    "height": ("f8", ""),
    "probability": ("f4", ""),
    "verdict": ("U", ""),
}
"""Columns of every table, in order, with type and unit; `height` is in V or A."""

VERDICTS = ("spike", "artefact", "synaptic", "too_small")
"""What a detector may say of a candidate; only the first is a row of the table itself."""


@dataclass(frozen=True)
class Provenance:
    """What made a table; written beside every result."""

    method: str
    parameters: Mapping[str, object]
    version: str
    fingerprint: str
    mode: str
    polarity: int
    """+1 if spikes were sought upwards, -1 downwards, 0 both ways."""
    filter: Mapping[str, object] | None = None
    survey: Mapping[str, object] = field(default_factory=dict)
    """Recording-wide statistics the detector used, such as the noise level."""
    feature_rule: str = ""
    feature_parameters: Mapping[str, object] = field(default_factory=dict)
    model: Mapping[str, object] = field(default_factory=dict)
    """The card of the model that the method rests on, where it rests on one."""
    edits: tuple[Mapping[str, object], ...] = ()
    """What people changed by hand, action by action, the first one first."""


@dataclass(frozen=True)
class Spikes(SpikesConversions):
    """Spikes of one recording, sorted by sweep and sample.

    Columns are those of `REQUIRED`, then features. ``spikes["height"]`` and, for
    required columns, ``spikes.height`` give arrays of n_spikes entries.

    Parameters
    ----------
    columns : mapping of str to array, each (n_spikes,)
        Texts may be references to words that rows share (`texts.shared`), as those of features are.
    units : mapping of str to str
        SI unit of each column that has one.
    rules : mapping of str to str
        The rule behind each feature column, in words.
    sampling_rate : float, Hz
    stretches : Stretches
        The observed time that rates and intervals refer to.
    provenance : Provenance
    candidates : Spikes or None
        What was looked at and not accepted; same columns.
    """

    columns: Mapping[str, Column] = field(repr=False)
    units: Mapping[str, str] = field(repr=False)
    rules: Mapping[str, str] = field(repr=False)
    sampling_rate: float
    stretches: Stretches = field(repr=False)
    provenance: Provenance = field(repr=False)
    candidates: Spikes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        lengths = {c.shape for c in self.columns.values()}
        assert len(lengths) == 1, f"columns of unequal length: {lengths}"
        assert all(name in self.columns for name in REQUIRED)

    def __len__(self) -> int:
        return self.sample_index.size

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    @property
    def time(self) -> NDArray[np.float64]:
        """Sub-sample peak times on the recording's clock, s."""
        return self.columns["time"]

    @property
    def sample_index(self) -> NDArray[np.int64]:
        """Peak samples, counted through the file."""
        return self.columns["sample_index"]

    @property
    def sweep(self) -> NDArray[np.int32]:
        """The sweep of each spike."""
        return self.columns["sweep"]

    @property
    def time_in_sweep(self) -> NDArray[np.float64]:
        """Peak times from the start of the sweep, s."""
        return self.columns["time_in_sweep"]

    @property
    def height(self) -> NDArray[np.float64]:
        """Signed peak minus the local base before it, V or A."""
        return self.columns["height"]

    @property
    def probability(self) -> NDArray[np.float32]:
        """Estimated probability of being a spike; NaN where the method gives none."""
        return self.columns["probability"]

    @property
    def slowness(self) -> float:
        """How many times as long as usual they last, as who found them says; 1 where nobody does."""
        return float(str(self.provenance.survey.get("clock", 1.0)))

    def with_columns(
        self,
        columns: Mapping[str, Column],
        *,
        units: Mapping[str, str] | None = None,
        rules: Mapping[str, str] | None = None,
    ) -> Spikes:
        """The same spikes with more columns, or others of the same names."""
        return dataclasses.replace(
            self,
            columns={**self.columns, **columns},
            units={**self.units, **(units or {})},
            rules={**self.rules, **(rules or {})},
        )

    def take(self, chosen: NDArray[Any] | slice) -> Spikes:
        """Some rows, by mask, index or slice; candidates stay with the whole."""
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return dataclasses.replace(self, columns=columns, candidates=None)

    def _repr_html_(self) -> str:
        observed = self.stretches.n_samples() / self.sampling_rate
        rate = len(self) / observed if observed else float("nan")
        facts = {
            "spikes": len(self),
            "rate": f"{rate:.4g} per s over {observed:.6g} s",
            "method": self.provenance.method,
            "columns": ", ".join(self.columns),
        }
        rows = self.to_pandas().head(10).to_html(index=False)
        wide = f'<div style="overflow-x:auto">{rows}</div>'
        return card("Spikes", facts) + self._raster() + wide

    def _raster(self) -> str:
        """The spikes of each sweep, from its start to the end of what was observed in the longest."""
        if not len(self):
            return ""
        origins = self.stretches.start if self.stretches.sweep_start is None else self.stretches.sweep_start
        longest = float((self.stretches.stop - origins).max(initial=1)) / self.sampling_rate
        n_sweeps = int(max(self.sweep.max(), self.stretches.sweep.max(initial=0))) + 1
        many = f"{n_sweeps} sweeps, first on top, each" if n_sweeps > 1 else "one sweep"
        told = f"{len(self)} spikes; {many} of up to {longest:.4g} s"
        return raster_picture(self.time_in_sweep / longest, self.sweep, n_sweeps, told)
