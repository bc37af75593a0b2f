"""What is compiled is kept so that processes that compile at once do not mix it up."""

from __future__ import annotations

from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

import spikelens.kernels


def kept_in(folder: Path) -> IndexDataCacheFile:
    assert spikelens.kernels
    return IndexDataCacheFile(str(folder), "table.describe-1.py311", ("stamp", 1))


def test_what_is_kept_is_found_again_and_replaced(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.save("float32", "first")
    kept.save("float64", "other")
    kept.save("float32", "second")
    assert [kept_in(tmp_path).load(key) for key in ("float32", "float64", "int16")] == [
        "second",
        "other",
        None,
    ]
    assert len([*tmp_path.glob("*.nbc")]) == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_that_begin_at_once_neither_loads_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[int, int]
) -> None:
    """Both have seen an empty index; one is lost at worst, and is compiled once more."""
    keys = ("float32", "float64")
    monkeypatch.setattr(IndexDataCacheFile, "_load_index", lambda self: {})
    for k in order:
        kept_in(tmp_path).save(keys[k], f"of {keys[k]}")
    monkeypatch.undo()
    found = [kept_in(tmp_path).load(key) for key in keys]
    assert all(value in (None, f"of {key}") for key, value in zip(keys, found, strict=True))
    assert found[order[1]] is not None
    # Whatever an index names is its own, also that of the one that was overwritten.
    kept_in(tmp_path).save(keys[order[0]], f"of {keys[order[0]]}")
    assert [kept_in(tmp_path).load(key) for key in keys] == [f"of {key}" for key in keys]
