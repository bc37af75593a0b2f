"""The samples around spikes, aligned on their peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, SPIKE, see_through
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cutouts:
    """Equally long pieces of trace, one row per spike; NaN beyond the edges of its sweep."""

    time: Floats
    """Seconds from the spike's sub-sample peak, (n_spikes, n_samples)."""
    values: Floats
    """V or A, (n_spikes, n_samples)."""

    def median(self) -> tuple[Floats, Floats]:
        """The median trace and its times, (n_samples,) each, each row shifted to its peak."""
        grid = np.nanmedian(self.time, axis=0)
        shifted = [np.interp(grid, t, v) for t, v in zip(self.time, self.values, strict=True)]
        seen = np.isfinite(shifted).any(axis=0)
        middle = np.full(grid.size, np.nan)
        middle[seen] = np.nanmedian(np.array(shifted)[:, seen], axis=0)
        return grid, middle

    def segments(self) -> Floats:
        """The rows as lines, (n_spikes, n_samples, 2)."""
        return np.stack([self.time, self.values], axis=2)


def window_of(
    spikes: Spikes, before: float | None, after: float | None, usual: tuple[float, float]
) -> tuple[float, float]:
    """What to show before and after peaks, s: as asked, else as usual, longer of long spikes."""
    longer_before, longer_after = (t * spikes.slowness for t in usual)
    return longer_before if before is None else before, longer_after if after is None else after


def cut_out(recording: Recording, spikes: Spikes, before: float, after: float, most: int) -> Cutouts:
    """Cut `before` to `after` (s) around at most `most` spikes, spread evenly over the table."""
    rows = np.unique(np.linspace(0, len(spikes) - 1, min(most, len(spikes))).astype(int))
    rate = recording.sampling_rate
    around = np.arange(-round(before * rate), round(after * rate) + 1)
    values = np.full((rows.size, around.size), np.nan)
    for row, peak in zip(values, spikes.sample_index[rows], strict=True):
        _fill(row, recording, int(peak), around)
    return Cutouts((around - peak_shift(recording, spikes)[rows, None]) / rate, values)


def lay_over(
    axes: Axes, lines: Floats, middle: tuple[Floats, Floats], *, gid: str, color: str = SPIKE
) -> None:
    """Draw lines (n_lines, n_points, 2) through one another, and their middle in dark over them."""
    from matplotlib.collections import LineCollection

    faint = LineCollection(
        list(lines), colors=color, alpha=see_through(len(lines)), linewidths=0.7, rasterized=True, gid=gid
    )
    axes.add_collection(faint)
    axes.plot(*middle, color=INK, linewidth=1.3, gid="median")
    axes.autoscale_view()


def _fill(row: Floats, recording: Recording, peak: int, around: NDArray[np.int64]) -> None:
    bounds = recording.sweeps.bounds
    sweep = int(recording.sweeps.at(peak))
    low = max(peak + int(around[0]), int(bounds[sweep]))
    high = min(peak + int(around[-1]) + 1, int(bounds[sweep + 1]))
    row[low - peak - around[0] : high - peak - around[0]] = recording.read(low, high)[:, 0]


def peak_shift(recording: Recording, spikes: Spikes) -> Floats:
    """Samples from each peak sample to its sub-sample peak; 0 where times are not of peaks."""
    exact = spikes.time_in_sweep * recording.sampling_rate + recording.sweeps.bounds[spikes.sweep]
    shift = exact - spikes.sample_index
    return np.where(np.abs(shift) <= 1, shift, 0.0)
