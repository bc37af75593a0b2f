"""What the columns of the tables mean: unit and rule."""

from __future__ import annotations

from spikelens.features import Feature

STRETCHES = (
    Feature(
        "stretch", "", "Counted from 0: spikes over which the tall ones keep their height within `access`."
    ),
    Feature("start", "s", "Its first spike."),
    Feature("stop", "s", "Its last."),
    Feature("spikes", "", "Spikes in it."),
    Feature(
        "full_size",
        "V or A",
        "What a full spike reaches: third quartile of rested spikes' amplitudes, or the upper mode.",
    ),
    Feature(
        "usual_width",
        "s",
        "Median width of spikes that are not small, and that the electrode does not limit.",
    ),
    Feature("lower_mode", "V or A", "Median of the lower part of rested spikes' heights, split in two."),
    Feature("upper_mode", "V or A", "Median of the upper part."),
    Feature("n_lower", "", "Spikes in the lower part."),
    Feature("separation", "", "Ashman's D of the logarithms: distance of the parts in their common spread."),
    Feature("in_valley", "", "Spikes in the middle half of the way from one part's median to the other's."),
    Feature("turns", "", "How often the parts alternate in time, over how often they would by chance."),
    Feature("no_spikelets_since", "", "Why the lower part is no mode of spikelets; empty if it is."),
)
"""Of ``stretches.csv``: a row per stretch of stable access."""

BURSTS = (
    Feature("burst", "", "Number, from 1."),
    Feature("sweep", "", "Its sweep."),
    Feature("start", "s", "First spike, on the recording's clock."),
    Feature("stop", "s", "Last spike."),
    Feature("spikes", "", "Spikes in it."),
    Feature("rate", "Hz", "Intervals over the time from first to last spike."),
    Feature("height_ratio", "", "Amplitude of the last over that of the first spike."),
    Feature("unit", "", "Its unit, where spikes were sorted."),
)
"""Of ``bursts.csv``: a row per burst."""

PATTERNS = (
    Feature("sweep", "", "Counted from 0."),
    Feature("onset", "s", "Start of the step, from the start of the sweep."),
    Feature("offset", "s", "Its end."),
    Feature("current", "A", "The step's nominal current, from the holding current."),
    Feature("multiple", "", "It over rheobase, the smallest positive step with a spike."),
    Feature("spikes", "", "Spikes from onset to offset."),
    Feature("average_rate", "Hz", "They over the step's length."),
    Feature("pattern", "", "The firing pattern, or not applicable."),
    Feature("onset_pattern", "", "How firing begins: continuous, delayed or burst."),
    Feature(
        "steady_pattern",
        "",
        "How it goes on: adapting, non-adapting, accelerating, irregular, stuttering or bursting.",
    ),
    Feature("latency", "s", "First spike after the onset."),
    Feature(
        "latency_ratio",
        "",
        "Latency over the mean of the first two intervals; over the median pause if firing is clustered.",
    ),
    Feature("onset_burst_spikes", "", "Spikes of a burst at the onset; 0 for none."),
    Feature("pauses", "", "Intervals of `pause` times the shorter of two on either side, or more."),
    Feature("clusters", "", "Parts between pauses."),
    Feature("cluster_spikes", "", "Median number of spikes of a cluster."),
    Feature("cluster_interval", "s", "Median interval within clusters."),
    Feature("cv2_within", "", "CV2 of neighbouring intervals within clusters."),
    Feature("cv2", "", "CV2 of all neighbouring intervals after an onset's burst."),
    Feature(
        "tau", "", "Kendall's tau of these intervals and their order: 1 if each is longer than those before."
    ),
    Feature("interval_ratio", "", "Mean interval of the last third over that of the first third."),
    Feature("trend", "", "Slope of the intervals' logarithms over its standard error."),
    Feature("why_not", "", "Why no pattern is named."),
)
"""Of ``patterns.csv``: a row per sweep with a step."""
