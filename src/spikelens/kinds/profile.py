"""Kinds and pattern of a recording in a row of numbers, to lay beside those of other cells."""

from __future__ import annotations

from spikelens.features import Feature
from spikelens.kinds.naming import Kinds
from spikelens.kinds.steps import Patterns, usual_step
from spikelens.summary import Row

NAN = float("nan")

COLUMNS = (
    Feature("spikelet_share", "", "Share of spikes that are spikelets."),
    Feature("small_share", "", "Share of spikes that are small."),
    Feature("burst_share", "", "Share of spikes in bursts of three or more."),
    Feature("doublet_share", "", "Share of spikes in doublets."),
    Feature("burst_rate", "Hz", "Bursts per observed time."),
    Feature("is_adapting", "", "1 if the cell's firing pattern is adapting, 0 if it is another."),
    Feature("is_stuttering", "", "The same of stuttering."),
    Feature("is_bursting", "", "The same of bursting, or of a burst at the onset."),
    Feature("is_irregular", "", "The same of irregular."),
    Feature("is_delayed", "", "1 if firing at the step that gives the pattern begins with a delay, else 0."),
    Feature("interval_ratio", "", "Of that step: last third's mean interval over the first third's."),
    Feature("step_cv2", "", "Of that step: CV2 of its intervals."),
)
"""What a profile tells of kinds and of the pattern; the numbers of cells without steps lack."""


def kinds_row(kinds: Kinds, patterns: Patterns) -> Row:
    """The numbers of `COLUMNS` that there are.

    Parameters
    ----------
    kinds : Kinds
    patterns : Patterns
    """
    spikes, n = kinds.spikes, len(kinds.spikes)
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    row: Row = {
        "spikelet_share": float((spikes["kind"] == "spikelet").mean()) if n else NAN,
        "small_share": float((spikes["kind"] == "small").mean()) if n else NAN,
        "burst_share": float((spikes["context"] == "burst").mean()) if n else NAN,
        "doublet_share": float((spikes["context"] == "doublet").mean()) if n else NAN,
        "burst_rate": len(kinds.bursts) / observed if observed else NAN,
    }
    step = usual_step(patterns.rows)
    if step is None:
        return row
    onset, steady = str(step["onset_pattern"]), str(step["steady_pattern"])
    return row | {
        "is_adapting": int(steady == "adapting"),
        "is_stuttering": int(steady == "stuttering"),
        "is_bursting": int("burst" in (onset, steady.removesuffix("ing"))),
        "is_irregular": int(steady == "irregular"),
        "is_delayed": int(onset == "delayed"),
        "interval_ratio": step["interval_ratio"],
        "step_cv2": step["cv2"],
    }
