"""What `measure_membrane` can be told, declared once for functions and flags."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class MembraneRule(Method):
    """How spikes are cut out and bridged, and how states, averages and coherence are had."""

    until: str = param(
        "return",
        choices=("return", "trough"),
        help="A cut ends where the fall is back at the onset's voltage, or at the lowest point after it.",
    )
    bridge: str = param(
        "straight",
        choices=("straight", "monotone"),
        help="What is laid across a cut: a line, or a monotone cubic that keeps the slopes at its ends.",
    )
    lead: float = param(0.5e-3, unit="s", low=0, high=0.01, help="A cut begins this long before the onset.")
    longest: float = param(
        0.02, unit="s", low=1e-3, high=1, help="A cut ends at the latest this long after the peak."
    )
    shortest_state: float = param(
        0.05, unit="s", low=0, high=10, help="Up and down states shorter than this are none."
    )
    reach: float = param(
        0.1, unit="s", low=1e-3, high=10, help="Spike-triggered averages reach this far to either side."
    )
    shuffles: int = param(200, low=20, high=10_000, help="Shuffled trains behind the control band.")
    segment: float = param(
        1.0, unit="s", low=0.01, high=100, help="Length of the segments behind a coherence."
    )
    seed: int = param(0, low=0, help="Of the shuffles.")
