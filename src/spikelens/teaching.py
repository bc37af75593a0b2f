"""Teach the default detector with labels of one recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelens.choosing import Chosen
from spikelens.detecting import Search
from spikelens.detectors import Columns
from spikelens.detectors._taught import Taught, save_taught, taught_by
from spikelens.detectors.adaptive import Adaptive
from spikelens.errors import BadParameter, UnreadableFile
from spikelens.missing import missing_runs, missing_walls
from spikelens.stretches import Stretches
from spikelens.version import VERSION

Floats = NDArray[np.float64]

TOLERANCE = 1e-3
"""A label belongs to the candidate that stands nearest, within this, s."""
_CHUNK = 10.0
_YES = ("1", "true", "spike", "yes")
_NO = ("0", "false", "no", "none", "artefact", "synaptic", "noise")


def read_labels(path: str | Path) -> tuple[Floats, NDArray[np.bool_]]:
    """Read labels from a CSV with the columns ``time`` (s) and ``label``.

    A label is 1, true, yes or spike; or 0, false, no, none, artefact, synaptic or noise.
    Rows with any other, such as ``ambiguous``, are left out.

    Raises
    ------
    UnreadableFile
        It cannot be read, or lacks a column.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype={"label": str})
        time = table["time"].to_numpy(np.float64)
        words = np.array([str(word).strip().lower() for word in table["label"]])
    except (OSError, ValueError, KeyError) as why:
        raise UnreadableFile(f"cannot read labels from {path} ({why}); it needs columns time,label") from why
    known = np.isin(words, _YES + _NO)
    return time[known], np.isin(words[known], _YES)


def teach(
    chosen: Chosen, time: Floats, label: NDArray[np.bool_], *, save_to: str | Path | None = None
) -> Taught:
    """Refine the default detector by labels of this recording.

    Parameters
    ----------
    chosen : Chosen
        The channel that was labelled.
    time : float64 array, (n_labels,), s
        On the recording's clock.
    label : bool array, (n_labels,)
        True for a spike.
    save_to : path, optional
        Where to write the model, a ``.spikemodel``; `Adaptive(model=...)` applies it.

    Raises
    ------
    BadParameter
        Fewer than 10 labels lie on candidates, or fewer than 2 of one class.
    """
    table = _candidates(chosen)
    at, given = _matched(chosen, table["sample_index"], time, label)
    taught = taught_by(table["_context"][at], table["_odds"][at], given)
    if save_to is not None:
        recording = chosen.recording
        facts = {
            "version": VERSION,
            "from": recording.name,
            "fingerprint": recording.fingerprint,
        }
        save_taught(Path(save_to), taught, facts)
    return taught


def most_uncertain(chosen: Chosen, n: int = 20) -> Floats:
    """Times (s) of the candidates whose labels would teach most, the most uncertain first."""
    table = _candidates(chosen)
    order = np.argsort(np.abs(table["_odds"]), kind="stable")[:n]
    return np.asarray(chosen.recording.time_of(table["sample_index"][order]), np.float64)


def _candidates(chosen: Chosen) -> Columns:
    recording = chosen.recording
    where = Stretches.between_walls(recording, missing_walls(recording, missing_runs(recording)))
    search = Search(recording, None, Adaptive(), where, round(_CHUNK * recording.sampling_rate))
    table = search.one_way(chosen.polarity).table
    if table is None:
        raise BadParameter(f"{recording.name} has no candidate that could be labelled")
    return table


def _matched(
    chosen: Chosen, sample_index: NDArray[np.int64], time: Floats, label: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The candidate of each label; labels that none is near are left out."""
    recording = chosen.recording
    there = recording.time_of(sample_index)
    order = np.argsort(there, kind="stable")
    place = np.clip(np.searchsorted(there[order], time), 1, max(sample_index.size - 1, 1))
    sides = np.clip(np.stack([place - 1, place]), 0, sample_index.size - 1)
    gaps = np.abs(there[order][sides] - time)
    nearest = order[sides[np.argmin(gaps, axis=0), np.arange(time.size)]]
    close = gaps.min(axis=0) <= TOLERANCE
    return nearest[close].astype(np.int64), label[close]
