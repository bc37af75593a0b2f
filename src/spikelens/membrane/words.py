"""What is said of a membrane potential: the finding, what to distrust, the paragraph for a paper."""

from __future__ import annotations

import numpy as np

from spikelens.membrane.measuring import Membrane
from spikelens.membrane.states import RULE
from spikelens.membrane.triggered import Triggered
from spikelens.prefixes import quantity
from spikelens.runs.words import counted
from spikelens.version import VERSION

FEW_STATES = 5
"""Fewer up states than this may be anything that changed the level."""
MUCH = 0.2
"""A share of bridged time above which means say little."""
_BRIDGES = {"straight": "a straight line", "monotone": "a monotone cubic (Fritsch and Carlson 1980)"}
_ENDS = {
    "return": "where the fall was back at the onset's voltage, else at its lowest point",
    "trough": "at the lowest point after it",
}


def share_bridged(membrane: Membrane) -> float:
    """Share of the observed time that was bridged."""
    where = membrane.whole.stretches
    return membrane.bridged_samples(where) / where.n_samples() if where.n_samples() else float("nan")


def verdict(membrane: Membrane) -> str:
    """The finding in a few sentences."""
    tally = membrane.whole.passed.whole
    words = (
        f"Without its spikes the membrane potential is {quantity(tally.mean, 'V')}, SD"
        f" {quantity(tally.sd, 'V')}; {counted(len(membrane.spikes), 'spike')}"
        f" {'was' if len(membrane.spikes) == 1 else 'were'} bridged, {share_bridged(membrane) * 100:.3g} % of"
        " the time."
    )
    return " ".join(filter(None, [words, _states(membrane), _coherence(membrane)]))


def _states(membrane: Membrane) -> str:
    levels = membrane.whole.bimodality
    if not np.isfinite(levels.separation):
        return ""
    told = f"(Ashman's D {levels.separation:.2g}, valley at {levels.valley * 100:.0f} % of the lower peak)"
    if not levels.is_bimodal:
        return f"It has no two levels {told}, so no up and down states are told."
    n_up = sum(s.is_up for s in membrane.whole.states)
    low, high = quantity(levels.low, "V"), quantity(levels.high, "V")
    return f"It has two levels, {low} and {high} {told}, and {counted(n_up, 'up state')}."


def _coherence(membrane: Membrane) -> str:
    second = membrane.second
    if second is None or second.coherence is None:
        return ""
    found = second.coherence
    shown = np.flatnonzero(np.isfinite(found.coherence) & (found.frequency <= 200))
    if not shown.size:
        return ""
    best = shown[np.argmax(found.coherence[shown])]
    n_above = int((found.coherence[shown] > found.level).sum())
    return (
        f"Coherence with {second.name} is {found.coherence[best]:.2g} at most, at"
        f" {found.frequency[best]:.3g} Hz; {n_above} of {shown.size} frequencies up to 200 Hz are above the"
        f" level of {found.level:.2g}, where chance puts about {0.05 * shown.size:.0f}."
    )


def warnings(membrane: Membrane) -> list[str]:
    """What to distrust."""
    said = []
    if not len(membrane.spikes):
        said.append("no spikes: nothing was bridged, and there is no spike-triggered average")
    if share_bridged(membrane) > MUCH:
        said.append(
            f"{share_bridged(membrane) * 100:.0f} % of the time was bridged: means and states are largely the"
            " bridges'"
        )
    without = int(np.isnan(membrane.spikes["onset_time"]).sum())
    if without:
        said.append(f"{counted(without, 'spike')} without an onset are cut from 2 ms before the peak")
    said += _of_levels(membrane)
    if len(membrane.recording.sweeps) > 1 and not membrane.averages:
        said.append("no two sweeps have the same command: no average over sweeps")
    said += _empty_conditions(membrane)
    return said + _left_out(membrane.triggered) + _second(membrane)


def _of_levels(membrane: Membrane) -> list[str]:
    """Why two levels may not be the cell's own."""
    if not membrane.whole.bimodality.is_bimodal:
        return []
    if _is_driven(membrane):
        return ["stimuli were given: the two levels may be theirs, not the cell's own states"]
    n_up = sum(s.is_up for s in membrane.whole.states)
    if n_up >= FEW_STATES:
        return []
    return [
        f"{counted(n_up, 'up state')} only: a change of level, such as a step of current of which the file"
        " says nothing, looks the same"
    ]


def _is_driven(membrane: Membrane) -> bool:
    """Whether the command moves, or events that are no tags say that something was done."""
    stimulus, bounds = membrane.recording.stimulus, membrane.recording.sweeps.bounds
    if set(membrane.recording.events.source) - {"tag"}:
        return True
    if stimulus is None:
        return False
    spans = (stimulus.read(int(bounds[k]), int(bounds[k + 1])) for k in range(len(bounds) - 1))
    return any(np.ptp(command) > 0 for command in spans if command.size)


def _empty_conditions(membrane: Membrane) -> list[str]:
    empty = [n for n, c in membrane.conditions.items() if not c.stretches.n_samples()]
    return [f"nothing was observed of {', '.join(empty)}"] if empty else []


def _left_out(found: Triggered) -> list[str]:
    n_all = found.n_used + found.n_left_out
    if not found.n_left_out or not n_all:
        return []
    left = f"{found.n_left_out} of {n_all} spikes"
    return [f"{left} are nearer to an edge than the spike-triggered average reaches, and not in it (--reach)"]


def _second(membrane: Membrane) -> list[str]:
    if membrane.second is None or membrane.second.coherence is not None:
        return []
    return ["too few segments between walls for a coherence (8 are needed): shorten --segment"]


def methods(membrane: Membrane) -> str:
    """A paragraph for a paper."""
    rule = membrane.rule
    sentences = [
        f"Membrane potential without spikes (Spikelens {VERSION}): each spike was cut from"
        f" {rule.lead * 1e3:g} ms before its onset to {_ENDS[rule.until]}, at most {rule.longest * 1e3:g} ms"
        f" after the peak, and {_BRIDGES[rule.bridge]} laid across;"
        f" {share_bridged(membrane) * 100:.3g} % of the time was bridged.",
        RULE,
    ]
    if membrane.triggered.n_used:
        sentences.append(
            f"Spike-triggered averages reach {rule.reach * 1e3:g} ms to either side; their control band holds"
            f" 95 % of {rule.shuffles} averages around trains shifted circularly within each stretch."
        )
    if membrane.second is not None and membrane.second.coherence is not None:
        found = membrane.second.coherence
        sentences.append(
            f"Coherence is Welch's estimate from {found.n_segments} segments of {found.segment:g} s (Hann,"
            " half overlapping), with the 95 % level of Halliday et al. (1995)."
        )
    return " ".join(sentences)
