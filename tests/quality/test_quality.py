"""What quality tells of cells whose faults are known, and what it proposes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikelens
from spikelens import api
from spikelens.errors import BadParameter, UnsupportedInput
from spikelens.quality.measuring import measure_quality
from spikelens.quality.noise import hum_powers, noise_level, railed
from spikelens.quality.proposing import propose, reference
from spikelens.quality.words import verdict, warnings
from spikelens.recording import Events, Recording, Stimulus
from spikelens.sources import ArraySource
from spikelens.stretches import Stretches
from tests.data import recording_file
from tests.factory import make_spikes
from tests.quality.cells import RATE, SWEEP, cell


def reasons(quality):
    return [(p.reason, round(p.start), round(p.stop)) for p in quality.proposals]


def test_a_sound_cell_is_told_as_it_is_and_nothing_is_proposed():
    found = measure_quality(*cell(hum=3e-4))
    columns = found.columns
    # Stated errors: rest 0.1 mV, noise 5 %, hum 5 %; a section's bridge 1.5 MOhm, the cell's 0.5 MOhm.
    np.testing.assert_allclose(columns["resting_potential"], -0.065, atol=1e-4)
    np.testing.assert_allclose(columns["bridge"], 10e6, atol=1.5e6)
    assert np.median(columns["bridge"]) == pytest.approx(10e6, abs=0.5e6)
    np.testing.assert_allclose(columns["hum"], 3e-4, rtol=0.05)
    np.testing.assert_allclose(columns["spike_height"], 0.09)
    assert set(columns["n_edges"]) == {2} and set(columns["n_spikes"]) == {1}
    assert (found.mains, columns["railed"].max(), found.proposals) == (50.0, 0.0, [])
    assert abs(found.drift) * 60 < 1e-3
    assert "Nothing is proposed for exclusion" in verdict(found)
    quiet = measure_quality(*cell())
    np.testing.assert_allclose(quiet.columns["noise_level"], 1e-4, rtol=0.05)


@pytest.mark.parametrize("bridge", [-15e6, 0.0, 4e6, 60e6])
def test_the_bridge_step_is_recovered(bridge):
    found = measure_quality(*cell(8, bridge=bridge, noise=5e-5))
    np.testing.assert_allclose(np.median(found.columns["bridge"]), bridge, atol=0.5e6)


def test_a_change_of_the_bridge_is_proposed_where_it_is():
    bridge = np.where((np.arange(20) >= 12) & (np.arange(20) < 15), 25e6, 10e6)
    found = measure_quality(*cell(bridge=bridge))
    assert reasons(found) == [("bridge change", 12, 15)]
    (proposal,) = found.proposals
    assert proposal.value == pytest.approx(25e6, abs=1e6) and proposal.limit == pytest.approx(15e6, abs=1e6)
    assert "25" in proposal.words and proposal.measure == "bridge"


def test_a_change_within_the_error_of_small_steps_is_none():
    bridge = np.where((np.arange(20) >= 12) & (np.arange(20) < 15), 25e6, 10e6)
    found = measure_quality(*cell(bridge=bridge))
    assert 0 < found.columns["bridge_error"].max() < 1e6
    unsure = dict(found.columns, bridge_error=np.full(20, 6e6))
    assert not [p for p in propose(unsure, found.rule) if p.reason == "bridge change"]


def test_a_small_step_of_a_firing_cell_makes_no_change_of_the_bridge():
    """In one sweep the larger step of two tells; at that of 25 pA a firing cell moves by as much itself."""
    recording = spikelens.read(recording_file("pyabf/2019_07_24_0055_fsi.abf"))
    found = measure_quality(recording, spikelens.find(recording, "prominence"))
    assert not [p for p in found.proposals if p.reason == "bridge change"]
    assert 12e6 < np.nanmedian(found.columns["bridge"]) < 17e6


def test_small_changes_of_a_small_bridge_are_none():
    bridge = np.linspace(2e6, 6e6, 20)
    assert not measure_quality(*cell(bridge=bridge)).proposals
    assert measure_quality(*cell(bridge=bridge), bridge_least=1e6).proposals


def test_a_seal_that_goes_is_proposed_to_the_end_and_a_dip_is_not():
    rest = np.full(20, -0.065)
    rest[5:7] = -0.042
    rest[15:] = np.linspace(-0.044, -0.02, 5)
    found = measure_quality(*cell(rest=rest))
    assert ("seal loss", 15, 20) in reasons(found)
    assert [r for r in reasons(found) if r[0] == "seal loss"] == [("seal loss", 15, 20)]
    assert [r for r in reasons(found) if r[0] == "depolarised"] == [("depolarised", 16, 20)]
    assert found.columns["drift"][-1] == pytest.approx(0.045, abs=2e-3)


def test_spikes_that_collapse_are_proposed():
    height = np.where(np.arange(20) < 14, 0.09, 0.03)
    found = measure_quality(*cell(height=height))
    assert reasons(found) == [("spike height collapse", 14, 20)]
    assert "30 mV tall, and were 90 mV" in found.proposals[0].words


def test_saturation_is_proposed():
    recording, spikes = cell()
    trace = recording.read()[:, 0].copy()
    trace[5 * SWEEP + 10_000 : 5 * SWEEP + 11_000] = 0.1
    railed_too = dataclasses.replace(recording, source=ArraySource(trace[:, None]))
    found = measure_quality(railed_too, spikes)
    assert ("saturated", 5, 6) in reasons(found)
    assert found.columns["railed"][5] == pytest.approx(0.05, abs=1e-3)


def test_drift_is_the_slope_of_the_rest():
    found = measure_quality(*cell(rest=-0.065 + 2e-4 * np.arange(20)))
    assert found.drift == pytest.approx(2e-4, rel=0.02)


def test_nothing_is_left_out_and_blanking_takes_what_was_proposed(tmp_path):
    from spikelens.quality.tables import proposed_rows
    from spikelens.runs.blanks import blank_events
    from spikelens.runs.tables import write_rows

    recording, spikes = cell(height=np.where(np.arange(20) < 14, 0.09, 0.03))
    found = measure_quality(recording, spikes)
    assert found.spikes.stretches.n_samples() == recording.n_samples
    write_rows(tmp_path / "proposed.csv", proposed_rows(found))
    blank = blank_events(recording, [str(tmp_path / "proposed.csv")])
    assert api.observed(recording, blank=blank).n_samples() == 14 * SWEEP


def test_blanked_time_is_not_looked_at():
    recording, spikes = cell(4)
    volts = recording.read()[:, 0].copy()
    volts[SWEEP : SWEEP + 3000] = 0.2
    spoilt = dataclasses.replace(recording, source=ArraySource(volts[:, None]))
    where = Stretches.between_walls(recording, np.array([[SWEEP, SWEEP + 3000], [3 * SWEEP, 4 * SWEEP]]))
    some = dataclasses.replace(spikes.take(np.arange(3)), stretches=where)
    found = measure_quality(spoilt, some)
    np.testing.assert_allclose(found.columns["resting_potential"][:3], -0.065, atol=2e-4)
    np.testing.assert_allclose(found.columns["exposure"], [1, 0.85, 1, 0])
    assert np.isnan(found.columns["noise_level"][3]) and np.isnan(found.columns["resting_potential"][3])


@pytest.mark.parametrize(("every", "n"), [(10.0, 20), (0.5, 40), (0.3, 80)])
def test_sections_are_sweeps_or_equal_parts_of_them(every, n):
    recording, spikes = cell()
    found = measure_quality(recording, spikes, every=every)
    assert len(found) == n
    np.testing.assert_allclose(found.columns["start"][1:], found.columns["stop"][:-1])
    assert found.columns["exposure"].sum() == pytest.approx(20.0)
    assert found.columns["n_spikes"].sum() == 20


def test_holding_current_is_that_of_the_command_or_of_a_current_measured_beside():
    recording, spikes = cell(6)
    command = recording.stimulus.source.array - np.float32(30e-12)
    held = dataclasses.replace(
        recording, stimulus=Stimulus(ArraySource(command), recording.stimulus.channel, "recorded")
    )
    found = measure_quality(held, spikes)
    np.testing.assert_allclose(found.columns["holding_current"], -30e-12, rtol=1e-5)
    assert found.holding_source == "the command I (recorded)"
    beside = Recording.from_array(command * 2, RATE, quantity="current", sweep_lengths=[SWEEP] * 6)
    found = measure_quality(held, spikes, current=beside)
    np.testing.assert_allclose(found.columns["holding_current"], -60e-12, rtol=1e-5)
    assert "recorded current" in found.holding_source


@pytest.mark.parametrize("lacking", ["stimulus", "spikes", "steps"])
def test_what_cannot_be_had_is_said_and_no_number(lacking):
    recording, spikes = cell(2)
    if lacking == "stimulus":
        recording = dataclasses.replace(recording, stimulus=None)
    if lacking == "steps":
        still = Stimulus(
            ArraySource(np.zeros((2 * SWEEP, 1), np.float32)), recording.stimulus.channel, "recorded"
        )
        recording = dataclasses.replace(recording, stimulus=still)
    if lacking == "spikes":
        spikes = make_spikes(recording, [], columns={"onset_time": np.empty(0)})
    found = measure_quality(recording, spikes)
    said = " ".join(warnings(found))
    words = {"stimulus": "command is not known", "spikes": "no spikes", "steps": "no step of 10 pA"}[lacking]
    assert words in said and "nothing can be said of change" in said
    column = "spike_height" if lacking == "spikes" else "bridge"
    assert np.isnan(found.columns[column]).all() and np.isnan(found.drift)


def test_a_slow_recording_shows_no_bridge_step():
    recording, _ = cell(3)
    slow = Recording.from_array(recording.read()[::20, 0], RATE / 20, sweep_lengths=[SWEEP // 20] * 3)
    stimulus = Stimulus(
        ArraySource(recording.stimulus.source.array[::20]), recording.stimulus.channel, "recorded"
    )
    found = measure_quality(dataclasses.replace(slow, stimulus=stimulus), make_spikes(slow, [700]))
    assert "too few to see it" in " ".join(warnings(found))
    assert np.isfinite(found.columns["noise_level"]).all()


def test_a_voltage_clamp_has_holding_current_and_noise_and_no_potential():
    recording = api.read(recording_file("pyabf/17o05024_vc_steps.abf"))
    found = measure_quality(recording, api.detect(recording))
    assert np.isnan(found.columns["resting_potential"]).all()
    np.testing.assert_allclose(found.columns["holding_current"], -22e-12, atol=1e-12)
    np.testing.assert_allclose(found.columns["noise_level"], 1.2e-12, rtol=0.1)
    assert "voltage clamp" in " ".join(warnings(found)) and "held" in verdict(found)


def test_other_modes_and_values_are_refused():
    recording, spikes = cell(1)
    outside = dataclasses.replace(recording, mode="extracellular", stimulus=None)
    with pytest.raises(UnsupportedInput, match="no free membrane potential"):
        measure_quality(outside, spikes)
    with pytest.raises(BadParameter, match="every"):
        measure_quality(recording, spikes, every=0)


def test_the_rest_of_a_step_recording_falls_and_its_spikes_shrink():
    recording = api.read(recording_file("pyabf/17o05028_ic_steps.abf"))
    found = measure_quality(recording, api.find(recording))
    resting, height = found.columns["resting_potential"], found.columns["spike_height"]
    assert resting[0] == pytest.approx(-0.045, abs=1e-3) and resting[-1] == pytest.approx(-0.0605, abs=1e-3)
    assert (np.diff(height) < 2e-3).all() and height[-1] < 0.65 * height[0]
    assert 12e6 < np.median(found.columns["bridge"]) < 18e6


def test_a_drift_of_20_minutes_is_followed():
    recording = api.read(recording_file("pyabf/File_axon_2.abf"))
    found = measure_quality(recording, api.find(recording))
    assert len(found) == 120
    assert found.columns["drift"].max() == pytest.approx(9e-3, abs=1e-3)
    assert np.median(found.columns["hum"]) == pytest.approx(70e-6, rel=0.05) and found.mains == 50.0


@given(st.floats(1e-5, 1e-3), st.sampled_from([1000.0, 4000.0, 20_000.0]), st.integers(0, 5))
def test_noise_is_measured_beside_spikes_and_slow_waves(sd, rate, seed):
    rng = np.random.default_rng(seed)
    trace = sd * rng.standard_normal(40_000) + 0.01 * np.sin(2 * np.pi * 0.2 * np.arange(40_000) / rate)
    trace[::5000] += 0.1
    assert noise_level(trace, rate) == pytest.approx(sd, rel=0.05)


def test_coarse_steps_of_the_converter_do_not_make_noise_jump():
    rng = np.random.default_rng(0)
    found = [noise_level(np.round(s * rng.standard_normal(20_000)), 1000.0) for s in (0.8, 0.9, 1.0, 1.1)]
    np.testing.assert_allclose(found, np.sqrt(np.square([0.8, 0.9, 1.0, 1.1]) + 1 / 12), rtol=0.12)


@pytest.mark.parametrize("n", [100, 3000])
def test_what_is_too_short_or_too_slow_shows_no_hum(n):
    rate = 20_000.0 if n == 100 else 150.0
    assert np.isnan(hum_powers(np.zeros(n), rate)).all()


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_hum_is_told_from_a_neighbour_and_from_steps(mains):
    time = np.arange(80_000) / 20_000
    trace = 2e-4 * np.sin(2 * np.pi * mains * time) + 1e-3 * np.random.default_rng(0).standard_normal(80_000)
    power = hum_powers(trace, 20_000.0)
    other = 0 if mains == 60.0 else 1
    assert np.sqrt(power[1 - other]) == pytest.approx(2e-4, rel=0.1)
    assert abs(power[other]) < 0.03 * power[1 - other]


def test_a_flat_top_counts_and_a_quiet_or_spiking_trace_does_not():
    rng = np.random.default_rng(0)
    quiet = np.round(rng.standard_normal(20_000)).astype(np.int16)
    assert railed(quiet, 20_000.0) == 0
    spiking = quiet + 0
    spiking[::1000] = 900
    assert railed(spiking, 20_000.0) == 0
    spiking[500:600] = 900
    assert railed(spiking, 20_000.0) == 100
    assert railed(np.empty(0), 1.0) == 0


def test_the_reference_is_the_beginning():
    assert reference(np.array([np.nan, 1, 2, 3, 50, 60])) == 2
    assert np.isnan(reference(np.full(3, np.nan)))


def test_conditions_with_labels_are_read_like_blanks(tmp_path):
    from spikelens.membrane.running import conditions_of

    recording, _ = cell(1)
    path = tmp_path / "drug.csv"
    path.write_text("start,stop,label\n0,0.5,control\n0.5,1,\n")
    events = conditions_of(recording, str(path))
    assert events.label == ("control", "") and isinstance(events, Events)
