"""What a run of `find` was asked to do, apart from the file it is done to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spikelens import rooms
from spikelens.api import POLARITIES, Polarity, spike_rules
from spikelens.errors import BadParameter, UnknownName
from spikelens.exclusive import Exclusive
from spikelens.files import fingerprint, to_json
from spikelens.measuring import check_junction
from spikelens.readers import Hints
from spikelens.recording import MODES, Mode
from spikelens.version import VERSION


@dataclass(frozen=True)
class Request:
    """Everything that decides a run's results, and whether a report is drawn."""

    method: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    hints: Mapping[str, object] = field(default_factory=dict)
    channel: str | None = None
    mode: Mode | None = None
    polarity: Polarity = "auto"
    align: str = "peak"
    blank: tuple[str, ...] = ()
    start: float | None = None
    stop: float | None = None
    feature_rule: str | None = None
    feature_parameters: Mapping[str, object] = field(default_factory=dict)
    junction_potential: float | None = None
    labels: Path | None = None
    """A CSV of labels that the method is refined by."""
    save_model: Path | None = None
    """Where to keep what they taught."""
    candidates: bool = False
    probe: Mapping[str, object] = field(default_factory=dict)
    """What is asked of many channels: parameters of `Exclusive`."""
    kinds: bool = False
    """Whether spikes are given kinds, and the cell its firing pattern."""
    report: bool = True

    def checked(self) -> Request:
        """The request itself, once every choice in it is one there is.

        Raises
        ------
        UnknownName, BadParameter
            A choice that does not exist, or a parameter that is no good.
        """
        rules = spike_rules()
        choices = {"mode": MODES, "polarity": POLARITIES, "align": ("peak", "onset"), "feature_rule": rules}
        for name, known in choices.items():
            asked = getattr(self, name)
            if asked is not None and asked not in known:
                raise UnknownName.among(name, asked, known)
        if self.method:
            rooms.load("detectors", self.method).from_parameters(self.parameters).check()
        if self.save_model and not self.labels:
            raise BadParameter("--save-model keeps what labels taught: give --labels too")
        rooms.load("features", self.feature_rule or "spikelens").from_parameters(self.feature_parameters)
        check_junction(self.junction_potential)
        Hints.from_parameters(self.hints)
        Exclusive.from_parameters(self.probe)
        return self

    def facts(self) -> dict[str, object]:
        """All settings by name, as `run.json` keeps them; with what the files that they name hold."""
        held = {str(path): fingerprint(path) for path in self.files}
        return dict(vars(self)) | ({"files": held} if held else {})

    def key(self, of_recording: str) -> str:
        """What tells one run's results from another's: input, settings and version."""
        told = {"input": of_recording, "version": VERSION, **self.facts()}
        return hashlib.sha256(to_json(told).encode()).hexdigest()

    @property
    def files(self) -> list[Path]:
        """The files that settings name: what they hold decides results, not their names."""
        sources = [spec.rsplit(":", 2)[0] for spec in self.blank]
        named = [self.labels, self.parameters.get("model"), *self.blank, *sources]
        paths = dict.fromkeys(Path(str(name)) for name in named if name is not None)
        return [path for path in paths if path.is_file()]
