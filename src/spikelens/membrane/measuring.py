"""`measure_membrane`: all that is known of a membrane potential once its spikes are bridged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from spikelens import api
from spikelens.choosing import Chosen, choose
from spikelens.errors import UnsupportedInput
from spikelens.membrane.averages import SweepAverage, average_sweeps
from spikelens.membrane.bridging import bridged
from spikelens.membrane.coherence import Coherence, find_coherence
from spikelens.membrane.conditions import condition_stretches
from spikelens.membrane.cutting import Cuts, cut_spikes
from spikelens.membrane.passing import Coarse, Passed, pass_over
from spikelens.membrane.rule import MembraneRule
from spikelens.membrane.states import Bimodality, State, find_states, judge_bimodality
from spikelens.membrane.triggered import Triggered, trigger_average
from spikelens.recording import Events, Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches


@dataclass(frozen=True)
class Condition:
    """The membrane potential of one condition."""

    stretches: Stretches
    passed: Passed = field(repr=False)
    bimodality: Bimodality
    states: list[State] = field(repr=False)


@dataclass(frozen=True)
class Second:
    """A second channel beside the membrane potential."""

    name: str
    unit: str
    coarse: Coarse = field(repr=False)
    triggered: Triggered = field(repr=False)
    coherence: Coherence | None = field(repr=False)


@dataclass(frozen=True)
class Membrane:
    """A membrane potential without its spikes, and what was measured of it."""

    rule: MembraneRule
    recording: Recording
    """Of the one channel, with its spikes."""
    spikes: Spikes = field(repr=False)
    """With their onsets."""
    cuts: Cuts = field(repr=False)
    conditions: dict[str, Condition] = field(repr=False)
    """By name; the first, ``all``, is everything observed."""
    averages: list[SweepAverage] = field(repr=False)
    triggered: Triggered = field(repr=False)
    second: Second | None = field(repr=False)

    def _repr_html_(self) -> str:
        from spikelens.membrane.report import analysis_of

        return analysis_of(self, [], self.recording.warnings)._repr_html_()

    @cached_property
    def bridged(self) -> Recording:
        """The recording without its spikes; read when it is asked for."""
        return bridged(self.recording, self.cuts, self.rule.bridge)

    @property
    def whole(self) -> Condition:
        """Everything observed."""
        return self.conditions["all"]

    def bridged_samples(self, stretches: Stretches) -> int:
        """How many of the stretches' samples were bridged."""
        pairs = zip(stretches.start, stretches.stop, strict=True)
        return sum(self.cuts.n_samples(int(low), int(high)) for low, high in pairs)


def measure_membrane(
    recording: Recording | Chosen,
    spikes: Spikes,
    *,
    second: int | str | Recording | None = None,
    conditions: Events | None = None,
    **parameters: object,
) -> Membrane:
    """Cut and bridge the spikes of a membrane potential, and measure what is left.

    Parameters
    ----------
    recording : Recording
        The one the spikes were found in, V.
    spikes : Spikes
        Of a current clamp; onsets are measured if they were not.
    second : int, str or Recording, optional
        Another channel of the recording, or another recording of the same samples, such as
        a field potential.
    conditions : Events, optional
        Named stretches, each measured by itself as well; see `condition_stretches`.
    **parameters
        Those of `MembraneRule`, by name.

    Returns
    -------
    Membrane
        Its ``bridged`` is the spike-less trace.

    Raises
    ------
    UnsupportedInput
        No membrane potential: a current, a voltage clamp or a trace from outside the cell;
        or a second channel of other samples.
    UnknownName
        No such channel or parameter.

    Notes
    -----
    States after Ashman, Bird and Zepf (1994); coherence after Welch (1967) and Halliday et
    al. (1995).
    """
    rule = MembraneRule.from_parameters(parameters)
    one = potential_of(recording, spikes)
    beside = None if second is None else _second_of(recording, one, second)
    known = spikes if "onset_time" in spikes else api.measure(one, spikes, feature_rule="spikelens")
    cuts = cut_spikes(one, known, rule)
    bare = bridged(one, cuts, rule.bridge)
    where = {"all": known.stretches}
    if conditions is not None:
        where |= condition_stretches(one, known.stretches, conditions)
    measured = {name: _condition(bare, known, stretches, rule) for name, stretches in where.items()}
    coarse = measured["all"].passed.coarse
    return Membrane(
        rule=rule,
        recording=one,
        spikes=known,
        cuts=cuts,
        conditions=measured,
        averages=average_sweeps(one, coarse) if len(one.sweeps) > 1 else [],
        triggered=trigger_average(coarse, known, rule),
        second=None if beside is None else _measure_second(beside, coarse, known, rule),
    )


def potential_of(recording: Recording | Chosen, spikes: Spikes) -> Recording:
    """The channel that holds the membrane potential.

    Raises
    ------
    UnsupportedInput
        It holds none.
    """
    if isinstance(recording, Chosen):
        one = recording.recording
    elif len(recording.channels) > 1 and len(spikes):
        one = recording.select(int(spikes["channel_index"][0]))
    else:
        one = choose(recording).recording
    mode = one.mode if one.mode != "unknown" else spikes.provenance.mode
    if one.channels[0].quantity != "voltage" or mode not in ("current-clamp", "unknown"):
        told = f"{one.channels[0].name} of {one.name} is a {one.channels[0].quantity} in {mode}"
        raise UnsupportedInput(
            f"{told}, which is no free membrane potential; choose a voltage with --channel, or say --mode"
            " current-clamp"
        )
    return one


def _second_of(recording: Recording | Chosen, one: Recording, second: int | str | Recording) -> Recording:
    if not isinstance(second, Recording):
        if isinstance(recording, Chosen):
            raise UnsupportedInput("the second channel is sought in a Recording, not in one chosen channel")
        return recording.select(second)
    if len(second.channels) != 1:
        second = choose(second).recording
    if abs(second.sampling_rate / one.sampling_rate - 1) > 1e-6:
        raise UnsupportedInput(
            f"{second.name} is sampled at {second.sampling_rate:g} Hz and {one.name} at"
            f" {one.sampling_rate:g} Hz; resample one of them"
        )
    if not np.array_equal(second.sweeps.bounds, one.sweeps.bounds):
        raise UnsupportedInput(
            f"{second.name} has {len(second.sweeps)} sweeps of {second.n_samples} samples in all, {one.name}"
            f" {len(one.sweeps)} of {one.n_samples}: they are not of the same time"
        )
    return second


def _condition(bare: Recording, spikes: Spikes, stretches: Stretches, rule: MembraneRule) -> Condition:
    passed = pass_over(bare, stretches)
    levels = judge_bimodality(passed.coarse)
    states = find_states(bare, passed.coarse, spikes, levels, shortest=rule.shortest_state)
    return Condition(stretches, passed, levels, states)


def _measure_second(beside: Recording, coarse: Coarse, spikes: Spikes, rule: MembraneRule) -> Second:
    channel = beside.channels[0]
    theirs = pass_over(beside, spikes.stretches).coarse
    return Second(
        name=channel.name,
        unit=channel.unit,
        coarse=theirs,
        triggered=trigger_average(theirs, spikes, rule),
        coherence=find_coherence(coarse, theirs, segment=rule.segment),
    )
