"""What `measure_quality` can be told, declared once for functions and flags."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class QualityRule(Method):
    """How finely quality is followed, and from where on a stretch is proposed for exclusion."""

    every: float = param(
        10.0, unit="s", low=0.1, high=3600, help="Longest section; sweeps are sections, longer ones are cut."
    )
    settle: float = param(
        0.1, unit="s", low=0, high=10, help="After a step of the command the cell is at rest again this late."
    )
    depolarised: float = param(
        -0.04, unit="V", low=-0.1, high=0.05, help="A resting potential above this is proposed for exclusion."
    )
    seal: float = param(
        0.3,
        low=0.05,
        high=1,
        help="Share of the resting potential whose lasting loss counts as the seal's.",
    )
    bridge_change: float = param(
        0.3, low=0.01, high=10, help="Change of the bridge step, or of access, as a share of its first value."
    )
    bridge_least: float = param(
        5e6,
        unit="Ohm",
        low=0,
        high=1e9,
        help="Smaller changes of the bridge step, or of access, than this are none.",
    )
    height_loss: float = param(
        0.5, low=0.05, high=1, help="Share of their first height whose loss is a collapse of spikes."
    )
    saturated: float = param(
        0.001, low=0, high=1, help="Share of a section that may stand at the end of the converter's range."
    )
