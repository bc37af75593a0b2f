"""Leaky integrate-and-fire cells of known resistance, time constant and capacitance, stepped on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Channel, Recording, Stimulus
from spikelens.sources import ArraySource
from spikelens.spikes import Spikes
from tests.factory import make_spikes, spike_shape

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """What is to be recovered, and what makes that harder."""

    resistance: float = 150e6
    tau: float = 0.02
    rest: float = -0.070
    threshold: float = -0.050
    refractory: float = 3e-3
    bridge: float = 0.0
    """Series resistance that was not balanced, ohm; its voltage comes within 0.1 ms."""
    noise: float = 5e-5
    hum: float = 0.0
    sag: float = 0.0
    """Share of a negative deflection that relaxes, with 100 ms."""

    @property
    def rheobase(self) -> float:
        """The smallest current that fires it, A."""
        return (self.threshold - self.rest) / self.resistance

    def rate(self, current: float) -> float:
        """Its rate at a current, Hz."""
        end = self.rest + self.resistance * current
        if end <= self.threshold:
            return 0.0
        return 1 / (self.refractory + self.tau * np.log((end - self.rest) / (end - self.threshold)))


@dataclass(frozen=True)
class Protocol:
    """When the step is, and what else."""

    onset: float = 0.2
    offset: float = 0.7
    duration: float = 1.0
    rate: float = 20_000.0
    pulse: tuple[float, float, float] | None = None
    """Another pulse of every sweep: onset, offset (s) and current (A)."""

    def command(self, current: float) -> Floats:
        """The command of one sweep, A."""
        trace = np.zeros(round(self.duration * self.rate))
        trace[round(self.onset * self.rate) : round(self.offset * self.rate)] = current
        if self.pulse is not None:
            start, stop, level = self.pulse
            trace[round(start * self.rate) : round(stop * self.rate)] += level
        return trace


STEPS = Protocol()


def stepped(
    cell: Cell, currents: Sequence[float], protocol: Protocol = STEPS, *, command_noise: float = 0.0
) -> tuple[Recording, Spikes]:
    """A recording of sweeps, one per current, with its command; and its true spikes."""
    rng = np.random.default_rng(0)
    commands = [protocol.command(current) for current in currents]
    sweeps, peaks, first = [], [], 0
    for command in commands:
        volts, at = _driven(cell, command, protocol.rate)
        electrode = cell.bridge * _filtered(command, 2e-5 * protocol.rate)
        hum = cell.hum * np.sin(2 * np.pi * 50 * np.arange(volts.size) / protocol.rate + rng.uniform(0, 6))
        sweeps.append(volts + electrode + hum + cell.noise * rng.standard_normal(volts.size))
        peaks += [first + k for k in at]
        first += volts.size
    noisy = [c + command_noise * rng.standard_normal(c.size) for c in commands]
    recording = recorded(sweeps, noisy, protocol.rate)
    return recording, make_spikes(recording, peaks)


def recorded(
    sweeps: Sequence[Floats], commands: Sequence[Floats], rate: float, *, lengths: Sequence[int] | None = None
) -> Recording:
    """A recording of these sweeps, or of such `lengths` of their samples, with these commands beside."""
    made = Recording.from_array(
        np.concatenate(sweeps).astype(np.float32),
        rate,
        sweep_lengths=lengths or [sweep.size for sweep in sweeps],
    )
    source = ArraySource(np.concatenate(commands).astype(np.float32)[:, None])
    return replace(made, stimulus=Stimulus(source, Channel("command", "current"), "recorded"))


def _driven(cell: Cell, command: Floats, rate: float) -> tuple[Floats, list[int]]:
    """The membrane's voltage with its spikes, and the samples of their peaks."""
    bounds = [0, *(np.flatnonzero(np.diff(command)) + 1).tolist(), command.size]
    shape = spike_shape(rate)
    volts, peaks, now = np.empty(command.size), [], cell.rest
    for start, stop in pairwise(bounds):
        k = start
        while k < stop:
            run, fired = _charge(cell, now, float(command[start]), stop - k, rate)
            volts[k : k + run.size] = run
            k, now = k + run.size, float(run[-1])
            if fired:
                hold = min(round(cell.refractory * rate), command.size - k)
                volts[k : k + hold] = cell.rest
                peaks.append(k + shape.size // 2)
                k, now = k + hold, cell.rest
    for peak in peaks:
        low, high = peak - shape.size // 2, min(peak - shape.size // 2 + shape.size, command.size)
        volts[low:high] += shape[: high - low]
    if cell.sag:
        volts += _relaxing(cell, command, rate)
    return volts, [p for p in peaks if p < command.size]


def _charge(cell: Cell, start: float, current: float, n: int, rate: float) -> tuple[Floats, bool]:
    """The way to the end, or to the threshold if that comes first."""
    end = cell.rest + cell.resistance * current
    times = np.arange(1, n + 1) / rate
    way = end + (start - end) * np.exp(-times / cell.tau)
    over = np.flatnonzero(way >= cell.threshold)
    return (way[: over[0] + 1], True) if over.size else (way, False)


def _relaxing(cell: Cell, command: Floats, rate: float) -> Floats:
    """What the sag takes back of the deflection of negative currents."""
    drive = -cell.sag * cell.resistance * np.minimum(command, 0)
    return _filtered(drive, 0.1 * rate)


def _filtered(trace: Floats, samples: float) -> Floats:
    """A trace behind a pole of so many samples."""
    from scipy.signal import lfilter

    decay = np.exp(-1 / samples)
    return np.asarray(lfilter([1 - decay], [1, -decay], trace), np.float64)
