"""Kernels: numba functions on arrays; they know nothing of our types."""

from __future__ import annotations


def are_compiled() -> bool:
    """Whether this machine has compiled the kernels of the default method before."""
    from pathlib import Path

    from spikelens.kernels import peaks

    cache = getattr(peaks.prominent_peaks, "_cache", None)
    if cache is None:  # With the JIT switched off there is nothing to compile.
        return True
    return any(Path(cache.cache_path).glob("peaks.prominent_peaks*.nbi"))
