"""What the command line says of recordings that their files do not: hints, events, blanked time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikelens import api
from spikelens.files import absent
from spikelens.probes import Probe, read_probe
from spikelens.readers import Hints
from spikelens.recording import Events, Recording
from spikelens.runs.blanks import blank_events, blank_warnings
from spikelens.stretches import Stretches

if TYPE_CHECKING:
    from spikelens.responses.stimuli import Stimuli

BLANK = "blank"
"""The label of events that no spike is sought in."""


@dataclass(frozen=True)
class Told:
    """Said once, of all recordings of a server.

    Parameters
    ----------
    hints : mapping
        See `spikelens.api.read`.
    events : sequence of str
        Sources of more events, as ``spikelens respond --events`` takes them.
    blank : sequence of str
        Time to leave out, as ``spikelens find --blank`` takes it.
    probe : Path, optional
        The geometry, as ``spikelens sort --probe`` takes it.
    spikes : Path, optional
        A table to open with, or a folder of results; see `spikelens.app.given.given_for`.
    """

    hints: Mapping[str, object] = field(default_factory=dict)
    events: Sequence[str] = ()
    blank: Sequence[str] = ()
    probe: Path | None = None
    spikes: Path | None = None

    def checked_hints(self) -> Mapping[str, object]:
        """The hints as `spikelens.api.read` takes them; refuses unknown ones, and paths that lead nowhere."""
        for path in (self.probe, self.spikes):
            if path is not None and not path.exists():
                raise absent(path)
        return Hints.from_parameters(self.hints).parameters()

    def of(self, recording: Recording) -> Recording:
        """The recording with the events and the blanked time among its events."""
        if not self.events and not self.blank:
            return recording
        known = recording.events if recording.events.clock == "recording" else Events.none()
        for source in self.events:
            known = known + _events_from(recording, source)
        blanks = blank_events(recording, self.blank)
        told = recording.with_warnings(*blank_warnings(recording, blanks))
        return dataclasses.replace(told, events=known + blanks)

    def probe_of(self, recording: Recording) -> Probe | None:
        """Where the contacts of a recording are, if that was said.

        Raises
        ------
        UnreadableFile, UnsupportedInput
            The file is no probe's, or is made for other channels.
        """
        return None if self.probe is None else read_probe(self.probe, len(recording.channels))


def observed(recording: Recording) -> Stretches:
    """Where spikes are sought: not where it is blanked."""
    events = recording.events
    is_blank = np.array([label == BLANK for label in events.label], np.bool_)
    if events.clock != "recording" or not is_blank.any():
        return api.observed(recording)
    return api.observed(recording, blank=events.where(is_blank))


def _events_from(recording: Recording, source: str) -> Events:
    """Stimuli at their times, each labelled with its conditions."""
    # Loaded when asked for: the viewer is to be there at once.
    from spikelens.responses.sources import stimuli_from

    stimuli = stimuli_from(recording, source)
    start = recording.time_of(recording.sweeps.bounds[stimuli.sweep]) + stimuli.onset
    lasts = np.where(np.isfinite(stimuli.duration), stimuli.duration, 0.0)
    labels = [_label(stimuli, k) for k in range(len(stimuli))]
    return Events.at(start, start + lasts, label=labels, source=Path(source).name)


def _label(stimuli: Stimuli, row: int) -> str:
    said = {name: column[row] for name, column in stimuli.conditions.items()}
    if "label" in said:
        return str(said["label"])
    texts = [
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in said.items()
    ]
    return ", ".join(texts) or "stimulus"
