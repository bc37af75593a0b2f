"""The section of a report that shows how a cell fires on current steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikelens.html import Table
from spikelens.kinds.columns import PATTERNS
from spikelens.kinds.terms import ONSETS, STEADY
from spikelens.plots.firing_patterns import Shown, firing_patterns
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.runs.analysis import Picture
from spikelens.runs.kinds import Named
from spikelens.runs.kindwords import amount, heading, pattern_words
from spikelens.summary import Row

SHOWN_STEPS = 4
"""Steps that are drawn where there is no rheobase."""
AROUND = 0.15
"""Traces are drawn so far before and after a step, as a share of it."""


def pattern_parts(recording: Recording, named: Named) -> list[str | Table | Picture]:
    """The pattern in a sentence, and the steps it is from: drawn, in numbers, with the rules."""
    patterns = named.patterns
    parts: list[str | Table | Picture] = [pattern_words(named)]
    firing = [row for row in patterns.rows if row["spikes"]]
    if not firing:
        return parts
    drawn = firing_patterns([_shown(recording, named, row) for row in _chosen(named, firing)])
    parts.append(
        Picture(
            "patterns",
            drawn,
            "Left: the steps, ticks are spikes. Right: each interval at its end; the diamond is the latency.",
        )
    )
    said = {str(row[name]) for row in firing for name in ("onset_pattern", "steady_pattern")}
    rules = [(t.name, t.told(patterns.rule)) for t in (*ONSETS, *STEADY) if t.name in said]
    parts.append(_step_table(firing))
    return [*parts, *([Table("Patterns", ("word", "rule"), rules)] if rules else [])]


def _chosen(named: Named, firing: Sequence[Row]) -> list[Row]:
    """The steps at multiples of rheobase, or some spread over the currents."""
    if named.patterns.multiples:
        return list(named.patterns.multiples)
    places = np.unique(np.linspace(0, len(firing) - 1, min(SHOWN_STEPS, len(firing))).astype(int))
    return [firing[k] for k in places]


def _shown(recording: Recording, named: Named, row: Row) -> Shown:
    """A step as it is drawn."""
    spikes, sweep = named.spikes, int(str(row["sweep"]))
    onset, offset = float(str(row["onset"])), float(str(row["offset"]))
    rate, around = recording.sampling_rate, AROUND * (offset - onset)
    low, high = (int(b) for b in recording.sweeps.bounds[sweep : sweep + 2])
    start = max(low + round((onset - around) * rate), low)
    volts = recording.read(start, min(low + round((offset + around) * rate), high))[:, 0]
    times = spikes.time_in_sweep[spikes.sweep == sweep]
    inside = times[(times >= onset) & (times < offset)] - onset
    return Shown(
        _title(row),
        (start - low + np.arange(volts.size)) / rate - onset,
        volts.astype(np.float64),
        inside,
        offset - onset,
    )


def _title(row: Row) -> str:
    multiple = float(str(row["multiple"]))
    times = f"{multiple:.3g} \u00d7 rheobase, " if np.isfinite(multiple) else ""
    return f"{times}{quantity(float(str(row['current'])), 'A')}: {row['pattern']}"


_SHOWN_NUMBERS = (
    "spikes",
    "average_rate",
    "pattern",
    "latency",
    "latency_ratio",
    "pauses",
    "cv2",
    "interval_ratio",
    "trend",
    "why_not",
)


def _step_table(firing: Sequence[Row]) -> Table:
    header = ["current", "\u00d7 rheobase", *(heading(name, PATTERNS) for name in _SHOWN_NUMBERS)]
    body = [
        [amount(row["current"], "A"), row["multiple"], *(row[name] for name in _SHOWN_NUMBERS)]
        for row in firing
    ]
    return Table("Step by step", header, body, "patterns.csv has all the numbers, columns.csv their rules.")
