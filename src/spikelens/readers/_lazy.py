"""Sources that open their file when first read, and again after being pickled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.sources import Stored


@dataclass(frozen=True)
class LazySource:
    """Samples behind anything that opens and slices: HDF5, Zarr, a mapped or parsed file.

    Parameters
    ----------
    open : callable, picklable
        Gives an array-like of shape (n_samples,) or (n_samples, n_channels).
    shape : (n_samples, n_channels)
    dtype : NumPy type of the stored numbers
    """

    open: Callable[[], Any]
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    @classmethod
    def opened(cls, open_array: Callable[[], Any], array: Any) -> Self:
        """The source of an array that `open_array` has just given; it is not opened twice."""
        source = cls(open_array, (array.shape[0], array.size // array.shape[0]), np.dtype(array.dtype))
        source.__dict__["_array"] = array
        return source

    @cached_property
    def _array(self) -> Any:
        return self.open()

    def read(self, start: int, stop: int) -> Stored:
        with _reading(start, stop):
            return np.asarray(self._array[start:stop]).reshape(stop - start, self.shape[1])

    def read_block(self, rows: slice, columns: slice) -> Stored:
        """A part of the matrix, as it is stored; who asks knows which samples those are."""
        return np.asarray(self._array[rows, columns])

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k != "_array"}


@dataclass(frozen=True)
class MatrixSource:
    """The sweeps of a matrix, one after the other, as one channel.

    Parameters
    ----------
    matrix : LazySource
        Of the matrix as it is stored.
    in_columns : bool
        Each column is a sweep, rather than each row.
    """

    matrix: LazySource
    in_columns: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape[0] * self.matrix.shape[1], 1

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.matrix.dtype

    def read(self, start: int, stop: int) -> Stored:
        with _reading(start, stop):
            return self._laid_out(start, stop)

    def _laid_out(self, start: int, stop: int) -> Stored:
        length = self.matrix.shape[0 if self.in_columns else 1]
        parts = []
        while start < stop:
            # The end of a sweep, then whole sweeps at once, then the beginning of one:
            # never more than is asked for, as a sweep may be all of a long file.
            sweep, at = divmod(start, length)
            n_whole = 0 if at else (stop - start) // length
            n = n_whole * length or min(length - at, stop - start)
            parts.append(
                self._block(slice(sweep, sweep + max(n_whole, 1)), slice(at, at + n // max(n_whole, 1)))
            )
            start += n
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty((0, 1), self.dtype)

    def _block(self, sweeps: slice, samples: slice) -> Stored:
        if self.in_columns:
            return self.matrix.read_block(samples, sweeps).T.reshape(-1, 1)
        return self.matrix.read_block(sweeps, samples).reshape(-1, 1)


@dataclass(frozen=True)
class RowsSource:
    """The rows of a matrix as channels.

    Parameters
    ----------
    matrix : LazySource
        Of the matrix as it is stored, (n_channels, n_samples).
    """

    matrix: LazySource

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape[::-1]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.matrix.dtype

    def read(self, start: int, stop: int) -> Stored:
        with _reading(start, stop):
            return self.matrix.read_block(slice(None), slice(start, stop)).T


@dataclass(frozen=True)
class NothingSource:
    """`n_samples` that the file does not hold, as NaN."""

    n_samples: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_samples, 1

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float64)

    def read(self, start: int, stop: int) -> Stored:
        return np.full((stop - start, 1), np.nan)


@contextmanager
def _reading(start: int, stop: int) -> Iterator[None]:
    """Say in one line that stored samples are damaged, whatever the library raises."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as why:
        detail = " ".join(str(why).split())[:160]
        raise UnreadableFile(f"stored samples {start} to {stop} are damaged: {detail}") from why
