"""The verb `sort`: which neuron fired each spike of an extracellular recording."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.api import CHUNK_DURATION, observed
from spikelens.blocks import Share
from spikelens.choosing import check_recording
from spikelens.detecting import Progress
from spikelens.engines import Engine
from spikelens.engines.threads import Threads
from spikelens.errors import UnsupportedInput
from spikelens.filters._notched import facts_of
from spikelens.joining import joined, spikes_of
from spikelens.probes import Probe
from spikelens.recording import Recording
from spikelens.sorters import SORTED, Columns, Sorter
from spikelens.sources import ChosenChannels
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches
from spikelens.unitsearch import UnitSearch
from spikelens.version import VERSION

DEFAULT = "pursuit"
BRIDGE = "spikeinterface"
TOGETHER = 8
"""So many channels without a geometry are taken for a tetrode or the like."""
SAME = 0.5e-3
"""A spike that is given and a sorted one this near are one, s."""


def sort(
    recording: Recording,
    spikes: Spikes | None = None,
    *,
    method: str | Sorter = DEFAULT,
    channel: int | str | None = None,
    probe: Probe | None = None,
    stretches: Stretches | None = None,
    engine: Engine | None = None,
    chunk_duration: float = CHUNK_DURATION,
    progress: Progress | None = None,
    **parameters: object,
) -> Spikes:
    """Find which unit (a sorted neuron) fired each spike of an extracellular recording.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes, optional
        Spikes that were found already: they stay as they are, and each is told the unit of
        the sorted spike that is nearest in time, within 0.5 ms, on its own channel or one
        that sees the same neurons; those without one have ``unit_id`` -1. Times without
        heights, as of a train, are of any channel.
    method : str or Sorter
        A name of the sorters' room, or of any sorter of SpikeInterface.
    channel : int or str, optional
        Sort this channel alone; by default all voltages.
    probe : Probe, optional
        The geometry; without it all channels of up to 8 are taken to be near one another,
        as on a tetrode, and of more each is on its own.
    stretches : Stretches, optional
        Where to look; `observed(recording)` by default.
    engine : Engine, optional
        What runs the work in parts; threads on every core by default.
    chunk_duration : float, s, > 0
        Recorded time per part; the result is the same for any.
    progress : callable, optional
    **parameters
        Of the method, by name.

    Returns
    -------
    Spikes, n_spikes rows
        With the columns of `spikelens.sorters.SORTED`: ``unit_id``, ``unit_probability``,
        ``log_odds``, ``runner_up``, ``runner_up_log_odds``, ``scale``, ``residual``,
        ``collided`` and ``refractory``; ``probability`` is that of being a spike at all.

    Raises
    ------
    BadParameter
        What was given is no recording, but a path or an array, say.
    UnknownName
        No such method, parameter or channel.
    UnsupportedInput
        No voltage to sort.
    """
    check_recording(recording)
    search = unit_search(
        recording, method, channel=channel, probe=probe, stretches=stretches, parameters=parameters
    )
    found = sorted_spikes(search.taught(), engine or Threads(), chunk_duration, progress)
    return found if spikes is None else with_units(spikes, found, search)


def sorter_for(method: str | Sorter, parameters: dict[str, Any] | None = None) -> Sorter:
    """The sorter of a name: one of the room, else SpikeInterface's of that name."""
    if isinstance(method, Sorter):
        return method
    given = dict(parameters or {})
    if method not in rooms.names("sorters"):
        method, given = BRIDGE, {"sorter": method, **given}
    made: Sorter = rooms.load("sorters", method).from_parameters(given)
    return made


def unit_search(
    recording: Recording,
    method: str | Sorter = DEFAULT,
    *,
    channel: int | str | None = None,
    probe: Probe | None = None,
    stretches: Stretches | None = None,
    parameters: dict[str, Any] | None = None,
) -> UnitSearch:
    """What is to be sought where, before anything is learned; parameters as of `sort`."""
    kept = [k for k, c in enumerate(recording.channels) if c.quantity == "voltage"]
    if channel is not None:
        kept = [recording.index_of(channel)]
    if not kept:
        raise UnsupportedInput(f"{recording.name} has no voltage to sort; give --unit V or mV if it is one")
    geometry = (probe or _assumed(len(recording.channels), len(kept))).of_channels(kept)
    chosen = _of_channels(recording, tuple(kept))
    where = observed(chosen) if stretches is None else stretches
    return UnitSearch(chosen, where, sorter_for(method, parameters), geometry)


def _assumed(n_channels: int, n_kept: int) -> Probe:
    """The geometry where none is given: few channels see the same neurons."""
    if n_kept > TOGETHER:
        return Probe.apart(n_channels)
    return Probe(np.zeros((n_channels, 2)), np.zeros(n_channels, np.int64), "taken to be near one another")


def _of_channels(recording: Recording, kept: tuple[int, ...]) -> Recording:
    told = dataclasses.replace(recording, mode="extracellular")
    if len(kept) == len(recording.channels):
        return told
    channels = tuple(dataclasses.replace(recording.channels[k], index=k) for k in kept)
    return dataclasses.replace(told, source=ChosenChannels(recording.source, kept), channels=channels)


def sorted_spikes(
    search: UnitSearch,
    engine: Engine,
    chunk_duration: float = CHUNK_DURATION,
    progress: Progress | None = None,
) -> Spikes:
    """The spikes of a search that has learned its units, with their columns."""
    shares = search.shares(chunk_duration)
    tables: list[tuple[int, Columns]] = []
    for row in engine.run(partial(_numbered, search), shares):
        tables.append(row)
        if progress is not None:
            progress(len(tables), len(shares))
    return spikes_with_units(search, [table for _, table in sorted(tables, key=lambda row: row[0])])


def _numbered(search: UnitSearch, share: Share) -> tuple[int, Columns]:
    return share.number, search.units_in(share)


def spikes_with_units(search: UnitSearch, tables: Sequence[Columns]) -> Spikes:
    """The tables of all shares, in order, as one of spikes."""
    table = joined(tables, search.stretches)
    made = _provenance(search)
    if table is None:
        empty = spikes_of([], search.recording, search.stretches, made)
        return empty.with_columns({name: np.empty(0, kind) for name, kind, _ in SORTED}, rules=_rules())
    stretch = table.pop("stretch")
    picked = search.sorter.pick({**table, "stretch": stretch}, search.site, search.learned)
    n = picked["sample_index"].size
    picked |= {"verdict": np.full(n, "spike"), "sign": np.ones(n)}
    return spikes_of([picked], search.recording, search.stretches, made).with_columns({}, rules=_rules())


def _rules() -> dict[str, str]:
    return {name: meaning for name, _, meaning in SORTED}


def _provenance(search: UnitSearch) -> Provenance:
    filter_ = search.preparation.filter
    return Provenance(
        method=search.sorter.method_name(),
        parameters=search.sorter.parameters() | {"probe": search.probe.name},
        version=VERSION,
        fingerprint=search.recording.fingerprint,
        mode="extracellular",
        polarity=0,
        filter=None if filter_ is None else facts_of(filter_),
        survey={} if search.learned is None else search.sorter.facts(search.learned),
    )


def with_units(spikes: Spikes, found: Spikes, search: UnitSearch) -> Spikes:
    """Spikes that were found otherwise, each with the unit of the nearest sorted spike within `SAME`."""
    nearest = _nearest(spikes, found, _near_numbers(search, spikes))
    mine = np.flatnonzero(nearest >= 0)
    columns: dict[str, NDArray[Any]] = {}
    for name, kind, _ in SORTED:
        column = np.full(len(spikes), _NOTHING.get(name, False if kind == "?" else np.nan)).astype(kind)
        column[mine] = found[name][nearest[mine]]
        columns[name] = column
    return spikes.with_columns(columns, rules=_rules())


_NOTHING = {"unit_id": -1, "runner_up": -1}


def _near_numbers(search: UnitSearch, spikes: Spikes) -> NDArray[np.bool_]:
    """Which channels, by their numbers in the file, see the same neurons; none those that were not sorted."""
    numbers = np.array([k if c.index is None else c.index for k, c in enumerate(search.recording.channels)])
    near = search.site.near
    n = 1 + max(int(numbers.max()), int(spikes["channel_index"].max(initial=0)))
    out = np.zeros((n, n), np.bool_)
    one, other = np.nonzero(near >= 0)
    out[numbers[one], numbers[near[one, other]]] = True
    return out


def _nearest(spikes: Spikes, found: Spikes, near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The row of the sorted spike that each one is; -1 for none. Of two as near, that on its channel."""
    mine, theirs = spikes.sample_index, found.sample_index
    reach = int(SAME * spikes.sampling_rate + 1e-6)
    first, stop = np.searchsorted(theirs, mine - reach), np.searchsorted(theirs, mine + reach, side="right")
    # Times that somebody gave have no height, and say nothing of a channel.
    anywhere = ~np.isfinite(spikes.height)
    best, cost = np.full(mine.size, -1, np.int64), np.full(mine.size, np.inf)
    for step in range(int((stop - first).max(initial=0))):
        row = np.flatnonzero(first + step < stop)
        other = first[row] + step
        here, there = spikes["channel_index"][row], found["channel_index"][other]
        apart = np.abs(theirs[other] - mine[row]) + 0.5 * (here != there)
        better = (near[here, there] | anywhere[row]) & (apart < cost[row])
        best[row[better]], cost[row[better]] = other[better], apart[better]
    return best
