"""What can be chosen about measuring steps, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spikelens.params import Method, param


@dataclass(frozen=True, kw_only=True)
class StepRule(Method):
    """Windows and limits of the measures of current steps."""

    references: ClassVar[tuple[str, ...]] = (
        "Sen (1968) J Am Stat Assoc 63:1379, for the slope of the f-I curve",
        "IPFX (Allen Institute), for the definition of sag_ipfx",
        "eFEL (Blue Brain Project), for the definitions of sag_ratio1 and sag_ratio2",
    )

    baseline: float = param(0.1, unit="s", low=1e-3, help="Baseline is at most so long before the step.")
    steady: float = param(0.1, unit="s", low=1e-3, help="Steady state is at most so long before the end.")
    linear_range: float = param(
        0.02, unit="V", low=1e-4, help="Larger deflections are left out of resistance and time constant."
    )
    rebound: float = param(0.2, unit="s", low=1e-3, help="Spikes so soon after a negative step are rebound.")
    block_v: float = param(-0.04, unit="V", help="In depolarisation block the membrane stays above this.")
    block_duration: float = param(0.1, unit="s", low=1e-3, help="Shortest silence that is called a block.")
