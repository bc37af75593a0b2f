"""Features for a table of spikes: which chunk each is measured in, and back to seconds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter
from spikelens.features import Columns, SpikeRule
from spikelens.passes import Chunk, Span, read_chunk, spans
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Spikes
from spikelens.stretches import Stretch
from spikelens.texts import is_text, shared

LARGEST_JUNCTION = 0.1
"""Liquid junction potentials are a few to twenty millivolts, V."""
_SIGNED = ("V", "A", "V/s", "A/s")
"""Units of columns that turn over with the trace."""
_EMPTY: dict[str, tuple[object, str]] = {"f": (np.nan, "f8"), "b": (False, "?"), "U": ("", "O")}
"""What columns to fill hold, and their type, by kind: NaN, False or no words."""


def measured(recording: Recording, spikes: Spikes, rule: SpikeRule, chunk_samples: int) -> Spikes:
    """The spikes, and their candidates, with the rule's columns."""
    wider = _widened(recording, spikes, rule, _columns(recording, spikes, rule, chunk_samples))
    if spikes.candidates is None:
        return wider
    # A candidate lies among the spikes: they bound its rise and its fall.
    both = _together(spikes, spikes.candidates) if len(spikes.candidates) else spikes.candidates
    theirs = both["verdict"] != "spike"
    columns = _columns(recording, both, rule, chunk_samples, wanted=theirs)
    return dataclasses.replace(wider, candidates=_widened(recording, spikes.candidates, rule, columns))


def _together(spikes: Spikes, candidates: Spikes) -> Spikes:
    """Both in one table, sorted; required columns only."""
    columns = {name: np.concatenate([spikes[name], candidates[name]]) for name in REQUIRED}
    order = np.lexsort((columns["sample_index"], columns["sweep"]))
    return dataclasses.replace(spikes, columns={n: c[order] for n, c in columns.items()}, candidates=None)


def _widened(recording: Recording, spikes: Spikes, rule: SpikeRule, columns: Columns) -> Spikes:
    of_trace = recording.channels[0].unit
    units = {f.name: f.unit.replace("V or A", of_trace) for f in rule.features if f.unit}
    rules = {f.name: f"{rule.method_name()}: {f.meaning}" for f in rule.features}
    provenance = dataclasses.replace(
        spikes.provenance, feature_rule=rule.method_name(), feature_parameters=rule.parameters()
    )
    return dataclasses.replace(spikes.with_columns(columns, units=units, rules=rules), provenance=provenance)


def check_junction(potential: float | None) -> float | None:
    """The liquid junction potential itself, V.

    Raises
    ------
    BadParameter
        It is larger than any: millivolts, most likely.
    """
    if potential is not None and not abs(potential) <= LARGEST_JUNCTION:
        hint = (
            f"; of {potential:g} mV say {potential * 1e-3:g}"
            if abs(potential) <= 1e3 * LARGEST_JUNCTION
            else ""
        )
        raise BadParameter(
            f"the junction potential is at most {LARGEST_JUNCTION:g} V either way, not {potential:g} V{hint}"
        )
    return potential


def corrected(spikes: Spikes, rule: SpikeRule, junction_potential: float | None) -> Spikes:
    """The rule's absolute voltages less the liquid junction potential (V), and saying whether."""
    junction_potential = check_junction(junction_potential)
    absolute = [f.name for f in rule.features if f.name.endswith("_v")]
    words = "not corrected for the liquid junction potential"
    if junction_potential is not None:
        words = f"corrected for a liquid junction potential of {junction_potential * 1e3:g} mV"
    columns = {name: spikes[name] - junction_potential for name in absolute if junction_potential}
    told = spikes.with_columns(columns, rules={n: f"{spikes.rules[n]} ({words})" for n in absolute})
    if spikes.candidates is None:
        return told
    return dataclasses.replace(told, candidates=corrected(spikes.candidates, rule, junction_potential))


def _columns(
    recording: Recording,
    spikes: Spikes,
    rule: SpikeRule,
    chunk_samples: int,
    *,
    wanted: NDArray[np.bool_] | None = None,
) -> Columns:
    """The rule's columns of spikes, or of the `wanted` ones, whose neighbours the others are."""
    mine = np.ones(len(spikes), np.bool_) if wanted is None else wanted
    place, n = np.cumsum(mine) - 1, int(mine.sum())
    out = {name: np.full(n, *_EMPTY[kind]) for name, kind in _kinds(rule).items()}
    # The sign bit tells which way even where a height is 0.
    way = np.where(np.signbit(spikes.height), -1, 1)
    for sign in np.unique(way):
        rows = np.flatnonzero(way == sign)
        at = spikes.sample_index[rows]
        for span in _spans(recording, spikes, rule, chunk_samples):
            core, found = _measure_span(recording, rule, span, at, int(sign))
            kept = mine[rows[core]]
            to = place[rows[core]][kept]
            for name, column in found.items():
                out[name][to] = shared(column[kept]) if is_text(column) else column[kept]
    for feature in rule.features:
        if feature.unit in _SIGNED:
            out[feature.name] *= way[mine]
    return out


def _measure_span(
    recording: Recording, rule: SpikeRule, span: Span, at: NDArray[np.int64], sign: int
) -> tuple[slice, Columns]:
    """Which of the peaks `at` lie in a span's core, and their columns; those in its margin are neighbours."""
    low, first, last, high = np.searchsorted(at, [span.start, span.core_start, span.core_stop, span.stop])
    if first == last:
        return slice(0), {}
    found = rule.measure(read_chunk(recording, span, sign), at[low:high] - span.start)
    mine = {name: column[first - low : last - low] for name, column in found.items()}
    names = [name for name in mine if name.endswith("_time")]
    if names:
        seconds = _seconds(recording, np.stack([mine[name] for name in names]) + span.start)
        mine |= dict(zip(names, seconds, strict=True))
    return slice(first, last), mine


def _seconds(recording: Recording, samples: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(samples)
    times = np.full(samples.shape, np.nan)
    times[known] = recording.time_of(samples[known])
    return times


def _spans(recording: Recording, spikes: Spikes, rule: SpikeRule, chunk_samples: int) -> Iterator[Span]:
    margin = rule.margin(recording.sampling_rate)
    if margin is None:
        longest = int((spikes.stretches.stop - spikes.stretches.start).max(initial=1))
        return spans(spikes.stretches, longest, 0)
    return spans(spikes.stretches, chunk_samples, margin)


@lru_cache(maxsize=16)
def _kinds(rule: SpikeRule) -> dict[str, str]:
    """The kind of each column that the rule returns, as it tells for no spikes."""
    nowhere = Span(Stretch(0, 0, 0), 0, 0, 0, 0)
    nothing = Chunk(np.empty((0, 1), np.float32), np.ones(1), np.zeros(1), 1, nowhere, 20_000.0)
    return {name: c.dtype.kind for name, c in rule.measure(nothing, np.empty(0, np.int64)).items()}
