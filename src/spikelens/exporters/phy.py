"""A folder for phy: samples, spikes, templates and clusters, to be looked at and sorted by hand."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import MissingFact, OutputExists, UnreadableFile, UnsupportedInput
from spikelens.exporters import Exporter, _phy_arrays
from spikelens.folders import placing
from spikelens.params import param
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Spikes
from spikelens.trains import Columns, spikes_of_columns

_NAMED = {"group": "kind", "name": "unit_name"}
"""Fields of clusters in phy that have another name here."""


@dataclass(frozen=True, kw_only=True)
class Phy(Exporter):
    """A folder that phy and phylib open, Kilosort's layout: one cluster per unit.

    Sweeps are laid end to end. Number columns of the table go with it as spike attributes.
    What a person merges, splits and labels comes back: clusters as ``unit_id``, their
    groups (good, mua, noise) as ``kind``.
    """

    holds_both: ClassVar[bool] = True
    probe: str | None = param(None, help="A probe's geometry, as probeinterface's JSON.")

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        if recording is None:
            raise MissingFact("a folder for phy needs the recording; give it, too")
        self.write_recording(path, recording, spikes)

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        """Write the folder.

        Raises
        ------
        OutputExists
            Something is there: what was sorted by hand is never written over.
        UnsupportedInput
            Fewer than two spikes, which phylib does not open.
        """
        if spikes is None or len(spikes) < 2:
            raise UnsupportedInput("a folder for phy needs two spikes at least; nothing was written")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputExists(f"{path} is there already, maybe sorted by hand; choose another name")
        with placing(path) as under:
            _phy_arrays.write_samples(under, recording)
            for name, array in _phy_arrays.arrays_of(recording, spikes, self.probe).items():
                np.save(under / f"{name}.npy", array, allow_pickle=False)
            for name, of_cluster in _phy_arrays.clusters_of(spikes).items():
                _write_field(under, name, of_cluster)

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        """The spikes of a folder as phy left it.

        Raises
        ------
        UnreadableFile
            No such folder, or arrays that do not belong together.
        """
        samples = _loaded(path, "spike_times").astype(np.int64)
        clusters = _loaded(path, "spike_clusters").astype(np.int32)
        columns: Columns = {"sample_index": samples, "unit_id": clusters}
        for file in sorted(path.glob("spike_*.npy")):
            name = file.stem.removeprefix("spike_")
            if name not in _phy_arrays.RESERVED:
                columns[name] = _loaded(path, file.stem)
        if {column.size for column in columns.values()} != {samples.size}:
            raise UnreadableFile(f"the arrays of {path} differ in length: they are not of one sorting")
        for name, of_cluster in _fields(path).items():
            if name not in REQUIRED:
                columns[name] = np.array([of_cluster.get(int(c), "") for c in clusters], "U")
        return spikes_of_columns(recording, columns, made_by="phy")


def _loaded(path: Path, name: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path / f"{name}.npy", allow_pickle=False)
    except (OSError, ValueError) as why:
        raise UnreadableFile(f"{path} is no folder of phy's: cannot read {name}.npy ({why})") from why
    return array.reshape(-1)


def _write_field(folder: Path, name: str, of_cluster: Mapping[int, str]) -> None:
    with (folder / f"cluster_{name}.tsv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerows([("cluster_id", name), *of_cluster.items()])


def _fields(path: Path) -> dict[str, dict[int, str]]:
    """What is said of clusters, by field and cluster; phy's own summary left out."""
    found: dict[str, dict[int, str]] = {}
    for file in sorted(path.glob("cluster_*.tsv")):
        if file.stem == "cluster_info":
            continue
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, delimiter="\t"):
                _keep(found, row)
    return found


def _keep(found: dict[str, dict[int, str]], row: Mapping[str, str]) -> None:
    cluster = row.get("cluster_id", "")
    if not cluster.isdecimal():
        return
    for name, value in row.items():
        if name != "cluster_id" and value:
            found.setdefault(_NAMED.get(name, name), {})[int(cluster)] = value
