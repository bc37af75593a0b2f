"""The same words on our types for every file and library: ``to_neo``, ``from_neo``, ``to_nwb`` and so on.

The types know the door (`rooms`), not who lives behind it: each method asks the bridges'
or the exporters' room by the name it bears, so the types import no other library and no
room, and `spikelens export --to NAME` uses the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from spikelens import rooms

if TYPE_CHECKING:
    import neo
    import pandas as pd
    import polars
    import pyarrow
    import pynapple
    import spikeinterface

    from spikelens.recording import Recording
    from spikelens.spikes import Spikes


class _Bridge(Protocol):
    """What these methods ask of the bridges' room."""

    def recording_out(self, recording: Any, spikes: Any = None) -> Any: ...

    def recording_in(self, given: Any) -> Recording: ...

    def spikes_out(self, spikes: Any, recording: Any = None) -> Any: ...

    def spikes_in(self, given: Any, recording: Any) -> Spikes: ...


class _Reads(Protocol):
    """What these methods ask of an exporter whose files come back."""

    def read_spikes(self, path: Path, recording: Any) -> Spikes: ...


class RecordingConversions:
    """What a recording can become, and be made from."""

    def to_neo(self, spikes: Spikes | None = None) -> neo.Block:
        """A `neo.Block` with a `Segment` per sweep; see `spikelens.bridges.neo`."""
        return _bridge("neo").recording_out(self, spikes)

    @classmethod
    def from_neo(cls, given: Any) -> Recording:
        """From a `neo.Block`, its segments, one `Segment`, or one `AnalogSignal`."""
        return _bridge("neo").recording_in(given)

    def to_pynapple(self) -> pynapple.Tsd | pynapple.TsdFrame:
        """A `pynapple.Tsd` in SI units, or a `TsdFrame` of several channels."""
        return _bridge("pynapple").recording_out(self)

    @classmethod
    def from_pynapple(cls, given: Any) -> Recording:
        """From a `pynapple.Tsd` or `TsdFrame` in V."""
        return _bridge("pynapple").recording_in(given)

    def to_spikeinterface(self, probe: str | None = None) -> spikeinterface.BaseRecording:
        """A lazy SpikeInterface recording with a segment per sweep; `probe` is a probeinterface JSON."""
        return _bridge("spikeinterface", probe=probe).recording_out(self)

    @classmethod
    def from_spikeinterface(cls, given: Any) -> Recording:
        """From any SpikeInterface recording, which stays lazy."""
        return _bridge("spikeinterface").recording_in(given)

    def to_nwb(self, path: str | Path, spikes: Spikes | None = None, **facts: object) -> Path:
        """Write NWB 2; `facts` are those of subject and session. See `spikelens.export`."""
        return _with_samples("nwb", path, self, spikes, **facts)

    def to_phy(self, path: str | Path, spikes: Spikes, **settings: object) -> Path:
        """Write a folder for phy, with the samples beside it."""
        return _with_samples("phy", path, self, spikes, **settings)

    def to_mat(self, path: str | Path, spikes: Spikes | None = None) -> Path:
        """Write MATLAB's ``.mat``, version 5."""
        return _with_samples("mat", path, self, spikes)

    def to_npz(self, path: str | Path, spikes: Spikes | None = None) -> Path:
        """Write NumPy's ``.npz``."""
        return _with_samples("npz", path, self, spikes)

    def to_csv(self, path: str | Path) -> Path:
        """Write a row per sample and a column per channel and sweep."""
        return _with_samples("csv", path, self)


class SpikesConversions:
    """What a table of spikes can become, and be made from."""

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame with one row per spike; units are in ``.attrs["units"]``."""
        frame: pd.DataFrame = _bridge("pandas").spikes_out(self)
        return frame

    @classmethod
    def from_pandas(cls, given: Any, recording: Recording) -> Spikes:
        """From a DataFrame with a column ``time`` (s), of spikes in `recording`."""
        return _bridge("pandas").spikes_in(given, recording)

    def to_arrow(self) -> pyarrow.Table:
        """A `pyarrow.Table`; units and rules are in the fields' metadata."""
        return _bridge("arrow").spikes_out(self)

    @classmethod
    def from_arrow(cls, given: Any, recording: Recording) -> Spikes:
        """From a `pyarrow.Table` with a column ``time`` (s)."""
        return _bridge("arrow").spikes_in(given, recording)

    def to_polars(self) -> polars.DataFrame:
        """A `polars.DataFrame` with one row per spike."""
        frame: polars.DataFrame = _bridge("polars").spikes_out(self)
        return frame

    @classmethod
    def from_polars(cls, given: Any, recording: Recording) -> Spikes:
        """From a `polars.DataFrame` with a column ``time`` (s)."""
        return _bridge("polars").spikes_in(given, recording)

    def to_neo(self, recording: Recording) -> list[neo.SpikeTrain]:
        """A `neo.SpikeTrain` per sweep and unit, its columns as array annotations."""
        trains: list[neo.SpikeTrain] = _bridge("neo").spikes_out(self, recording)
        return trains

    @classmethod
    def from_neo(cls, given: Any, recording: Recording) -> Spikes:
        """From one `neo.SpikeTrain` or several, on the clock of `recording`."""
        return _bridge("neo").spikes_in(given, recording)

    def to_pynapple(self, recording: Recording) -> pynapple.TsGroup:
        """A `pynapple.TsGroup` with an entry per unit, over the observed time."""
        return _bridge("pynapple").spikes_out(self, recording)

    @classmethod
    def from_pynapple(cls, given: Any, recording: Recording) -> Spikes:
        """From a `pynapple.TsGroup`, or a `Ts` of one unit."""
        return _bridge("pynapple").spikes_in(given, recording)

    def to_spikeinterface(self, recording: Recording) -> spikeinterface.BaseSorting:
        """A SpikeInterface sorting with a segment per sweep."""
        return _bridge("spikeinterface").spikes_out(self, recording)

    @classmethod
    def from_spikeinterface(cls, given: Any, recording: Recording) -> Spikes:
        """From any SpikeInterface sorting of `recording`."""
        return _bridge("spikeinterface").spikes_in(given, recording)

    def to_efel(self) -> list[dict[str, Any]]:
        """A dictionary per sweep of eFEL's names and units, as eFEL itself gives them."""
        named: list[dict[str, Any]] = _bridge("efel").spikes_out(self)
        return named

    def to_csv(self, path: str | Path) -> Path:
        """Write a row per spike as CSV."""
        return _table("csv", path, self)

    def to_parquet(self, path: str | Path) -> Path:
        """Write a row per spike as Parquet, with page checksums."""
        return _table("parquet", path, self)

    def to_mat(self, path: str | Path) -> Path:
        """Write the columns as MATLAB's ``.mat``, version 5."""
        return _table("mat", path, self)

    def to_npz(self, path: str | Path) -> Path:
        """Write the columns as NumPy's ``.npz``."""
        return _table("npz", path, self)

    def to_nwb(self, path: str | Path, recording: Recording, **facts: object) -> Path:
        """Write NWB 2 with the recording; `facts` are those of subject and session."""
        return _table("nwb", path, self, recording, **facts)

    def to_phy(self, path: str | Path, recording: Recording, **settings: object) -> Path:
        """Write a folder for phy."""
        return _table("phy", path, self, recording, **settings)

    @classmethod
    def from_nwb(cls, path: str | Path, recording: Recording) -> Spikes:
        """From an NWB file's table of spikes, or else its units."""
        return _reads("nwb").read_spikes(Path(path), recording)

    @classmethod
    def from_phy(cls, path: str | Path, recording: Recording) -> Spikes:
        """From a folder that phy has saved; its clusters' groups become ``kind``."""
        return _reads("phy").read_spikes(Path(path), recording)

    @classmethod
    def from_parquet(cls, path: str | Path, recording: Recording) -> Spikes:
        """From a Parquet table of spikes."""
        return _reads("parquet").read_spikes(Path(path), recording)


def _bridge(name: str, **settings: object) -> _Bridge:
    made: _Bridge = rooms.load("bridges", name).from_parameters(settings)
    return made


def _reads(name: str) -> _Reads:
    made: _Reads = rooms.load("exporters", name)()
    return made


def _exporter(name: str, recording: Any, settings: Mapping[str, object]) -> Any:
    """The exporter of a name; as `spikelens export`, it asks for the facts its format needs."""
    exporter = rooms.load("exporters", name).from_parameters(settings)
    exporter.check_facts(recording)
    return exporter


def _with_samples(
    name: str, path: str | Path, recording: Any, spikes: Any = None, /, **settings: object
) -> Path:
    _exporter(name, recording, settings).write_recording(Path(path), recording, spikes)
    return Path(path)


def _table(name: str, path: str | Path, spikes: Any, recording: Any = None, /, **settings: object) -> Path:
    _exporter(name, recording, settings).write_spikes(Path(path), spikes, recording)
    return Path(path)
