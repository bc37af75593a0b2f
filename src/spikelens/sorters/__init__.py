"""The sorters' room: from filtered samples to spikes that know their unit.

A sorter works in the three steps of a detector, on arrays alone. `learn` looks at pieces
all over the recording and returns what it knows of noise and units, which is frozen;
`assign` explains one piece with it, and answers for the piece's core; `pick` sees the
joined table once. A piece is a pure function of the recording and its number, so that
chunks, engines and workers give the same bytes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.params import Method

Columns = dict[str, NDArray[Any]]
"""Equal-length arrays by name."""
Learned = Any
"""What a sorter knows of a recording; it pickles."""

SORTED = (
    ("unit_id", "i4", "Which unit fired; units are numbered from the largest, from 0; -1 for none."),
    ("unit_probability", "f4", "Estimated probability that the spike is this unit's, given the units found."),
    (
        "log_odds",
        "f4",
        "How many times likelier the trace is with this spike than without; natural logarithm.",
    ),
    ("runner_up", "i4", "The unit that explains the spike next best; -1 for none."),
    ("runner_up_log_odds", "f4", "Likelihood against that unit's spike in its place; natural logarithm."),
    ("scale", "f4", "Amplitude as a multiple of the unit's mean waveform."),
    ("residual", "f4", "What is left of the trace under the spike, in s.d. of white noise's mean square."),
    ("collided", "?", "Whether another spike on the same channels lies within 1 ms."),
    ("refractory", "?", "Whether the unit fired less than its refractory period ago."),
)
"""What every sorter says of each spike: column, type and meaning."""


@dataclass(frozen=True)
class Piece:
    """Filtered samples of one stretch, and which of them are answered for.

    Parameters
    ----------
    rows : float32 array, (n_samples, n_channels), V
    start : int
        Index in the recording of the first row.
    core : (int, int)
        First and last-plus-one row answered for.
    """

    rows: NDArray[np.float32]
    start: int
    core: tuple[int, int]


@dataclass(frozen=True)
class Site:
    """What a sorter is told of the recording: which channels see the same neurons, and the rate."""

    near: NDArray[np.int64]
    """For each channel those near it, itself first; -1 where there are no more."""
    sampling_rate: float
    positions: NDArray[np.float64]
    """Where each channel's contact is, (n_channels, 2), um; apart from one another if it is not known."""

    def samples(self, seconds: float) -> int:
        """A duration in samples."""
        return round(seconds * self.sampling_rate)


@dataclass(frozen=True, kw_only=True)
class Sorter(Method):
    """From filtered samples to spikes with units."""

    def prefilter(self, sampling_rate: float) -> tuple[str, Mapping[str, object]] | None:
        """Name and parameters of the filter it needs at this rate (Hz), applied by the caller."""
        return None

    @abstractmethod
    def margin(self, sampling_rate: float) -> int:
        """Samples to either side of a piece's core that it is to be given, as far as walls allow."""

    @abstractmethod
    def learn(self, pieces: Sequence[Piece], site: Site) -> Learned:
        """What is to be known of noise and units, from pieces all over the recording.

        Parameters
        ----------
        pieces : sequence of Piece
            Read when it is asked for, and not kept.
        """

    @abstractmethod
    def assign(self, piece: Piece, site: Site, learned: Learned) -> Columns:
        """The spikes in the core of a piece.

        Returns
        -------
        dict of arrays
            ``sample_index`` (int64, of the peak), ``shift`` (samples), ``channel_index``,
            ``height`` (V, signed), and the columns of `SORTED`.
        """

    @abstractmethod
    def pick(self, table: Columns, site: Site, learned: Learned) -> Columns:
        """The joined table, sorted by sample, without doubles, and with what needs the whole."""

    def facts(self, learned: Learned) -> Mapping[str, object]:
        """What was learned, as a run's record tells it."""
        return {}
