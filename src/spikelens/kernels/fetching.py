"""Memory that is asked for before it is needed, so that a kernel computes while it comes.

A processor foresees what is read in order, but fetches what is written only once it is
written to; where a kernel computes between the rows it writes, that is too late.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from spikelens.kernels.memory import LINE_BYTES

_TO_WRITE, _TO_ALL_CACHES, _DATA = 1, 3, 1
"""What LLVM is told of a line that is fetched."""


@njit(cache=True, nogil=True)
def fetch(flat, start, stop):
    """Have values `start` to `stop` of a one-dimensional array brought near; beyond its end are none."""
    for k in range(start, min(stop, flat.size), LINE_BYTES // flat.itemsize):
        _fetch_line(flat, k)


def _fetch_line(flat: NDArray[Any], k: int) -> None:
    """Without a compiler there is nothing to gain."""


@overload(_fetch_line, inline="always")
def _compiled_fetch_line(flat, k):
    def told(flat, k):
        _prefetch(flat, k)  # type: ignore[call-arg]

    return told


@intrinsic
def _prefetch(typing_context, flat, k):
    def generate(context, builder, signature, arguments):
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        of_line = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        place = builder.gep(context.make_array(flat)(context, builder, arguments[0]).data, [arguments[1]])
        builder.call(
            cgutils.get_or_insert_function(builder.module, of_line, "llvm.prefetch.p0i8"),
            [builder.bitcast(place, byte), number(_TO_WRITE), number(_TO_ALL_CACHES), number(_DATA)],
        )
        return context.get_dummy_value()

    return types.void(flat, types.intp), generate
