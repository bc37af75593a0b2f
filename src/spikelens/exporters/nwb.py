"""Neurodata Without Borders: sweeps as patch-clamp or electrical series, spikes as units and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.exporters import Exporter, _nwb_facts
from spikelens.files import replacing
from spikelens.params import param
from spikelens.recording import Recording
from spikelens.spikes import Spikes


@dataclass(frozen=True, kw_only=True)
class Nwb(Exporter):
    """An NWB 2 file: a series of float32 volts or amperes per sweep, the spikes, and what made them.

    Volts and a conversion of 1, as scaled integers pass the validator and are then
    misread by common tools. One channel of a cell is written as intracellular, the
    voltages of an extracellular recording as one electrical series per sweep.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".nwb",)
    holds_both: ClassVar[bool] = True

    session_description: str | None = param(None, help="One sentence on the experiment.")
    session_start_time: str | None = param(None, help="When it began, such as 2026-01-31T14:00+01:00.")
    session_id: str | None = param(None, help="The lab's own name of the session.")
    subject_id: str | None = param(None, help="The lab's own name of the animal or donor.")
    species: str | None = param(
        None, help="Latin binomial, such as 'Mus musculus', or an NCBI taxonomy link."
    )
    sex: str | None = param(None, choices=("M", "F", "U", "O"), help="Male, female, unknown or other.")
    age: str | None = param(None, help="Age as ISO 8601: P70D for 70 days, P10W, P3M, or a range P70D/P80D.")
    genotype: str | None = param(None, help="Genetic strain, where it matters.")
    subject_description: str | None = param(None, help="Anything else on the animal or donor.")
    experimenter: str | None = param(None, help="Names as 'Last, First', several with semicolons.")
    institution: str | None = param(None, help="Where it was done.")
    lab: str | None = param(None, help="Which lab did it.")
    notes: str | None = param(None, help="Anything else on the session.")
    location: str | None = param(None, help="Where the electrode was, such as VISp or CA1.")
    cell_id: str | None = param(None, help="The lab's own name of the cell; the recording's by default.")
    device: str | None = param(None, help="The amplifier, where the recording does not say.")
    all_intervals: bool = param(
        False, help="Several observed intervals in the units' own column, too; Neo then refuses the file."
    )
    probe: str | None = param(None, help="A probe's geometry, as probeinterface's JSON.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _nwb_facts.check(self.parameters())

    def lacking(self, recording: Recording | None) -> tuple[str, ...]:
        return _nwb_facts.lacking(self.parameters(), recording)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        if recording is None:
            raise MissingFact("an NWB file of spikes needs their recording; give it, too")
        self.write_recording(path, recording, spikes)

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        from pynwb import NWBHDF5IO

        from spikelens.exporters._nwb_probe import add_extracellular
        from spikelens.exporters._nwb_series import add_intracellular, events_table
        from spikelens.exporters._nwb_spikes import add_spikes, add_units

        is_extracellular = recording.mode == "extracellular"
        recording = recording if is_extracellular else _of_spikes(recording, spikes)
        _check_channels(recording, is_extracellular)
        facts = self.parameters()
        file = _nwb_facts.file_of(recording, facts)
        (add_extracellular if is_extracellular else add_intracellular)(file, recording, facts)
        if len(recording.events):
            file.add_time_intervals(events_table(recording))
        if spikes is not None:
            settings = {"all_intervals": self.all_intervals, "electrodes": file.electrodes}
            add_units(file, recording, spikes, **settings)
            add_spikes(file, recording, spikes)
        with replacing(path) as temporary, NWBHDF5IO(temporary, "w") as io:
            io.write(file)

    def append(self, path: Path, spikes: Spikes, recording: Recording, *, out: Path | None = None) -> Path:
        """Add spikes to an NWB file that is there already: to a copy at `out`, or to the file itself.

        The original is not touched before the new file is whole. Where the file's series
        start together, as in many, a time names no sweep: then no units are added, only
        the tables, which hold each spike's series and its time in it.

        Parameters
        ----------
        path : Path
            The file that `recording` was read from.
        out : Path, optional
            The copy; without it `path` itself gets the results.

        Returns
        -------
        Path
            The file that holds the results.

        Raises
        ------
        UnreadableFile
            `path` is no NWB file.
        """
        from spikelens.exporters._nwb_appending import appended

        return appended(
            path, spikes, recording, path if out is None else out, all_intervals=self.all_intervals
        )

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        """The table of spikes that Spikelens wrote, else the file's units.

        Raises
        ------
        UnreadableFile, UnsupportedInput
            No NWB file, or one without spikes.
        """
        from spikelens.exporters._nwb_reading import spikes_in

        return spikes_in(path, recording)


def _of_spikes(recording: Recording, spikes: Spikes | None) -> Recording:
    """The channel that spikes were found on, where they are all of one."""
    found = set() if spikes is None else set(spikes["channel_index"].tolist())
    if len(recording.channels) == 1 or len(found) != 1:
        return recording
    return recording.select(found.pop())


def _check_channels(recording: Recording, is_extracellular: bool) -> None:
    quantities = {c.quantity for c in recording.channels}
    if is_extracellular and quantities != {"voltage"}:
        raise UnsupportedInput(
            f"an extracellular NWB file holds voltages, not {', '.join(sorted(quantities))}; choose a channel"
        )
    if is_extracellular:
        return
    if len(recording.channels) != 1:
        raise UnsupportedInput("an NWB file of a cell is written of one channel; choose a channel")
    if not quantities <= {"voltage", "current"}:
        raise UnsupportedInput(f"a channel of quantity {quantities.pop()!r} has no place in an NWB file here")
