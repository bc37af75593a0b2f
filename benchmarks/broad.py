"""Spikes of tens of milliseconds in real recordings: the default detector, plain rules, and peaks by SciPy.

    python benchmarks/broad.py RECORDING...

The reference counts peaks of a smoothed trace that are high enough to be beyond doubt by eye. It
needs its settings to be chosen; the default detector has none.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

import spikelens
from spikelens.recording import Recording
from spikelens.scoring import match

METHODS = ("adaptive", "prominence", "slope", "level")
SMOOTHING, PROMINENCE, WITHIN, APART = 3e-3, 0.03, 1.0, 0.05
"""Of the reference: s, V, s and s."""
TOLERANCE = 0.015
"""A flat top is at one place to within this, s."""


def plain_peaks(recording: Recording) -> NDArray[np.float64]:
    """When a smoothed trace has high peaks, s."""
    rate = recording.sampling_rate
    smooth = gaussian_filter1d(recording.read()[:, 0].astype(np.float64), SMOOTHING * rate)
    apart, within = round(APART * rate), round(WITHIN * rate)
    return np.asarray(find_peaks(smooth, prominence=PROMINENCE, wlen=within, distance=apart)[0] / rate)


def row(path: Path) -> str:
    """A line of the table: how many peaks there are, and what each method finds of them."""
    recording = spikelens.read(path)
    one = recording.select(0)
    peaks = plain_peaks(one)
    cells = [f"`{path.name}`", f"{peaks.size}"]
    for method in METHODS:
        found = spikelens.detect(one, method)
        n_right = match(peaks, found.time, TOLERANCE)[0].size
        cells.append(f"{n_right} + {len(found) - n_right}")
    return f"| {' | '.join(cells)} |"


def main(paths: list[str]) -> None:
    if not paths:
        sys.exit(__doc__)
    print(f"| recording | plain peaks | {' | '.join(METHODS)} |")
    print("|---|" + "---|" * (len(METHODS) + 1))
    for path in paths:
        print(row(Path(path)), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
