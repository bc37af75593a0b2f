"""What the columns of the two tables mean: unit, rule, and the name in IPFX and eFEL."""

from __future__ import annotations

from spikelens.features import Feature
from spikelens.features.train import Train
from spikelens.steps.sweeps import TRAIN

SILENT = "of negative steps without spikes"

SWEEPS = (
    Feature("sweep", "", "Counted from 0."),
    Feature("onset", "s", "Start of the step, from the start of the sweep.", "start", "stim_start"),
    Feature("offset", "s", "Its end.", "end", "stim_end"),
    Feature("holding_current", "A", "The command at the start of the sweep."),
    Feature("current", "A", "The step's nominal current, from the holding current.", "stim_amp"),
    Feature("current_measured", "A", "The same as a recorded current; empty if the command was rebuilt."),
    Feature(
        "baseline_v",
        "V",
        "Mean between spikes over `baseline` before the onset, or since the command last changed.",
        "v_baseline",
        "voltage_base",
    ),
    Feature("baseline_sd", "V", "Standard deviation over the same samples."),
    Feature(
        "steady_state_v",
        "V",
        "Mean between spikes over `steady` before the offset, or the step's last half if that is shorter.",
        "",
        "steady_state_voltage_stimend",
    ),
    Feature(
        "minimum_v", "V", "Lowest mean of 5 ms within a negative step.", "peak_deflect", "minimum_voltage"
    ),
    Feature("deflection_v", "V", "steady_state_v less baseline_v.", "", "voltage_deflection_vb_ssse"),
    Feature(
        "resistance",
        "ohm",
        "deflection_v over the current, of steps without spikes.",
        "",
        "ohmic_input_resistance_vb_ssse",
    ),
    Feature("spikes", "", "Spikes from onset to offset.", "", "spike_count_stimint"),
    Feature("average_rate", "Hz", "They over the observed time of the step.", "avg_rate", "mean_frequency"),
    Feature("latency", "s", "First spike within the step, from the onset.", "latency", "time_to_first_spike"),
    *(feature for feature in Train.features if feature.name in TRAIN),
    Feature(
        "is_blocked",
        "",
        "Depolarisation block: no spike for `block_duration`, and twice the longest interval, until the"
        " offset of a positive step, while the median voltage is above `block_v`.",
        "",
        "depol_block_bool",
    ),
    Feature("block_time", "s", "The last spike before a block, from the onset."),
    Feature(
        "sag_ipfx",
        "",
        f"(trough - steady) / (trough - base), {SILENT}: 5 ms around the lowest sample, 30 ms before the"
        " offset, 30 ms before the onset.",
        "sag",
    ),
    Feature(
        "sag_ratio1",
        "",
        f"(steady - minimum) / (base - minimum), {SILENT}: lowest sample, last tenth of the step, last tenth"
        " of the time before it.",
        "",
        "sag_ratio1",
    ),
    Feature("sag_ratio2", "", "(base - steady) / (base - minimum), as sag_ratio1.", "", "sag_ratio2"),
    Feature(
        "time_constant",
        "s",
        f"Of the exponential with a free end from the transient to the trough, {SILENT}.",
        "tau",
        "",
    ),
    Feature("time_constant_r2", "", "Share of the variance that this exponential explains."),
    Feature(
        "rebound_spikes",
        "",
        "Spikes within `rebound` after a negative step, or until the command changes.",
    ),
    Feature("spikes_before", "", "Spikes before the onset since the command last changed."),
    Feature("notes", "", "Why a value is missing."),
)
"""Of ``sweeps.csv``: a row per sweep."""

CELL = (
    Feature("sweeps", "", "Sweeps with a step."),
    Feature("resting_v", "V", "Median of baseline_v.", "v_baseline"),
    Feature("is_spontaneous", "", "Whether a step of no or negative current holds a spike."),
    Feature(
        "rheobase",
        "A",
        "Smallest positive nominal step with a spike; none if is_spontaneous.",
        "rheobase_i",
    ),
    Feature("rheobase_below", "A", "Largest step below rheobase, which was silent."),
    Feature(
        "fi_gain",
        "Hz/A",
        "Median slope between all pairs of points (Theil and Sen) of rate over current, from the first with"
        " spikes to the fastest, without blocked ones.",
    ),
    Feature("fi_gain_n", "", "Currents on that rising part."),
    Feature("fi_fit_slope", "Hz/A", "Least squares through all sweeps with spikes.", "fi_fit_slope"),
    Feature("maximum_rate", "Hz", "Highest mean rate of any current."),
    Feature(
        "input_resistance",
        "ohm",
        "Slope of steady_state_v over current by least squares, of silent negative steps deflected by no more"
        " than `linear_range`, and of no current.",
    ),
    Feature("input_resistance_se", "ohm", "Its standard error; empty of two points."),
    Feature("input_resistance_n", "", "Sweeps with current behind it."),
    Feature(
        "input_resistance_peak",
        "ohm",
        "Slope of minimum_v over the same negative currents.",
        "input_resistance",
    ),
    Feature(
        "time_constant",
        "s",
        "Of the exponential with a free end, fitted to the mean deflection per ampere of the same steps from"
        " fit_start to fit_stop.",
        "tau",
    ),
    Feature("time_constant_r2", "", "Share of the variance that it explains."),
    Feature(
        "fit_start",
        "s",
        "End of the transient after the onset: of the first 5 ms, the last sample more than 4 standard"
        " deviations off the exponential of what follows.",
    ),
    Feature("fit_stop", "s", "The summit of means of 5 ms, or about five time constants."),
    Feature(
        "bridge_resistance",
        "ohm",
        "Jump at the onset: the parabola through 0.3 to 2 ms of the same mean deflection, back at the onset.",
    ),
    Feature("input_resistance_corrected", "ohm", "input_resistance less bridge_resistance."),
    Feature(
        "capacitance",
        "F",
        "time_constant over what its exponential ends at, less bridge_resistance.",
    ),
    Feature("sag_ipfx", "", "Of the step whose minimum_v comes nearest to -100 mV.", "sag"),
    Feature("sag_ratio1", "", "Of the same step.", "", "sag_ratio1"),
    Feature("sag_ratio2", "", "Of the same step.", "", "sag_ratio2"),
    Feature("sag_current", "A", "The current of that step."),
    Feature("block_current", "A", "Smallest step that ends in depolarisation block."),
    Feature("rebound_spikes", "", "Most rebound spikes after any step."),
    Feature("notes", "", "Why a value is missing, or what it was had from instead."),
)
"""Of ``cell.csv``: one row."""
