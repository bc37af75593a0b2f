"""What can be chosen about kinds and firing patterns, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class KindRule(Method):
    """Limits of the kinds of spikes and of what they stand in: doublets, bursts, runs."""

    references: ClassVar[tuple[str, ...]] = (
        "Ashman, Bird and Zepf (1994) Astron J 108:2348, for the distance of two modes",
        "Pasquale, Martinoia and Chiappalone (2010) J Comput Neurosci 29:213, for bursts by the valley of"
        " the intervals' logarithms",
    )

    small: float = param(
        0.5, low=0.05, high=1, help="Spikes lower than this share of a rested full spike are small."
    )
    spikelet: float = param(
        0.5, low=0.05, high=1, help="Spikelets' median is at most this share of the full spikes'."
    )
    separation: float = param(
        4.0, low=2, help="Least distance of two modes of heights, in their standard deviations (Ashman's D)."
    )
    least: int = param(5, low=2, help="Fewest spikes of each mode, and fewest rested ones.")
    rested: float = param(0.1, unit="s", low=1e-3, help="A spike after a silence this long is rested.")
    recovery: float = param(
        0.02, unit="s", low=0, help="A low spike so soon after a taller one is small, never a spikelet."
    )
    depolarised: float = param(
        0.005,
        unit="V",
        low=0,
        help="Low spikes that set off this much above the full ones are small: their sodium is inactivated.",
    )
    access: float = param(
        0.2, low=0.02, high=1, help="Access is stable while the tall spikes' height stays within this share."
    )
    broad: float = param(1.7, low=1.05, help="Wider than so many times the usual width is broad.")
    fast: float = param(0.6, low=0.05, high=0.95, help="Narrower than this share of it is fast.")
    burst_interval: float | None = param(
        None,
        unit="s",
        low=1e-4,
        help="Longest interval within a burst; by default the valley between short and long intervals if"
        " there is a clear one below 0.03 s, else 0.01 s.",
    )
    burst_spikes: int = param(3, low=3, help="Fewest spikes of a burst.")
    burst_contrast: float = param(
        2.0, low=1, help="Silence on both sides is so many times the mean interval within."
    )
    burst_most: int = param(20, low=3, help="More spikes in a row are a run, as of a fast-spiking cell.")


@dataclass(frozen=True, kw_only=True)
class PatternRule(Method):
    """Limits of the firing patterns of a step, in the terms of the Petilla convention."""

    references: ClassVar[tuple[str, ...]] = (
        "Petilla Interneuron Nomenclature Group (2008) Nat Rev Neurosci 9:557, for the terms",
        "Komendantov et al. (2019) Sci Rep 9:17915, for naming patterns by ratios of intervals",
        "Holt et al. (1996) J Neurophysiol 75:1806, for CV2",
    )

    fewest_intervals: int = param(4, low=4, help="With fewer intervals no pattern is named.")
    delay_factor: float = param(
        2.0,
        low=1,
        help="Delayed: the first spike comes after so many times the mean of the first two intervals.",
    )
    delay: float = param(0.05, unit="s", low=0, help="Delayed: and after at least this.")
    fast_interval: float = param(
        0.02,
        unit="s",
        low=1e-3,
        help="Intervals within a burst at the onset, or of bursting, are at most this.",
    )
    pause: float = param(
        2.5, low=1.5, help="A pause is so many times the shorter intervals on both of its sides."
    )
    short_burst: int = param(6, low=2, help="Bursting: bursts have at most this many spikes, by the median.")
    cluster_spikes: int = param(3, low=2, help="Stuttering: fewest spikes between pauses.")
    irregular: float = param(
        0.4, low=0.05, high=2, help="Irregular: CV2 of neighbouring intervals is above this."
    )
    one_way: float = param(
        0.6,
        low=0,
        high=1,
        help="But not if intervals go one way: Kendall's tau of their order is at least this.",
    )
    trend: float = param(
        1.25,
        low=1.01,
        help="Adapting: the last third's mean interval over the first third's is at least this.",
    )
