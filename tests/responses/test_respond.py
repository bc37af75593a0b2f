"""The verb on cells of known answers, and on input that is no good."""

from __future__ import annotations

import numpy as np
import pytest

import spikelens
from spikelens.api import find, read
from spikelens.errors import BadParameter, OutsideRecording
from spikelens.recording import Events
from spikelens.responses.evidence import EXCHANGE, POISSON
from spikelens.responses.running import respond
from spikelens.responses.tables import condition_rows, trial_rows
from spikelens.responses.words import methods, verdict
from spikelens.simulation import simulate
from tests.data import recording_file
from tests.responses.cells import empty, poisson_cell, spikes_at, stimuli_at


def only_row(found):
    (row,) = condition_rows(found)
    return row


def test_spikes_per_trial_and_rates_are_recovered():
    recording, spikes, stimuli = poisson_cell(2000, spontaneous=4.0, evoked=0.7)
    row = only_row(respond(recording, spikes, stimuli, window="0:50ms", baseline="-300:0ms"))
    own = 0.05 * 4.0
    assert row["spontaneous_low"] < 4.0 < row["spontaneous_high"]
    assert row["evoked_low"] < 0.7 / 0.05 < row["evoked_high"]
    assert row["share_none"] == pytest.approx(0.3 * np.exp(-own), abs=0.03)
    assert row["share_one"] == pytest.approx(0.7 * np.exp(-own) + 0.3 * own * np.exp(-own), abs=0.03)
    assert row["share_none"] + row["share_one"] + row["share_more"] == pytest.approx(1.0)
    assert row["share_by_chance"] == pytest.approx(1 - np.exp(-own), abs=0.01)
    assert row["response"] == "excited" and row["test"] == POISSON
    assert row["spikes_per_trial"] == pytest.approx(0.9, abs=0.05)


def test_suppression_is_told_from_excitation():
    recording, spikes, stimuli = poisson_cell(300, spontaneous=20.0)
    since = (spikes.time[:, None] - (0.5 + 0.5 * np.arange(300))).T
    quiet = ((since > 0) & (since < 0.06)).any(axis=0)
    found = respond(recording, spikes.take(~quiet), stimuli)
    assert found.evidence.response.tolist() == ["suppressed"]
    assert found.evidence.evoked_interval[1][0] < 0
    assert "suppressed" in verdict(found)


def bursting(n_trials, *, seed, apart=1.0):
    """Bursts of four at random times."""
    rng = np.random.default_rng(seed)
    recording = empty(n_trials * apart + 1)
    at = rng.uniform(0, recording.duration - 0.1, rng.poisson(2.0 * recording.duration))
    spikes = spikes_at(recording, (at[:, None] + 0.004 * np.arange(4)).ravel())
    return recording, spikes, stimuli_at(recording, 0.5 + apart * np.arange(n_trials))


def test_bursts_are_held_against_the_trials_own_baseline():
    found = [respond(*bursting(60, seed=s), window="0:100ms", baseline="-400:0ms") for s in range(40)]
    assert all(f.evidence.test[0] == EXCHANGE for f in found)
    assert sum(f.evidence.p[0] < 0.05 for f in found) <= 6


def test_a_baseline_too_short_for_bursts_is_warned_of():
    found = respond(*bursting(60, seed=1), window="0:100ms", baseline="-80:0ms")
    assert found.evidence.test[0] == POISSON and found.evidence.untestable[0]
    assert any("longer --baseline" in w for w in found.warnings)
    assert "p too small" in only_row(found)["notes"]


def test_bursts_whose_baseline_was_hardly_observed_are_warned_of_too():
    recording = empty(*[0.2] * 60)
    rng = np.random.default_rng(0)
    at = rng.uniform(0, recording.duration - 0.1, 60)
    spikes = spikes_at(recording, (at[:, None] + 0.004 * np.arange(4)).ravel())
    stimuli = {"start": 0.2 * np.arange(60) + 0.05}
    found = respond(recording, spikes, stimuli, window="0:100ms", baseline="-200:0ms")
    assert found.evidence.untestable[0] and found.evidence.test[0] == POISSON


def test_a_condition_may_not_be_called_like_a_result():
    recording = empty(1.0)
    with pytest.raises(BadParameter, match="rename that column"):
        respond(recording, spikes_at(recording, []), {"start": [0.5], "rate": [3.0]}, by="rate")


def test_conditions_whose_spontaneous_rates_differ_have_their_own():
    recording = empty(100.0)
    rng = np.random.default_rng(0)
    spikes = spikes_at(recording, np.concatenate([rng.uniform(0, 50, 100), rng.uniform(50, 100, 1500)]))
    start = np.arange(0.5, 99.5, 0.5)
    early, turns = (start < 50).astype(float), np.arange(start.size) % 2.0
    blocked = respond(recording, spikes, stimuli_at(recording, start, kind=early), by="kind")
    mixed = respond(recording, spikes, stimuli_at(recording, start, kind=turns), by="kind")
    assert blocked.evidence.has_own_baseline and not mixed.evidence.has_own_baseline
    assert blocked.evidence.spontaneous.rate[0] > 5 * blocked.evidence.spontaneous.rate[1]
    assert np.ptp(mixed.evidence.spontaneous.rate) == 0
    assert blocked.evidence.response.tolist() == ["none", "none"]
    assert any("own baseline" in w for w in blocked.warnings)


def test_no_spikes_at_all_are_said_and_bounded():
    found = respond(*poisson_cell(10, spontaneous=0.0))
    row = only_row(found)
    assert row["rate"] == 0 and row["rate_high"] == pytest.approx(3.689 / 0.5, rel=1e-3)
    assert np.isnan(row["latency"]) and np.isnan(row["fano_factor"]) and np.isnan(row["correlation"])
    assert any("no spikes at all" in w for w in found.warnings)
    assert "no spikes were found" in verdict(found) and "no latency" in row["notes"]


def test_one_stimulus_says_nothing_of_variance():
    recording = empty(1.0)
    found = respond(recording, spikes_at(recording, [0.52]), stimuli_at(recording, [0.5]))
    assert any("one stimulus only" in w for w in found.warnings)
    assert np.isnan(found.evidence.window.fano[0]) and np.isnan(found.latencies.jitter[0])
    assert "fewer than 2" in only_row(found)["notes"]


def test_unequal_repeats_and_overlaps_are_told():
    recording = empty(3.0)
    stimuli = stimuli_at(recording, [0.5, 0.53, 1.0, 1.08], f=[1.0, 1.0, 1.0, 2.0])
    told = " ".join(respond(recording, spikes_at(recording, [0.55]), stimuli, by="f").warnings)
    assert "repeats are unequal: 1 to 3" in told
    assert "the windows of 1 trials overlap" in told
    assert "the baseline of 2 of 4 trials begins only where" in told and "1 have no baseline left" in told
    once = stimuli_at(recording, [0.5, 1.0], f=[1.0, 2.0])
    told = respond(recording, spikes_at(recording, [0.55]), once, by="f").warnings
    assert any("given once" in w for w in told)


def test_what_the_stimulus_before_evoked_is_no_baseline():
    recording = empty(11.0)
    start = 0.5 + 0.1 * np.arange(100)
    # One spike for each of 100 pulses at 10 Hz, and none else.
    found = respond(recording, spikes_at(recording, start + 0.02), stimuli_at(recording, start))
    row = only_row(found)
    assert (row["spontaneous_rate"], row["response"]) == (0.0, "excited")
    rows = trial_rows(found)
    assert [r["baseline_exposure"] for r in rows] == pytest.approx([0.1, *[0.045] * 99])
    assert sum(r["baseline_spikes"] for r in rows) == 0
    assert any("baseline of 99 of 100 trials" in w for w in found.warnings)
    # Bursts are tested against segments of a baseline, of which nothing free is left.
    bursts = spikes_at(recording, np.concatenate([start[::4] + k * 0.01 for k in (1, 2, 3, 4)]))
    assert respond(recording, bursts, stimuli_at(recording, start)).evidence.untestable[0]


def test_an_answer_before_the_window_is_told():
    recording = empty(11.0)
    start = 0.5 + 0.5 * np.arange(20)
    found = respond(recording, spikes_at(recording, start + 0.003), stimuli_at(recording, start))
    assert any("20 spikes came within 0 to 5 ms, before the window" in w for w in found.warnings)
    later = respond(recording, spikes_at(recording, start + 0.008), stimuli_at(recording, start))
    assert not any("before the window" in w for w in later.warnings)


def test_a_cell_that_follows_light_at_10_hz_is_excited():
    recording = read(recording_file("pyabf/opto_aps_good_units.abf"))
    spikes = find(recording, "prominence")
    found = respond(recording, spikes, "ttl", window="0:20ms")
    row = only_row(found)
    assert (row["response"], row["spikes"], row["trials"]) == ("excited", 150, 150)
    assert row["spontaneous_rate"] == 0
    late = respond(recording, spikes, "ttl").warnings
    assert any("before the window" in w for w in late)


def test_windows_across_walls_count_observed_time_and_say_so():
    recording = empty(0.6, 0.6)
    walls = np.array([[7000, 7600]])
    spikes = spikes_at(recording, [0.52, 0.59, 0.82], walls)
    found = respond(recording, spikes, stimuli_at(recording, [0.3, 0.58, 0.70, 1.0]))
    row = only_row(found)
    # 0.58 has 15 of 50 ms left of its sweep, 0.70 none.
    assert row["exposure"] == pytest.approx(0.05 + 0.015 + 0.0 + 0.05)
    assert (row["trials"], row["whole_trials"]) == (4, 2)
    told = " ".join(found.warnings)
    assert "window (5 to 55 ms) crosses a wall in 2 of 4 trials" in told
    assert "1 of them never observed" in told
    assert [r["exposure"] for r in trial_rows(found)] == pytest.approx([0.05, 0.015, 0.0, 0.05], abs=1e-9)


def test_a_baseline_that_was_never_observed_leaves_no_test():
    recording = empty(*[0.1] * 5)
    found = respond(recording, spikes_at(recording, [0.02]), Events.at(0.1 * np.arange(5)))
    assert found.evidence.response[0] == "" and np.isnan(found.evidence.p[0])
    assert any("baseline" in w and "in no trial" in w for w in found.warnings)
    assert "not tested" in verdict(found)


def test_events_outside_stop_the_run():
    recording = empty(1.0)
    with pytest.raises(OutsideRecording):
        respond(recording, spikes_at(recording, [0.5]), Events.at([5.0]))


def test_a_held_membrane_is_no_silent_cell():
    recording = empty(2.0, quantity="current", mode="voltage-clamp")
    found = respond(recording, spikes_at(recording, []), Events.at([1.0]))
    assert any("voltage clamp" in w for w in found.warnings)


def test_results_are_the_same_twice_and_said_in_words():
    cell = bursting(40, seed=3)
    settings = {"window": "0:100ms", "baseline": "-400:0ms"}
    first, again = respond(*cell, **settings), respond(*cell, **settings)
    assert first.evidence.p.tolist() == again.evidence.p.tolist()
    text = methods(first)
    for word in ("40 trials", "0 to 100 ms", "Garwood", "Chase and Young", first.psth.rule):
        assert word in text
    frame = first.to_pandas()
    assert frame.attrs["units"]["latency"] == "s" and len(frame) == 1
    assert "Garwood" in frame.attrs["rules"]["rate_low"]


@pytest.fixture(scope="module")
def tuned():
    """A simulated cell that hears 5 frequencies at 4 levels, and its spikes as found."""
    cell = simulate(
        240.0,
        10_000.0,
        difficulty="easy",
        seed=5,
        tones=True,
        tone_interval=0.4,
        tone_strength=10.0,
        tone_reliability=0.95,
        tone_jitter=0.001,
        tone_frequencies=5,
        tone_levels=4,
        rate=3.0,
    )
    return cell, spikelens.find(cell.recording)


def tones_of(cell):
    return {"start": cell.tones.start, "frequency": cell.tones.frequency, "level": cell.tones.level}


def test_a_simulated_cells_answers_are_recovered_from_its_trace(tuned):
    cell, spikes = tuned
    truth = spikes_at(cell.recording, cell.truth.time[cell.truth.visible])
    # As in scoring, spikes that hardly reach the pipette count neither way.
    apart = np.abs(spikes.time[:, None] - cell.truth.time)
    seen, hidden = apart[:, cell.truth.visible].min(axis=1), apart[:, ~cell.truth.visible].min(axis=1)
    spikes = spikes.take((seen < 1e-3) | (hidden > 3e-3))
    settings = {"by": "frequency,level", "window": "12:52ms"}
    found = respond(cell.recording, spikes, tones_of(cell), **settings)
    true = respond(cell.recording, truth, tones_of(cell), **settings)
    assert np.abs(found.counts.n - true.counts.n).mean() < 0.02
    quiet, wanted = found.evidence.spontaneous, true.evidence.spontaneous.rate[0]
    assert quiet.rate[0] == pytest.approx(wanted, rel=0.03)
    assert (found.evidence.response == true.evidence.response).mean() >= 0.9
    assert found.tuning.measures["best"] == true.tuning.measures["best"] == 8000.0
    np.testing.assert_allclose(found.latencies.median, true.latencies.median, atol=5e-4)


def test_what_the_simulator_sent_is_what_the_cell_is_said_to_hear(tuned):
    cell, spikes = tuned
    found = respond(cell.recording, spikes, tones_of(cell), by="frequency,level", window="12:52ms")
    share = cell.tones.share
    of_condition = np.array([share[found.trials.group == k].mean() for k in range(20)])
    excited = found.evidence.response == "excited"
    assert excited[of_condition > 0.8].all() and not excited[of_condition < 0.02].any()
    sent = np.isfinite(cell.tones.volley)
    # Of strong volleys nearly all call a spike; of tones without one, as many as chance.
    assert (found.counts.n[sent] > 0).mean() > 0.8
    chance = 1 - np.exp(-0.04 * found.evidence.spontaneous.rate[0])
    assert (found.counts.n[~sent] > 0).mean() < 2 * chance
    late = np.full(len(found.trials), np.nan)
    late[found.latencies.trial] = found.latencies.first
    behind = (cell.tones.start + late - cell.tones.volley)[sent]
    # Spikes follow their volley by the membrane's few milliseconds.
    assert 0 < np.nanmedian(behind) < 0.008
    assert np.nanquantile(behind, 0.75) - np.nanquantile(behind, 0.25) < 0.003


def test_the_ac2_like_cell_answers_every_fourth_sweep():
    from scipy.io import loadmat

    path = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    recording = spikelens.read(path, variable="response", unit="V", sampling_rate=4000.0)
    times = loadmat(recording_file("ac2_like/ac2_like_groundtruth.mat"))["spike_times_s"].ravel()
    spikes = spikelens.detect(recording)
    # Its tones came every 2 s; spikes crowd some 0.37 s into every fourth sweep.
    start = 0.5 * 4 * np.arange(75) + 0.345
    for one in (spikes, spikes_at(recording, times)):
        found = respond(recording, one, stimuli_at(recording, start), baseline="-300:0ms")
        assert found.evidence.response.tolist() == ["excited"]
        assert 0.015 < found.latencies.median[0] < 0.04
        nothing = respond(recording, one, "ac2", by="tone", baseline="-15:0ms", window="5:20ms")
        assert len(nothing.trials.conditions) == 32
        assert (nothing.evidence.response == "excited").sum() <= 1
    a, b = (
        respond(recording, one, stimuli_at(recording, start)).counts.n
        for one in (spikes, spikes_at(recording, times))
    )
    assert np.abs(a - b).mean() < 0.1
