"""Zarr arrays, versions 2 and 3, read chunk by chunk as they are needed.

Attributes of the array, or else of its group, are understood: `sampling_rate` (Hz),
`unit`, `gain`, `offset`, `mode`, `sweep_lengths` and `sweep_starts`. A chunk that is missing from the folder
reads as the array's fill value; that is Zarr's rule, so a lost chunk cannot be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._matrices import SAMPLES, choose, facts_beside, read_matrix
from spikelens.readers._opening import reading
from spikelens.recording import Recording

_FILES = ("zarr.json", ".zarray", ".zgroup")


@dataclass(frozen=True, kw_only=True)
class Zarr(Reader):
    """A folder that ends in ``.zarr``, holding an array or a group of arrays."""

    suffixes: ClassVar[tuple[str, ...]] = (".zarr",)
    needs: ClassVar[tuple[str, ...]] = ("zarr",)
    extra: ClassVar[str] = "zarr"

    def recognises(self, path: Path, head: bytes) -> bool:
        return any((path / name).is_file() for name in _FILES)

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a Zarr folder"):
            if not self.recognises(path, b""):
                raise UnreadableFile(f"{path} is not a Zarr folder: it holds none of {', '.join(_FILES)}")
            name, facts = _chosen(path, hints)
            found = facts_beside(name or "trace", facts)
            return read_matrix(path, self.method_name(), partial(_array, path, name), found, hints)


def _chosen(path: Path, hints: Hints) -> tuple[str, Mapping[str, Any]]:
    import zarr

    node = zarr.open(path, mode="r")
    if isinstance(node, zarr.Array):
        return "", dict(node.attrs)
    arrays = {name: array.shape for name, array in sorted(node.arrays())}
    name = choose("array", {n: s for n, s in arrays.items() if s}, hints, SAMPLES)
    return name, dict(node.attrs) | dict(node[name].attrs)


def _array(path: Path, name: str) -> Any:
    import zarr

    return zarr.open_array(path / name, mode="r")
