"""Kernels: numba functions on arrays; they know nothing of our types."""

from __future__ import annotations

import hashlib
from typing import Any

from numba.core import caching
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


def _save_apart() -> None:
    """Let numba keep each overload of a function in a file that is named after the overload.

    Numba numbers them. Two processes that compile at once, as on the first run of a batch, take the
    same number, and then one of them, and all that come later, load the other's overload.
    """
    files = getattr(caching, "IndexDataCacheFile", None)
    used = ("_load_index", "_save_index", "_save_data", "_data_name")
    if not all(hasattr(files, name) for name in used):  # Another version of numba may keep them otherwise.
        return

    def save(self: Any, key: object, data: object) -> None:
        name = self._data_name(int(hashlib.sha256(repr(key).encode()).hexdigest()[:12], 16))
        # The index comes last: what it names is there.
        self._save_data(name, data)
        overloads = self._load_index()
        if overloads.get(key) != name:
            overloads[key] = name
            self._save_index(overloads)

    vars(caching)["IndexDataCacheFile"].save = save


_load_without_blas()
_save_apart()


def are_compiled() -> bool:
    """Whether this machine has compiled the kernels that every run calls before."""
    from pathlib import Path

    from spikelens.kernels import table

    cache = getattr(table._describe, "_cache", None)
    if cache is None:  # With the JIT switched off there is nothing to compile.
        return True
    return any(Path(cache.cache_path).glob("table._describe*.nbi"))
