"""A held membrane behind a pipette: access, membrane, capacitance and filter are known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import bessel, lfilter

from spikelens.recording import Channel, Recording, Stimulus
from spikelens.sources import ArraySource

RATE = 20_000.0
FINER = 20
"""The circuit is computed at so many times the sampling rate."""


@dataclass(frozen=True)
class Clamped:
    """What is to be recovered, and what makes that harder."""

    access: float = 15e6
    membrane: float = 200e6
    capacitance: float = 60e-12
    corner: float = 5000.0
    """Of a Bessel filter with four poles, Hz."""
    noise: float = 3e-12
    pulse: float = -5e-3

    def command(self) -> NDArray[np.float64]:
        """A second at -70 mV with four pulses of 50 ms."""
        trace = np.full(round(RATE), -0.07)
        for start in (0.1, 0.3, 0.5, 0.7):
            trace[round(start * RATE) : round((start + 0.05) * RATE)] += self.pulse
        return trace

    def current(self, seed: int) -> NDArray[np.float64]:
        """What the amplifier shows of one sweep, A."""
        dt = 1 / RATE / FINER
        volts = np.repeat(self.command() + 0.07, FINER)
        total = self.access + self.membrane
        decay = np.exp(-dt * total / (self.access * self.membrane * self.capacitance))
        inside = lfilter([0, 1 - decay], [1, -decay], volts * self.membrane / total)
        shown = lfilter(*bessel(4, self.corner, fs=1 / dt, norm="mag"), (volts - inside) / self.access)
        noise = self.noise * np.random.default_rng(seed).standard_normal(round(RATE))
        return np.asarray(shown[::FINER] + noise - 50e-12, np.float64)


def clamped(*cells: Clamped, is_told: bool = True) -> Recording:
    """A recording with a sweep of each cell; without its command, if it is not told."""
    trace = np.concatenate([cell.current(k) for k, cell in enumerate(cells)]).astype(np.float32)
    made = Recording.from_array(trace, RATE, sweep_lengths=[round(RATE)] * len(cells), name="held")
    channel = dataclasses.replace(made.channels[0], quantity="current")
    command = np.concatenate([cell.command() for cell in cells]).astype(np.float32)[:, None]
    stimulus = Stimulus(ArraySource(command), Channel("V", "voltage", stated_unit="V"), "reconstructed")
    return dataclasses.replace(
        made, channels=(channel,), mode="voltage-clamp", stimulus=stimulus if is_told else None
    )
