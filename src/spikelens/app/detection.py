"""What is detected, and how: settings as a page sends them, and one run of `find`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self, get_args

from spikelens import api, rooms
from spikelens.app.told import observed
from spikelens.choosing import Chosen, choose
from spikelens.detecting import Progress
from spikelens.errors import BadParameter, UnknownName
from spikelens.features import SpikeRule
from spikelens.probes import Probe
from spikelens.recording import Mode, Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches

GIVEN = "given"
"""The method that stands for a table which was there before; see `spikelens.app.given`."""
_NAMES = ("method", "parameters", "channel", "mode", "polarity")


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is detected."""

    method: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    channel: int | None = None
    mode: Mode | None = None
    polarity: api.Polarity = "auto"

    @classmethod
    def asked(cls, document: Mapping[str, Any], recording: Recording) -> Self:
        """The settings in a page's request; other entries are left alone.

        Raises
        ------
        UnknownName, BadParameter
            No such method, channel, mode or polarity, or a parameter that is no good.
        """
        given = {name: document[name] for name in _NAMES if document.get(name) is not None}
        if not isinstance(given.get("parameters", {}), dict):
            raise BadParameter("parameters must be an object of names and values")
        if "channel" in given:
            given["channel"] = recording.index_of(given["channel"])
        for name, known in (("mode", get_args(Mode)), ("polarity", api.POLARITIES)):
            if given.get(name, known[0]) not in known:
                raise UnknownName.among(name, given[name], known)
        made = cls(**given)
        if made.method not in (None, GIVEN):
            room = "sorters" if made.sorts else "detectors"
            rooms.load(room, str(made.method)).from_parameters(dict(made.parameters))
        return made

    @property
    def sorts(self) -> bool:
        """Whether the method sorts spikes into units."""
        return self.method in rooms.names("sorters")

    def document(self) -> dict[str, Any]:
        """As a session keeps them."""
        return asdict(self)

    def chosen(self, recording: Recording) -> Chosen:
        """The channel to look at, and how."""
        if not self.sorts:
            return choose(recording, channel=self.channel, mode=self.mode)
        voltages = [k for k, c in enumerate(recording.channels) if c.quantity == "voltage"]
        first = next(iter(voltages), None) if self.channel is None else self.channel
        return choose(recording, channel=first, mode="extracellular")


@dataclass(frozen=True)
class Detected:
    """One run's answer."""

    chosen: Chosen
    spikes: Spikes
    """Measured, with its candidates; or sorted into units."""
    sorted_on: Recording | None = None
    """All channels that were sorted."""

    @property
    def recording(self) -> Recording:
        """What the spikes are of."""
        return self.chosen.recording if self.sorted_on is None else self.sorted_on

    @property
    def rule(self) -> SpikeRule | None:
        """The rule its features were measured by; None where none were."""
        made = self.spikes.provenance
        if not made.feature_rule:
            return None
        rule: SpikeRule = rooms.load("features", made.feature_rule).from_parameters(made.feature_parameters)
        return rule


def detected(
    recording: Recording, settings: Settings, *, probe: Probe | None = None, progress: Progress | None = None
) -> Detected:
    """Find and measure, or sort, as ``spikelens find`` or ``sort`` does with the same settings.

    Parameters
    ----------
    recording : Recording
    settings : Settings
    probe : Probe, optional
        Where the contacts are, for a sorter.
    progress : callable, optional
    """
    if settings.sorts:
        return _sorted(recording, settings, probe, progress)
    chosen = settings.chosen(recording)
    where = observed(chosen.recording)
    spikes = api.find(chosen, **_finding(settings), stretches=where, progress=progress)
    return Detected(chosen, spikes)


def _sorted(
    recording: Recording, settings: Settings, probe: Probe | None, progress: Progress | None
) -> Detected:
    # Loaded when asked for: few recordings are sorted.
    from spikelens.engines.threads import Threads
    from spikelens.sorting import sorted_spikes, unit_search

    search = unit_search(
        recording,
        str(settings.method),
        channel=settings.channel,
        probe=probe,
        stretches=observed(recording),
        parameters=dict(settings.parameters),
    )
    spikes = sorted_spikes(search.taught(), Threads(), progress=progress)
    return Detected(settings.chosen(recording), spikes, search.recording)


def accepted_in(
    chosen: Chosen, settings: Settings, stretches: Stretches, *, progress: Progress | None = None
) -> Spikes:
    """Spikes in some stretches, not measured."""
    return api.detect(chosen, **_finding(settings), stretches=stretches, progress=progress)


def _finding(settings: Settings) -> dict[str, Any]:
    return {"method": settings.method, "polarity": settings.polarity, **settings.parameters}
