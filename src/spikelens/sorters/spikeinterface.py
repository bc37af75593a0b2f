"""Any sorter that SpikeInterface runs, by its name."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter, MissingFact, SpikelensError, UnknownName
from spikelens.params import param
from spikelens.sorters import SORTED, Columns, Piece, Site, Sorter


@dataclass(frozen=True, kw_only=True)
class Spikeinterface(Sorter):
    """A sorter of SpikeInterface, by its name; for many channels and for drift.

    It is given all samples as they are, with the probe's geometry, and does its own filtering.
    What it does not say of a spike is left empty: only few say how sure they are.
    """

    references: ClassVar[tuple[str, ...]] = ("Buccino et al. (2020) eLife 9:e61834",)

    sorter: str = param("tridesclous2", help="Name of the sorter, as SpikeInterface lists them.")
    settings: str | None = param(None, help="Its parameters, as JSON, such as '{\"detect_threshold\": 6}'.")

    def margin(self, sampling_rate: float) -> int:
        return 0

    def learn(self, pieces: Sequence[Piece], site: Site) -> Mapping[str, Any]:
        """Run the sorter on the whole, since it knows no pieces."""
        run = _imported()
        settings = self._settings()
        rows, places = _joined(pieces)
        with tempfile.TemporaryDirectory() as folder:
            handed = _handed(rows, site, Path(folder) / "in")
            found = run(self.sorter, handed, Path(folder) / "out", settings)
        return _learned(found, rows, places, site)

    def assign(self, piece: Piece, site: Site, learned: Mapping[str, Any]) -> Columns:
        at = learned["at"]
        low, high = np.searchsorted(at, [piece.start + piece.core[0], piece.start + piece.core[1]])
        unit = learned["unit"][low:high]
        n = high - low
        nothing = {
            name: np.full(n, -1 if kind == "i4" else np.nan, kind) for name, kind, _ in SORTED if kind != "?"
        }
        return {
            "sample_index": at[low:high],
            "shift": np.zeros(n),
            "channel_index": learned["channel"][unit].astype(np.int32),
            "height": learned["height"][unit],
            "probability": np.full(n, np.nan, np.float32),
            **nothing,
            "unit_id": unit.astype(np.int32),
            "collided": np.zeros(n, np.bool_),
        }

    def pick(self, table: Columns, site: Site, learned: Mapping[str, Any]) -> Columns:
        return {**table, "refractory": np.zeros(table["sample_index"].size, np.bool_)}

    def facts(self, learned: Mapping[str, Any]) -> Mapping[str, object]:
        return {"n_units": len(learned["height"]), "noise_level": learned["noise_level"].tolist()}

    def _settings(self) -> dict[str, Any]:
        try:
            found = json.loads(self.settings or "{}")
        except ValueError as why:
            raise BadParameter(f"settings is no JSON: {why}") from why
        if not isinstance(found, dict):
            raise BadParameter("settings must be a JSON object, such as '{\"seed\": 1}'")
        return found


def _imported() -> Any:
    """What runs a sorter, or an error that says how to get it."""
    try:
        from spikeinterface.sorters import available_sorters, installed_sorters, run_sorter
    except ImportError as why:
        raise MissingFact(
            "sorters other than our own are run by SpikeInterface;"
            " install it: pip install 'spikelens[spikeinterface]'"
        ) from why

    def run(name: str, recording: Any, folder: Path, settings: Mapping[str, Any]) -> Any:
        if name not in available_sorters():
            raise UnknownName.among("sorter", name, ("pursuit", *sorted(installed_sorters())))
        if name not in installed_sorters():
            raise MissingFact(
                f"SpikeInterface knows {name}, but it is not installed; install it, or choose another"
            )
        try:
            return run_sorter(name, recording, folder=folder, verbose=False, **settings)
        except Exception as why:  # Sorters raise whatever they like.
            # The last lines say what it was; those before them, where.
            reason = " ".join(str(why).split())[-300:]
            raise SpikelensError(f"{name} failed: {reason}") from why

    return run


@dataclass(frozen=True)
class _Places:
    """Where samples that were joined across gaps stand: each piece's first sample and length."""

    first: NDArray[np.int64]
    length: NDArray[np.int64]

    def of(self, joined: NDArray[np.int64]) -> NDArray[np.int64]:
        """Samples of the recording, from samples of what was joined."""
        stop = np.cumsum(self.length)
        piece = np.searchsorted(stop, joined, side="right")
        return np.asarray(self.first[piece] + joined - (stop - self.length)[piece], np.int64)


def _joined(pieces: Sequence[Piece]) -> tuple[NDArray[np.float32], _Places]:
    """The samples of all pieces, without what lies between them, and where they stand."""
    cores = [(piece.start + piece.core[0], piece.rows[slice(*piece.core)]) for piece in pieces]
    first = np.array([start for start, _ in cores], np.int64)
    places = _Places(first, np.array([len(rows) for _, rows in cores], np.int64))
    return np.concatenate([rows for _, rows in cores]), places


def _handed(rows: Any, site: Site, folder: Path) -> Any:
    """The samples as a recording of SpikeInterface's, in uV, with its probe, saved as sorters want it."""
    from probeinterface import Probe
    from spikeinterface.core import NumpyRecording

    made = NumpyRecording([rows * np.float32(1e6)], site.sampling_rate)
    made.set_channel_gains(1.0)
    made.set_channel_offsets(0.0)
    probe = Probe(ndim=2, si_units="um")
    positions = site.positions
    probe.set_contacts(positions=positions, shapes="circle", shape_params={"radius": 6})
    probe.set_device_channel_indices(np.arange(rows.shape[1]))
    # Some versions place the probe in the recording, others in a copy.
    placed = made.set_probe(probe) or made
    return placed.save(folder=folder, format="binary", verbose=False)


def _learned(found: Any, rows: Any, places: _Places, site: Site) -> dict[str, Any]:
    """Spikes in order, units from the largest, each with its channel and mean peak."""
    vector = found.to_spike_vector()
    order = np.argsort(vector["sample_index"], kind="stable")
    at, unit = vector["sample_index"][order].astype(np.int64), vector["unit_index"][order].astype(np.int64)
    n_units = len(found.unit_ids)
    resting = np.median(rows, axis=0)
    level = np.median(np.abs(rows - resting), axis=0) / 0.6745
    reach = site.samples(0.3e-3)
    peak = np.zeros((n_units, rows.shape[1]))
    for k in range(n_units):
        mine = at[unit == k]
        mine = mine[(mine >= reach) & (mine < len(rows) - reach)][:500]
        if mine.size:
            mean = rows[mine[:, None] + np.arange(-reach, reach + 1)].mean(axis=0) - resting
            peak[k] = mean[np.abs(mean).argmax(axis=0), np.arange(rows.shape[1])]
    ranked = np.argsort(-np.abs(peak).max(axis=1, initial=0.0), kind="stable")
    channel = np.abs(peak[ranked]).argmax(axis=1) if n_units else np.zeros(0, np.int64)
    return {
        "at": places.of(at),
        "unit": np.argsort(ranked)[unit] if n_units else unit,
        "channel": channel,
        "height": peak[ranked][np.arange(n_units), channel],
        "noise_level": level,
    }
