"""Current steps by IPFX or eFEL themselves, as JSON on stdout; runs in the peers' environment.

python peers_steps.py {ipfx,efel} FILE.npz, where FILE holds `volts` (sweeps in rows), `current` (A, per
sweep), `sampling_rate`, `onset` and `offset` (samples).
"""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np
from peers_features import plain

EFEL = (
    "voltage_base",
    "minimum_voltage",
    "steady_state_voltage_stimend",
    "sag_ratio1",
    "sag_ratio2",
    "ohmic_input_resistance_vb_ssse",
    "spike_count_stimint",
    "time_to_first_spike",
    "adaptation_index2",
    "depol_block_bool",
    "time_constant",
)


def by_ipfx(volts, current, rate, onset, offset):
    """A row per sweep, and the cell's numbers, in IPFX's units (mV, pA, s, Mohm)."""
    from ipfx import spike_train_features, subthresh_features
    from ipfx.feature_extractor import SpikeFeatureExtractor, SpikeTrainFeatureExtractor

    t = np.arange(volts.shape[1]) / rate
    start, end = t[onset], t[offset]
    corner = 10.0 if rate > 20e3 else None
    spikes = SpikeFeatureExtractor(start=start, end=end, filter=corner)
    train = SpikeTrainFeatureExtractor(start, end)
    traces = [np.where((t >= start) & (t < end), x * 1e12, 0.0) for x in current]
    rows = []
    for v, i in zip(volts * 1e3, traces, strict=True):
        found = spikes.process(t, v, i)
        row = train.process(t, v, i, found, ["v_baseline", "sag", "peak_deflect"])
        row["peak_deflect"] = row["peak_deflect"][0]
        row["n_spikes"] = len(found)
        rows.append(row)
    silent = [k for k, row in enumerate(rows) if row["avg_rate"] == 0 and -100.5e-12 < current[k] < 0]
    cell = {}
    if silent:
        args = [[t for _ in silent], [traces[k] for k in silent], [volts[k] * 1e3 for k in silent]]
        cell["input_resistance"] = subthresh_features.input_resistance(*args, start, end)
        taus = [subthresh_features.time_constant(t, volts[k] * 1e3, traces[k], start, end) for k in silent]
        cell["tau"] = np.nanmean(taus)
        for k, tau in zip(silent, taus, strict=True):
            rows[k]["tau"] = tau
    firing = [k for k, row in enumerate(rows) if row["avg_rate"] > 0]
    if len(firing) > 1:
        rates = np.array([rows[k]["avg_rate"] for k in firing])
        cell["fi_fit_slope"] = spike_train_features.fit_fi_slope(np.array(current)[firing] * 1e12, rates)
    positive = [current[k] * 1e12 for k in firing if current[k] > 0]
    cell["rheobase_i"] = min(positive) if positive else np.nan
    return rows, cell


def by_efel(volts, current, rate, onset, offset):
    """A row per sweep in eFEL's units (mV, ms, Mohm), at the native step."""
    import efel

    t = np.arange(volts.shape[1]) * (1e3 / rate)
    efel.set_setting("interp_step", 1e3 / rate)
    rows = []
    for v, i in zip(volts * 1e3, current, strict=True):
        trace = {"T": t, "V": v, "stim_start": [t[onset]], "stim_end": [t[offset]]}
        trace["stimulus_current"] = [float(i * 1e9)]
        found = efel.get_feature_values([trace], list(EFEL), raise_warnings=False)[0]
        rows.append({k: np.nan if x is None or not len(x) else x[0] for k, x in found.items()})
    return rows, {}


def main():
    warnings.simplefilter("ignore")
    peer, path = sys.argv[1:]
    with np.load(path) as held:
        facts = {name: held[name] for name in held.files}
    rows, cell = {"ipfx": by_ipfx, "efel": by_efel}[peer](
        facts["volts"].astype(np.float64),
        facts["current"],
        float(facts["sampling_rate"]),
        int(facts["onset"]),
        int(facts["offset"]),
    )
    tables = [{k: plain(v) for k, v in row.items()} for row in [*rows, cell]]
    json.dump({"sweeps": tables[:-1], "cell": tables[-1]}, sys.stdout)


if __name__ == "__main__":
    main()
