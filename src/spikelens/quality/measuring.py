"""`measure_quality`: how a recording fares over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import api
from spikelens.choosing import Chosen, choose
from spikelens.membrane.bridging import bridged
from spikelens.membrane.cutting import Cuts, cut_spikes
from spikelens.membrane.measuring import potential_of
from spikelens.membrane.rule import MembraneRule
from spikelens.quality.access import Access, measure_access
from spikelens.quality.edges import bridge_steps, jump_noise
from spikelens.quality.noise import MAINS, hum_powers, noise_level, railed
from spikelens.quality.proposing import Proposal, propose
from spikelens.quality.rule import QualityRule
from spikelens.quality.sections import Section, at_rest, runs_of, sections, seen_of
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches

Floats = NDArray[np.float64]

MOST_IN_FIT = 500
"""Drift is fitted to so many sections at most."""


@dataclass(frozen=True)
class Quality:
    """A recording's quality, section by section, and what is proposed for exclusion."""

    rule: QualityRule
    recording: Recording
    """Of the one channel."""
    spikes: Spikes = field(repr=False)
    columns: dict[str, NDArray[Any]] = field(repr=False)
    """By name, one entry per section; see `spikelens.quality.tables.COLUMNS`."""
    mains: float
    """50 or 60 Hz, whichever is heard more; NaN if neither can be."""
    drift: float
    """Of the resting potential, V/s, by the median slope (Theil and Sen); NaN of under three sections."""
    holding_source: str
    """What the holding current was read from, in words."""
    proposals: list[Proposal]

    def _repr_html_(self) -> str:
        from spikelens.quality.report import analysis_of

        return analysis_of(self, [], self.recording.warnings)._repr_html_()

    def __len__(self) -> int:
        return int(self.columns["start"].size)


@dataclass(frozen=True)
class _Traces:
    """What the sections are measured on."""

    recording: Recording
    bare: Recording
    """Without spikes."""
    cuts: Cuts
    current: Recording | None
    """A current that was measured beside a voltage."""
    observed: Stretches
    is_held: bool


def measure_quality(
    recording: Recording | Chosen,
    spikes: Spikes,
    *,
    current: Recording | None = None,
    **parameters: object,
) -> Quality:
    """Follow the quality of a recording, and propose stretches for exclusion.

    Parameters
    ----------
    recording : Recording
        The one the spikes were found in; of a voltage clamp holding current, noise, hum,
        saturation and, by test pulses of a known command, access resistance are told.
    spikes : Spikes
        Their stretches are what is looked at.
    current : Recording, optional
        Of one channel: the current measured beside the voltage; by default the first
        current among the recording's channels.
    **parameters
        Those of `QualityRule`, by name.

    Returns
    -------
    Quality
        Nothing is left out by it: `proposals` are for `observed(blank=...)` or ``--blank``.

    Raises
    ------
    UnsupportedInput
        Neither a membrane potential nor a voltage clamp.
    """
    rule = QualityRule.from_parameters(parameters)
    traces = _traces_of(recording, spikes, current or measured_current(recording))
    one = traces.recording
    rows = [_measure(traces, spikes, section, rule) for section in sections(one, rule.every)]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
    hum = np.array([columns.pop("hum_50"), columns.pop("hum_60")])
    mains, columns["hum"] = _hum_of(hum)
    columns["drift"] = columns["resting_potential"] - _first(columns["resting_potential"])
    times = (columns["start"] + columns["stop"]) / 2
    return Quality(
        rule=rule,
        recording=one,
        spikes=spikes,
        columns=columns,
        mains=mains,
        drift=_slope(times, columns["resting_potential"]),
        holding_source=_holding_source(traces),
        proposals=propose(columns, rule),
    )


def _traces_of(recording: Recording | Chosen, spikes: Spikes, current: Recording | None) -> _Traces:
    one = recording.recording if isinstance(recording, Chosen) else choose(recording).recording
    if one.mode == "voltage-clamp":
        nothing = Cuts(*np.empty((2, 0), np.int64), *np.empty((4, 0)))
        return _Traces(one, one, nothing, None, spikes.stretches, True)
    one = potential_of(recording, spikes)
    known = spikes if "onset_time" in spikes else api.measure(one, spikes, feature_rule="spikelens")
    cuts = cut_spikes(one, known, MembraneRule())
    return _Traces(one, bridged(one, cuts), cuts, current, spikes.stretches, False)


def measured_current(recording: Recording | Chosen) -> Recording | None:
    """The first current among the channels of a recording; None if there is none."""
    if isinstance(recording, Chosen):
        return None
    currents = [k for k, channel in enumerate(recording.channels) if channel.quantity == "current"]
    return recording.select(currents[0]) if currents else None


def _holding_source(traces: _Traces) -> str:
    if traces.is_held:
        return f"the recorded current {traces.recording.channels[0].name}"
    if traces.current is not None:
        return f"the recorded current {traces.current.channels[0].name}"
    stimulus = traces.recording.stimulus
    return f"the command {stimulus.channel.name} ({stimulus.origin})" if stimulus else "not known"


def _measure(traces: _Traces, spikes: Spikes, section: Section, rule: QualityRule) -> dict[str, Any]:
    """One section's row; hum still by frequency."""
    one, rate = traces.recording, traces.recording.sampling_rate
    seen = seen_of(section, traces.observed)
    trace = traces.bare.read(section.start, section.stop)[:, 0].astype(np.float64)
    still = seen & at_rest(one, section, rule.settle)
    inside = runs_of(still)
    mine = spikes.height[slice(*np.searchsorted(spikes.sample_index, [section.start, section.stop]))]
    bridge, n_edges, error = _bridge(traces, section, trace, inside)
    stored = one.stored(section.start, section.stop)[:, 0][seen]
    resting = _median(trace[still])
    hum = _weighted([hum_powers(trace[low:high], rate) for low, high in inside], inside)
    return {
        "sweep": section.sweep,
        "start": float(one.time_of(section.start)),
        "stop": float(one.time_of(section.stop - 1)) + 1 / rate,
        "exposure": float(seen.sum()) / rate,
        "resting_potential": np.nan if traces.is_held else resting,
        "resting_sd": float(trace[still].std()) if still.any() else np.nan,
        "noise_level": float(_weighted([noise_level(trace[a:b], rate) for a, b in inside], inside)),
        "hum_50": float(np.ravel(hum)[0]),
        "hum_60": float(np.ravel(hum)[-1]),
        "n_spikes": mine.size,
        "spike_height": _median(np.abs(mine)),
        "bridge": bridge,
        "bridge_error": error,
        "n_edges": n_edges,
        "holding_current": resting if traces.is_held else _holding(traces, section, still),
        "railed": railed(stored, rate) / stored.size if stored.size else np.nan,
        **(_access(one, section, seen) if traces.is_held else {}),
    }


def _access(one: Recording, section: Section, seen: NDArray[np.bool_]) -> dict[str, Any]:
    """What test pulses tell of a held membrane; nothing of a section that was not observed whole."""
    told = measure_access(one, section) if seen.all() else Access(access_note="a part was not observed")
    return dict(vars(told))


def _bridge(
    traces: _Traces, section: Section, trace: Floats, still: list[tuple[int, int]]
) -> tuple[float, int, float]:
    """The median over a section's edges (Ohm), how many there are, and its standard error."""
    if traces.is_held:
        return float("nan"), 0, float("nan")
    found, steps = bridge_steps(traces.recording, section, traces.cuts)
    if not found.size:
        return float("nan"), 0, float("nan")
    noise = jump_noise(trace, still, traces.recording.sampling_rate)
    # A median's error is 1.25 times that of a mean.
    return _median(found), found.size, 1.25 * noise * float(np.sqrt(np.mean(steps**-2.0) / steps.size))


def _holding(traces: _Traces, section: Section, still: NDArray[np.bool_]) -> float:
    if traces.current is not None:
        return _median(traces.current.read(section.start, section.stop)[still, 0])
    stimulus = traces.recording.stimulus
    if stimulus is None or stimulus.channel.quantity != "current":
        return float("nan")
    return _median(stimulus.read(section.start, section.stop)[still])


def _median(values: NDArray[np.floating]) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _weighted(values: list[float] | list[Floats], inside: list[tuple[int, int]]) -> Floats:
    """The mean of pieces' values by their length, over those that have one."""
    found = np.array(values, np.float64)
    weights = np.array([high - low for low, high in inside], np.float64)
    known = np.isfinite(found).reshape(weights.size, -1).all(axis=1) if found.size else np.zeros(0, bool)
    return np.asarray(np.average(found[known], axis=0, weights=weights[known]) if known.any() else np.nan)


def _hum_of(powers: Floats) -> tuple[float, Floats]:
    """The mains heard more, and its amplitude in each section."""
    known = np.isfinite(powers).all(axis=0)
    if not known.any():
        return float("nan"), np.full(powers.shape[1], np.nan)
    louder = int(np.argmax(powers[:, known].sum(axis=1)))
    return MAINS[louder], np.sqrt(np.maximum(powers[louder], 0))


def _first(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[0]) if known.size else float("nan")


def _slope(times: Floats, values: Floats) -> float:
    known = np.flatnonzero(np.isfinite(values))
    if known.size < 3:
        return float("nan")
    some = known[:: -(-known.size // MOST_IN_FIT)]
    low, high = np.triu_indices(some.size, 1)
    rises, runs = values[some[high]] - values[some[low]], times[some[high]] - times[some[low]]
    return float(np.median(rises / runs))
