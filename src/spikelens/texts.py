"""Columns of texts that take little memory: references to words that many rows share."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_text(column: NDArray[Any]) -> bool:
    """Whether a column holds texts, of fixed width or as references.

    >>> is_text(np.array(["a", "bc"])), is_text(np.array(["a"], object)), is_text(np.zeros(1))
    (True, True, False)
    """
    return column.dtype.kind in "UO"


def shared(column: NDArray[Any]) -> NDArray[Any]:
    """Texts as references to words, each word once: eight bytes a row, however long the words are.

    >>> column = shared(np.array(["clipped; no onset", "", "clipped; no onset"]))
    >>> column.nbytes, column[0] is column[2]
    (24, True)
    """
    return np.array([sys.intern(word) for word in column.tolist()], object)


def fixed(column: NDArray[Any]) -> NDArray[Any]:
    """References to texts as texts of fixed width, which is what NumPy and files take; others as they are.

    >>> fixed(np.array(["a", "bc"], object)).dtype.str[1:]
    'U2'
    """
    return column.astype("U") if column.dtype.kind == "O" else column
