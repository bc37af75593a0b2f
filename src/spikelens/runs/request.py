"""What a run of `find` was asked to do, apart from the file it is done to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from spikelens import rooms
from spikelens.api import POLARITIES, Polarity, spike_rules
from spikelens.errors import UnknownName
from spikelens.exclusive import Exclusive
from spikelens.files import to_json
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
    probe: Mapping[str, object] = field(default_factory=dict)
    """What is asked of many channels: parameters of `Exclusive`."""
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
            rooms.load("detectors", self.method).from_parameters(self.parameters)
        rooms.load("features", self.feature_rule or "spikelens").from_parameters(self.feature_parameters)
        Hints.from_parameters(self.hints)
        Exclusive.from_parameters(self.probe)
        return self

    def facts(self) -> dict[str, object]:
        """All settings by name, as `run.json` keeps them."""
        return dict(vars(self))

    def key(self, fingerprint: str) -> str:
        """What tells one run's results from another's: input, settings and version."""
        told = to_json({"input": fingerprint, "version": VERSION, **self.facts()})
        return hashlib.sha256(told.encode()).hexdigest()
