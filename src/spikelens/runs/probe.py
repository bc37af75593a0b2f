"""Many channels at once: from a probe's file to its folder of results, by shares of work that resume."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from spikelens import api
from spikelens.blocks import Share
from spikelens.detecting import Progress
from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.engines.serial import Serial
from spikelens.errors import BadParameter, UnreadableFile, UnsupportedInput
from spikelens.exclusive import Exclusive
from spikelens.missing import empty_channels, missing_runs, missing_warnings
from spikelens.probes import Probe, read_probe
from spikelens.probesearch import ProbeSearch
from spikelens.probing import spikes_on_probe
from spikelens.recording import Recording
from spikelens.runs.blanks import blank_events
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing
from spikelens.sources import ChosenChannels, by_calls
from spikelens.spikes import Spikes
from spikelens.store import Columns, Row, Store, store_key

WORK = 5e8
"""Samples times channels of a share: some seconds of one core."""


def probe_search(recording: Recording, request: Request) -> ProbeSearch:
    """What is to be sought where, before anything is surveyed.

    Raises
    ------
    UnsupportedInput, BadParameter
        A method or a polarity that is made for one channel.
    """
    if request.method not in (None, "bandpass_mad"):
        raise UnsupportedInput(
            f"{request.method} is made for one channel; choose it with --channel,"
            " or seek spikes on all of them with bandpass_mad"
        )
    if request.polarity == "both":
        raise BadParameter("many channels are searched one way: give --polarity up or down, or a --channel")
    settings = Exclusive.from_parameters(request.probe)
    empty = empty_channels(recording)
    kept = [k for k, c in enumerate(recording.channels) if c.quantity == "voltage" and k not in empty]
    whole, n = _of_channels(recording, tuple(kept)), len(recording.channels)
    geometry = read_probe(Path(settings.probe), n) if settings.probe else Probe.apart(n)
    runs = missing_runs(whole)
    left_out = [f"channel {recording.channels[k].name} holds no numbers and was left out" for k in empty]
    told = whole.with_warnings(*left_out, *missing_warnings(whole, runs), *_of_geometry(settings))
    return ProbeSearch(
        recording=told,
        stretches=api.observed(
            told,
            blank=blank_events(recording, request.blank),
            start=request.start,
            stop=request.stop,
            missing=runs,
        ),
        detector=BandpassMad.from_parameters(request.parameters),
        settings=settings,
        probe=geometry.of_channels(kept),
        sign=1 if request.polarity == "up" else -1,
    )


def _of_channels(recording: Recording, kept: tuple[int, ...]) -> Recording:
    """The recording of some channels, taken for extracellular."""
    told = dataclasses.replace(recording, mode="extracellular", source=by_calls(recording.source))
    if len(kept) == len(recording.channels):
        return told
    channels = tuple(dataclasses.replace(recording.channels[k], index=k) for k in kept)
    return dataclasses.replace(told, source=ChosenChannels(told.source, kept), channels=channels)


def _of_geometry(settings: Exclusive) -> list[str]:
    if settings.probe:
        return []
    return [
        "no --probe was given, so each channel was searched on its own:"
        " a neuron seen on several contacts is counted on each"
    ]


def find_on_probe(
    search: ProbeSearch, key: str, folder: Path, sharing: Sharing, *, progress: Progress | None = None
) -> tuple[ProbeSearch, Spikes] | None:
    """Find the spikes of all channels, by shares that are kept in a store until all are done.

    Parameters
    ----------
    search : ProbeSearch
    key : str
        Of what decides the results.
    folder : Path
        The store is made beside it, and is left there until `forget` removes it.
    sharing : Sharing
    progress : callable, optional

    Returns
    -------
    The search, surveyed, and its spikes; None if this was a shard and others' shares are still to be done
    """
    before = _state(search.recording)
    here = Serial() if sharing.engine.across_processes else sharing.engine
    known, store = search.surveyed(here), store_for(search.recording, key, folder)
    shares = known.shares(_duration(known.recording, sharing))
    _fill(known, store, sharing, shares, progress)
    if sharing.shard and any(store.row(share.name) is None for share in shares):
        return None
    tables = [_table(known, store, share) for share in shares]
    if _state(search.recording) != before:
        raise UnreadableFile(f"{search.recording.path} changed while it was read; run again once it is whole")
    return known, spikes_on_probe(known, tables)


def store_for(recording: Recording, key: str, folder: Path) -> Store:
    """Where the shares of a run are kept; another file, or the same one touched, has another place."""
    name = store_key(key, _state(recording))
    return Store(folder.parent / ".parts" / name, key, recording.fingerprint)


def _state(recording: Recording) -> tuple[int, int]:
    """Size and time of change of the file, which guard against one that changes under a run."""
    if recording.path is None or not recording.path.exists():
        return (0, 0)
    known = recording.path.stat()
    return known.st_size, known.st_mtime_ns


def _duration(recording: Recording, sharing: Sharing) -> float:
    if sharing.chunk is not None:
        return sharing.chunk
    enough = WORK / (recording.sampling_rate * len(recording.channels))
    # A short recording is cut finer, so that no worker waits long for the last.
    return min(enough, recording.duration / (4 * sharing.engine.crew))


def _fill(
    search: ProbeSearch, store: Store, sharing: Sharing, shares: list[Share], progress: Progress | None
) -> None:
    """Do the shares that the store lacks."""
    todo = [share for share in sharing.mine(shares) if store.row(share.name) is None]
    total = sum(share.n_samples for share in todo)
    done = 0
    for row in sharing.engine.run(partial(keep_share, search, store), todo):
        done += row["stop"] - row["start"]
        if progress:
            progress(done, total)


def keep_share(search: ProbeSearch, store: Store, share: Share) -> Row:
    """One task: search a share, keep its table, return its row of the manifest.

    A scheduler whose worker died before it told of its work asks again, and another
    driver may have been here: what is kept is not done twice.
    """
    kept = store.row(share.name)
    if kept is not None:
        return kept
    samples = {"start": share.blocks[0].start, "stop": share.blocks[-1].stop, "blocks": len(share.blocks)}
    return store.keep(share.name, search.candidates(share), **samples)


def _table(search: ProbeSearch, store: Store, share: Share) -> Columns:
    """A share's table; searched again if what was kept has been damaged or removed since."""
    kept = store.read(share.name)
    return search.candidates(share) if kept is None else kept


def warnings_of(search: ProbeSearch, spikes: Spikes) -> Iterator[str]:
    """What to distrust, the recording's own warnings first."""
    yield from search.recording.warnings
    yield from search.probe.doubts()
    names = np.array([c.name for c in search.recording.channels])
    assert search.noise is not None
    for out, words in ((search.noise.dead, "never change"), (search.noise.doubled, "repeat an earlier one")):
        if out:
            listed = ", ".join(names[list(out[:8])]) + (" ..." if len(out) > 8 else "")
            yield f"{len(out)} channel(s) {words} and were left out: {listed}"
    n_refused = len(spikes.candidates) if spikes.candidates is not None else 0
    if n_refused:
        within = 1e3 * search.guard / search.recording.sampling_rate
        yield f"{n_refused} peak(s) within {within:.3g} ms of saturated or lost samples were refused"
