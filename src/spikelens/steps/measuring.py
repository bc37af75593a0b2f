"""The verb: from a recording, its spikes and its protocol to the measures of steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from spikelens import api
from spikelens.errors import UnsupportedInput
from spikelens.measuring import check_junction
from spikelens.prefixes import megohms, numbered
from spikelens.protocols.given import given_protocol
from spikelens.protocols.protocol import Protocol, Step
from spikelens.protocols.recognising import recognise
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.steps.cell import Fits, cell_row, shifted_cell
from spikelens.steps.settings import StepRule
from spikelens.steps.sweeps import Row, Trial, empty_row, shifted, sweep_row

LARGE_BRIDGE = 0.1
"""A jump at the onset larger than this share of the input resistance is worth a warning."""
UNSEEN = "its step was not observed"
GOOD = 0.9
"""An exponential that explains less of the variance is worth a warning."""


@dataclass(frozen=True)
class Steps:
    """What current steps tell of a cell; see `spikelens.steps.columns` for what each column means."""

    recording: Recording = field(repr=False)
    """Of the channel the spikes were found in."""
    spikes: Spikes = field(repr=False)
    protocol: Protocol
    rule: StepRule
    sweeps: tuple[Row, ...] = field(repr=False)
    """A row per sweep, those without a step with a note why."""
    cell: Row
    fits: Fits = field(repr=False)
    trials: tuple[Trial, ...] = field(repr=False)
    """The sweeps with a step, in order."""
    warnings: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        from spikelens.steps.report import analysis_of

        return analysis_of(self, [], self.recording.warnings)._repr_html_()

    @property
    def measured(self) -> list[Row]:
        """The rows of sweeps with a step."""
        return [row for row in self.sweeps if row["sweep"] in self.protocol.by_sweep]


def measure_steps(
    recording: Recording,
    spikes: Spikes,
    *,
    protocol: Protocol | str | Path | None = None,
    junction_potential: float | None = None,
    **settings: object,
) -> Steps:
    """Measure the response to current steps, per sweep and of the cell.

    Parameters
    ----------
    recording : Recording
        With its command, or with a channel of the current beside the voltage.
    spikes : Spikes
        Of this recording; their channel is the one that is measured.
    protocol : Protocol or path, optional
        A CSV with columns sweep, onset, offset (s) and current (A), or a recording of
        the current; by default the steps are read from the command.
    junction_potential : float, V, optional
        Subtracted from every absolute voltage; none is corrected unless it is given.
    **settings
        Of `spikelens.steps.settings.StepRule`, by name.

    Returns
    -------
    Steps
        ``sweeps``, ``cell`` and the curves behind them; NaN, with a note, where a
        measure cannot be had.

    Raises
    ------
    UnsupportedInput
        Voltage clamp, a channel that is no voltage, or a command without steps.
    MissingFact
        Nothing says what current was injected.
    UnreadableFile, BadParameter
        A protocol that cannot be read, or that the recording has no room for.
    """
    rule, junction_potential = StepRule.from_parameters(settings), check_junction(junction_potential)
    one = _channel_of(recording, spikes)
    if isinstance(protocol, str | Path):
        protocol = given_protocol(Path(protocol), one)
    known = protocol or recognise(recording)
    known, trials = _observed(one, spikes, known)
    rows = [sweep_row(trial, rule) for trial in trials]
    cell, fits = cell_row(trials, rows, rule)
    if junction_potential is not None:
        rows = [shifted(row, junction_potential) for row in rows]
        cell = shifted_cell(cell, junction_potential)
    everything = rows + [empty_row(sweep, why) for sweep, why in known.left_out]
    ordered = tuple(sorted(everything, key=lambda row: int(row["sweep"])))
    warnings = (*known.warnings, *_doubts(known, cell))
    return Steps(one, spikes, known, rule, ordered, cell, fits, trials, warnings)


def _channel_of(recording: Recording, spikes: Spikes) -> Recording:
    """The channel of the spikes, if steps can be measured in it."""
    one = api.channel_of(recording, spikes)
    if spikes.provenance.mode == "voltage-clamp":
        raise UnsupportedInput(
            f"{recording.name} was recorded in voltage clamp; current steps are measured in current clamp"
        )
    if one.channels[0].quantity != "voltage":
        raise UnsupportedInput(
            f"{one.channels[0].name} is a {one.channels[0].quantity}; steps are measured in a voltage:"
            " choose it with --channel"
        )
    return one


def _observed(recording: Recording, spikes: Spikes, protocol: Protocol) -> tuple[Protocol, tuple[Trial, ...]]:
    """The steps of which something was observed, and the protocol without the others.

    A step of time that was blanked, or is another condition's, is no step without spikes.
    """
    trials = [_trial(recording, spikes, step) for step in protocol.steps]
    unseen = tuple((t.step.sweep, UNSEEN) for t in trials if not t.exposure)
    kept = tuple(trial for trial in trials if trial.exposure)
    if not kept:
        raise UnsupportedInput(f"{recording.name}: no step lies in the time that was observed")
    steps = tuple(trial.step for trial in kept)
    return replace(protocol, steps=steps, left_out=(*protocol.left_out, *unseen)), kept


def _trial(recording: Recording, spikes: Spikes, step: Step) -> Trial:
    """One sweep, with what was not observed as NaN."""
    first, last = (int(b) for b in recording.sweeps.bounds[step.sweep : step.sweep + 2])
    volts = recording.read(first, last)[:, 0].astype(np.float64)
    observed = np.zeros(volts.size, bool)
    for stretch in spikes.stretches.overlapping(first, last):
        observed[max(stretch.start - first, 0) : stretch.stop - first] = True
    mine = spikes.sweep == step.sweep
    return Trial(
        step=step,
        volts=np.where(observed, volts, np.nan),
        times=spikes.time_in_sweep[mine],
        peaks=spikes.sample_index[mine] - first,
        sampling_rate=recording.sampling_rate,
        exposure=float(observed[step.onset : step.offset].sum()) / recording.sampling_rate,
    )


def _left_out(protocol: Protocol) -> list[str]:
    """A line per reason, with the sweeps it holds for."""
    why: dict[str, list[int]] = {}
    for sweep, reason in protocol.left_out:
        why.setdefault(reason, []).append(sweep)
    return [
        f"sweep {sweeps[0]} is left out: {reason}"
        if len(sweeps) == 1
        else f"{len(sweeps)} sweeps ({numbered(sweeps)}) are left out: {reason}"
        for reason, sweeps in why.items()
    ]


def _doubts(protocol: Protocol, cell: Row) -> list[str]:
    """What to distrust of the cell's numbers."""
    found = _left_out(protocol)
    found += [f"sweep {s.sweep}: {s.note}" for s in protocol.steps if s.note]
    if len(protocol.steps) == 1:
        found.append("a single sweep has a step: curves need more")
    if cell["bridge_resistance"] > LARGE_BRIDGE * cell["input_resistance"]:
        found.append(
            f"the voltage jumps at the onset as over {megohms(cell['bridge_resistance'])} in series: the"
            " bridge was not balanced, or the dendrites charge fast; input_resistance_corrected is without it"
        )
    if cell["time_constant_r2"] < GOOD:
        found.append(
            f"the exponential explains {cell['time_constant_r2']:.2f} of the variance: look at its figure"
        )
    return found
