"""What the columns of the tables of responses mean."""

from __future__ import annotations

from spikelens.features import Feature

COLUMNS = (
    Feature("trials", "", "Stimuli of the condition."),
    Feature(
        "whole_trials",
        "",
        "Trials whose window was observed throughout; shares, latency, jitter, Fano factor and "
        "correlation are of these.",
    ),
    Feature("spikes", "", "Spikes in the window, of all trials."),
    Feature("exposure", "s", "Observed time of the windows."),
    Feature("rate", "Hz", "Spikes in the window per observed second."),
    Feature(
        "rate_low",
        "Hz",
        "Lower end of its 95 % interval: Garwood's exact Poisson interval (1936), scaled by the Fano "
        "factor where counts are over-dispersed (p < 0.05).",
    ),
    Feature("rate_high", "Hz", "Upper end of the same."),
    Feature(
        "spontaneous_rate",
        "Hz",
        "Spikes in the baseline per observed second: of all trials, or of the condition's own where "
        "conditions differ (chi-square, p < 0.01).",
    ),
    Feature("spontaneous_low", "Hz", "Lower end of its 95 % interval, as for the rate."),
    Feature("spontaneous_high", "Hz", "Upper end of the same."),
    Feature("evoked_rate", "Hz", "Rate in the window minus the spontaneous rate."),
    Feature(
        "evoked_low",
        "Hz",
        "Lower end of its 95 % interval, from those of both rates (Zou and Donner 2008).",
    ),
    Feature("evoked_high", "Hz", "Upper end of the same."),
    Feature("response", "", "Excited, suppressed or none, by the corrected p-value below 0.05."),
    Feature(
        "test",
        "",
        "Conditional Poisson (Przyborowski and Wilenski 1940), or, for over-dispersed counts, "
        "exchange of window and baseline segments within trials.",
    ),
    Feature("p", "", "Two-sided p-value that the window's rate is the spontaneous one."),
    Feature("p_corrected", "", "The same, corrected for the number of conditions (Holm 1979)."),
    Feature("spikes_per_trial", "", "Mean count of the window."),
    Feature("share_none", "", "Share of trials without a spike in the window."),
    Feature("share_one", "", "Share of trials with one spike."),
    Feature("share_more", "", "Share of trials with two or more."),
    Feature(
        "share_by_chance",
        "",
        "Share of trials that would have a spike at the spontaneous rate (Poisson).",
    ),
    Feature(
        "latency",
        "s",
        "Median time of the first spike in the window, of trials that have one; spontaneous spikes "
        "count too.",
    ),
    Feature("latency_lower_quartile", "s", "Lower quartile of the same."),
    Feature("latency_upper_quartile", "s", "Upper quartile of the same."),
    Feature("jitter", "s", "Standard deviation of the first spikes' times."),
    Feature(
        "minimum_latency",
        "s",
        "Earliest time by which the spikes since the onset are no chance at the spontaneous rate (p < "
        "1e-6; after Chase and Young 2007).",
    ),
    Feature("fano_factor", "", "Variance (over n - 1) over mean of the counts."),
    Feature(
        "correlation",
        "",
        "Mean cosine of all pairs of repeats, smoothed by a Gaussian of 3 ms (Schreiber et al. 2003).",
    ),
    Feature("notes", "", "Why a figure is missing or doubtful."),
)
"""Of the table of conditions."""

TRIAL_COLUMNS = (
    Feature("trial", "", "Counted from 0, in the order of the recording."),
    Feature("sweep", "", "The sweep it lies in."),
    Feature("onset", "s", "The stimulus' start, from the start of the sweep."),
    Feature("time", "s", "The same on the recording's clock."),
    Feature("spikes", "", "Spikes in the window."),
    Feature("exposure", "s", "Observed time of the window."),
    Feature(
        "baseline_spikes",
        "",
        "Spikes in the baseline, which begins where the window of the stimulus before ends.",
    ),
    Feature("baseline_exposure", "s", "Observed time of the baseline."),
    Feature(
        "first_spike",
        "s",
        "First spike in the window, from the onset; only of windows observed throughout.",
    ),
)

PSTH_COLUMNS = (
    Feature("from", "s", "Start of the bin, from the onset."),
    Feature("to", "s", "End of the bin."),
    Feature("spikes", "", "Spikes in the bin, of all trials; smoothed, the number the estimate is worth."),
    Feature("exposure", "s", "Observed time of the bin, of all trials."),
    Feature("rate", "Hz", "Spikes per observed second."),
    Feature(
        "rate_low",
        "Hz",
        "Lower end of its 95 % interval: Poisson's, scaled where trials vary more than that.",
    ),
    Feature("rate_high", "Hz", "Upper end of the same."),
)

RESERVED = {f.name for f in (*COLUMNS, *TRIAL_COLUMNS, *PSTH_COLUMNS)} - {"sweep"}
"""Names that no condition may have."""
