"""Access resistance in voltage clamp, from the charge and the decay that follow steps of the command."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.quality.sections import Section
from spikelens.recording import Recording

Floats = NDArray[np.float64]
NAN = float("nan")

SMALLEST, LARGEST = 1e-3, 25e-3
"""Steps of the command of such sizes are test pulses; larger ones open channels, V."""
BEFORE, STAYS, LONGEST = 5e-3, 8e-3, 0.1
"""The command stands still so long before and after an edge, and is looked at no longer, s."""
STEADY = 0.2
"""The last share of a pulse, or of `LONGEST`, tells the steady current."""
PEAK_WITHIN = 2e-3
"""The largest current comes so soon after the edge, s."""
DECAY = (0.7, 0.1)
"""The decay is fitted from one share of the peak to the other."""
CLEAR = 8.0
"""A transient stands out by so many times the noise of the mean response."""
FEWEST = 4
"""Fewer samples than this tell no decay."""
RULE = (
    "Mean current per volt of the command's steps of 1 to 25 mV. The decay of the transient is fitted by an"
    " exponential from 70 to 10 % of its peak; the charge over the steady current, divided by its time"
    " constant, is the current at the edge, which a filter does not change. Access is the volt over it and"
    " the steady current."
)


@dataclass(frozen=True)
class Access:
    """What test pulses tell; NaN where they do not."""

    access_resistance: float = NAN
    access_resistance_peak: float = NAN
    """By the largest current as it was recorded, as a seal test shows it, ohm."""
    membrane_resistance: float = NAN
    membrane_capacitance: float = NAN
    n_pulses: int = 0
    access_note: str = ""
    """Why there is none."""


def measure_access(recording: Recording, section: Section) -> Access:
    """Measure access and membrane of a section of a voltage clamp.

    Parameters
    ----------
    recording : Recording
        Of the current, with its command.
    section : Section

    Returns
    -------
    Access
        With the reason where nothing can be had.
    """
    stimulus, rate = recording.stimulus, recording.sampling_rate
    if stimulus is None or stimulus.channel.quantity != "voltage":
        return Access(access_note="the command is not known")
    command = stimulus.read(section.start, section.stop).astype(np.float64)
    edges = _edges(command, rate)
    if not edges:
        return Access(access_note="the command has no step of 1 to 25 mV that stays for 8 ms")
    trace = recording.read(section.start, section.stop)[:, 0].astype(np.float64)
    length = min(stop - edge for edge, stop, _ in edges)
    before = round(BEFORE * rate)
    responses = [
        (trace[edge - before : edge + length] - trace[edge - before : edge - 1].mean()) / step
        for edge, _, step in edges
    ]
    return _access_of(np.mean(responses, axis=0), before, rate, len(edges))


def _edges(command: Floats, rate: float) -> list[tuple[int, int, float]]:
    """Edge, end of what follows it, and step (V) of each test pulse's edges."""
    before, stays, longest = (round(x * rate) for x in (BEFORE, STAYS, LONGEST))
    jumps = np.flatnonzero(np.abs(np.diff(command)) > SMALLEST / 4) + 1
    # A recorded command takes some samples from level to level: these are one edge.
    firsts = jumps[np.diff(jumps, prepend=-stays) > 3]
    ends = [*firsts[1:].tolist(), command.size]
    found, last = [], 0
    for edge, end in zip(firsts.tolist(), ends, strict=True):
        stop = min(end, edge + longest)
        if edge - last >= before and stop - edge >= stays:
            step = float(np.median(command[edge + 4 : stop]) - np.median(command[edge - before : edge]))
            if SMALLEST <= abs(step) <= LARGEST:
                found.append((edge, stop, step))
        last = edge
    return found


def _access_of(response: Floats, edge: int, rate: float, n_pulses: int) -> Access:
    """From the mean response (A/V) to an edge."""
    after = response[edge:]
    steady = float(after[-max(1, round(STEADY * after.size)) :].mean())
    over = after - steady
    peak = int(np.argmax(over[: round(PEAK_WITHIN * rate)]))
    noise = float(response[: edge - 1].std())
    if over[peak] < max(CLEAR * noise, 0.1 * abs(steady)):
        return Access(
            n_pulses=n_pulses,
            access_note="no capacitive transient follows its steps: it was compensated, or lies within"
            " the noise",
        )
    tau = _decay(over[peak:], rate)
    if not tau > 0:
        return Access(n_pulses=n_pulses, access_note=f"the transient is over too soon for {rate:g} Hz")
    until = peak + round(8 * tau * rate)
    at_edge = float(over[:until].sum()) / rate / tau + steady
    access = 1 / at_edge
    membrane = 1 / steady - access if steady > 0 else NAN
    return Access(
        access_resistance=access,
        access_resistance_peak=1 / float(after[peak]),
        membrane_resistance=membrane if membrane > 0 else NAN,
        membrane_capacitance=tau * (1 / access + 1 / membrane) if membrane > 0 else NAN,
        n_pulses=n_pulses,
    )


def _decay(over: Floats, rate: float) -> float:
    """The time constant of a decay from its peak on, s; NaN of too few samples."""
    share = over / over[0]
    stop = int(np.argmax(share < DECAY[1])) if (share < DECAY[1]).any() else share.size
    start = int(np.argmax(share < DECAY[0]))
    part = over[start:stop]
    if part.size < FEWEST or (part <= 0).any():
        return NAN
    # Weighted by the square, so that the logarithm's errors are those of the current.
    slope = np.polyfit(np.arange(part.size) / rate, np.log(part), 1, w=part)[0]
    return float(-1 / slope)
