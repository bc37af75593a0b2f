"""How long responses of many trials take, and how near they come to the truth.

    python benchmarks/responses.py [--sweeps 500] [--tones 260]

Prints a table in Markdown: 500 sweeps of 260 tones (130,000 trials) are to take less
than 5 s, the figures apart. The cell is drawn with a known tuning, latency and jitter.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from spikelens.joining import spikes_of
from spikelens.recording import Recording
from spikelens.responses.running import Responses, respond
from spikelens.responses.stimuli import Stimuli
from spikelens.responses.writing import describe
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches
from spikelens.version import VERSION

RATE, INTERVAL = 4000.0, 0.2
FREQUENCIES, LEVELS = 26, 10
REPEATS = 3
"""The median of so many runs is told."""
NO_WALLS = np.empty((0, 2), np.int64)
SPONTANEOUS, LATENCY, JITTER, PREFERRED, WIDTH, THRESHOLD = 2.0, 0.018, 0.002, 8000.0, 0.6, 40.0
MEASURES = {
    "preferred frequency, Hz": (PREFERRED, "centre"),
    "width at half height, octaves": (2.3548 * WIDTH, "half_width"),
    "level at half height, dB": (THRESHOLD, "half_level"),
}


def make_stimuli(recording: Recording, n_tones: int, seed: int = 0) -> Stimuli:
    """Every sweep plays all tones once, in random order."""
    rng = np.random.default_rng(seed)
    n_sweeps = len(recording.sweeps)
    tone = np.concatenate([rng.permutation(n_tones) for _ in range(n_sweeps)])
    frequency = np.geomspace(2000, 32_000, FREQUENCIES)[tone % FREQUENCIES]
    level = np.linspace(10, 100, LEVELS)[tone // FREQUENCIES % LEVELS]
    onset = np.tile(0.1 + INTERVAL * np.arange(n_tones), n_sweeps)
    sweep = np.repeat(np.arange(n_sweeps), n_tones)
    duration = np.full(tone.size, 0.025)
    conditions = {"frequency": frequency, "level": level, "tone": tone.astype(np.float64)}
    return Stimuli.in_sweeps(recording, sweep, onset, duration, conditions=conditions, origin="simulation")


def make_spikes(recording: Recording, stimuli: Stimuli, seed: int = 1) -> Spikes:
    """One evoked spike or none per tone, among spontaneous ones."""
    rng = np.random.default_rng(seed)
    octaves = np.log2(stimuli.conditions["frequency"] / PREFERRED)
    loud = 1 / (1 + np.exp(-(stimuli.conditions["level"] - THRESHOLD) / 3))
    heard = rng.random(len(stimuli)) < 0.9 * np.exp(-0.5 * (octaves / WIDTH) ** 2) * loud
    bounds = recording.sweeps.bounds
    evoked = (stimuli.onset + LATENCY + JITTER * rng.standard_normal(len(stimuli)))[heard]
    at = bounds[stimuli.sweep[heard]] + evoked * RATE
    own = rng.uniform(0, recording.n_samples - 1, round(SPONTANEOUS * recording.duration))
    return planted(recording, np.concatenate([at, own]))


def planted(recording: Recording, at: NDArray[np.float64], walls: NDArray[np.int64] = NO_WALLS) -> Spikes:
    """Spikes at samples of the recording, which may be fractional; those in walls are not seen."""
    where = Stretches.between_walls(recording, walls)
    at = np.sort(at)
    samples = np.floor(at).astype(np.int64)
    seen = where.at(samples) >= 0
    table = {
        "sample_index": samples[seen],
        "shift": (at - samples)[seen],
        "height": np.full(seen.sum(), 0.05),
        "verdict": np.full(seen.sum(), "spike"),
        "sign": np.ones(seen.sum(), np.int64),
    }
    return spikes_of([table], recording, where, Provenance("planted", {}, VERSION, "", recording.mode, 1))


def make_recording(n_sweeps: int, seconds: float) -> Recording:
    """An empty recording that takes no memory."""
    lengths = [round(seconds * RATE)] * n_sweeps
    samples = np.broadcast_to(np.int16(0), (sum(lengths), 1))
    return Recording.from_array(samples, RATE, sweep_lengths=lengths)


def measure(n_sweeps: int, n_tones: int) -> tuple[Responses, float, float]:
    """The responses, and the CPU seconds that measuring and describing them took."""
    recording = make_recording(n_sweeps, INTERVAL * (n_tones + 1))
    stimuli = make_stimuli(recording, n_tones)
    spikes = make_spikes(recording, stimuli)
    begun = time.process_time()
    found = respond(recording, spikes, stimuli, by="frequency,level", window="10:60ms", baseline="-80:0ms")
    measured = time.process_time()
    describe(found, {})
    return found, measured - begun, time.process_time() - measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=500)
    parser.add_argument("--tones", type=int, default=260)
    asked = parser.parse_args()
    measure(2, asked.tones)
    runs = [measure(asked.sweeps, asked.tones) for _ in range(REPEATS)]
    found = runs[-1][0]
    seconds, drawing = (float(np.median([run[k] for run in runs])) for k in (1, 2))
    n_trials, n_conditions = len(found.trials), len(found.trials.conditions)
    print("| what | figure | truth or aim |\n|---|---|---|")
    what = f"{n_trials:,} trials, {n_conditions} conditions, {len(found.spikes):,} spikes"
    print(f"| {what}: respond | {seconds:.2f} CPU s | < 5 s |")
    print(f"| their tables and figures | {drawing:.2f} CPU s | |")
    quiet = found.evidence.spontaneous
    low, high = (end[0] for end in quiet.interval)
    print(f"| spontaneous rate | {quiet.rate[0]:.3f} Hz ({low:.3f} to {high:.3f}) | {SPONTANEOUS:g} |")
    best = int(np.nanargmax(found.evidence.evoked))
    late = found.latencies
    print(f"| latency of the strongest condition | {late.median[best] * 1e3:.2f} ms | {LATENCY * 1e3:g} |")
    measures = found.tuning.measures if found.tuning else {}
    for name, (true, measure_) in MEASURES.items():
        print(f"| {name} | {measures[measure_]:.4g} | {true:.4g} |")


if __name__ == "__main__":
    main()
