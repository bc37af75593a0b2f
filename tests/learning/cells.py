"""A recording like the 2017 study's, small and made here: brief spikes on a noisy, wandering trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording

RATE = 4000.0


def make_cell(
    n_sweeps: int = 20, *, sweep: int = 2000, seed: int = 0, fingerprint: str = ""
) -> tuple[Recording, NDArray[np.int64]]:
    """Sweeps of `sweep` samples at 4 kHz with some spikes of 40 mV, and the samples of their peaks."""
    rng = np.random.default_rng(seed)
    n = n_sweeps * sweep
    trace = -0.068 + 8e-4 * rng.standard_normal(n) + 3e-3 * np.sin(np.arange(n) / 700)
    peaks = np.sort(rng.choice(n // 40, n // 1000, replace=False)) * 40 + 20
    shape = 0.040 * np.exp(-0.5 * (np.arange(-8, 9) / 2.0) ** 2)
    for peak in peaks:
        trace[peak - 8 : peak + 9] += shape
    recording = Recording.from_array(
        trace.astype(np.float32), RATE, sweep_lengths=[sweep] * n_sweeps, name="cell"
    )
    return replace(recording, fingerprint=fingerprint), peaks.astype(np.int64)
