"""The bundle and the pulsed tree of a HEKA PatchMaster file.

Offsets after HEKA's published record layouts (PulsedFile_v9); only the fields that a
recording needs are read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from spikelens.errors import UnreadableFile, UnsupportedInput

_SIGNATURES = (b"DAT1", b"DAT2")
_ITEMS, _ITEM_SIZE, _N_ITEMS = 64, 16, 12
_LEVELS = 5
"""Root, group, series, sweep, trace."""
_FORMATS = ("i2", "i4", "f4", "f8")


@dataclass(frozen=True, eq=False)
class Node:
    """One record of the tree, with those below it."""

    record: bytes
    order: str
    children: tuple[Node, ...]

    def at(self, offset: int, form: str) -> float:
        """One number."""
        return struct.unpack_from(self.order + form, self.record, offset)[0]  # type: ignore[no-any-return]

    def text(self, offset: int, size: int) -> str:
        """One text, padded with zeros."""
        raw = self.record[offset : offset + size].partition(b"\0")[0]
        return raw.decode("latin-1").strip()

    @property
    def label(self) -> str:
        return self.text(4, 32)


@dataclass(frozen=True)
class HekaTrace:
    """Where one trace of one sweep stands, and what its numbers mean."""

    name: str
    unit: str
    gain: float
    interval: float
    """s"""
    stored: str
    offset: int
    n_samples: int
    recording_mode: int
    bandwidth: float
    """Hz"""
    holding: float


def pulsed_tree(path: Path) -> Node:
    """The root of the tree of groups, series, sweeps and traces."""
    with path.open("rb") as file:
        head = file.read(_ITEMS + _N_ITEMS * _ITEM_SIZE)
        if head[:4] not in _SIGNATURES:
            raise UnreadableFile(f"{path} is not a PatchMaster bundle: it does not begin with DAT1 or DAT2")
        order = "<" if head[52] else ">"
        items = (struct.unpack_from(order + "ii8s", head, _ITEMS + _ITEM_SIZE * k) for k in range(_N_ITEMS))
        start, size = next(((a, n) for a, n, name in items if name.startswith(b".pul")), (0, 0))
        if size <= 0 or start + size > path.stat().st_size:
            raise UnreadableFile(f"{path} is cut off: its tree of sweeps is not there; copy it again")
        file.seek(start)
        tree = file.read(size)
    return _tree(path, tree)


def _tree(path: Path, tree: bytes) -> Node:
    order = {b"Tree": ">", b"eerT": "<"}.get(tree[:4])
    n_levels = struct.unpack_from((order or "<") + "i", tree, 4)[0]
    if order is None or n_levels != _LEVELS:
        raise UnreadableFile(f"{path} holds no tree of sweeps that we know")
    sizes = struct.unpack_from(f"{order}{_LEVELS}i", tree, 8)
    node, _ = _node(tree, 8 + 4 * _LEVELS, order, sizes)
    return node


def _node(tree: bytes, at: int, order: str, sizes: tuple[int, ...]) -> tuple[Node, int]:
    """The record at `at` and all below it, and where the next one stands."""
    record = tree[at : at + sizes[0]]
    n_children = struct.unpack_from(order + "i", tree, at + sizes[0])[0]
    at += sizes[0] + 4
    children = []
    for _ in range(n_children):
        child, at = _node(tree, at, order, sizes[1:])
        children.append(child)
    return Node(record, order, tuple(children)), at


def trace_of(node: Node, path: Path) -> HekaTrace:
    """One trace of a file, whose samples must be there."""
    if node.at(292, "i") and node.at(296, "i"):
        raise UnsupportedInput(f"{path} interleaves its traces; save them one by one in PatchMaster")
    # The first bit of the kind says which way the samples are stored.
    order = "<" if int(node.at(64, "H")) & 1 else ">"
    stored = order + _FORMATS[int(node.at(70, "b"))]
    offset, n_samples = int(node.at(40, "i")), int(node.at(44, "i"))
    if min(offset, n_samples) < 0 or offset + n_samples * int(stored[-1]) > path.stat().st_size:
        raise UnreadableFile(f"{path} is cut off within trace {node.label}; copy it again")
    return HekaTrace(
        name=node.label,
        unit=node.text(96, 8),
        gain=float(node.at(72, "d")),
        interval=float(node.at(104, "d")),
        stored=stored,
        offset=offset,
        n_samples=n_samples,
        recording_mode=int(node.at(68, "b")),
        bandwidth=float(node.at(144, "d")),
        holding=float(node.at(408, "d")) if len(node.record) >= 416 else float("nan"),
    )
