"""How fast the detectors' kernels are, beside a bare pass through memory.

    python benchmarks/kernels.py [seconds of recording]

prints a table of samples per second of processor time, and of shares of the same run's
int16 min/max scan. The trace is an hour at 20 kHz by default, with a spike every 2 s.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.kernels.peaks import have_fallen, prominent_peaks, summits_above, summits_between
from spikelens.kernels.scan import piece_extremes, rise_crossings, up_crossings
from spikelens.passes import read_chunk, spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 20_000
GAIN = 1e-3 / 32.768
REPEATS = 7


@dataclass(frozen=True)
class Row:
    """One measured step."""

    name: str
    found: int
    rate: float
    """Samples per second of processor time."""
    share: float
    """Of the int16 min/max scan of the same run."""


def sparse_spikes(seconds: float) -> NDArray[np.int16]:
    """A noisy cell at -70 mV with a spike of 90 mV every 2 s, as stored; repeats every 20 s."""
    t = np.arange(20 * RATE)
    volts = np.random.default_rng(0).normal(-0.070, 1e-4, t.size)
    volts += 0.003 * np.sin(2 * np.pi * 0.7 * t / RATE)
    volts += 0.09 * np.exp(-0.5 * (((t % (2 * RATE)) - RATE) / (3e-4 * RATE)) ** 2)
    return np.resize(np.rint(volts / GAIN).astype(np.int16), round(seconds * RATE))


def best_time(step: Callable[[], Any]) -> float:
    """The shortest of several runs, in seconds of processor time, after one to warm up."""
    step()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return max(min(times), 1e-9)


def level(values: NDArray[Any], limit: Any) -> NDArray[np.int64]:
    crossings = up_crossings(values, limit, 0, values.size)
    return summits_above(values, crossings, limit, RATE // 50)


def slope(values: NDArray[Any], rise: np.float32) -> NDArray[np.int64]:
    starts = rise_crossings(values, rise, 0, values.size)
    return summits_between(values, starts[have_fallen(values, starts, rise, 100)], 100)


def candidates(recording: Recording, name: str) -> NDArray[np.int64]:
    """A whole detector, in chunks of a million samples, before its picker."""
    detector = rooms.load("detectors", name)()
    stretches = Stretches.between_walls(recording, np.empty((0, 2), np.int64))
    cut = spans(stretches, 1_000_000, detector.margin(recording.sampling_rate))
    found = [detector.candidates(read_chunk(recording, span), {})["sample_index"] for span in cut]
    return np.concatenate(found)


def steps(stored: NDArray[np.int16]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and steps to measure; the first is what the others are compared with."""
    volts = (stored * GAIN).astype(np.float32)
    count = np.int16(-0.020 / GAIN) + np.int16(1)
    rise = 20.0 / RATE
    yield "min/max scan int16", lambda: piece_extremes(stored, 4096)[0]
    yield "level kernel int16", lambda: level(stored, count)
    yield "slope kernel int16", lambda: slope(stored, np.float32(rise / GAIN))
    yield "prominence kernel int16", lambda: prominent_peaks(stored, 0.01 / GAIN, 0, stored.size, 100, 20)
    yield "level kernel float32", lambda: level(volts, np.float32(-0.020))
    yield "slope kernel float32", lambda: slope(volts, np.float32(rise))
    yield "prominence kernel float32", lambda: prominent_peaks(volts, 0.01, 0, stored.size, 100, 20)
    recording = Recording.from_array(stored, RATE, gain=GAIN)
    for name in ("level", "slope", "prominence", "deviation"):
        yield f"{name} detector int16", lambda name=name: candidates(recording, name)


def measure(seconds: float) -> list[Row]:
    """Measure every step on a recording of so many seconds."""
    stored, rows = sparse_spikes(seconds), []
    for name, step in steps(stored):
        rate = stored.size / best_time(step)
        rows.append(Row(name, int(step().size), rate, rate / rows[0].rate if rows else 1.0))
    return rows


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    print(f"{'step':<28}{'found':>8}{'Msamples/s':>13}{'of scan':>9}")
    for row in measure(seconds):
        found = "" if row.name.startswith("min/max") else str(row.found)
        print(f"{row.name:<28}{found:>8}{row.rate / 1e6:>13,.0f}{row.share:>9.0%}")


if __name__ == "__main__":
    main()
