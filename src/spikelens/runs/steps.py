"""The two steps of `find` on their own: a table of spikes from a file, and one with features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelens import api, rooms
from spikelens.detectors import BASE_WINDOW
from spikelens.errors import OutputExists, OutsideRecording, UnreadableFile
from spikelens.joining import described, joined, spikes_of
from spikelens.passes import read_chunk, spans
from spikelens.recording import Recording
from spikelens.runs.truth import read_times
from spikelens.spikes import Provenance, Spikes


def spikes_at(recording: Recording, times: NDArray[np.float64], polarity: int) -> Spikes:
    """Spikes of a one-channel recording from times of their peaks (s, its own clock).

    Each goes to the largest sample within 1 ms.

    Raises
    ------
    OutsideRecording
        A time lies outside; the message names the first.
    """
    first, last = (float(recording.time_of(at)) for at in (0, recording.n_samples - 1))
    outside = times[(times < first) | (times > last)]
    if outside.size:
        ends = f"{first:g} to {last:g} s"
        raise OutsideRecording(f"a spike at {outside[0]:g} s lies outside the recording's {ends}")
    where = api.observed(recording)
    reach = max(1, round(1e-3 * recording.sampling_rate))
    base = max(1, round(BASE_WINDOW * recording.sampling_rate))
    wanted = recording.sample_at(times)
    parts = []
    for span in spans(where, max(1, round(api.CHUNK_DURATION * recording.sampling_rate)), base + reach + 2):
        mine = wanted[(wanted >= span.core_start) & (wanted < span.core_stop)]
        if mine.size:
            chunk = read_chunk(recording, span, polarity)
            peaks = np.unique([_summit(chunk.trace, int(at) - span.start, reach) for at in mine])
            parts.append(described(chunk, {"sample_index": peaks + span.start}, base))
    table = joined(parts, where)
    made = Provenance("given", {}, api.version(), recording.fingerprint, recording.mode, polarity)
    if table is None:
        return spikes_of([], recording, where, made)
    n = table["sample_index"].size
    return spikes_of(
        [table | {"verdict": np.full(n, "spike"), "sign": np.full(n, polarity)}], recording, where, made
    )


def _summit(trace: NDArray[np.float32], at: int, reach: int) -> int:
    low = max(0, at - reach)
    return low + int(np.argmax(trace[low : at + reach + 1]))


def read_spike_times(path: Path) -> NDArray[np.float64]:
    """Times (s) from a CSV or Parquet with a column ``time``, sorted."""
    if path.suffix.lower() != ".parquet":
        return np.sort(read_times(path).time)
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, ValueError) as why:
        raise UnreadableFile(f"cannot read {path}: {str(why).splitlines()[0]}") from why
    if "time" not in table.column_names:
        raise UnreadableFile(f"{path} has no column 'time'; it has: {', '.join(table.column_names)}")
    return np.sort(table["time"].to_numpy())


def write_table(path: Path, spikes: Spikes, recording: Recording, *, force: bool) -> None:
    """Write spikes as CSV, or as Parquet where the ending says so."""
    if path.exists() and not force:
        raise OutputExists(f"{path} is there already; choose another --out or give --force")
    name = "parquet" if path.suffix.lower() == ".parquet" else "csv"
    rooms.load("exporters", name)().write_spikes(path, spikes, recording)
