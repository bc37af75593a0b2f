"""The verb `respond`: from spikes and stimuli to what the cell answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from spikelens.errors import BadParameter
from spikelens.recording import Recording
from spikelens.responses import trains
from spikelens.responses.columns import COLUMNS, RESERVED
from spikelens.responses.evidence import Evidence, evidence
from spikelens.responses.histogram import Histogram, histogram
from spikelens.responses.latency import Latencies, latencies
from spikelens.responses.plan import Plan
from spikelens.responses.reliability import correlation
from spikelens.responses.sources import Given, stimuli_from
from spikelens.responses.stimuli import Floats
from spikelens.responses.trials import Counts, Trials
from spikelens.responses.tuning import Tuning, tuning_of
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Responses:
    """What a cell answered to stimuli; columns of its parts have one entry per condition."""

    plan: Plan
    recording: Recording
    spikes: Spikes = field(repr=False)
    trials: Trials = field(repr=False)
    evidence: Evidence = field(repr=False)
    latencies: Latencies = field(repr=False)
    correlation: Floats = field(repr=False)
    """Mean correlation of pairs of repeats."""
    psth: Histogram = field(repr=False)
    tuning: Tuning | None = field(repr=False)

    @cached_property
    def counts(self) -> Counts:
        """Each trial's spikes in the window."""
        return self.trials.counted(self.plan.window)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to distrust."""
        from spikelens.responses.words import warnings_of

        return warnings_of(self)

    def _repr_html_(self) -> str:
        from spikelens.responses.writing import describe

        return describe(self, self.plan.facts())._repr_html_()

    def to_pandas(self) -> pd.DataFrame:
        """A row per condition; units and rules are in ``.attrs``."""
        import pandas as pd

        from spikelens.responses.tables import condition_rows

        frame = pd.DataFrame(condition_rows(self))
        frame.attrs["units"] = {f.name: f.unit for f in COLUMNS if f.name in frame}
        frame.attrs["rules"] = {f.name: f.meaning for f in COLUMNS if f.name in frame}
        return frame

    def to_neo(self) -> list[Any]:
        """A Neo spike train per trial, for Elephant; see `spikelens.responses.trains.neo_trains`."""
        return trains.neo_trains(self.trials, self.plan)

    def to_pynapple(self) -> Any:
        """A pynapple group of trials; see `spikelens.responses.trains.pynapple_trials`."""
        return trains.pynapple_trials(self.trials, self.plan)


def respond(recording: Recording, spikes: Spikes, events: Given, **settings: Any) -> Responses:
    """Measure what a cell answered to stimuli.

    Parameters
    ----------
    recording : Recording
        The one the spikes were found in.
    spikes : Spikes
        Their stretches say what was observed.
    events : mapping of columns or DataFrame, Events, Stimuli, Path or str
        When stimuli began, and under which conditions: see `spikelens.responses.sources.stimuli_from`.
    **settings
        Those of `Plan`: ``by`` (names of conditions), ``window`` and ``baseline`` (two times in
        s, or text such as ``"5:55ms"``), ``shown``, and ``bin`` or ``smoothing`` (s).

    Returns
    -------
    Responses

    Raises
    ------
    UnknownName
        No such source, condition or setting.
    OutsideRecording
        No stimulus lies within the recording.
    BadParameter
        Windows that overlap or hold no time; a condition named like a result.

    >>> from tests.factory import make_recording, make_spikes
    >>> cell = make_recording(n_samples=200_000)
    >>> spikes = make_spikes(cell, [20_400, 60_420, 100_380, 140_400])
    >>> found = respond(cell, spikes, {"start": [1.0, 3.0, 5.0, 7.0]})
    >>> found.latencies.median.round(4), found.evidence.p_corrected.round(3)
    (array([0.02]), array([0.025]))
    """
    plan = Plan.of(**settings)
    taken = sorted(RESERVED.intersection(plan.by))
    if taken:
        raise BadParameter(f"a condition called {taken[0]!r} would hide a result: rename that column")
    trials = Trials.about(recording, spikes, stimuli_from(recording, events), plan.by)
    found = evidence(trials, plan)
    quiet = found.spontaneous
    return Responses(
        plan=plan,
        recording=recording,
        spikes=spikes,
        trials=trials,
        evidence=found,
        latencies=latencies(trials, plan, (quiet.spikes.astype(np.float64), quiet.exposure)),
        correlation=correlation(trials, plan),
        psth=histogram(trials, plan),
        tuning=tuning_of(trials.conditions, found),
    )
