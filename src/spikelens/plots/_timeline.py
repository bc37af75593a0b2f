"""Where samples stand along a figure's axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import label_si
from spikelens.recording import Recording, Sweeps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GAP = 0.06
"""Room between two sweeps laid end to end, as a share of their mean length."""


@dataclass(frozen=True)
class Timeline:
    """The place of each sweep along an axis in seconds.

    One sweep stands on the recording's clock. Several are laid end to end with narrow
    gaps, or over one another: minutes may lie between two sweeps, and nobody may know
    how many.
    """

    sweeps: Sweeps
    starts: Floats
    """Where each sweep begins, s."""
    sampling_rate: float
    overlaid: bool = False

    @classmethod
    def along(cls, recording: Recording, *, overlaid: bool = False) -> Self:
        """The timeline of a recording, its sweeps end to end or `overlaid`."""
        sweeps, lengths = recording.sweeps, np.diff(recording.sweeps.bounds) / recording.sampling_rate
        if len(sweeps) <= 1:
            starts = np.array([recording.time_of(0)] * len(sweeps), np.float64)
            return cls(sweeps, starts, recording.sampling_rate)
        gaps = GAP * lengths.mean() * np.arange(len(sweeps))
        starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]]) + gaps
        return cls(sweeps, starts * (not overlaid), recording.sampling_rate, overlaid)

    def sweep_of(self, sample: NDArray[Any]) -> Ints:
        """The sweep of each sample; the recording's end counts as its last sweep's."""
        return np.clip(self.sweeps.at(np.floor(sample)), 0, len(self.sweeps) - 1)

    def at(self, sample: NDArray[Any], sweep: NDArray[Any] | None = None) -> Floats:
        """Where samples (which may be fractional) stand; `sweep` tells an end from a start."""
        found = self.sweep_of(sample) if sweep is None else sweep
        inside = (sample - self.sweeps.bounds[found]) / self.sampling_rate
        return np.asarray(self.starts[found] + inside, np.float64)

    def label(self, ax: Axes) -> None:
        """Label the axis of time: seconds, or the sweeps' numbers where they stand end to end."""
        if self.overlaid or len(self.sweeps) <= 1:
            label_si(ax.xaxis, "time in sweep" if self.overlaid else "time", "s")
            return
        lengths = np.diff(self.sweeps.bounds) / self.sampling_rate
        # A number needs some 25 points of the axis.
        figure = ax.get_figure(root=True)
        points = 72 * ax.bbox.width / (figure.dpi if figure else 72)
        every = int(np.ceil(len(self.sweeps) / max(points / 25, 2)))
        shown = np.arange(0, len(self.sweeps), every)
        ax.set_xticks((self.starts + lengths / 2)[shown], [str(k) for k in shown])
        ax.tick_params(axis="x", length=0)
        shortest, longest = lengths.min(), lengths.max()
        each = f"{longest:.4g} s each" if shortest == longest else f"{shortest:.4g} to {longest:.4g} s each"
        ax.set_xlabel(f"sweep ({each}; gaps not to scale)")
