"""Runs other packages' spike detectors on traces; needs their environment, not ours.

    python peers_worker.py traces.npz > answers.json

The file holds arrays ``v0``, ``v1``, ... (float64, V) and ``rate0``, ``rate1``, ... (Hz).
The answer has, per package and trace, spike times (s) and CPU seconds, each package as
its documentation shows it, with its own defaults.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def efel(v, rate):
    """EFEL: peaks above -20 mV, its default."""
    import efel as package

    trace = {
        "T": np.arange(v.size) * 1e3 / rate,
        "V": v * 1e3,
        "stim_start": [0],
        "stim_end": [v.size * 1e3 / rate],
    }
    found = package.get_feature_values([trace], ["peak_time"])[0]["peak_time"]
    return np.array([] if found is None else found) * 1e-3


def efel_features(v, rate):
    """The same, with the features a physiologist tables."""
    import efel as package

    names = [
        "peak_time", "AP_begin_voltage", "AP_amplitude", "AP_duration_half_width", "AHP_depth",
        "AP_rise_rate", "AP_fall_rate", "peak_voltage", "min_AHP_values",
    ]  # fmt: skip
    trace = {
        "T": np.arange(v.size) * 1e3 / rate,
        "V": v * 1e3,
        "stim_start": [0],
        "stim_end": [v.size * 1e3 / rate],
    }
    found = package.get_feature_values([trace], names)[0]["peak_time"]
    return np.array([] if found is None else found) * 1e-3


def ipfx(v, rate):
    """IPFX: dV/dt above 20 V/s, all its features."""
    from ipfx.feature_extractor import SpikeFeatureExtractor

    t = np.arange(v.size) / rate
    # Its Bessel filter must lie below half the sampling rate.
    extractor = SpikeFeatureExtractor(filter=10.0 if rate > 20_000 else None)
    found = extractor.process(t, v * 1e3, np.zeros(v.size))
    return np.array(found["peak_t"]) if len(found) else np.array([])


def elephant(v, rate):
    """Elephant: peaks above 0 mV, its default."""
    import neo
    import quantities as pq
    from elephant.spike_train_generation import peak_detection

    signal = neo.AnalogSignal(v * 1e3, units="mV", sampling_rate=rate * pq.Hz)
    return peak_detection(signal).rescale("s").magnitude


def quickspikes(v, rate):
    """quickspikes: peaks above -20 mV; it has no default, and eFEL's is taken."""
    import quickspikes as package

    found = package.detector(-20.0, max(3, int(rate * 2e-3)))((v * 1e3).astype("d"))
    return np.array(found, float) / rate


def quickspikes_dynamic(v, rate):
    """quickspikes: its finder for intracellular data, level from the largest spike, shapes measured."""
    from quickspikes.intracellular import SpikeFinder, spike_shape

    trace = (v * 1e3).astype("d")
    before, after = int(rate * 7e-3), int(rate * 10e-3)
    finder = SpikeFinder(max(3, int(rate * 2e-3)), before, after)
    if finder.calculate_threshold(trace) is None:
        return np.array([])
    found = []
    for at, waveform in finder.extract_spikes(trace, min_amplitude=5.0, upsample=1):
        spike_shape(waveform, dt=1e3 / rate)
        found.append(at)
    return np.array(found, float) / rate


def scipy_height(v, rate):
    """SciPy: find_peaks(height=-20 mV), 1 ms apart."""
    from scipy.signal import find_peaks

    return find_peaks(v, height=-0.020, distance=max(1, int(rate * 1e-3)))[0] / rate


def scipy_prominence(v, rate):
    """SciPy: find_peaks(prominence=10 mV, wlen=20 ms), as many scripts have it."""
    from scipy.signal import find_peaks

    return (
        find_peaks(v, prominence=0.010, wlen=int(rate * 20e-3), distance=max(1, int(rate * 1e-3)))[0] / rate
    )


PEERS = (
    efel,
    efel_features,
    ipfx,
    elephant,
    quickspikes,
    quickspikes_dynamic,
    scipy_height,
    scipy_prominence,
)


def main(path: str) -> None:
    """Run every peer on every trace, the first once more before, to leave imports out of the time."""
    with np.load(path) as archive:
        traces = [(archive[f"v{k}"], float(archive[f"rate{k}"])) for k in range(len(archive.files) // 2)]
    answers = {
        peer.__name__: [run(peer, v, rate) for v, rate in traces] for peer in PEERS if warm(peer, traces)
    }
    json.dump({"answers": answers, "versions": versions()}, sys.stdout)


def warm(peer, traces) -> bool:
    """Run a peer once; False, said on stderr, if it is not installed."""
    v, rate = traces[0]
    try:
        peer(v[: int(2 * rate)], rate)
    except ImportError as why:
        print(f"{peer.__name__}: {why}", file=sys.stderr)
        return False
    return True


def run(peer, v, rate) -> dict[str, object]:
    """One peer on one trace; one that fails answers with its error and no spikes."""
    begun = time.process_time()
    try:
        found, error = peer(v, rate), ""
    except Exception as why:
        found, error = np.array([]), f"{type(why).__name__}: {why}"
    return {"times": np.asarray(found, float).tolist(), "cpu": time.process_time() - begun, "error": error}


def versions() -> dict[str, str]:
    """The version of each package that is there."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("efel", "ipfx", "elephant", "quickspikes", "scipy", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main(sys.argv[1])
