"""The parts of a recording that carry a name: control, drug, wash, or the epochs of a protocol."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnsupportedInput
from spikelens.prefixes import quantity
from spikelens.recording import Events, Recording
from spikelens.stretches import Stretches, event_walls

Ints = NDArray[np.int64]


def condition_stretches(recording: Recording, observed: Stretches, events: Events) -> dict[str, Stretches]:
    """The observed time of each condition, by name, in the order in which they first come.

    Parameters
    ----------
    recording : Recording
    observed : Stretches
    events : Events
        Those of one name are one condition. An event with a value carries it in its name, as an
        epoch does its level. Where no event lasts, such as tags, each lasts until the next.

    Raises
    ------
    UnsupportedInput
        The events are not on the recording's clock.
    """
    if events.clock != "recording":
        raise UnsupportedInput(
            f"the conditions are on the {events.clock}'s clock, and {recording.name} does not say how that"
            " is to be read; give them in seconds of the recording"
        )
    lasting = _lasting(recording, events)
    names = [_name(recording, lasting, k) for k in range(len(lasting))]
    walls = event_walls(recording, lasting)
    return {
        name: _within(recording, observed, walls[np.array([n == name for n in names])])
        for name in dict.fromkeys(names)
    }


def _lasting(recording: Recording, events: Events) -> Events:
    """Events in order; instants last until the next one."""
    order = np.argsort(events.start, kind="stable")
    start, stop = events.start[order], events.stop[order]
    if len(events) and not (stop > start).any():
        end = float(recording.time_of(recording.n_samples))
        stop = np.append(start[1:], max(end, start[-1]))
    label, source = ([column[k] for k in order] for column in (events.label, events.source))
    return Events.at(start, stop, label=label, value=events.value[order].tolist(), source=source)


def _name(recording: Recording, events: Events, k: int) -> str:
    label = events.label[k] or "unnamed"
    if not np.isfinite(events.value[k]):
        return label
    unit = recording.stimulus.channel.unit if recording.stimulus else ""
    return f"{label} {quantity(float(events.value[k]), unit)}"


def _within(recording: Recording, observed: Stretches, inside: Ints) -> Stretches:
    """What was observed of the samples `inside` (n, 2)."""
    n = recording.n_samples
    inside = inside[np.argsort(inside[:, 0], kind="stable")]
    reached = np.maximum.accumulate(inside[:, 1])
    outside = np.column_stack([np.append(0, reached), np.append(inside[:, 0], n)])
    unobserved = np.column_stack([np.append(0, observed.stop), np.append(observed.start, n)])
    return Stretches.between_walls(recording, np.concatenate([outside, unobserved]).astype(np.int64))
