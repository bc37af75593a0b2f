"""IPFX and eFEL themselves on real steps: where they agree with us, and where not and why."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from spikelens import api
from spikelens.steps.cell import column
from spikelens.steps.measuring import Steps, measure_steps
from tests.data import recording_file
from tests.steps.peers import peer

pytestmark = pytest.mark.peers

PYRAMIDAL = "pyabf/171116sh_0018.abf"
BROAD = "pyabf/17o05028_ic_steps.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"
LANTYER = "nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb"
ONE = "pyabf/18425108.abf"
SHARED = {"B6 181": "IDRest_181", "B6 183": "IDRest_183"}
EVERY = (PYRAMIDAL, BROAD, FAST, LANTYER, ONE, *SHARED)
every_file = pytest.mark.parametrize("name", EVERY)


@cache
def steps_of(name: str) -> Steps:
    protocol, path = None, name
    if name in SHARED:
        path = f"bluepyefe/B6_Ch3_{SHARED[name]}.ibw"
        protocol = recording_file(f"bluepyefe/B6_Ch0_{SHARED[name]}.ibw")
    recording = api.read(recording_file(path))
    return measure_steps(recording, api.find(recording), protocol=protocol)


@cache
def answer_of(name: str, who: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return peer(who, steps_of(name))


def both(name: str, who: str, pair: tuple[str, str, float]) -> tuple[np.ndarray, np.ndarray]:
    """A column of ours in a peer's unit, and the peer's; rows that either lacks are left out."""
    ours, theirs, factor = pair
    rows, _ = answer_of(name, who)
    one, other = column(steps_of(name).measured, ours) * factor, column(rows, theirs)
    known = np.isfinite(one) & np.isfinite(other)
    return one[known], other[known]


@every_file
def test_sags_and_quiet_baselines_are_the_peers_to_the_sample(name):
    one, other = both(name, "ipfx", ("sag_ipfx", "sag", 1))
    np.testing.assert_allclose(one, other, atol=1e-9)
    for ratio in ("sag_ratio1", "sag_ratio2"):
        one, other = both(name, "efel", (ratio, ratio, 1))
        # Its windows end one sample later.
        np.testing.assert_allclose(one, other, atol=1e-3)
    rows, _ = answer_of(name, "ipfx")
    quiet = column(steps_of(name).measured, "spikes_before") == 0
    ours = 1e3 * column(steps_of(name).measured, "baseline_v")[quiet]
    np.testing.assert_allclose(ours, column(rows, "v_baseline")[quiet], atol=1e-9)


@every_file
def test_spikes_are_as_many_as_efels(name):
    one, other = both(name, "efel", ("spikes", "spike_count_stimint", 1))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("name", "sweeps"), [(PYRAMIDAL, 0), (LANTYER, 1), (FAST, 4), (BROAD, 2)])
def test_rates_are_ipfxs_but_for_spikes_at_an_edge_and_broad_ones(name, sweeps):
    """IPFX dates a spike by its threshold, we by its peak: a spike at an edge lies within for one alone.

    On the cell with broad, shrinking spikes IPFX's slope criterion loses most of the
    last ones of the strongest steps; eFEL counts as we do.
    """
    one, other = both(name, "ipfx", ("average_rate", "avg_rate", 1))
    assert np.count_nonzero(np.abs(one - other) > 1e-9) <= sweeps
    if name != BROAD:
        assert np.abs(one - other).max() <= 2.001


@pytest.mark.parametrize("name", [PYRAMIDAL, LANTYER, "B6 181", "B6 183"])
@pytest.mark.parametrize(
    ("pair", "allowed"),
    [
        (("latency", "latency", 1), 1.5e-3),
        (("first_isi", "first_isi", 1), 2e-4),
        (("mean_isi", "mean_isi", 1), 1e-4),
        (("isi_cv", "isi_cv", 1), 2e-3),
        (("adaptation_index", "adapt", 1), 1e-3),
    ],
)
def test_trains_are_ipfxs_within_a_spikes_rise(name, pair, allowed):
    one, other = both(name, "ipfx", pair)
    assert one.size
    np.testing.assert_allclose(one, other, atol=allowed)


@pytest.mark.parametrize("name", [PYRAMIDAL, LANTYER, "B6 181", "B6 183"])
def test_latencies_are_efels_which_dates_by_the_peak_too(name):
    one, other = both(name, "efel", ("latency", "time_to_first_spike", 1e3))
    assert one.size
    np.testing.assert_allclose(one, other, atol=0.5e3 / steps_of(name).recording.sampling_rate + 0.01)


@pytest.mark.parametrize(("name", "allowed"), [(PYRAMIDAL, 0.01), (BROAD, 0.05)])
def test_resistance_by_the_trough_is_ipfxs(name, allowed):
    _, cell = answer_of(name, "ipfx")
    assert 1e-6 * steps_of(name).cell["input_resistance_peak"] == pytest.approx(
        cell["input_resistance"], rel=allowed
    )


def test_a_resistance_that_depends_on_voltage_depends_on_the_steps_that_are_used():
    """Of the fast cell IPFX fits all steps, we the three smallest: it rectifies."""
    _, cell = answer_of(FAST, "ipfx")
    ours = 1e-6 * steps_of(FAST).cell["input_resistance_peak"]
    assert 1.1 < ours / cell["input_resistance"] < 1.3
    assert "some beyond the linear range" in steps_of(FAST).cell["notes"]


@pytest.mark.parametrize(("name", "allowed"), [(PYRAMIDAL, 0.02), (BROAD, 0.12), (FAST, 0.05), (ONE, 0.02)])
def test_time_constants_are_ipfxs(name, allowed):
    _, cell = answer_of(name, "ipfx")
    assert steps_of(name).cell["time_constant"] == pytest.approx(cell["tau"], rel=allowed)


@pytest.mark.parametrize("name", [PYRAMIDAL, LANTYER])
def test_rheobase_and_slope_are_ipfxs(name):
    _, cell = answer_of(name, "ipfx")
    assert 1e12 * steps_of(name).cell["rheobase"] == pytest.approx(cell["rheobase_i"], abs=0.5)
    assert 1e-12 * steps_of(name).cell["fi_fit_slope"] == pytest.approx(cell["fi_fit_slope"], rel=2e-3)


@pytest.mark.parametrize("name", [BROAD, FAST])
def test_a_cell_that_fires_without_current_has_no_rheobase(name):
    _, cell = answer_of(name, "ipfx")
    assert np.isfinite(cell["rheobase_i"])
    assert np.isnan(steps_of(name).cell["rheobase"]) and steps_of(name).cell["is_spontaneous"]
    assert "the cell fires without current" in steps_of(name).cell["notes"]


@pytest.mark.parametrize("name", [PYRAMIDAL, LANTYER, "B6 181", "B6 183"])
def test_no_block_is_seen_where_efel_sees_none(name):
    one, other = both(name, "efel", ("is_blocked", "depol_block_bool", 1))
    assert one.size and not one.any() and not other.any()
