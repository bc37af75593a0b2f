"""Probes: where the contacts are, and which of them see the same neurons.

Geometry is read from probeinterface's JSON (Garcia et al. 2022, Front Neuroinform
16:823056): a list of probes with contact positions, device channel indices and, where
there are several, shanks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile, UnsupportedInput

CONTACT_RADIUS = 5.0
"""The format wants a shape, which we do not keep: circles of so many um."""
_PER_UM = {"um": 1.0, "mm": 1e3, "m": 1e6}


@dataclass(frozen=True)
class Probe:
    """Where each channel's contact is.

    Parameters
    ----------
    positions : float64 array, (n_channels, 2 or 3), um
        NaN for a channel without a contact.
    groups : int64 array, (n_channels,)
        Channels of different groups, such as shanks or tetrodes, see different neurons.
    name : str
    """

    positions: NDArray[np.float64]
    groups: NDArray[np.int64]
    name: str = ""

    @classmethod
    def apart(cls, n_channels: int) -> Self:
        """A probe of unknown geometry: every channel on its own."""
        return cls(np.full((n_channels, 2), np.nan), np.arange(n_channels), "unknown geometry")

    def near(self, radius: float) -> NDArray[np.int64]:
        """For each channel those within `radius` (um), itself first; -1 where there are no more.

        >>> Probe(np.array([[0.0, 0], [0, 20], [0, 90]]), np.zeros(3, int)).near(50.0).tolist()
        [[0, 1], [1, 0], [2, -1]]
        """
        n = len(self.positions)
        found = [_near(self, k, radius) for k in range(n)]
        out = np.full((n, max(map(len, found), default=0)), -1, np.int64)
        for k, channels in enumerate(found):
            out[k, : len(channels)] = channels
        return out

    def doubts(self) -> list[str]:
        """What to warn of: channels without a contact, contacts without a place of their own."""
        placed = np.isfinite(self.positions).all(axis=1)
        if not placed.any():
            return []
        n, n_bare = placed.size, int((~placed).sum())
        said = []
        if n_bare:
            said.append(
                f"the probe {self.name} has no contact for {n_bare} of {n} channels"
                f" ({_listed(np.flatnonzero(~placed))}): each is taken to see neurons of its own"
            )
        if placed.sum() > 1 and np.ptp(self.positions[placed], axis=0).max() == 0:
            said.append(f"all contacts of the probe {self.name} are at one place: check contact_positions")
        return said

    def of_channels(self, kept: Sequence[int]) -> Probe:
        """The probe of some of its channels."""
        return Probe(self.positions[list(kept)], self.groups[list(kept)], self.name)

    def key(self) -> list[list[float]]:
        """What decides results, for the hash of a run."""
        rows: list[list[float]] = np.column_stack([self.positions, self.groups]).tolist()
        return rows


def _listed(channels: NDArray[np.int64]) -> str:
    return ", ".join(map(str, channels[:8])) + (" ..." if channels.size > 8 else "")


def _near(probe: Probe, k: int, radius: float) -> list[int]:
    apart = np.sqrt(((probe.positions - probe.positions[k]) ** 2).sum(axis=1))
    within = (apart <= radius) & (probe.groups == probe.groups[k])
    within[k] = False
    return [k, *np.flatnonzero(within).tolist()]


def read_probe(path: str | Path, n_channels: int) -> Probe:
    """Read a probe's geometry from probeinterface's JSON.

    Parameters
    ----------
    path : str or Path
    n_channels : int
        Channels of the recording; contacts say by ``device_channel_indices`` which is
        theirs, else they are in order.

    Raises
    ------
    UnreadableFile
        Missing, or not such a file.
    UnsupportedInput
        A contact's channel is not among the recording's, or no contact has one, or contacts
        that say nothing of channels are fewer.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text("utf-8"))
        parts = [_contacts(probe) for probe in document["probes"]]
        channels, positions, shanks = _together(parts)
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise UnreadableFile(
            f"{path} is no probe as probeinterface writes it ({type(why).__name__}: {why});"
            " write it with probeinterface.write_probeinterface"
        ) from why
    if channels.size and channels.max() >= n_channels:
        raise UnsupportedInput(
            f"{path} has a contact for channel {channels.max()}, but the recording has {n_channels} channels;"
            " give the probe of this recording"
        )
    if not channels.size:
        raise UnsupportedInput(f"no contact of {path} is wired to a channel; set its device_channel_indices")
    is_said = all(part.get("device_channel_indices") is not None for part in document["probes"])
    if not is_said and channels.size < n_channels:
        raise UnsupportedInput(
            f"{path} has {channels.size} contact(s) and the recording {n_channels} channels;"
            " say which are whose in device_channel_indices, or give the probe of this recording"
        )
    placed = Probe.apart(n_channels)
    groups = placed.groups + shanks.max(initial=0) + 1
    where = np.full((n_channels, positions.shape[1]), np.nan)
    where[channels], groups[channels] = positions, shanks
    return Probe(where, groups, path.stem)


def probe_document(probe: Probe, numbers: Sequence[int] | None = None) -> dict[str, object]:
    """A geometry as probeinterface's JSON holds it; groups become shanks.

    Parameters
    ----------
    probe : Probe
        Channels of unknown place are left out.
    numbers : sequence of int, optional
        Each channel's place among the file's; in order by default.
    """
    placed = np.flatnonzero(np.isfinite(probe.positions).all(axis=1))
    channels = np.arange(len(probe.positions)) if numbers is None else np.asarray(numbers)
    n_axes = probe.positions.shape[1]
    axes = [[float(a == b) for b in range(n_axes)] for a in range(2)]
    contacts = {
        "ndim": n_axes,
        "si_units": "um",
        "annotations": {"name": probe.name},
        "contact_positions": probe.positions[placed].tolist(),
        "contact_plane_axes": [axes] * placed.size,
        "contact_shapes": ["circle"] * placed.size,
        "contact_shape_params": [{"radius": CONTACT_RADIUS}] * placed.size,
        "device_channel_indices": channels[placed].tolist(),
        "shank_ids": [str(group) for group in probe.groups[placed]],
    }
    return {"specification": "probeinterface", "version": "0.2.21", "probes": [contacts]}


def _contacts(probe: Mapping[str, Any]) -> tuple[NDArray[np.int64], NDArray[np.float64], list[str]]:
    """Channels, positions (um) and shanks of one probe's contacts that are wired."""
    positions = np.asarray(probe["contact_positions"], np.float64) * _PER_UM[probe.get("si_units", "um")]
    n = len(positions)
    wired = probe.get("device_channel_indices")
    channels = np.arange(n) if wired is None else np.asarray(wired, np.int64)
    shanks = [str(s) for s in probe.get("shank_ids") or [""] * n]
    kept = channels >= 0
    return channels[kept], positions[kept], [s for s, k in zip(shanks, kept, strict=True) if k]


def _together(
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64], list[str]]],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Contacts of all probes; each shank of each probe gets a number."""
    named = [(k, shank) for k, part in enumerate(parts) for shank in part[2]]
    numbers = {name: i for i, name in enumerate(dict.fromkeys(named))}
    channels = np.concatenate([part[0] for part in parts])
    if np.unique(channels).size != channels.size:
        raise ValueError("two contacts for one channel")
    positions = np.concatenate([part[1] for part in parts])
    return channels, positions, np.array([numbers[name] for name in named], np.int64)
