"""What is said of a recording's quality."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.prefixes import megohms, quantity
from spikelens.quality.access import RULE as ACCESS
from spikelens.quality.edges import AFTER, FEWEST, RULE
from spikelens.quality.measuring import Quality
from spikelens.runs.words import counted
from spikelens.version import VERSION


def verdict(quality: Quality) -> str:
    """The finding in a few sentences."""
    sentences = [
        _resting(quality),
        _bridge(quality),
        _access(quality),
        f"Noise is {_typical(quality, 'noise_level')}{_hum(quality)}.",
        _proposed(quality),
    ]
    return " ".join(filter(None, sentences))


def _typical(quality: Quality, name: str) -> str:
    unit = quality.recording.channels[0].unit
    values = quality.columns[name]
    known = values[np.isfinite(values)]
    return quantity(float(np.median(known)), unit) if known.size else "not known"


def _resting(quality: Quality) -> str:
    values = quality.columns["resting_potential"]
    known = values[np.isfinite(values)]
    if not known.size:
        held = quality.columns["holding_current"]
        return (
            f"The membrane is held, with {quantity(float(np.nanmedian(held)), 'A')}."
            if is_held(quality)
            else ""
        )
    words = f"The cell rests at {quantity(float(np.median(known)), 'V')}"
    words += f" ({quantity(float(known.min()), 'V')} to {quantity(float(known.max()), 'V')})"
    if np.isfinite(quality.drift):
        words += f" and drifts by {quantity(quality.drift * 60, 'V')} a minute"
    return words + "."


def _bridge(quality: Quality) -> str:
    spread = _spread(quality, "bridge")
    return f"At pulse edges it steps by {spread}." if spread else ""


def _access(quality: Quality) -> str:
    spread = _spread(quality, "access_resistance")
    return f"Access resistance is {spread}." if spread else ""


def _spread(quality: Quality, name: str) -> str:
    """A resistance's median, lowest and highest; nothing where none is known."""
    known = _known(quality, name)
    if not known.size:
        return ""
    low, middle, high = (megohms(float(x)) for x in (known.min(), np.median(known), known.max()))
    return f"{middle} ({low} to {high})"


def typical_access(quality: Quality) -> float:
    """The median access resistance of a held membrane, ohm; NaN where there is none."""
    known = _known(quality, "access_resistance")
    return float(np.median(known)) if known.size else float("nan")


def _known(quality: Quality, name: str) -> NDArray[np.float64]:
    """A measure of the sections that have it; none has one that is not of this recording's mode."""
    values = quality.columns.get(name, np.empty(0))
    return np.asarray(values[np.isfinite(values)], np.float64)


def _no_access(quality: Quality) -> list[str]:
    """Why access resistance is not told, once."""
    notes = [str(note) for note in quality.columns["access_note"] if note]
    if not notes:
        return []
    why = max(set(notes), key=notes.count)
    if len(notes) == len(quality):
        return [f"access resistance is not measured: {why}"]
    return [f"access resistance is not measured in {len(notes)} of {len(quality)} sections: {why}"]


def _hum(quality: Quality) -> str:
    if not np.isfinite(quality.mains):
        return ""
    if not np.nanmedian(quality.columns["hum"]) > 0:
        return f", without hum at {quality.mains:g} Hz"
    return f", hum at {quality.mains:g} Hz {_typical(quality, 'hum')}"


def _proposed(quality: Quality) -> str:
    if not quality.proposals:
        return "Nothing is proposed for exclusion."
    seconds = sum(stop - start for start, stop in _union(quality))
    reasons = ", ".join(dict.fromkeys(p.reason for p in quality.proposals))
    one = len(quality.proposals) == 1
    n = "1 stretch" if one else f"{len(quality.proposals)} stretches"
    return (
        f"{n}, {seconds:.6g} s in all, {'is' if one else 'are'} proposed for exclusion ({reasons});"
        " nothing was left out."
    )


def _union(quality: Quality) -> list[tuple[float, float]]:
    """The proposed time, each second once."""
    found: list[tuple[float, float]] = []
    for p in sorted(quality.proposals, key=lambda p: p.start):
        start = max(p.start, found[-1][1]) if found else p.start
        if p.stop > start:
            found.append((start, p.stop))
    return found


def is_held(quality: Quality) -> bool:
    """Whether the membrane was held in voltage clamp."""
    return quality.recording.mode == "voltage-clamp"


def warnings(quality: Quality) -> list[str]:
    """What to distrust, and what could not be had."""
    said = [f"{p.start:.6g} to {p.stop:.6g} s, {p.reason}: {p.words}" for p in quality.proposals]
    columns = quality.columns
    if is_held(quality):
        said += ["voltage clamp: no resting potential and no spikes", *_no_access(quality)]
    elif not np.isfinite(columns["bridge"]).any():
        said.append(f"no bridge step: {_no_bridge(quality)}")
    if not is_held(quality) and not len(quality.spikes):
        said.append("no spikes: their height tells nothing of the recording")
    if len(quality) < 3:
        said.append(f"{counted(len(quality), 'section')}: nothing can be said of change; shorten --every")
    return said


def _no_bridge(quality: Quality) -> str:
    stimulus, rate = quality.recording.stimulus, quality.recording.sampling_rate
    if stimulus is None:
        return "the command is not known"
    if (AFTER[1] - AFTER[0]) * rate < FEWEST:
        return f"{rate:g} Hz are too few to see it"
    return "the command has no step of 10 pA or more that stays for 1.5 ms, away from spikes"


def methods(quality: Quality) -> str:
    """A paragraph for a paper: what was measured, and by which rules stretches were proposed."""
    rule, held = quality.rule, is_held(quality)
    told = [
        f"Recording quality (Spikelens {VERSION}) was followed in sections of at most {rule.every:g} s,"
        " none across sweeps."
    ]
    if not held:
        told.append(
            "Resting potential: median of the spike-less trace where the command stood at its first value and"
            f" had for {rule.settle:g} s."
        )
    measure, words = ("access_resistance", ACCESS) if held else ("bridge", RULE)
    edges = bool(np.isfinite(quality.columns[measure]).any())
    told += [words] if edges else []
    if np.isfinite(quality.columns["holding_current"]).any():
        told.append(f"Holding current: {quality.holding_source}.")
    return " ".join([*told, _limits(quality, edges=edges)])


def _limits(quality: Quality, *, edges: bool) -> str:
    """From where on stretches were proposed, of what was measured."""
    rule, held = quality.rule, is_held(quality)
    cell = [
        f"the cell rested above {quantity(rule.depolarised, 'V')}",
        f"it lost {rule.seal * 100:g} % of its resting potential for good",
        f"spikes lost {rule.height_loss * 100:g} % of their height",
    ]
    what = "access resistance" if held else "the bridge step"
    reasons = [] if held else cell
    reasons += [f"{what} changed by {rule.bridge_change * 100:g} %"] if edges else []
    reasons.append(f"{rule.saturated * 100:g} % of the samples were saturated")
    *others, last = reasons
    listed = f"{', '.join(others)}, or {last}" if others else last
    against = ", against the median of the first tenth" if len(reasons) > 1 else ""
    return f"Sections were proposed for exclusion where {listed}{against}."
