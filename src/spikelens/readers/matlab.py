"""MATLAB ``.mat`` files, v4 to v7 through SciPy and v7.3 through HDF5, and ac-2 folders.

A numeric matrix is the recording; scalars with telling names beside it (`fs`,
`sampling_rate`, `si` ...), `unit`, `gain` and `sweep_lengths` say what it means. Only
the chosen variable is loaded: v7.3 is sliced on disk, older versions are compressed
and have to be read whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._ac2 import is_cell_folder, read_cell_folder
from spikelens.readers._matrices import OF_SWEEPS, SAMPLES, choose, facts_beside, read_matrix
from spikelens.readers._opening import reading
from spikelens.recording import Recording
from spikelens.sources import Stored

_NUMERIC = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"}
_HDF5 = b"MATLAB 7.3"


@dataclass(frozen=True, kw_only=True)
class Matlab(Reader):
    """A matrix of sweeps among MATLAB variables, or a cell's folder of CRCNS ac-2."""

    suffixes: ClassVar[tuple[str, ...]] = (".mat",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return is_cell_folder(path) if path.is_dir() else path.suffix.lower() == ".mat"

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a MATLAB file"):
            if path.is_dir():
                return read_cell_folder(path, self.method_name(), hints, load)
            with path.open("rb") as file:
                is_hdf5 = file.read(len(_HDF5)) == _HDF5
            shapes, beside = (_look_into_hdf5 if is_hdf5 else _look_into)(path)
            chosen = choose("variable", shapes, hints, SAMPLES)
            open_array = partial(_open_hdf5 if is_hdf5 else load, path, chosen)
            return read_matrix(path, self.method_name(), open_array, facts_beside(chosen, beside), hints)


def load(path: Path, name: str) -> Stored:
    """One variable of a file of v4 to v7, read whole."""
    from scipy.io import loadmat

    return np.asarray(loadmat(path, variable_names=[name])[name])


def _look_into(path: Path) -> tuple[dict[str, tuple[int, ...]], dict[str, Any]]:
    """Shapes of what may be a recording, and what stands beside it."""
    from scipy.io import loadmat, whosmat

    listed = whosmat(path)
    # Older SciPys take zeros for variables without names.
    if not any(name for name, _, _ in listed):
        raise UnreadableFile(f"{path} holds no named variable, so no recording; check the file")
    small = [n for n, shape, kind in listed if _is_fact(n, shape, kind)]
    loaded = loadmat(path, variable_names=small) if small else {}
    shapes = {n: s for n, s, kind in listed if kind in _NUMERIC and len(s) == 2}
    return {n: s for n, s in shapes.items() if n not in small and np.prod(s)}, {n: loaded[n] for n in small}


def _is_fact(name: str, shape: tuple[int, ...], kind: str) -> bool:
    return name in OF_SWEEPS or (kind == "char" or (kind in _NUMERIC and np.prod(shape) == 1))


def _look_into_hdf5(path: Path) -> tuple[dict[str, tuple[int, ...]], dict[str, Any]]:
    import h5py

    with h5py.File(path, "r") as file:
        datasets = {n: d for n, d in file.items() if isinstance(d, h5py.Dataset) and d.ndim == 2}
        kinds = {n: np.bytes_(d.attrs.get("MATLAB_class", b"double")).decode() for n, d in datasets.items()}
        small = {
            n: _text_or_numbers(d, kinds[n]) for n, d in datasets.items() if _is_fact(n, d.shape, kinds[n])
        }
        shapes = {n: tuple(d.shape[::-1]) for n, d in datasets.items() if kinds[n] in _NUMERIC}
    return {n: s for n, s in shapes.items() if n not in small and np.prod(s)}, small


def _text_or_numbers(dataset: Any, kind: str) -> Stored:
    values = np.asarray(dataset[()])
    return np.asarray("".join(map(chr, values.ravel()))) if kind == "char" else values


def _open_hdf5(path: Path, name: str) -> _Transposed:
    import h5py

    return _Transposed(h5py.File(path, "r")[name])


class _Transposed:
    """A matrix on disk with rows and columns exchanged, as MATLAB meant it."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.shape: tuple[int, int] = dataset.shape[::-1]
        self.size: int = dataset.size
        self.dtype: np.dtype[Any] = dataset.dtype

    def __getitem__(self, key: slice | tuple[slice, slice]) -> Stored:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        return np.asarray(self._dataset[columns, rows]).T
