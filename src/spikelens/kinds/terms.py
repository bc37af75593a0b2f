"""The words for kinds, contexts and patterns, each with its rule: the manual's tables are made of these."""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A word of a column, and when it is given."""

    name: str
    rule: str


KINDS = (
    Term("full", "None of the others: at least `small` of the height of rested spikes around it."),
    Term(
        "spikelet",
        "In the lower mode of heights of rested spikes that are clearly bimodal within one stretch of stable"
        " access: `least` spikes in each, `separation` apart, the lower at most `spikelet` of the upper,"
        " nearly nothing between them, both in turns, and set off from no more than `depolarised` above"
        " the others. Not within `recovery` of a taller spike.",
    ),
    Term(
        "small",
        "Lower than `small` of the rested spikes' height (third quartile), without such modes: in"
        " depolarised membrane, after another spike, or as the electrode lets through.",
    ),
    Term("broad", "Full, and wider than `broad` times the usual width of the stretch, or a plateau."),
    Term("fast", "Full, and narrower than `fast` of that width."),
)
"""Of the column ``kind``: what a spike looks like."""

CONTEXTS = (
    Term("single", "None of the others."),
    Term("doublet", "Two spikes at most `burst_interval` apart, with a longer silence on both sides."),
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
        "CV2 of the intervals after the onset is above `irregular`, and they do not go `one_way`.",
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
