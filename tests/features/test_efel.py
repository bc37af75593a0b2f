from __future__ import annotations

import numpy as np
import pytest

from spikelens.features.efel import Efel
from tests.data import recording_file
from tests.features.peers import peer
from tests.features.waves import chunk_of, spiky

SAMPLES = {"onset_time": "AP_begin_indices", "end_time": "AP_end_indices", "trough_time": "min_AHP_indices"}
LEVELS = {
    "peak_v": "peak_voltage",
    "threshold_v": "AP_begin_voltage",
    "amplitude": "AP_amplitude",
    "trough_v": "AHP_depth_abs",
}
DURATIONS = {
    "duration": "AP_duration",
    "half_duration": "AP_duration_half_width",
    "rise_duration": "AP_rise_time",
    "decay_duration": "AP_fall_time",
    "width": "spike_half_width",
}
SLOPES = {
    "rise_rate": "AP_rise_rate",
    "fall_rate": "AP_fall_rate",
    "upstroke": "AP_peak_upstroke",
    "downstroke": "AP_peak_downstroke",
}


def agree(volts, rate, folder):
    theirs = peer("efel", volts, rate, folder)
    peaks = theirs["peak_indices"].astype(np.int64)
    assert peaks.size
    ours = Efel().measure(chunk_of(volts, rate), peaks)
    if not (theirs["AP_begin_indices"].size == theirs["AP_end_indices"].size == peaks.size):
        return 0
    n = theirs["min_AHP_indices"].size
    for name, their in SAMPLES.items():
        found = ours[name][: theirs[their].size]
        assert np.abs(found - theirs[their]).max() <= 1, name
    for name, their in LEVELS.items():
        np.testing.assert_allclose(ours[name][: theirs[their].size] * 1e3, theirs[their], atol=1e-3)
    for name, their in DURATIONS.items():
        found = ours[name][: theirs[their].size] * 1e3
        np.testing.assert_allclose(found, theirs[their], atol=1.001e3 / rate, err_msg=name)
    for name, their in SLOPES.items():
        found = ours[name][: theirs[their].size]
        np.testing.assert_allclose(found, theirs[their], rtol=1e-4, atol=1e-3, err_msg=name)
    np.testing.assert_allclose(ours["phase_slope"] * 1e-3, theirs["AP_phaseslope"], rtol=1e-4, atol=1e-4)
    assert n >= peaks.size - 1
    return peaks.size


@pytest.mark.parametrize("rate", [10e3, 20e3, 50e3])
def test_equals_efel_on_made_spikes(rate, tmp_path):
    assert agree(spiky(rate, seed=4, noise=5e-5)[0], rate, tmp_path) > 10


@pytest.mark.parametrize("name", ["171116sh_0018", "17o05028_ic_steps"])
def test_equals_efel_on_real_sweeps(name, tmp_path):
    pyabf = pytest.importorskip("pyabf")
    abf = pyabf.ABF(str(recording_file(f"pyabf/{name}.abf")))
    compared = 0
    for sweep in abf.sweepList:
        abf.setSweep(sweep)
        volts = (abf.sweepY * 1e-3).astype(np.float32)
        if volts.max() > -0.02 and compared < 30:
            compared += agree(volts, float(abf.dataRate), tmp_path)
    assert compared


def test_what_is_missing_is_nan_and_noted():
    slow = np.interp(np.arange(4000), [0, 2000, 3999], [-0.07, 0.0, -0.07])
    found = Efel().measure(chunk_of(slow, 20e3), np.array([2000]))
    assert np.isnan(found["onset_time"][0])
    assert "no onset" in found["notes"][0]


@pytest.mark.parametrize("n", [1, 3, 4, 8])
def test_tiny_sweeps_give_notes(n):
    assert Efel().measure(chunk_of(np.linspace(0, 1, n), 1e3), np.array([n - 1]))["notes"][0]


def test_an_onset_or_end_at_the_peak_itself_has_no_rate():
    volts = np.full(400, -0.07)
    volts[100:103] = 0.0, 0.03, 0.06
    volts[103:] = 0.06 - 0.05 * np.arange(297) / 40
    with np.errstate(all="raise"):
        found = Efel().measure(chunk_of(volts, 20e3), np.arange(95, 110))
    for rate, duration in (("rise_rate", "rise_duration"), ("fall_rate", "decay_duration")):
        none = found[duration] == 0
        assert np.isnan(found[rate][none]).all()
    assert (found["rise_duration"] == 0).any()
