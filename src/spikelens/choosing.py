"""What to look at and how: channel, clamp mode and polarity, each with its reason.

Nothing is mended in silence: values that make no sense as a membrane potential bring a
warning with the likely factor, and the user settles it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikelens.errors import BadParameter, MissingFact, UnsupportedInput
from spikelens.kernels.scale import scaled
from spikelens.passes import Span, read_chunk, survey_spans
from spikelens.recording import Mode, Recording
from spikelens.stretches import Stretches

PLAUSIBLE_MEDIAN = (-0.120, 0.040)
"""Where the median of a membrane potential lies, V."""
PLAUSIBLE_RANGE = 0.200
"""The farthest a membrane potential travels, V."""
EXTRACELLULAR_RANGE = 0.005
"""Traces around 0 V that never travel farther than this were not recorded in a cell, V."""
FINE_ENOUGH = 3000.0
"""A spike sampled more slowly than this (Hz) shows its shape coarsely, that of a current not at all."""
COARSE_ENOUGH = 1500.0
"""A potential sampled more slowly than this (Hz) does not show the shapes of its spikes."""
ENOUGH = 50_000
"""Samples that tell a median well enough."""
AS_ASKED = "as asked"
"""The reason for what was not guessed; readers end with it what the header says."""
_FACTORS = (1e3, 1e-3, 1e-2, 0.1, 10.0, 1e2, 1e6, 1e-6, 0.05, 0.02, 0.2, 0.5, 5.0, 2.0, 20.0, 50.0)
"""Slips of prefix first, then gains of amplifiers."""


@dataclass(frozen=True)
class Chosen:
    """One channel to look at, and why this one and in this way."""

    recording: Recording
    """Of one channel, with its mode decided and all warnings."""
    polarity: int
    """+1 if spikes are to be sought upwards, -1 downwards."""
    reasons: tuple[tuple[str, str], ...]
    """(choice, reason) in words."""


@dataclass(frozen=True)
class _Glance:
    """What a sample of a trace looks like, V or A."""

    median: float
    low: float
    high: float

    @property
    def range(self) -> float:
        return self.high - self.low


def choose(recording: Recording, *, channel: int | str | None = None, mode: Mode | None = None) -> Chosen:
    """Decide which channel of a recording to look at, as what, and which way spikes point.

    Parameters
    ----------
    recording : Recording
    channel : int or str, optional
        By name, or counted from 0; by quantity and plausibility otherwise.
    mode : str, optional
        Clamp mode; the file's word, else what the values look like.

    Raises
    ------
    BadParameter
        What was given is no recording, but a path or an array, say.
    MissingFact
        A current trace of unknown mode: the message names the flag.
    UnsupportedInput
        No channel is a voltage or a current.
    """
    check_recording(recording)
    one, why_channel = _choose_channel(recording, channel)
    glance = _glance(one)
    decided, why_mode = _choose_mode(one, glance, mode)
    polarity, why_polarity = _choose_polarity(one, decided)
    settled = dataclasses.replace(one, mode=decided).with_warnings(*_suspicions(one, glance, decided))
    if decided == "extracellular" and mode is None and one.mode == "unknown" and _much_too_small(glance):
        settled = settled.with_warnings(_tiny_words(glance))
    trace = f"{one.channels[0].name} ({one.channels[0].quantity})"
    way = "upwards" if polarity > 0 else "downwards"
    reasons = [(f"channel {trace}", why_channel), (f"mode {decided}", why_mode)]
    if decided != "voltage-clamp":
        reasons.append((f"spikes {way}", why_polarity))
    return Chosen(settled, polarity, tuple(reasons))


def check_recording(given: object) -> None:
    """Raise `BadParameter` for what is no recording, such as a path or an array."""
    if not isinstance(given, Recording):
        raise BadParameter(
            f"this needs a recording, not {type(given).__name__}: open a file with read(path),"
            " an array in volts with Recording.from_array(volts, sampling_rate)"
        )


def _choose_channel(recording: Recording, wanted: int | str | None) -> tuple[Recording, str]:
    if wanted is not None:
        return recording.select(wanted), AS_ASKED
    for quantity in ("voltage", "current"):
        indices = [k for k, c in enumerate(recording.channels) if c.quantity == quantity]
        if len(indices) == 1:
            only = "the only channel" if len(recording.channels) == 1 else f"the only {quantity}"
            return recording.select(indices[0]), only
        if indices:
            return _likeliest(recording, indices, quantity)
    listed = ", ".join(f"{c.name} ({c.stated_unit or c.quantity})" for c in recording.channels)
    raise UnsupportedInput(
        f"no voltage or current channel in {recording.name}: {listed}; give --unit if it is one"
    )


def _likeliest(recording: Recording, indices: Sequence[int], quantity: str) -> tuple[Recording, str]:
    if quantity == "current":
        return recording.select(indices[0]), "the first of several currents; --channel chooses another"
    glances = [_glance(recording.select(k)) for k in indices]
    like_cell = [k for k, g in zip(indices, glances, strict=True) if _like_membrane(g)]
    if like_cell:
        return recording.select(like_cell[0]), "the first voltage that looks like a membrane potential"
    return recording.select(indices[0]), "the first of several voltages; --channel chooses another"


def _like_membrane(glance: _Glance) -> bool:
    return PLAUSIBLE_MEDIAN[0] <= glance.median <= -0.020 and 1e-3 < glance.range <= PLAUSIBLE_RANGE


def _choose_mode(recording: Recording, glance: _Glance, wanted: Mode | None) -> tuple[Mode, str]:
    if wanted is not None:
        return wanted, AS_ASKED
    if recording.mode != "unknown":
        return recording.mode, "the file says so"
    if recording.channels[0].quantity == "current":
        pair = _impossible_pair(recording)
        raise MissingFact(
            f"{recording.name}: a current, and the file does not say how it was recorded;"
            " give --mode cell-attached (spikes are sought) or --mode voltage-clamp (none are)"
            + (f"; but {pair}" if pair else "")
        )
    if glance.range <= EXTRACELLULAR_RANGE and abs(glance.median) <= EXTRACELLULAR_RANGE:
        return "extracellular", "a voltage around 0 V that travels less than 5 mV"
    return "current-clamp", "a voltage that travels as a membrane potential does"


def _choose_polarity(recording: Recording, mode: Mode) -> tuple[int, str]:
    if mode == "current-clamp":
        return 1, "action potentials depolarise"
    if mode == "extracellular":
        return -1, "the largest phase of an extracellular spike is negative"
    upwards = _skew(recording) >= 0
    return (1 if upwards else -1), "the trace's fast excursions are larger that way"


def _suspicions(recording: Recording, glance: _Glance, mode: Mode) -> list[str]:
    """Warnings about values that no cell has, each with the likely factor."""
    found = []
    quantity = recording.channels[0].quantity
    if recording.sampling_rate < FINE_ENOUGH:
        found.append(
            f"sampled at {recording.sampling_rate:g} Hz, a spike has few samples to show its shape:"
            " expect errors; its width and slopes are limited"
        )
    if np.isnan(glance.median):
        return [*found, "no sample that was looked at is a number: check the channel, and --variable"]
    if glance.range == 0:
        found.append(
            f"the trace does not change: it is {glance.median:g} {recording.channels[0].unit} wherever it was"
            " looked at; check the channel, and whether the file was written whole"
        )
    pair = _impossible_pair(recording)
    if pair:
        found.append(pair)
    if mode == "voltage-clamp":
        found.append(
            "voltage clamp: the membrane is held, so no spikes are sought;"
            " unclamped spikes are found with --mode cell-attached"
        )
    side = guessed_sweeps(recording)
    if mode == "extracellular" and side:
        found.append(
            f"the {len(recording.sweeps)} {side} of the matrix were taken for sweeps of one wire;"
            f" if they are channels, say --channels-in {side}"
        )
    if mode != "current-clamp" or quantity != "voltage":
        return found
    low, high = PLAUSIBLE_MEDIAN
    implausible = []
    if not low <= glance.median <= high:
        implausible.append(f"the median is {glance.median * 1e3:.4g} mV")
    if glance.range > PLAUSIBLE_RANGE:
        implausible.append(f"the trace travels {glance.range * 1e3:.4g} mV")
    if _much_too_small(glance):
        implausible.append(_extent(glance))
    if implausible:
        found.append(f"implausible for a membrane potential: {' and '.join(implausible)}; {_likely(glance)}")
    return found


def guessed_sweeps(recording: Recording) -> str:
    """Which side of a matrix was taken for sweeps unasked, ``"rows"`` or ``"columns"``; else nothing."""
    side, _, how = str(recording.header.get("sweeps_in", "")).partition(", ")
    return "" if how == AS_ASKED or len(recording.sweeps) < 2 else side


def _extent(glance: _Glance) -> str:
    return f"the whole trace lies within {glance.range * 1e6:.3g} uV of {glance.median * 1e6:.3g} uV"


def _tiny_words(glance: _Glance) -> str:
    """What to say of a trace taken for extracellular that may be a cell's, in volts called millivolts."""
    return (
        f"taken for extracellular, since {_extent(glance)}; if it is a membrane potential, {_likely(glance)}"
    )


def _much_too_small(glance: _Glance) -> bool:
    """Whether a trace would be a cell's if its volts had not been taken for millivolts."""
    return abs(glance.median) < 0.3e-3 and 0 < glance.range < 0.3e-3 and _fits(glance, 1e3)


def _impossible_pair(recording: Recording) -> str:
    """What is wrong if the recorded and the commanded quantity are one; empty if nothing is."""
    command = recording.stimulus.channel if recording.stimulus else None
    quantity = recording.channels[0].quantity
    if command is None or command.quantity != quantity or quantity not in ("voltage", "current"):
        return ""
    return (
        f"input and command are both a {quantity}, which no clamp does; one of the units is wrong:"
        " settle it with --unit and --scale"
    )


def _likely(glance: _Glance) -> str:
    fitting = [f for f in _FACTORS if _fits(glance, f)]
    if not fitting:
        return "no simple factor explains it: check the unit, and give --unit or --scale"
    others = f" ({', '.join(f'{f:g}' for f in fitting[1:3])} would too)" if len(fitting) > 1 else ""
    return f"a factor of {fitting[0]:g} would explain it{others}: give --unit, or --scale {fitting[0]:g}"


def _fits(glance: _Glance, factor: float) -> bool:
    resting = -0.110 <= glance.median * factor <= -0.030
    return resting and 0.5e-3 <= glance.range * factor <= PLAUSIBLE_RANGE


def _glance(recording: Recording) -> _Glance:
    """Look at the survey's blocks of a one-channel recording."""
    stored = [recording.stored(span.start, span.stop) for span in _surveyed(recording)]
    if not stored:
        return _Glance(np.nan, np.nan, np.nan)
    values = scaled(np.concatenate(stored), recording.gain, recording.offset)[:, 0]
    finite = np.isfinite(values)
    values = values if finite.all() else values[finite]
    if not values.size:
        return _Glance(np.nan, np.nan, np.nan)
    some = values[:: 1 + values.size // ENOUGH]
    return _Glance(float(np.median(some)), float(values.min()), float(values.max()))


def _surveyed(recording: Recording) -> list[Span]:
    return survey_spans(recording, Stretches.between_walls(recording, np.empty((0, 2), np.int64)))


def _skew(recording: Recording) -> float:
    """The largest fast excursions upwards against those downwards, as a log ratio.

    Fast is what a sample has beyond the mean of the 2 ms around it.
    """
    half = max(1, round(1e-3 * recording.sampling_rate))
    fast = []
    for span in _surveyed(recording):
        block = read_chunk(recording, span).trace
        trace = block[np.isfinite(block)]
        if trace.size > 2 * half + 1:
            total = np.cumsum(np.concatenate([[0.0], trace]))
            around = (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
            fast.append(trace[half:-half] - around)
    if not fast:
        return 0.0
    joined = np.concatenate(fast)
    low, high = np.quantile(joined, [1e-4, 1 - 1e-4])
    return float(np.log(max(high, 1e-15) / max(-low, 1e-15)))
