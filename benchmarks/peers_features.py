"""Features by IPFX or eFEL themselves, as JSON on stdout; runs in the peers' environment.

python peers_features.py {ipfx,efel} FILE.npz, where FILE holds `volts` and `sampling_rate`.
"""

from __future__ import annotations

import json
import math
import sys
import warnings

import numpy as np

EFEL = (
    "peak_indices",
    "AP_begin_indices",
    "AP_end_indices",
    "min_AHP_indices",
    "AP_begin_voltage",
    "AP_amplitude",
    "AP_duration",
    "AP_duration_half_width",
    "AP_rise_time",
    "AP_fall_time",
    "AP_rise_rate",
    "AP_fall_rate",
    "AP_peak_upstroke",
    "AP_peak_downstroke",
    "AP_phaseslope",
    "AP_begin_width",
    "AHP_depth_abs",
    "spike_half_width",
    "peak_voltage",
    "peak_time",
)


def by_ipfx(volts, rate):
    """One record per spike, in IPFX's units (mV, s, V/s)."""
    from ipfx.feature_extractor import SpikeFeatureExtractor

    t = np.arange(volts.size) / rate
    corner = 10.0 if 10e3 / (0.5 / (t[1] - t[0])) < 1 else None
    found = SpikeFeatureExtractor(filter=corner).process(t, volts * 1e3, None)
    return found.to_dict(orient="list")


def by_efel(volts, rate):
    """One list per feature, in eFEL's units (mV, ms), at the native step."""
    import efel

    t = np.arange(volts.size) * (1e3 / rate)
    efel.set_setting("interp_step", 1e3 / rate)
    trace = {"T": t, "V": volts * 1e3, "stim_start": [0.0], "stim_end": [t[-1]]}
    found = efel.get_feature_values([trace], list(EFEL), raise_warnings=False)[0]
    return {name: [] if values is None else values.tolist() for name, values in found.items()}


def plain(value):
    """A value that JSON can hold; NaN is null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main():
    warnings.simplefilter("ignore")
    peer, path = sys.argv[1:]
    with np.load(path) as held:
        volts, rate = held["volts"].astype(np.float64), float(held["sampling_rate"])
    table = {"ipfx": by_ipfx, "efel": by_efel}[peer](volts, rate)
    json.dump({name: [plain(x) for x in column] for name, column in table.items()}, sys.stdout)


if __name__ == "__main__":
    main()
