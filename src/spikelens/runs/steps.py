"""The two steps of `find` on their own: a table of spikes from a file, and one with features."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelens import api, rooms
from spikelens.detectors import BASE_WINDOW
from spikelens.errors import OutputExists, OutsideRecording, UnreadableFile
from spikelens.joining import described, joined, spikes_of
from spikelens.passes import Chunk, read_chunk, spans
from spikelens.recording import Recording
from spikelens.runs.truth import read_times
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches
from spikelens.version import VERSION


def spikes_at(recording: Recording, times: NDArray[np.float64], polarity: int) -> Spikes:
    """Spikes of a one-channel recording from times of their peaks (s, its own clock).

    Each goes to the largest sample within 1 ms; two that go to the same one are one.

    Raises
    ------
    OutsideRecording
        A time lies outside the recording, or where samples are missing; names the first.
    """
    where = api.observed(recording)
    wanted = _samples_at(recording, times, where)
    reach = max(1, round(1e-3 * recording.sampling_rate))
    base = max(1, round(BASE_WINDOW * recording.sampling_rate))
    parts = []
    for span in spans(where, max(1, round(api.CHUNK_DURATION * recording.sampling_rate)), base + reach + 2):
        mine = wanted[(wanted >= span.core_start) & (wanted < span.core_stop)]
        if mine.size:
            chunk = read_chunk(recording, span, polarity)
            found = {"sample_index": np.unique([_summit(chunk, int(at), reach) for at in mine])}
            parts.append(described(chunk, found, base))
    made = Provenance("given", {}, VERSION, recording.fingerprint, recording.mode, polarity)
    table = joined(parts, where)
    if table is None:
        return spikes_of([], recording, where, made)
    again = np.concatenate([[False], np.diff(table["sample_index"]) == 0])
    words = np.where(again, "", "spike")
    given = table | {"verdict": words, "sign": np.full(again.size, polarity)}
    return spikes_of([given], recording, where, made)


def _samples_at(recording: Recording, times: NDArray[np.float64], where: Stretches) -> NDArray[np.int64]:
    """The samples of times, all of which must be observed."""
    first, last = (float(recording.time_of(k)) for k in (0, recording.n_samples - 1))
    samples = recording.sample_at(times)
    lost = ~recording.is_recorded(times) | (where.at(samples) < 0)
    if lost.any():
        raise OutsideRecording(
            f"a spike at {times[lost][0]:g} s lies outside the recording's {first:g} to {last:g} s,"
            " in a gap between sweeps, or where samples are missing"
        )
    return samples


def _summit(chunk: Chunk, sample: int, reach: int) -> int:
    """The largest sample of the chunk within `reach` of a sample of the recording."""
    low = max(0, sample - chunk.start - reach)
    return chunk.start + low + int(np.argmax(chunk.trace[low : sample - chunk.start + reach + 1]))


def read_spike_times(path: Path) -> NDArray[np.float64]:
    """Times (s) from a CSV or Parquet with a column ``time``, sorted."""
    if path.suffix.lower() != ".parquet":
        return np.sort(read_times(path).time)
    from spikelens.exporters.parquet import read_parquet

    table = read_parquet(path)
    if "time" not in table:
        raise UnreadableFile(f"{path} has no column 'time'; it has: {', '.join(map(str, table.columns))}")
    return np.sort(table["time"].to_numpy(np.float64))


def refuse_to_replace(path: Path, *, force: bool, inputs: Iterable[Path | None] = ()) -> None:
    """Raise `OutputExists` if `path` is there and was not said to be replaced, or is one of the `inputs`.

    A file of a folder that is read counts as read; None is an input that was not given.
    """
    if not path.exists():
        return
    for given in inputs:
        if given is not None and given.exists() and _is_of(path, given):
            raise OutputExists(f"{path} is what is read here, and is never replaced; choose another name")
    if not force:
        raise OutputExists(f"{path} is there already; choose another name or give --force")


def _is_of(path: Path, given: Path) -> bool:
    return path.samefile(given) or given.resolve() in path.resolve().parents


def write_table(path: Path, spikes: Spikes, recording: Recording, *, force: bool) -> None:
    """Write spikes as CSV, or as Parquet where the ending says so."""
    refuse_to_replace(path, force=force, inputs=[recording.path])
    name = "parquet" if path.suffix.lower() == ".parquet" else "csv"
    rooms.load("exporters", name)().write_spikes(path, spikes, recording)
