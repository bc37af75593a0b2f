"""The words for kinds, contexts and patterns, each with its rule: the manual's tables are made of these."""

from __future__ import annotations

import re
from typing import NamedTuple

from spikelens.params import Method
from spikelens.prefixes import quantity


class Term(NamedTuple):
    """A word of a column, and when it is given."""

    name: str
    rule: str
    """With the names of settings in backticks."""

    def told(self, settings: Method, **known: float) -> str:
        """The rule with the values of its settings; `known` are those that the recording told.

        >>> from spikelens.kinds.rule import KindRule
        >>> Term("narrow", "Narrower than `fast` of the usual width.").told(KindRule())
        'Narrower than 0.6 of the usual width.'
        """
        values = settings.parameters() | known
        units = {p.name: p.unit for p in settings.schema()}
        return re.sub(r"`(\w+)`", lambda found: _written(values[found[1]], units[found[1]]), self.rule)


def _written(value: object, unit: str) -> str:
    return (
        quantity(float(str(value)), unit)
        if unit
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


KINDS = (
    Term("full", "None of the others: at least `small` times the height of rested spikes."),
    Term(
        "spikelet",
        "In the lower mode of heights of rested spikes that are clearly bimodal within one stretch of stable"
        " access: `least` spikes in each, Ashman's D of `separation` or more, the lower at most `spikelet`"
        " times the upper, nearly nothing between them, both in turns, and set off from no more than"
        " `depolarised` above the others. Not within `recovery` of a taller spike.",
    ),
    Term(
        "small",
        "Lower than `small` times the rested spikes' height (third quartile), without such modes: in"
        " depolarised membrane, after another spike, or as the electrode lets through.",
    ),
    Term("broad", "Full, and wider than `broad` times the usual width of the stretch, or a plateau."),
    Term("fast", "Full, and narrower than `fast` times that width."),
)
"""Of the column ``kind``: what a spike looks like."""

CONTEXTS = (
    Term("single", "None of the others; so is each of three or more together that are too few for a burst."),
    Term(
        "doublet",
        "Two spikes at most `burst_interval` apart, with a silence of `burst_contrast` times their interval"
        " on both sides, or the recording's edge.",
    ),
    Term(
        "burst",
        "`burst_spikes` to `burst_most` spikes, neighbours at most `burst_interval` apart, with a silence"
        " of `burst_contrast` times the mean interval within on both sides, or the recording's edge.",
    ),
    Term("run", "More such spikes than `burst_most`: fast firing that is no burst."),
)
"""Of the column ``context``: what a spike stands in."""

ONSETS = (
    Term(
        "delayed",
        "No burst comes first, and the first spike comes at least `delay`, and `delay_factor` times the mean"
        " of the first two intervals (of clustered firing, the median pause), after the step's onset.",
    ),
    Term(
        "burst",
        "Three or more spikes at most `fast_interval` apart come first, then a pause, then intervals at"
        " least `pause` times as long.",
    ),
    Term("continuous", "Neither."),
)
"""Of the column ``onset_pattern``: how firing begins."""

STEADY = (
    Term(
        "bursting",
        "Two or more pauses cut firing into bursts of 2 to `short_burst` spikes (median) at most"
        " `fast_interval` apart, whose intervals are alike and shorter than the pauses.",
    ),
    Term(
        "stuttering",
        "Pauses cut firing into two or more clusters of at least `cluster_spikes` spikes that are regular"
        " within.",
    ),
    Term(
        "irregular",
        "CV2 of the intervals after the onset is above `irregular`, and they do not go one way (Kendall's tau"
        " below `one_way`).",
    ),
    Term(
        "adapting",
        "The mean interval of the last third is at least `trend` times that of the first third, and the"
        " trend is more than two standard errors.",
    ),
    Term("accelerating", "The same the other way round."),
    Term("non-adapting", "None of the others."),
)
"""Of the column ``steady_pattern``: how firing goes on; the first rule that holds."""
