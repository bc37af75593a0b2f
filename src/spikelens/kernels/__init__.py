"""Kernels: numba functions on arrays; they know nothing of our types."""

from __future__ import annotations


def are_compiled() -> bool:
    """Whether this machine has compiled the kernels that every run calls before."""
    from pathlib import Path

    from spikelens.kernels import table

    cache = getattr(table._describe, "_cache", None)
    if cache is None:  # With the JIT switched off there is nothing to compile.
        return True
    return any(Path(cache.cache_path).glob("table._describe*.nbi"))
