"""The pictures by which a person can judge what was accepted and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spikelens.plots.images import canvas
from spikelens.plots.picks import Pick, nearly_accepted, telling, telling_artefacts
from spikelens.plots.probabilities import probabilities
from spikelens.plots.side_by_side import doubtful, side_by_side
from spikelens.plots.zooms import zooms
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALMOST, ARTEFACTS = 4, 8
"""Rejected candidates, and artefacts, that are shown at most."""


class Exhibit(NamedTuple):
    """A picture, for wide and for narrow pages, with what to look for in it."""

    wide: Figure
    narrow: Figure
    caption: str
    alt: str


def evidence(recording: Recording, spikes: Spikes) -> list[Exhibit]:
    """What there is to be judged by eye; nothing if nothing was found or rejected.

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in.
    spikes : Spikes
        With their candidates, whose ``reason`` is told where there is one.
    """
    return [
        *_by_probability(spikes),
        *_compared(recording, spikes),
        *_drawn(
            recording,
            spikes,
            telling(spikes),
            "Telling spikes, all to the same scale: judge the doubtful ones by eye.",
        ),
        *_drawn(
            recording,
            spikes,
            nearly_accepted(spikes, ALMOST),
            "The rejected candidates that came nearest to being spikes.",
        ),
        *_drawn(
            recording,
            spikes,
            telling_artefacts(spikes, ARTEFACTS),
            "The largest of each kind of artefact, and what it was taken for.",
        ),
    ]


def _by_probability(spikes: Spikes) -> list[Exhibit]:
    tables = [spikes] if spikes.candidates is None else [spikes, spikes.candidates]
    if not any(np.isfinite(table.probability).any() for table in tables):
        return []
    axes = [canvas(8.0, 2.2), canvas(4.2, 2.4)]
    for ax in axes:
        probabilities(spikes, ax=ax)
    wide, narrow = (ax.get_figure(root=True) for ax in axes)
    assert wide is not None and narrow is not None
    caption = "How likely each candidate is a spike, as the model estimates it."
    return [Exhibit(wide, narrow, caption, "Histogram of probabilities")]


def _compared(recording: Recording, spikes: Spikes) -> list[Exhibit]:
    if not len(spikes) or not np.isfinite(doubtful(spikes).probability).any():
        return []
    return [
        Exhibit(
            side_by_side(recording, spikes),
            side_by_side(recording, spikes, columns=1, width=4.2),
            "Those nearest to the cut, each over its own base, to one scale: if both sides look alike, the"
            " cut divides what belongs together.",
            "Accepted beside nearly accepted waveforms",
        )
    ]


def _drawn(recording: Recording, spikes: Spikes, picks: list[Pick], caption: str) -> list[Exhibit]:
    """A few picks drawn large, in rows."""
    if not picks:
        return []
    wide = zooms(recording, spikes, picks=picks, columns=5 if len(picks) == 5 else 4)
    return [Exhibit(wide, zooms(recording, spikes, picks=picks, columns=2, width=4.0), caption, caption)]
