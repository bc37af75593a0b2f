"""What is said of spikes that someone has already: a run's findings without its search."""

from __future__ import annotations

import dataclasses
from typing import cast

from spikelens import api, rooms
from spikelens.choosing import Chosen, choose
from spikelens.detectors import Detector
from spikelens.errors import SpikelensError
from spikelens.judging import judge
from spikelens.recording import Mode, Recording
from spikelens.runs.finding import Found, Sought
from spikelens.runs.request import Request
from spikelens.runs.words import way_of
from spikelens.spikes import Spikes
from spikelens.summary import sweep_rows


def found_of(recording: Recording, spikes: Spikes, *, junction_potential: float | None = None) -> Found:
    """The findings of a run that found these spikes.

    Parameters
    ----------
    recording : Recording
        The one the spikes were found in; other channels may be beside.
    spikes : Spikes
        Their features are measured if they are not.
    junction_potential : float, V, optional
        What absolute voltages were corrected by, or are to be.

    Raises
    ------
    UnsupportedInput
        The channel of the spikes is neither a voltage nor a current.
    """
    made = spikes.provenance
    one = api.channel_of(recording, spikes)
    settled = choose(one, mode=cast(Mode, made.mode))
    chosen = dataclasses.replace(settled, reasons=_reasons(one, spikes))
    if not made.feature_rule:
        spikes = api.measure(chosen, spikes, junction_potential=junction_potential)
    detector = _detector(chosen, spikes)
    usual = api.default_method(chosen.recording.mode, chosen.recording.sampling_rate)
    request = Request(
        method=None if made.method == usual else made.method,
        parameters=made.parameters,
        mode=chosen.recording.mode,
        feature_rule=spikes.provenance.feature_rule,
        junction_potential=junction_potential,
    )
    sought = Sought(chosen, spikes.stretches, detector or api.detector_for(chosen))
    judgement = judge(chosen, spikes, detector, inject=False) if detector else None
    return Found(request, sought, spikes, sweep_rows(chosen.recording, spikes), judgement)


def _reasons(one: Recording, spikes: Spikes) -> tuple[tuple[str, str], ...]:
    """Nothing was chosen here: all of it came with the spikes."""
    made = spikes.provenance
    why = "as the spikes that were given say"
    return (
        (f"channel {one.channels[0].name}", why),
        (f"mode {made.mode}", why),
        (f"spikes {way_of(spikes)}", why),
    )


def _detector(chosen: Chosen, spikes: Spikes) -> Detector | None:
    """What found the spikes; None if a person did, or what it was taught is gone."""
    made = spikes.provenance
    if made.method not in rooms.names("detectors"):
        return None
    try:
        detector = api.detector_for(chosen, made.method, made.parameters)
        detector.check()
    except SpikelensError:
        return None
    return detector
