from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens import find, read
from spikelens.errors import SpikelensError
from spikelens.features.ipfx import Ipfx
from spikelens.features.spikelens import RULES, Spikelens
from tests.data import recording_file
from tests.features.waves import chunk_of, gaussians, peaks_above, spiky

NUMBERS = [f.name for f in Spikelens.features if f.name not in ("limited", "shape", "clipped")]


def measure(volts, rate, peaks=None, **parameters):
    peaks = peaks_above(volts, -0.02) if peaks is None else np.asarray(peaks, np.int64)
    return Spikelens(**parameters).measure(chunk_of(volts, rate), peaks)


def test_gives_the_declared_columns_and_notes():
    volts, peaks = spiky(20e3)
    found = measure(volts, 20e3)
    assert [*found] == [*(f.name for f in Spikelens.features), "notes"]
    assert {c.shape for c in found.values()} == {peaks.shape}


@settings(deadline=None, max_examples=40)
@given(
    width=st.floats(0.3e-3, 5e-3),
    shift=st.floats(0, 1e-3),
    rate=st.sampled_from([10e3, 20e3, 50e3]),
    height=st.floats(0.05, 0.11),
)
def test_finds_the_half_width_of_a_known_spike(width, shift, rate, height):
    found = measure(gaussians(np.array([0.3 + shift]), rate, width=width, height=height), rate)
    assert found["width"][0] == pytest.approx(width, rel=0.005, abs=0.1 / rate)
    assert found["peak_v"][0] == pytest.approx(-0.065 + height, abs=0.02 * height)


def test_the_narrowest_spike_in_the_domain_needs_20_khz():
    fine = measure(gaussians(np.array([0.3]), 20e3, width=0.15e-3), 20e3)
    assert fine["width"][0] == pytest.approx(0.15e-3, rel=0.03)
    coarse = measure(gaussians(np.array([0.3]), 10e3, width=0.15e-3), 10e3)
    assert coarse["limited"][0] == "sampling"


@pytest.mark.parametrize("onset", RULES)
def test_times_fall_between_samples(onset):
    """A shift of a fraction of a sample shifts every time by it."""
    a = measure(gaussians(np.array([0.3]), 20e3), 20e3, onset=onset)
    b = measure(gaussians(np.array([0.3 + 0.3 / 20e3]), 20e3), 20e3, onset=onset)
    # A Gaussian bends most where the search begins, so there the whole sample stays.
    whole = 0.5 if onset == "curvature" else 0.12
    for name, within in (("onset_time", whole), ("upstroke_time", 0.02), ("downstroke_time", 0.02)):
        assert b[name][0] - a[name][0] == pytest.approx(0.3, abs=within), name


def test_slopes_are_those_of_the_gaussian():
    sd = 1e-3 / 2.3548
    found = measure(gaussians(np.array([0.3]), 50e3), 50e3)
    steepest = 0.08 * np.exp(-0.5) / sd
    assert found["upstroke"][0] == pytest.approx(steepest, rel=0.01)
    assert found["downstroke"][0] == pytest.approx(-steepest, rel=0.01)
    assert found["upstroke_downstroke_ratio"][0] == pytest.approx(1, abs=0.01)
    before = found["upstroke_time"][0] / 50e3
    assert 0.3 - before == pytest.approx(sd, rel=0.02)


def test_onset_rules_agree_on_a_sharp_kink():
    """A slow ramp that breaks into a steep rise: every rule finds the break."""
    rate = 20e3
    t = np.arange(4000) / rate
    volts = np.interp(t, [0, 0.1, 0.1006, 0.1018, 0.12], [-0.06, -0.05, 0.03, -0.065, -0.06])
    for onset in RULES:
        found = measure(volts, rate, [round(0.1006 * rate)], onset=onset)
        assert found["threshold_v"][0] == pytest.approx(-0.05, abs=0.01), onset
        assert found["onset_time"][0] == pytest.approx(2000, abs=1.5), onset


def on_a_ramp(slope, rate=20e3):
    """A spike at 0.3 s on top of 4 ms of a ramp of `slope` (V/s) that fades after it."""
    spike = gaussians(np.array([0.3]), rate, width=0.5e-3, height=0.08)
    after = np.arange(spike.size) / rate - 0.3
    ramp = slope * np.clip(after + 4e-3, 0, 4e-3) * np.exp(-np.maximum(after, 0) / 5e-3)
    return spike + ramp.astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(slope=st.floats(0.0, 30.0))
def test_the_onset_is_not_at_the_foot_of_a_ramp(slope):
    """A ramp of up to a tenth of the upstroke shifts the onset by little, whatever its height."""
    plain, ramped = measure(on_a_ramp(0.0), 20e3), measure(on_a_ramp(slope), 20e3)
    assert -0.05e-3 <= (ramped["onset_time"][0] - plain["onset_time"][0]) / 20e3 < 0.25e-3


def test_a_wall_on_the_ramp_leaves_the_onset_where_it_is():
    volts = on_a_ramp(20.0)
    whole = measure(volts, 20e3)
    cut = 6000 - 40
    part = measure(volts[cut:], 20e3)
    assert part["threshold_v"][0] == whole["threshold_v"][0]
    assert part["onset_time"][0] + cut == whole["onset_time"][0]


def test_the_artefact_of_the_next_stimulus_is_no_downstroke():
    plain = gaussians(np.array([0.3]), 20e3)
    struck = plain.copy()
    struck[6000 + 160 : 6000 + 164] -= 0.05
    a, b = measure(plain, 20e3, [6000]), measure(struck, 20e3, [6000])
    for name in ("downstroke", "downstroke_time", "fast_trough_time", "width"):
        assert b[name][0] == pytest.approx(a[name][0], rel=1e-3), name


@pytest.mark.parametrize(
    ("name", "low", "high", "widths"),
    [
        # 150 light pulses whose ramps climb up to 35 mV at 20 V/s before the spike.
        ("pyabf/opto_aps_good_units.abf", -39e-3, -33e-3, 150),
        # Each pulse's artefact falls to -90 mV and charges at 70 V/s until the spike.
        ("pyabf/18425108.abf", -72e-3, -60e-3, 20),
        ("pyabf/171116sh_0018.abf", -41e-3, -30e-3, 117),
    ],
)
def test_real_spikes_on_ramps_have_plausible_thresholds_and_widths(name, low, high, widths):
    found = find(read(recording_file(name)))
    assert low < np.min(found["threshold_v"]) and np.max(found["threshold_v"]) < high
    assert np.isfinite(found["width"]).sum() == widths


def test_a_stretched_spike_is_the_same_with_its_timescale():
    volts, peaks = spiky(20e3, length=1.0, n=8)
    a = measure(volts, 20e3, peaks)
    b = measure(volts, 4e3, peaks, timescale=5.0)
    for name in NUMBERS:
        if name.endswith(("_time", "_v")):
            np.testing.assert_allclose(a[name], b[name], rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(a["width"] * 5, b["width"])
    assert Spikelens(timescale=5.0).margin(4e3) == Spikelens().margin(20e3)


def test_a_chunk_of_the_declared_margin_is_enough():
    volts, peaks = spiky(20e3, seed=9)
    whole = measure(volts, 20e3, peaks)
    reach = Spikelens().margin(20e3)
    for k in range(1, peaks.size - 1):
        low, high = max(0, peaks[k] - reach), peaks[k] + reach
        near = peaks[(peaks >= low) & (peaks < high)]
        part = measure(volts[low:high], 20e3, near - low)
        row = int(np.flatnonzero(near == peaks[k])[0])
        for name in NUMBERS:
            offset = low if name.endswith("_time") else 0
            np.testing.assert_array_equal(part[name][row] + offset, whole[name][k], err_msg=name)


def test_agrees_with_ipfx_within_sampling_on_made_spikes():
    volts, peaks = spiky(20e3, noise=5e-5)
    ours, theirs = measure(volts, 20e3, peaks), Ipfx().measure(chunk_of(volts, 20e3), peaks)
    for name, within in (("onset_time", 2), ("upstroke_time", 1.6), ("fast_trough_time", 2)):
        assert np.abs(ours[name] - theirs[name])[:-1].max() < within, name
    np.testing.assert_allclose(ours["width"], theirs["width"], atol=2 / 20e3)
    np.testing.assert_allclose(ours["threshold_v"], theirs["threshold_v"], atol=2e-3)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 20])
def test_tiny_traces_and_edges_give_nan_and_notes(n):
    for peak in {0, n - 1}:
        found = measure(np.linspace(0, 0.05, n), 20e3, [peak])
        assert found["notes"][0]
        assert np.isnan(found["width"][0])


def test_the_last_spike_cut_by_the_wall_is_clipped():
    volts, peaks = spiky(20e3)
    found = measure(volts[: peaks[-1] + 4], 20e3, peaks)
    assert found["clipped"].tolist() == [False] * (peaks.size - 1) + [True]
    assert "clipped" in found["notes"][-1]
    assert np.isnan(found["trough_v"][-1]) and np.isnan(found["fast_trough_v"][-1])
    assert np.isfinite(found["threshold_v"][-1])


def test_two_spikes_2_ms_apart_keep_to_themselves():
    volts = gaussians(np.array([0.3, 0.302]), 20e3, width=0.5e-3)
    found = measure(volts, 20e3)
    np.testing.assert_allclose(found["width"], 0.5e-3, rtol=0.03)
    assert 6000 < found["trough_time"][0] < found["onset_time"][1] + 1 < 6040


def test_a_plateau_is_labelled_and_not_multiplied():
    rate = 20e3
    t = np.arange(8000) / rate
    volts = np.interp(t, [0, 0.1, 0.101, 0.102, 0.13, 0.15], [-0.065, -0.065, 0.02, -0.02, -0.02, -0.065])
    found = measure(volts, rate, [round(0.101 * rate)])
    assert found["shape"][0] == "plateau"


def test_a_complex_spike_is_labelled():
    volts = gaussians(np.array([0.3, 0.3025, 0.305]), 20e3, width=0.8e-3, height=0.05)
    t = np.arange(volts.size) / 20e3
    volts += np.where(np.abs(t - 0.3025) < 0.0045, 0.03, 0.0)
    found = measure(volts, 20e3, np.array([6000, 6050, 6100]))
    assert set(found["shape"]) == {"complex"}


def test_a_flat_top_is_noted():
    volts = np.minimum(gaussians(np.array([0.3]), 20e3), 0.0)
    assert "flat top" in measure(volts, 20e3)["notes"][0]


def test_small_slow_spikes_are_limited_by_the_electrode():
    volts = gaussians(np.array([0.3]), 20e3, height=0.015)
    assert measure(volts, 20e3, [6000])["limited"][0] == "electrode"
    assert measure(gaussians(np.array([0.3]), 20e3), 20e3)["limited"][0] == ""


def test_a_real_recording_at_1_khz_is_measured_and_flagged():
    pyabf = pytest.importorskip("pyabf")
    abf = pyabf.ABF(str(recording_file("pyabf/File_axon_2.abf")))
    volts = (abf.sweepY[:200_000] * 1e-3).astype(np.float32)
    found = measure(volts, float(abf.dataRate))
    assert found["width"].size > 5
    assert all(found["limited"])
    assert np.mean(["sampling" in limit for limit in found["limited"]]) > 0.5


def test_an_unknown_onset_rule_is_refused():
    with pytest.raises(SpikelensError, match="curvature"):
        Spikelens(onset="guess")


def test_runs_the_same_without_the_compiler():
    script = (
        "from tests.features.waves import spiky, chunk_of\n"
        "from spikelens.features.spikelens import Spikelens\n"
        "v, p = spiky(10e3, length=0.3, n=2)\n"
        "c = Spikelens(onset='curvature').measure(chunk_of(v, 10e3), p)\n"
        "print([c[k].tolist() for k in sorted(c)])\n"
    )
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(root / "src"), str(root)])
    texts = []
    for off in ("0", "1"):
        env = {**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": off}
        run = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        )
        texts.append(run.stdout)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("timescale", [1.0, 4.0])
def test_a_plateau_is_followed_to_its_end(timescale):
    rate = 20e3
    t = np.arange(30_000) / rate
    volts = np.interp(t, [0, 0.5, 0.501, 0.53, 0.63, 0.9], [-0.06, -0.06, 0.03, 0.0, -0.07, -0.06])
    volts = volts + np.random.default_rng(2).normal(0, 1e-4, t.size)
    found = measure(volts, rate, [round(0.501 * rate)], timescale=timescale)
    assert found["shape"][0] == "plateau" and not found["notes"][0]
    # Half way from -70 to 30 mV it lies from 0.4 of its rise to 0.2 of its second fall.
    np.testing.assert_allclose(found["width"][0], 0.5586 - 0.50044, rtol=0.02)
    np.testing.assert_allclose(found["trough_time"][0] / rate, 0.63, atol=5e-3)
    assert found["trough_v"][0] == found["fast_trough_v"][0] < -0.069
    np.testing.assert_allclose(found["downstroke"][0], -1.0, rtol=0.6)
