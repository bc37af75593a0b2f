"""The verb of many channels: find the spikes of a probe in memory; `runs` does it by way of a store."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from spikelens.api import CHUNK_DURATION, observed
from spikelens.blocks import Share
from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.engines import Engine
from spikelens.engines.threads import Threads
from spikelens.exclusive import Exclusive
from spikelens.files import write_json
from spikelens.filters._notched import facts_of
from spikelens.joining import joined, spikes_of
from spikelens.probes import Probe, probe_document
from spikelens.probesearch import Columns, ProbeSearch, survey_facts
from spikelens.recording import Recording
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches
from spikelens.version import VERSION


def detect_on_probe(
    recording: Recording,
    probe: Probe | None = None,
    *,
    stretches: Stretches | None = None,
    engine: Engine | None = None,
    chunk_duration: float = CHUNK_DURATION,
    upwards: bool = False,
    **settings: object,
) -> Spikes:
    """Find spikes on all channels of an extracellular recording.

    Parameters
    ----------
    recording : Recording
        All of its channels are voltages.
    probe : Probe, optional
        Its geometry, of `spikelens.probes.read_probe`; without it each channel is on its own.
    stretches : Stretches, optional
        Where to look; `observed(recording)` by default.
    engine : Engine, optional
        What runs the work in parts; threads on every core by default.
    chunk_duration : float, s, > 0
        Recorded time per part; the result is the same for any.
    upwards : bool
        Whether spikes point up.
    **settings
        Parameters of `Exclusive` (filter, order, causal, notch in Hz, harmonics, reference,
        radius in um, apart in s) and of `BandpassMad` (cutoff, low, high in Hz).

    Returns
    -------
    Spikes, n_spikes rows
        Sorted by sweep, sample and channel. ``spikes.candidates`` holds peaks near
        saturated or lost samples.

    Raises
    ------
    UnknownName
        A setting that neither has.
    BadParameter
        A value outside its bounds, or a filter that cannot exist at this sampling rate.
    """
    names = {p.name for p in Exclusive.schema()}
    own = {name: value for name, value in settings.items() if name in names}
    rest = {name: value for name, value in settings.items() if name not in names}
    search = ProbeSearch(
        recording=dataclasses.replace(recording, mode="extracellular"),
        stretches=observed(recording) if stretches is None else stretches,
        detector=BandpassMad.from_parameters(rest),
        settings=Exclusive.from_parameters(own),
        probe=probe or Probe.apart(len(recording.channels)),
        sign=1 if upwards else -1,
    ).surveyed()
    numbered = (engine or Threads()).run(partial(_numbered, search), search.shares(chunk_duration))
    return spikes_on_probe(search, [table for _, table in sorted(numbered, key=lambda row: row[0])])


def write_probe(path: str | Path, probe: Probe) -> None:
    """Write a probe's geometry as probeinterface's JSON; groups become shanks.

    Raises
    ------
    WriteFailed
        The system refused; the message names the path.
    """
    write_json(Path(path), probe_document(probe))


def _numbered(search: ProbeSearch, share: Share) -> tuple[int, Columns]:
    return share.number, search.candidates(share)


def spikes_on_probe(search: ProbeSearch, tables: Sequence[Columns]) -> Spikes:
    """The tables of all shares, in order, as one of spikes.

    What lies near saturated or lost samples becomes a candidate, an ``"artefact"``.
    """
    table = joined(tables, search.stretches)
    made = _provenance(search)
    if table is None:
        return spikes_of([], search.recording, search.stretches, made)
    picked = {name: column for name, column in table.items() if name != "fault"}
    picked["verdict"] = np.where(table["fault"], "artefact", "spike")
    picked["sign"] = np.full(table["fault"].size, search.sign)
    return spikes_of([picked], search.recording, search.stretches, made)


def _provenance(search: ProbeSearch) -> Provenance:
    assert search.noise is not None
    recording, preparation = search.recording, search.preparation
    detector = {k: v for k, v in search.detector.parameters().items() if k in ("cutoff", "low", "high")}
    settings = search.settings.parameters() | {
        "reference": preparation.reference,
        "probe": search.probe.name,
    }
    filter_ = preparation.filter
    return Provenance(
        method=search.detector.method_name(),
        parameters=detector | settings,
        version=VERSION,
        fingerprint=recording.fingerprint,
        mode=recording.mode,
        polarity=search.sign,
        filter=None if filter_ is None else facts_of(filter_),
        survey=survey_facts(search.noise, preparation.gain),
    )
