"""Where samples stand along a figure's axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

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

    What lies in one sweep stands on the recording's clock. Several sweeps are laid end
    to end with narrow gaps, or over one another: minutes may lie between two sweeps, and
    nobody may know how many.
    """

    sweeps: Sweeps
    starts: Floats
    """Where each sweep begins, s."""
    sampling_rate: float
    layout: Literal["clock", "end to end", "overlaid"]

    @classmethod
    def along(
        cls, recording: Recording, shown: tuple[int, int] | None = None, *, overlaid: bool = False
    ) -> Self:
        """The timeline of a recording, or of its samples `shown`, the sweeps end to end or `overlaid`."""
        sweeps, rate = recording.sweeps, recording.sampling_rate
        if overlaid:
            return cls(sweeps, np.zeros(len(sweeps)), rate, "overlaid")
        first, last = (0, recording.n_samples) if shown is None else shown
        if sweeps.at(first) == sweeps.at(max(last - 1, first)):
            return cls(sweeps, recording.time_of(sweeps.bounds[:-1]), rate, "clock")
        lengths = np.diff(sweeps.bounds) / rate
        gaps = GAP * lengths.mean() * np.arange(len(sweeps))
        return cls(sweeps, sweeps.bounds[:-1] / rate + gaps, rate, "end to end")

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
        if self.layout != "end to end":
            label_si(ax.xaxis, "time in sweep" if self.layout == "overlaid" else "time", "s")
            return
        lengths = np.diff(self.sweeps.bounds) / self.sampling_rate
        # A number needs some 25 points of the axis.
        figure = ax.get_figure(root=True)
        points = 72 * ax.bbox.width / (figure.dpi if figure else 72)
        left, right = ax.get_xlim()
        middle = self.starts + lengths / 2
        seen = np.flatnonzero((middle >= left) & (middle <= right))
        seen = seen[:: int(np.ceil(seen.size / max(points / 25, 2))) or 1]
        ax.set_xticks(middle[seen], [str(k) for k in seen])
        ax.tick_params(axis="x", length=0)
        shortest, longest = lengths.min(), lengths.max()
        each = f"{longest:.4g} s each" if shortest == longest else f"{shortest:.4g} to {longest:.4g} s each"
        ax.set_xlabel(f"sweep ({each}; gaps not to scale)")
