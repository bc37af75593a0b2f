"""f-I curves: what rate a cell answers each current with, under each condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import rows_card
from spikelens.conditions.epochs import Epoch, by_label
from spikelens.conditions.measuring import within
from spikelens.errors import SpikelensError, UnsupportedInput
from spikelens.features import Feature
from spikelens.profiles import NOTHING, Beside
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.steps.cell import column
from spikelens.steps.curves import Line, mean_rates
from spikelens.steps.measuring import Steps, measure_steps
from spikelens.summary import Row

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FiCurve:
    """Rate over current under one condition."""

    condition: str
    current: Floats
    """Each step's current once, in order, A."""
    rate: Floats
    """The mean over the sweeps of that current, Hz."""
    n_sweeps: NDArray[np.int64]
    is_blocked: NDArray[np.bool_]
    """Whether a sweep of that current ends in depolarisation block."""
    rheobase: float
    """The smallest current with spikes, A; NaN where there is none."""
    gain: Line | None = None
    """The line through the rising part; see `spikelens.measure_steps`."""

    def _repr_html_(self) -> str:
        return rows_card(f"f-I curve, {self.condition}", self.rows())

    def rows(self) -> list[Row]:
        """A row per current, as ``fi_curves.csv`` and ``run.json`` hold it."""
        columns = (self.current, self.rate, self.n_sweeps, self.is_blocked)
        names = [f.name for f in COLUMNS[1:]]
        points = zip(*(values.tolist() for values in columns), strict=True)
        return [{"condition": self.condition, **dict(zip(names, point, strict=True))} for point in points]


COLUMNS = (
    Feature("condition", "", "The epochs' label."),
    Feature("current", "A", "Of the step, relative to the holding current."),
    Feature("average_rate", "Hz", "Spikes during the step over its observed time, mean over sweeps."),
    Feature("sweeps", "", "How many had this current."),
    Feature("is_blocked", "", "Whether one of them ends in depolarisation block."),
)


def measure_fi_curves(
    recording: Recording, spikes: Spikes, epochs: Sequence[Epoch], *, beside: Beside = NOTHING
) -> dict[str, FiCurve]:
    """Measure the f-I curve of each condition.

    Parameters
    ----------
    recording : Recording
        With its command; see `spikelens.measure_steps`.
    spikes : Spikes
    epochs : sequence of Epoch
        See `epochs_of`; those of one label give one curve.
    beside : Beside
        Its protocol tells the steps that the recording does not.

    Returns
    -------
    dict of str to FiCurve
        By condition, in order of their first epoch; conditions without a step are left out.

    Raises
    ------
    UnsupportedInput
        No condition holds a step; the message says why of the first.
    """
    found, why = {}, ""
    for label, mine in by_label(epochs).items():
        try:
            steps = measure_steps(recording, within(recording, spikes, mine), protocol=beside.protocol)
        except SpikelensError as failed:
            why = why or str(failed)
            continue
        found[label] = _curve(label, steps)
    if not found:
        raise UnsupportedInput(f"no condition has an f-I curve: {why}")
    return found


def _curve(label: str, steps: Steps) -> FiCurve:
    rows = steps.measured
    asked, blocked = column(rows, "current"), column(rows, "is_blocked")
    levels, rate = mean_rates(asked, column(rows, "average_rate"))
    same = [asked == level for level in levels]
    return FiCurve(
        condition=label,
        current=levels,
        rate=rate,
        n_sweeps=np.array([part.sum() for part in same], np.int64),
        is_blocked=np.array([(blocked[part] > 0).any() for part in same], bool),
        rheobase=float(steps.cell["rheobase"]),
        gain=steps.fits.gain,
    )
