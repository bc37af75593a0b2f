"""Traces that lead finders astray: each gives the right spikes, or says why it does not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.factory import REST, make_trace, spike_shape

from spikelens import rooms
from spikelens.cli import run

RATE = 10_000.0
FOR_VOLTAGE = [n for n in rooms.names("detectors") if "voltage" in rooms.load("detectors", n).quantities]


@pytest.fixture
def found(tmp_path, monkeypatch, capsys):
    """Run `find` on a trace and return its record and the spikes' times (s)."""
    monkeypatch.chdir(tmp_path)

    def find(trace, *flags, rate=RATE, unit="V"):
        np.save("cell.npy", trace)
        facts = ["--unit", unit, "--sampling-rate", str(rate), "--no-report", "--json", "--force"]
        assert run(["find", "cell.npy", *facts, *flags]) == 0
        record = json.loads(capsys.readouterr().out)["recordings"][0]
        rows = (tmp_path / "spikelens-out" / "cell" / "spikes.csv").read_text().splitlines()[1:]
        return record, [float(row.split(",")[0]) for row in rows]

    return find


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", FOR_VOLTAGE)
def test_samples_that_are_no_numbers_are_masked_and_said(found, method, value):
    trace = make_trace(20_000, RATE, [3000, 9000, 15_000])
    trace[8900:9010] = value
    record, times = found(trace, "--method", method)
    assert times == pytest.approx([0.3, 1.5], abs=2e-4)
    assert any("0.011 s of samples are not numbers" in w and "at 0.89 s" in w for w in record["warnings"])
    assert record["exposure"] == pytest.approx(2 - 0.011 - 0.004, abs=2e-4)


def test_no_spike_is_believed_at_the_edge_of_what_is_missing(found):
    trace = make_trace(20_000, RATE, [3000, 9000])
    trace[9010:9100] = np.nan
    assert found(trace)[1] == pytest.approx([0.3], abs=2e-4)


def test_a_trace_of_nothing_but_nan_has_no_time_and_says_so(found):
    record, times = found(np.full(20_000, np.nan, np.float32))
    assert times == []
    assert record["exposure"] == 0
    assert any("not numbers" in w for w in record["warnings"])
    assert any("no sample that was looked at is a number" in w for w in record["warnings"])
    assert not any("nan" in w for w in record["warnings"])


@pytest.mark.parametrize("method", FOR_VOLTAGE)
def test_a_constant_trace_has_no_spikes(found, method):
    record, times = found(np.full(20_000, REST, np.float32), "--method", method)
    assert times == []
    assert record["rate"] == 0
    assert any("the trace does not change: it is" in w for w in record["warnings"])


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_trace_of_nothing_is_said_in_words(value, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("cell.npy", np.full(20_000, value, np.float32))
    assert run(["find", "cell.npy", "--unit", "V", "--sampling-rate", "10000", "--no-report"]) == 0
    said = capsys.readouterr().out
    assert "nan" not in said.lower().replace("not a number", "") and "warning: " in said


def test_a_scale_of_nothing_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("cell.npy", make_trace(20_000, RATE, [10_000]))
    assert run(["find", "cell.npy", "--unit", "V", "--sampling-rate", "10000", "--scale", "0"]) == 2
    assert "scale must not be 0" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["find", "steps", "membrane", "book", "measure"])
def test_a_junction_potential_in_millivolts_is_refused(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    np.save("cell.npy", make_trace(20_000, RATE, [10_000]))
    (tmp_path / "times.csv").write_text("time\n1.0\n")
    facts = ["--unit", "V", "--sampling-rate", "10000", "--junction-potential", "14", "--out", "x.csv"]
    assert run([command, "cell.npy", *(["times.csv"] if command == "measure" else []), *facts]) == 2
    assert "at most 0.1 V either way, not 14 V; of 14 mV say 0.014" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("method", ["level", "slope", "prominence"])
def test_a_trace_that_starts_and_ends_depolarised_counts_only_spikes(found, method):
    trace = make_trace(20_000, RATE, [10_000])
    trace[:2000] += 0.060
    trace[-100:] += 0.060 * np.linspace(0, 1, 100)
    assert found(trace, "--method", method)[1] == pytest.approx([1.0], abs=2e-4)


@pytest.mark.parametrize("peak", [0, 1, 3, 19_996, 19_998, 19_999])
@pytest.mark.parametrize("method", [m for m in FOR_VOLTAGE if m not in ("adaptive", "template")])
def test_a_spike_at_the_very_edge_is_whole_or_none(found, method, peak):
    # One spike and a half are no template, and too few for the learned detector to be sure of.
    record, times = found(make_trace(20_000, RATE, [peak, 10_000]), "--method", method)
    inner = [t for t in times if 0.1 < t < 1.9]
    assert inner == pytest.approx([1.0], abs=2e-4)
    # A filter may see half a spike at the edge as one of its own a little way in.
    near = 3e-3 if method == "bandpass_mad" else 1e-3
    assert all(abs(t - peak / RATE) < near for t in times if t not in inner)
    assert len(times) <= 2
    assert record["n_spikes"] == len(times)


@pytest.mark.parametrize("n_samples", [1, 2, 5, 30])
@pytest.mark.parametrize("method", FOR_VOLTAGE)
def test_recordings_shorter_than_a_spike_have_none(found, method, n_samples):
    assert found(make_trace(n_samples, RATE), "--method", method)[1] == []


@pytest.mark.parametrize("rate", [1000.0, 4000.0, 50_000.0])
@pytest.mark.parametrize("method", ["prominence", "level"])
def test_slow_and_fast_sampling_find_the_same_spikes(found, method, rate):
    at = [0.2, 0.7, 1.1, 1.9]
    trace = make_trace(round(2.5 * rate), rate, [round(t * rate) for t in at])
    assert found(trace, "--method", method, rate=rate)[1] == pytest.approx(at, abs=1e-3)


def test_what_slow_sampling_takes_from_features_is_said(found):
    record, _ = found(make_trace(3000, 1000.0, [500, 1500, 2500]), rate=1000.0)
    assert any("sampling limits the shape of 3 of 3 spikes" in w for w in record["warnings"])


def test_volts_labelled_millivolts_are_said_with_the_factor(found):
    record, _ = found(make_trace(20_000, RATE, [10_000]), unit="mV")
    assert any("factor of 1000" in w and "--unit" in w for w in record["warnings"])
    settled, times = found(make_trace(20_000, RATE, [10_000]), "--scale", "1000", unit="mV")
    assert settled["warnings"] == []
    assert times == pytest.approx([1.0], abs=2e-4)


def test_a_gain_left_in_the_values_is_said_with_the_factor(found):
    record, _ = found(20 * make_trace(20_000, RATE, [10_000]))
    assert any("factor of 0.05" in w for w in record["warnings"])


def test_spikes_without_an_onset_are_said_when_onsets_were_asked_for(found):
    slow = REST + np.interp(np.arange(20_000), [0, 9900, 10_000, 10_100, 20_000], [0, 0, 0.05, 0, 0])
    shape = spike_shape(RATE)
    trace = slow.astype(np.float32)
    trace[3000 : 3000 + shape.size] += shape.astype(np.float32)
    trace[:3000] = np.nan
    record, times = found(trace, "--align", "onset", "--method", "level", "--cutoff", "-0.03")
    assert record["align"] == "onset"
    assert len(times) >= 1


@pytest.mark.parametrize("method", rooms.names("detectors"))
def test_a_voltage_clamp_has_no_spikes_whatever_method_its_batch_is_given(found, method):
    record, times = found(make_trace(20_000, RATE), "--mode", "voltage-clamp", "--method", method, unit="pA")
    assert times == []
    assert any("no spikes are sought" in w for w in record["warnings"])
