"""Kernels: numba functions on arrays; they know nothing of our types."""

from __future__ import annotations

from numba.np import linalg


def _load_without_blas() -> None:
    """Load numba's arrays without SciPy's linear algebra: 15 MB and 0.2 CPU seconds less at first use.

    Numba imports it there only to see whether it is installed. No kernel needs it; who does imports it then.
    """
    look = getattr(linalg, "ensure_blas", None)
    if look is None:  # Another version of numba may look otherwise, or not at all.
        return
    linalg.ensure_blas = lambda: None
    try:
        from numba.np import arraymath
    finally:
        linalg.ensure_blas = look
    vars(arraymath)["ensure_blas"] = look


_load_without_blas()


def are_compiled() -> bool:
    """Whether this machine has compiled the kernels that every run calls before."""
    from pathlib import Path

    from spikelens.kernels import table

    cache = getattr(table._describe, "_cache", None)
    if cache is None:  # With the JIT switched off there is nothing to compile.
        return True
    return any(Path(cache.cache_path).glob("table._describe*.nbi"))
