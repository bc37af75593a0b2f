"""Features for a table of spikes: which chunk each is measured in, and back to seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Columns, SpikeRule
from spikelens.passes import Span, read_chunk, spans
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretch

LONGEST_TEXT = "U160"
"""Notes are no longer than this."""
_SIGNED = ("V", "A", "V/s", "A/s")
"""Units of columns that turn over with the trace."""


def measured(recording: Recording, spikes: Spikes, rule: SpikeRule, chunk_samples: int) -> Spikes:
    """The spikes, and their candidates, with the rule's columns."""
    columns = _columns(recording, spikes, rule, chunk_samples)
    of_trace = recording.channels[0].unit
    units = {f.name: f.unit.replace("V or A", of_trace) for f in rule.features if f.unit}
    rules = {f.name: f"{rule.method_name()}: {f.meaning}" for f in rule.features}
    provenance = dataclasses.replace(
        spikes.provenance, feature_rule=rule.method_name(), feature_parameters=rule.parameters()
    )
    wider = dataclasses.replace(spikes.with_columns(columns, units=units, rules=rules), provenance=provenance)
    if spikes.candidates is None:
        return wider
    return dataclasses.replace(wider, candidates=measured(recording, spikes.candidates, rule, chunk_samples))


def corrected(spikes: Spikes, junction_potential: float | None) -> Spikes:
    """Absolute voltages less the liquid junction potential (V), and their rules saying whether."""
    absolute = [name for name in spikes.rules if name.endswith("_v")]
    words = "not corrected for the liquid junction potential"
    if junction_potential is not None:
        words = f"corrected for a liquid junction potential of {junction_potential * 1e3:g} mV"
    columns = {name: spikes[name] - (junction_potential or 0.0) for name in absolute}
    told = spikes.with_columns(columns, rules={n: f"{spikes.rules[n]} ({words})" for n in absolute})
    if spikes.candidates is None:
        return told
    return dataclasses.replace(told, candidates=corrected(spikes.candidates, junction_potential))


def _columns(recording: Recording, spikes: Spikes, rule: SpikeRule, chunk_samples: int) -> Columns:
    out = _blank(recording, rule, len(spikes))
    way = np.where(spikes.height < 0, -1, 1)
    for sign in np.unique(way):
        rows = np.flatnonzero(way == sign)
        for span in _spans(recording, spikes, rule, chunk_samples):
            _measure_span(recording, spikes, rule, (span, rows, int(sign)), out)
    for feature in rule.features:
        if feature.unit in _SIGNED:
            out[feature.name] *= way
    return out


def _measure_span(
    recording: Recording, spikes: Spikes, rule: SpikeRule, where: tuple[Span, NDArray[Any], int], out: Columns
) -> None:
    """Measure the spikes in a span's core; those in its margin are neighbours only."""
    span, rows, sign = where
    at = spikes.sample_index[rows]
    low, high = np.searchsorted(at, [span.start, span.stop])
    mine = (at[low:high] >= span.core_start) & (at[low:high] < span.core_stop)
    if not mine.any():
        return
    chunk = read_chunk(recording, span, sign)
    found = rule.measure(chunk, at[low:high] - span.start)
    for name, column in found.items():
        values = column[mine]
        if name.endswith("_time"):
            values = _seconds(recording, values + span.start)
        out[name][rows[low:high][mine]] = values


def _seconds(recording: Recording, samples: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(samples)
    times = np.full(samples.size, np.nan)
    times[known] = recording.time_of(samples[known])
    return times


def _spans(recording: Recording, spikes: Spikes, rule: SpikeRule, chunk_samples: int) -> Iterator[Span]:
    if rule.context is None:
        longest = int((spikes.stretches.stop - spikes.stretches.start).max(initial=1))
        return spans(spikes.stretches, longest, 0)
    return spans(spikes.stretches, chunk_samples, int(np.ceil(rule.context * recording.sampling_rate)) + 2)


def _blank(recording: Recording, rule: SpikeRule, n: int) -> Columns:
    """Columns to fill, of the kinds the rule returns for no spikes: NaN, False or no words."""
    nowhere = Span(Stretch(0, 0, 0), 0, 0, 0, 0)
    kinds = rule.measure(read_chunk(recording, nowhere), np.empty(0, np.int64))
    empty: dict[str, tuple[object, str]] = {"f": (np.nan, "f8"), "b": (False, "?"), "U": ("", LONGEST_TEXT)}
    return {name: np.full(n, *empty[column.dtype.kind]) for name, column in kinds.items()}
