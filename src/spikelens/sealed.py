"""Sealed files: a zip of a JSON card and other members, which the card vouches for.

Every ``.spikemodel`` is one. The card names the kind of model, and holds the hash of
every other member and of itself, so that a file that was altered, or is of another
kind, is refused before anything of it is used. Nothing in it is run; pickle is never read.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile
from spikelens.files import to_json, write_atomically
from spikelens.version import VERSION

SUFFIX = ".spikemodel"
SCHEMA = 2
CLASSIFIER, CORRECTION = "classifier of windows", "correction of the detector adaptive"
TAKEN_BY = {CLASSIFIER: "spikelens classify --model", CORRECTION: "spikelens find --model"}
"""The kinds of models, and the command that takes each."""
_CARD = "card.json"
_DATE = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
"""What `zipfile` raises for what is no zip, is cut short, or is packed in ways that we do not use."""


def write_sealed(path: Path, kind: str, facts: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    """Write one file, whole or not at all; the same content gives the same bytes.

    Parameters
    ----------
    path : Path
    kind : str
        One of `TAKEN_BY`.
    facts : mapping
        What else the card says.
    members : mapping of str to bytes
        By the name they have within.
    """
    assert kind in TAKEN_BY
    card = {"schema_version": SCHEMA, "kind": kind, "version": VERSION, **facts}
    card["members"] = {name: hash_of(data) for name, data in members.items()}
    card["hash"] = card_hash(card)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {_CARD: to_json(card).encode(), **members}.items():
            packed.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    write_atomically(path, lambda opened: opened.write(out.getvalue()))


def read_sealed(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The card and the other members of a file of one kind.

    Raises
    ------
    UnreadableFile
        No such file, no model of ours, one that was altered, of a newer Spikelens, or of
        another kind; then the message names the command that takes it.
    """
    members = _members(path)
    if _CARD not in members:
        held = ", ".join(sorted(members)) or "nothing"
        raise UnreadableFile(f"{path} is not a Spikelens model: it holds {held}")
    card = _checked_card(path, members)
    if card["kind"] != kind:
        raise UnreadableFile(f"{path} is a {card['kind']}; {TAKEN_BY[card['kind']]} takes it")
    return card, {name: data for name, data in members.items() if name != _CARD}


def _members(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as packed:
            return {name: packed.read(name) for name in packed.namelist()}
    except _BROKEN:
        raise UnreadableFile(
            f"{path} is not a Spikelens model, or is cut short; pickled models are never loaded"
        ) from None
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why


def _checked_card(path: Path, members: Mapping[str, bytes]) -> dict[str, Any]:
    altered = UnreadableFile(
        f"{path} was altered after it was written; make the model again, or fetch it anew"
    )
    try:
        card: dict[str, Any] = json.loads(members[_CARD])
        there = {name: hash_of(data) for name, data in members.items() if name != _CARD}
        sound = card["hash"] == card_hash(card) and card["members"] == there
        newer = card["schema_version"] > SCHEMA
        known = newer or card["kind"] in TAKEN_BY
    except (ValueError, KeyError, TypeError, AttributeError):
        raise altered from None
    if not (sound and known):
        raise altered
    if newer:
        raise UnreadableFile(
            f"{path} was written by Spikelens {card['version']}, which is newer: update Spikelens"
        )
    return card


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Plain arrays by name as one member."""
    # NumPy 2.0 cannot be told not to pickle: it takes the flag for one more array.
    assert not any(array.dtype.hasobject for array in arrays.values()), "only plain arrays are packed"
    members: dict[str, Any] = dict(arrays)
    out = io.BytesIO()
    np.savez(out, **members)
    return out.getvalue()


def unpack_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """What `pack_arrays` packed.

    Raises
    ------
    ValueError
        It holds something else than plain arrays.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except (*_BROKEN, OSError, AttributeError) as why:
        raise ValueError(f"its arrays cannot be read ({why})") from why


def hash_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def card_hash(card: Mapping[str, Any]) -> str:
    """The hash of a card without its own."""
    told = {k: v for k, v in card.items() if k != "hash"}
    return hash_of(json.dumps(json.loads(to_json(told)), sort_keys=True).encode())
