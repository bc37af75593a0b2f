"""Rows for people: counts per sweep, latencies, and which values are fit for a median."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.factory import NO_WALLS, make_recording, make_spikes

from spikelens.recording import Channel, Recording, Stimulus, Sweeps
from spikelens.sources import ArraySource
from spikelens.summary import COUNTS, SHAPED, feature_rows, fit_values, stimulus_onset, sweep_rows

RATE = 20_000.0
PEAKS = [1000, 3000, 5000, 13_000, 13_400]


def in_sweeps(starts=None):
    plain = make_recording(PEAKS, sweep_lengths=[8000, 4000, 8000])
    return dataclasses.replace(plain, sweeps=Sweeps.of_lengths([8000, 4000, 8000], starts))


def with_command(recording, current, factor=1e-12):
    command = Stimulus(
        ArraySource(np.asarray(current)[:, None]), Channel("cmd", "current", factor), "recorded"
    )
    return dataclasses.replace(recording, stimulus=command)


def rows_of(recording, walls=NO_WALLS):
    return sweep_rows(recording, make_spikes(recording, PEAKS, walls=walls))


@pytest.mark.parametrize("starts", [None, [0.0, 10.0, 20.0], [5.0, 6.0, 7.0], [np.nan] * 3])
def test_a_row_per_sweep_and_one_for_all_whatever_the_clock(starts):
    rows = rows_of(in_sweeps(starts))
    assert [r["sweep"] for r in rows] == [0, 1, 2, "all"]
    assert [r["spikes"] for r in rows] == [3, 0, 2, 5]
    assert [r["exposure"] for r in rows] == pytest.approx([0.4, 0.2, 0.4, 1.0])
    assert [r["average_rate"] for r in rows] == pytest.approx([7.5, 0.0, 5.0, 5.0])
    known = starts is not None and np.isfinite(starts).all()
    assert [r["start_time"] for r in rows[:3]] == pytest.approx(starts if known else [0.0, 0.4, 0.6])
    assert np.isnan(rows[3]["start_time"])


def test_no_interval_of_the_whole_goes_from_sweep_to_sweep():
    *sweeps, whole = rows_of(in_sweeps([0.0, 10.0, 20.0]))
    assert whole["mean_isi"] == pytest.approx((0.1 + 0.1 + 0.02) / 3)
    assert sweeps[0]["mean_isi"] == pytest.approx(0.1) and sweeps[2]["mean_isi"] == pytest.approx(0.02)


def test_blanked_time_is_no_exposure_and_no_interval_crosses_it():
    *sweeps, whole = rows_of(in_sweeps(), np.array([[3500, 4500], [7000, 9000]]))
    assert [r["exposure"] for r in sweeps] == pytest.approx([0.3, 0.15, 0.4])
    assert whole["exposure"] == pytest.approx(0.85)
    assert sweeps[0]["average_rate"] == pytest.approx(3 / 0.3)
    assert sweeps[0]["first_isi"] == sweeps[0]["mean_isi"] == pytest.approx(0.1)


def test_latency_counts_from_the_sweeps_start_and_is_not_told_of_several_sweeps():
    *sweeps, whole = rows_of(in_sweeps([3.0, 10.0, 20.0]))
    assert [r["latency"] for r in sweeps] == pytest.approx([0.05, np.nan, 0.05], nan_ok=True)
    assert np.isnan(whole["latency"])


def test_latency_counts_from_the_stimulus_of_each_sweep():
    current = np.zeros(20_000)
    current[2000:6000], current[12_500:13_200] = 100, -100
    *sweeps, _ = rows_of(with_command(in_sweeps(), current))
    assert sweeps[0]["latency"] == pytest.approx((3000 - 2000) / RATE)
    assert sweeps[2]["latency"] == pytest.approx((13_000 - 12_500) / RATE)


def test_one_sweep_tells_the_same_in_all():
    recording = make_recording(PEAKS)
    first, whole = rows_of(recording)
    assert {**first, "sweep": "all", "start_time": 0} == {**whole, "start_time": 0}


def test_counts_are_whole_numbers():
    for row in rows_of(in_sweeps()):
        assert all(type(row[name]) is int for name in COUNTS)


def test_parameters_of_trains_are_handed_on():
    recording = in_sweeps()
    spikes = make_spikes(recording, PEAKS)
    few = {"burst_spikes": 2, "burst_interval": 0.05}
    assert sweep_rows(recording, spikes)[-1]["bursts"] == 0
    assert sweep_rows(recording, spikes, trains=few)[-1]["bursts"] == 1


@pytest.mark.parametrize("piece", [7, 30, 1 << 20])
@pytest.mark.parametrize(
    ("current", "onset"),
    [
        (np.zeros(100), 0.0),  # never leaves
        (np.r_[np.zeros(30), np.full(70, 50)], 30.0),
        (np.r_[np.full(30, 20), np.full(70, 0)], 30.0),  # down from a holding current
        (np.r_[np.zeros(30), np.full(10, -50), np.zeros(60)], 30.0),
        (np.r_[0, 3, -4, np.zeros(27), np.full(70, 50)], 30.0),  # noise below a tenth
        (np.r_[0, 6, np.zeros(28), np.full(70, 50)], 1.0),  # and above it
        (np.arange(100), 10.0),  # a ramp to 99 is a tenth of its way after 9.9
    ],
)
def test_a_stimulus_begins_where_it_leaves_its_first_value(monkeypatch, current, onset, piece):
    monkeypatch.setattr("spikelens.summary._PIECE", piece)
    recording = with_command(Recording.from_array(np.zeros(100), 1.0), current)
    assert stimulus_onset(recording, 0) == onset


def test_a_stimulus_is_dated_from_its_own_sweep_and_in_seconds():
    recording = with_command(in_sweeps([0.0, 50.0, 90.0]), np.r_[np.zeros(9000), np.ones(11_000)])
    assert stimulus_onset(recording, 0) == 0.0
    assert stimulus_onset(recording, 1) == pytest.approx(1000 / RATE)
    assert stimulus_onset(recording, 2) == 0.0
    assert stimulus_onset(in_sweeps(), 1) == 0.0


def columns(**given):
    recording = make_recording(PEAKS)
    spikes = make_spikes(recording, PEAKS)
    made = {name: np.asarray(column) for name, column in given.items()}
    return spikes.with_columns(made, rules={n: "by hand" for n in made if n != "notes"})


def test_medians_leave_out_nan_and_what_the_instrument_limits():
    limited = np.array(["", "electrode", "", "sampling", ""])
    values = [1.0, 100.0, np.nan, 100.0, 3.0]
    for name in SHAPED:
        spikes = columns(limited=limited, **{name: values})
        assert fit_values(spikes, name).tolist() == [1.0, 3.0]
        assert fit_values(columns(**{name: values}), name).tolist() == [1.0, 100.0, 100.0, 3.0]
    other = columns(limited=limited, peak_v=values)
    assert fit_values(other, "peak_v").tolist() == [1.0, 100.0, 100.0, 3.0]


@pytest.mark.parametrize(("unit", "kept"), [("V/s", 3), ("1/s", 3), ("V", 5), ("s", 5), ("", 5)])
def test_slopes_are_limited_whatever_their_name(unit, kept):
    spikes = columns(limited=np.array(["", "x", "", "x", ""]), steepness=np.arange(5.0))
    spikes = dataclasses.replace(spikes, units={**spikes.units, "steepness": unit})
    assert fit_values(spikes, "steepness").size == kept


def test_text_and_times_have_no_median():
    spikes = columns(shape=np.array(list("abcde")), onset_time=np.arange(5.0), width=np.arange(5.0))
    assert fit_values(spikes, "shape") is None
    assert [row["feature"] for row in feature_rows(spikes)] == ["height", "width"]


def test_quartiles_are_numpys_and_of_nothing_nan():
    row = feature_rows(columns(width=[1.0, 2.0, 3.0, 4.0, np.nan]))[1]
    assert (row["n"], row["median"]) == (4, 2.5)
    assert (row["lower_quartile"], row["upper_quartile"]) == (1.75, 3.25)
    empty = feature_rows(columns(width=np.full(5, np.nan)))[1]
    assert empty["n"] == 0 and np.isnan(empty["median"])
