"""The verbs: each hands one room's output to the next, and fits on a screen.

>>> import numpy as np
>>> from spikelens.recording import Recording
>>> trace = np.full(20_000, -0.070, np.float32)
>>> trace[10_000:10_020] += 0.080 * np.hanning(20)
>>> find(Recording.from_array(trace, 20_000.0)).time.round(4)
array([0.5005])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.choosing import COARSE_ENOUGH, FINE_ENOUGH, Chosen, choose
from spikelens.detecting import Progress, Search
from spikelens.detectors import Detector
from spikelens.errors import BadParameter, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.features import SpikeRule
from spikelens.files import absent
from spikelens.filters import Filter
from spikelens.joining import spikes_of, undoubled
from spikelens.measuring import corrected, measured
from spikelens.missing import missing_runs, missing_walls
from spikelens.readers import Hints, Reader
from spikelens.recording import Events, Mode, Recording
from spikelens.scoring import Score, score_times
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches, event_walls, outside_walls
from spikelens.version import VERSION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Polarity = Literal["auto", "up", "down", "both"]
POLARITIES: tuple[Polarity, ...] = ("auto", "up", "down", "both")
CHUNK_DURATION = 10.0
"""Length of a chunk, s; results do not depend on it."""
CHUNK_SAMPLES = 262_144
"""A chunk of one channel is as long as this at least: at low sampling rates 10 s are soon worked through."""


def read(path: str | Path, **hints: object) -> Recording:
    """Open a recording; samples are read when they are needed.

    Parameters
    ----------
    path : path of a file or, for formats that are folders, a folder
    **hints
        What the file does not say, or says wrongly: ``sampling_rate`` (Hz), ``unit``,
        ``scale``, ``variable``, ``sweeps_in``, ``channels_in``; see `spikelens.readers.Hints`.

    Raises
    ------
    UnreadableFile
        Missing, empty, truncated, or of no format that is known.
    MissingFact
        The sampling rate or the unit is neither in the file nor in the hints.
    """
    path = Path(path)
    return reader_of(path).read(path, Hints.from_parameters(hints))


def reader_of(path: Path) -> Reader:
    """The reader of a file, by its ending and its first bytes."""
    if not path.exists():
        raise absent(path)
    head = b"" if path.is_dir() else _head(path)
    suffix = path.suffix.lower()
    # The general reader of vendor formats comes last: it accepts most.
    ordered = sorted(rooms.names("readers"), key=lambda name: (name == "neo", name))
    readers: list[Reader] = []
    for name in ordered:
        reader: Reader = rooms.load("readers", name)()
        if (suffix in reader.suffixes or path.is_dir()) and reader.recognises(path, head):
            return reader
        readers.append(reader)
    known = sorted({s for reader in readers for s in reader.suffixes})
    if suffix in known and not path.is_dir():
        advice = filter(None, (reader.advice(path) for reader in readers if suffix in reader.suffixes))
        raise UnreadableFile(
            f"{path} ends in {suffix}, but what it holds is no recording of that kind;"
            f" {next(advice, 'check the file')}"
        )
    raise UnreadableFile(
        f"{path}: no reader knows this format; rename the file if it is one of these, or export it as one: "
        f"{', '.join(known)}"
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            head = opened.read(4096)
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why
    if not head:
        raise UnreadableFile(f"{path} is empty; copy the file again")
    return head


def observed(
    recording: Recording,
    *,
    blank: Events | None = None,
    start: float | None = None,
    stop: float | None = None,
    missing: NDArray[np.int64] | None = None,
) -> Stretches:
    """The time in which spikes are sought: sweeps without what is missing, blanked or not asked for.

    Parameters
    ----------
    recording : Recording
    blank : Events, optional
        Taken out before anything else looks at the trace.
    start, stop : float, s, optional
        Bounds on the recording's clock.
    missing : int64 array, (n_runs, 2), optional
        Samples that are not numbers, where they are known already.
    """
    runs = missing_runs(recording) if missing is None else missing
    walls = [missing_walls(recording, runs), outside_walls(recording, start, stop)]
    if blank is not None:
        walls.append(event_walls(recording, blank))
    return Stretches.between_walls(recording, np.concatenate(walls))


def detect(
    recording: Recording | Chosen,
    method: str | Detector | None = None,
    *,
    channel: int | str | None = None,
    mode: Mode | None = None,
    polarity: Polarity = "auto",
    stretches: Stretches | None = None,
    chunk_duration: float | None = None,
    progress: Progress | None = None,
    **parameters: object,
) -> Spikes:
    """Find spikes on one channel.

    Parameters
    ----------
    recording : Recording, or Chosen if that has been settled already
    method : str or Detector, optional
        A name of the detectors' room; by default what suits the mode.
    channel, mode : optional
        See `choose`.
    polarity : "auto", "up", "down" or "both"
        Which way spikes point.
    stretches : Stretches, optional
        Where to look; `observed(recording)` by default.
    chunk_duration : float, s, > 0, optional
        Memory against overhead; the result is the same for any. By default 10 s or 262,144
        samples, whichever is longer.
    progress : callable, optional
    **parameters
        Of the method, by name.

    Returns
    -------
    Spikes, n_spikes rows
        Sorted by sweep and sample; ``spikes.candidates`` holds those not accepted.

    Raises
    ------
    UnknownName
        No such method, parameter or channel.
    UnsupportedInput
        The method is not made for this channel's quantity.
    BadParameter
        A channel or a mode for what is `Chosen` already.
    """
    chosen = _settled(recording, channel, mode)
    detector = detector_for(chosen, method, parameters)
    one = chosen.recording
    where = observed(one) if stretches is None else stretches
    filter_ = _filter_of(detector, one.sampling_rate)
    search = Search(
        recording=one,
        filter=filter_,
        detector=detector,
        stretches=where if one.mode != "voltage-clamp" else where.none(),
        chunk_samples=_chunk_samples(chunk_duration, one.sampling_rate),
        progress=progress,
    )
    signs = {"auto": [chosen.polarity], "up": [1], "down": [-1], "both": [1, -1]}[polarity]
    answers = [search.one_way(sign) for sign in signs]
    provenance = Provenance(
        method=detector.method_name(),
        parameters=detector.parameters(),
        version=VERSION,
        fingerprint=one.fingerprint,
        mode=one.mode,
        polarity=sum(signs),
        filter=None if filter_ is None else {"name": filter_.method_name(), **filter_.parameters()},
        survey=answers[0].survey,
        model=detector.card(),
    )
    tables = [answer.table for answer in answers if answer.table is not None]
    if len(tables) > 1:
        # Of a second look, which may have answered one way alone, the dead time is longer.
        dead = max(answer.detector.dead_time(one.sampling_rate) for answer in answers)
        tables = undoubled(tables, dead)
    return spikes_of(tables, one, where, provenance)


def _settled(recording: Recording | Chosen, channel: int | str | None, mode: Mode | None) -> Chosen:
    if not isinstance(recording, Chosen):
        return choose(recording, channel=channel, mode=mode)
    if channel is not None or mode is not None:
        raise BadParameter("channel and mode are settled in what was chosen; give them to choose() instead")
    return recording


def detector_for(
    chosen: Chosen, method: str | Detector | None = None, parameters: Mapping[str, object] | None = None
) -> Detector:
    """The detector to use on a chosen channel: as named, or what suits its mode."""
    if isinstance(method, Detector):
        detector = method
    else:
        name = method or default_method(chosen.recording.mode, chosen.recording.sampling_rate)
        given = {**default_parameters(chosen.recording.mode, name), **(parameters or {})}
        detector = rooms.load("detectors", name).from_parameters(given)
    quantity = chosen.recording.channels[0].quantity
    # Of a held membrane nothing is sought, so any method may be named for a batch that holds one.
    if quantity not in detector.quantities and chosen.recording.mode != "voltage-clamp":
        other = "try --method bandpass_mad" if quantity == "current" else "choose another with --channel"
        raise UnsupportedInput(
            f"{detector.method_name()} is made for a {' or '.join(detector.quantities)}, and"
            f" {chosen.recording.channels[0].name} is a {quantity}; {other}"
        )
    return detector


def default_method(mode: Mode, sampling_rate: float = float("inf")) -> str:
    """The detector that suits a mode and sampling rate (Hz) where none is named.

    One cell's spikes are known by their shape, where there are samples enough to show it;
    many cells' by their height over the noise.
    """
    if mode == "extracellular":
        return "bandpass_mad"
    is_current = mode in ("cell-attached", "voltage-clamp")
    if sampling_rate >= (FINE_ENOUGH if is_current else COARSE_ENOUGH):
        return "adaptive"
    return "bandpass_mad" if is_current else "prominence"


def default_parameters(mode: Mode, method: str) -> dict[str, object]:
    """What a method takes otherwise in a mode: one cell's spikes all stand far above the noise."""
    if mode == "cell-attached" and method == "bandpass_mad":
        return {"cutoff": 8.0, "share": 0.2}
    return {}


def _filter_of(detector: Detector, sampling_rate: float) -> Filter | None:
    wanted = detector.prefilter(sampling_rate)
    if wanted is None:
        return None
    name, parameters = wanted
    made: Filter = rooms.load("filters", name).from_parameters(parameters)
    return made


def _chunk_samples(duration: float | None, sampling_rate: float) -> int:
    if duration is None:
        return max(CHUNK_SAMPLES, round(CHUNK_DURATION * sampling_rate))
    return max(1, round(duration * sampling_rate))


def measure(
    recording: Recording | Chosen,
    spikes: Spikes,
    *,
    feature_rule: str | SpikeRule | None = None,
    junction_potential: float | None = None,
    chunk_duration: float | None = None,
    **parameters: object,
) -> Spikes:
    """Add the features of each spike, and of each candidate.

    Parameters
    ----------
    recording : Recording
        The one the spikes were found in, or its chosen channel.
    spikes : Spikes
    feature_rule : str or SpikeRule, optional
        A name of the features' room; by default what suits the mode.
    junction_potential : float, V, optional
        Subtracted from every absolute voltage; none is corrected unless it is given.
    chunk_duration : float, s, > 0, optional
    **parameters
        Of the rule, by name.

    Returns
    -------
    Spikes
        The same rows with one more column per feature, its unit and its rule; ``notes``
        says why a feature is NaN.
    """
    one = recording.recording if isinstance(recording, Chosen) else channel_of(recording, spikes)
    rule = _rule_for(spikes.provenance.mode, feature_rule, parameters)
    with_features = measured(one, spikes, rule, _chunk_samples(chunk_duration, one.sampling_rate))
    return corrected(with_features, rule, junction_potential)


def channel_of(recording: Recording, spikes: Spikes) -> Recording:
    """The recording of the channel that spikes were found in."""
    if len(recording.channels) == 1:
        return recording
    tables = (spikes, spikes.candidates) if spikes.candidates is not None else (spikes,)
    indices = np.concatenate([table["channel_index"] for table in tables])
    return recording.select(int(indices[0]) if indices.size else 0)


def _rule_for(mode: str, rule: str | SpikeRule | None, parameters: Mapping[str, object]) -> SpikeRule:
    if isinstance(rule, SpikeRule):
        return rule
    name = rule or ("cell_attached" if mode in ("cell-attached", "extracellular") else "spikelens")
    found = rooms.load("features", name)
    if not issubclass(found, SpikeRule):
        raise UnknownName.among("rule for spikes", name, spike_rules())
    return found.from_parameters(parameters)


def spike_rules() -> tuple[str, ...]:
    """The names of the features' room that measure spikes, not trains."""
    return tuple(n for n in rooms.names("features") if issubclass(rooms.load("features", n), SpikeRule))


def find(
    recording: Recording | Chosen,
    method: str | Detector | None = None,
    *,
    feature_rule: str | SpikeRule | None = None,
    junction_potential: float | None = None,
    chunk_duration: float | None = None,
    **settings: Any,
) -> Spikes:
    """Find spikes and measure them: `detect`, then `measure`.

    Parameters
    ----------
    recording : Recording
    method : str or Detector, optional
    feature_rule : str or SpikeRule, optional
        A `SpikeRule` carries its own parameters.
    junction_potential : float, V, optional
        See `measure`.
    chunk_duration : float, s, > 0, optional
    **settings
        Those of `detect`: channel, mode, polarity, stretches, and the method's parameters.

    Returns
    -------
    Spikes, n_spikes rows
    """
    recording = _settled(recording, settings.pop("channel", None), settings.pop("mode", None))
    spikes = detect(recording, method, chunk_duration=chunk_duration, **settings)
    return measure(
        recording,
        spikes,
        feature_rule=feature_rule,
        junction_potential=junction_potential,
        chunk_duration=chunk_duration,
    )


def score(
    found: Spikes | Sequence[float] | NDArray[np.float64],
    truth: Spikes | Sequence[float] | NDArray[np.float64],
    *,
    tolerance: float = 1e-3,
) -> Score:
    """Compare found spikes with the truth.

    Parameters
    ----------
    found, truth : Spikes, or times in s
    tolerance : float, s, > 0
        Farthest apart that two times are taken for one spike.

    Examples
    --------
    >>> score([1.0, 2.0], [1.0002, 3.0]).f1
    0.5
    """
    sweeps = (truth.sweep, found.sweep) if isinstance(found, Spikes) and isinstance(truth, Spikes) else None
    return score_times(_times(truth), _times(found), tolerance=tolerance, sweeps=sweeps)


def plot(recording: Recording, spikes: Spikes | None = None, **settings: Any) -> Axes:
    """Draw a recording in grey, and the samples of its spikes in blue.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes, optional
    **settings
        Those of `spikelens.plots.trace.trace`: ax, start, stop (s), overlaid.

    Returns
    -------
    matplotlib Axes
    """
    from spikelens.plots.trace import trace

    return trace(recording, spikes, **settings)


def _times(spikes: Spikes | Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    return spikes.time if isinstance(spikes, Spikes) else np.asarray(spikes, np.float64)
