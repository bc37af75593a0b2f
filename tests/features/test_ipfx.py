from __future__ import annotations

import numpy as np
import pytest

from spikelens.features.ipfx import POINTS, Ipfx
from tests.data import recording_file
from tests.features.peers import peer
from tests.features.waves import chunk_of, spiky

STEPS = ["171116sh_0018", "17o05028_ic_steps", "2019_07_24_0055_fsi", "opto_aps_good_units"]


def agree(volts, rate, folder):
    theirs = peer("ipfx", volts, rate, folder)
    assert theirs, "IPFX finds no spike: nothing is compared"
    peaks = theirs["peak_index"].astype(np.int64)
    ours = Ipfx().measure(chunk_of(volts, rate), peaks)
    ours["threshold_time"] = ours["onset_time"]
    for point in POINTS:
        np.testing.assert_array_equal(ours[f"{point}_time"], theirs[f"{point}_index"], err_msg=point)
        np.testing.assert_allclose(ours[f"{point}_v"] * 1e3, theirs[f"{point}_v"], rtol=1e-6, err_msg=point)
    for name in ("upstroke", "downstroke", "upstroke_downstroke_ratio", "width"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6, err_msg=name)
    np.testing.assert_array_equal(ours["clipped"], theirs["clipped"].astype(bool))
    np.testing.assert_array_equal(ours["isi_type"], theirs["isi_type"])


@pytest.mark.parametrize("rate", [4e3, 10e3, 20e3, 50e3])
def test_equals_ipfx_on_made_spikes(rate, tmp_path):
    agree(spiky(rate, seed=3)[0], rate, tmp_path)


@pytest.mark.parametrize("name", ["easy_11", "medium_12"])
def test_equals_ipfx_on_simulated_cells(name, tmp_path):
    with np.load(recording_file(f"sim/{name}.npz")) as held:
        agree(held["volts"].astype(np.float32), float(held["sampling_rate"]), tmp_path)


@pytest.mark.parametrize("name", STEPS)
def test_equals_ipfx_on_real_sweeps(name, tmp_path):
    pyabf = pytest.importorskip("pyabf")
    abf = pyabf.ABF(str(recording_file(f"pyabf/{name}.abf")))
    compared = 0
    for sweep in abf.sweepList:
        abf.setSweep(sweep)
        volts = (abf.sweepY * 1e-3).astype(np.float32)
        if volts.max() > -0.02 and compared < 4:
            agree(volts, float(abf.dataRate), tmp_path)
            compared += 1
    assert compared


def test_a_spike_ipfx_does_not_see_is_measured_and_noted():
    volts, peaks = spiky(20e3)
    small = (-0.065 + 0.2 * (volts + 0.065)).astype(np.float32)
    found = Ipfx().measure(chunk_of(small, 20e3), peaks)
    assert np.isfinite(found["amplitude"]).all()
    assert all("IPFX does not see" in note for note in found["notes"])


@pytest.mark.parametrize("n", [1, 2, 3, 16])
def test_tiny_sweeps_give_nan_and_notes(n):
    found = Ipfx().measure(chunk_of(np.linspace(0, 0.01, n), 20e3), np.array([n - 1]))
    assert found["notes"][0]
    assert np.isnan(found["width"][0])


def test_no_spikes_give_empty_columns():
    found = Ipfx().measure(chunk_of(spiky(20e3)[0], 20e3), np.empty(0, np.int64))
    assert {c.size for c in found.values()} == {0}
