"""A sorting in words: what was found, what to distrust, and the paragraph for a paper."""

from __future__ import annotations

from collections import Counter

import numpy as np

from spikelens.sortings.measuring import MeasuredUnits
from spikelens.version import VERSION

MOVES = 0.2
"""A unit whose height changes by this share from one tenth of the recording to another drifts."""
ENOUGH_PAIRS = 10
"""Of fewer spikes in a unit's own refractory period nothing is said."""


def verdict(measured: MeasuredUnits) -> str:
    """The finding in a sentence or two."""
    n, n_spikes = len(measured.rows), len(measured.spikes)
    if not n:
        return "No unit was found: nothing stands out of the noise often enough and alike."
    kinds = Counter(str(row["proposal"]) for row in measured.rows)
    listed = ", ".join(f"{kinds[name]} {name}" for name in ("good", "multi-unit", "noise") if kinds[name])
    collided = measured.spikes["collided"].mean() if n_spikes else 0.0
    return (
        f"{n} {'unit' if n == 1 else 'units'} fired {n_spikes:,} spikes; proposed as {listed}."
        f" {collided:.1%} of spikes collide with another within 1 ms."
    )


def warnings(measured: MeasuredUnits) -> list[str]:
    """What to distrust."""
    said = list(measured.recording.warnings)
    moving = [u for u in measured.waves.unit if _change(measured, int(u)) > MOVES]
    if moving and len(moving) >= max(2, len(measured.rows) // 3):
        said.append(
            f"{len(moving)} of {len(measured.rows)} units change their height by more than {MOVES:.0%} over"
            " the recording: the electrode drifts, and this sorter follows slow changes of height only;"
            " hand the recording over with --method tridesclous2 or lupin"
        )
    mixed = [row for row in measured.rows if _is_mixed(row, measured.rule.most_contamination)]
    if mixed:
        listed = ", ".join(f"{row['unit_id']} ({row['contamination']:.0%})" for row in mixed)
        said.append(
            f"more than one neuron may fire as unit {listed}: it fires in its own refractory period as if"
            " that share of its spikes, or more, were another's; unit_probability does not speak of that"
        )
    unsure = [row for row in measured.rows if float(str(row["unit_probability"])) < 0.9]
    if unsure:
        listed = ", ".join(str(row["unit_id"]) for row in unsure)
        said.append(f"spikes of unit {listed} are less than 90 % sure on average: see the runner-up of each")
    return said


def _is_mixed(row: dict[str, object], most: float) -> bool:
    """Whether a unit's own intervals say that it is several neurons'."""
    share, pairs = (float(str(row[name])) for name in ("contamination", "isi_violations"))
    return share > most and pairs * int(str(row["n_spikes"])) >= ENOUGH_PAIRS


def _change(measured: MeasuredUnits, unit: int) -> float:
    """The range of a unit's median height over tenths of its spikes, as a share of the median."""
    height = np.abs(measured.spikes.height[measured.spikes["unit_id"] == unit])
    if height.size < 200:
        return 0.0
    medians = np.array([np.median(part) for part in np.array_split(height, 10)])
    return float(np.ptp(medians) / np.median(height))


def methods(measured: MeasuredUnits) -> str:
    """A paragraph for a paper."""
    made = measured.spikes.provenance
    if made.method != "pursuit":
        return (
            f"Spikes were sorted with {made.parameters.get('sorter', made.method)} by way of SpikeInterface"
            f" (Buccino et al., 2020) and Spikelens {VERSION}."
        )
    filter_ = f"high-pass filtered above {made.parameters['low']:g} Hz" if made.filter else "used as recorded"
    return (
        f"Spikes were sorted with Spikelens {VERSION}. Traces were {filter_} and whitened in space and time"
        " by the covariance and an autoregressive model of stretches without spikes. Events beyond"
        f" {made.parameters['cutoff']:g} s.d. that stood alone were clustered by unimodality splits (Magland"
        " and Barnett, 2015), clusters that noise could not tell apart were merged, and all spikes, collided"
        " ones included, were assigned by Bayes-optimal matching pursuit (after Franke et al., 2015)."
        " Probabilities were calibrated on spikes put into the recording's residual."
    )
