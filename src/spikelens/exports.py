"""The verb `export`: spikes and recordings as files of other formats."""

from __future__ import annotations

from pathlib import Path

from spikelens import rooms
from spikelens.errors import BadParameter, UnknownName
from spikelens.exporters import Exporter
from spikelens.recording import Recording
from spikelens.spikes import Spikes


def export(
    path: str | Path,
    spikes: Spikes | None = None,
    recording: Recording | None = None,
    *,
    format: str | None = None,
    **settings: object,
) -> Path:
    """Write spikes, a recording, or both, in the format that a file's ending says.

    Parameters
    ----------
    path : path
    spikes : Spikes, optional
    recording : Recording, optional
        Written alone where no spikes are given; with them where the format holds both.
    format : str, optional
        A name of the exporters' room, where the ending does not say.
    **settings
        The exporter's parameters, such as facts of subject and session for NWB.

    Returns
    -------
    Path
        What was written, a file or a folder; whole, or not at all.

    Raises
    ------
    UnknownName
        No such format or setting; lists those there are.
    MissingFact
        The format needs facts that neither the recording nor `settings` give.
    BadParameter
        Neither spikes nor a recording.

    >>> from spikelens.recording import Recording
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(Path(folder) / "trace.npz", recording=Recording.from_array(np.zeros(9), 1e3)).name
    'trace.npz'
    """
    path = Path(path)
    exporter: Exporter = rooms.load("exporters", format_of(path, format)).from_parameters(settings)
    exporter.check_facts(recording)
    if spikes is None and recording is None:
        raise BadParameter("there is nothing to export: give spikes, a recording, or both")
    if spikes is None or (exporter.holds_both and recording is not None):
        assert recording is not None
        exporter.write_recording(path, recording, spikes)
    else:
        exporter.write_spikes(path, spikes, recording)
    return path


def format_of(path: Path, format: str | None = None) -> str:
    """The exporter of a name, or of a file's ending.

    Raises
    ------
    UnknownName
        There is none; lists the formats.
    """
    known = rooms.names("exporters")
    name = format or _by_ending().get(path.suffix.lower())
    if name not in known:
        asked = format or path.suffix or str(path)
        raise UnknownName.among("format", asked, known)
    return str(name)


def _by_ending() -> dict[str, str]:
    return {
        ending: name for name in rooms.names("exporters") for ending in rooms.load("exporters", name).suffixes
    }
