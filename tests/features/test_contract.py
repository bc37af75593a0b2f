"""What every rule for spikes promises, whatever it measures."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens import api, rooms
from spikelens.features import Feature
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED
from tests.factory import make_recording, make_spikes
from tests.features.waves import chunk_of, peaks_above, spiky

RATE = 20_000.0
UNITS = {"", "V", "A", "V or A", "s", "V/s", "1/s", "Hz"}
every_rule = pytest.mark.parametrize("name", api.spike_rules())
with_margin = [n for n in api.spike_rules() if rooms.load("features", n)().margin(RATE) is not None]


def rule_of(name):
    return rooms.load("features", name)()


@pytest.fixture(scope="module")
def cell():
    trace, peaks = spiky(RATE, length=2.0)
    return trace, peaks


def recording_of(trace, **facts):
    return Recording.from_array(trace, RATE, **facts)


@every_rule
def test_features_are_declared_once_with_a_unit_and_a_sentence(name):
    features = rule_of(name).features
    names = [f.name for f in features]
    assert len(set(names)) == len(names) and not set(names) & set(REQUIRED)
    for feature in features:
        assert isinstance(feature, Feature) and feature.unit in UNITS
        assert feature.meaning.endswith(".") and not feature.meaning[0].islower()
        assert feature.name.endswith("_time") <= (feature.unit == "s")
        assert feature.name.endswith("_v") <= (feature.unit == "V")


@every_rule
@pytest.mark.parametrize("n", [0, 1, 2, 24])
def test_every_declared_feature_is_a_column_of_the_right_kind(name, n, cell):
    trace, peaks = cell
    found = rule_of(name).measure(chunk_of(trace, RATE), peaks[:n])
    assert set(found) == {*(f.name for f in rule_of(name).features), "notes"}
    assert all(column.shape == (n,) for column in found.values())
    assert found["notes"].dtype.kind == "U"
    kinds = {f.name: found[f.name].dtype.kind for f in rule_of(name).features}
    assert all(kinds[f.name] == "f" for f in rule_of(name).features if f.unit)
    assert set(kinds.values()) <= {"f", "b", "U"}
    nothing = rule_of(name).measure(chunk_of(trace, RATE), peaks[:0])
    assert {k: c.dtype.kind for k, c in nothing.items()} == {k: c.dtype.kind for k, c in found.items()}


@every_rule
def test_a_nan_is_noted(name, cell):
    trace, peaks = cell
    last = int(peaks[-1])
    found = rule_of(name).measure(chunk_of(trace[: last + 8], RATE), peaks)
    main = [c for c in ("peak_v", "width", "trough_v", "peak_to_peak", "threshold_v") if c in found]
    lacking = np.isnan([found[c] for c in main]).any(axis=0)
    assert lacking[-1] and (found["notes"][lacking] != "").all()


@every_rule
def test_features_turn_over_with_the_trace_and_with_nothing_else(name, cell):
    trace, peaks = cell
    up, down = recording_of(trace), recording_of(-trace)
    plus = api.measure(up, api.detect(up, "prominence"), feature_rule=name)
    minus = api.measure(down, api.detect(down, "prominence", polarity="down"), feature_rule=name)
    assert plus.sample_index.tolist() == minus.sample_index.tolist() == peaks.tolist()
    for feature in rule_of(name).features:
        ours, theirs = plus[feature.name], minus[feature.name]
        turned = feature.unit in ("V", "A", "V/s", "A/s") or feature.name == "polarity"
        if ours.dtype.kind == "f":
            np.testing.assert_array_equal(theirs, -ours if turned else ours, err_msg=feature.name)
        else:
            assert ours.tolist() == theirs.tolist()


@every_rule
def test_times_are_seconds_of_the_recording_near_their_spike(name, cell):
    import dataclasses

    from spikelens.recording import Sweeps

    trace, _ = cell
    plain = recording_of(trace, sweep_lengths=[24_000, 16_000])
    late = dataclasses.replace(plain, sweeps=Sweeps.of_lengths([24_000, 16_000], [30.0, 70.0]))
    near, far = (api.measure(r, api.detect(r), feature_rule=name) for r in (plain, late))
    times = [f.name for f in rule_of(name).features if f.name.endswith("_time")]
    moved = np.where(near.sweep == 0, 30.0, 70.0 - 1.2)
    for column in times:
        known = np.isfinite(near[column])
        np.testing.assert_array_equal(np.isfinite(far[column]), known)
        np.testing.assert_allclose((far[column] - near[column])[known], moved[known], atol=1e-9)
        assert np.abs(near[column] - near.time)[known].max(initial=0) < 0.2
    for feature in rule_of(name).features:
        if feature.name not in times and near[feature.name].dtype.kind == "f":
            np.testing.assert_array_equal(near[feature.name], far[feature.name])


@pytest.mark.parametrize("name", with_margin)
@pytest.mark.parametrize("chunk", [0.003, 0.0501, 0.33, 100.0])
def test_chunks_make_no_difference(name, chunk, cell):
    trace, _ = cell
    recording = recording_of(trace, sweep_lengths=[15_000, 25_000])
    spikes = api.detect(recording)
    whole = api.measure(recording, spikes, feature_rule=name)
    parts = api.measure(recording, spikes, feature_rule=name, chunk_duration=chunk)
    assert all(whole[c].tobytes() == parts[c].tobytes() for c in whole.columns)


@every_rule
def test_a_sweep_is_measured_as_if_it_were_alone(name, cell):
    trace, _ = cell
    both = recording_of(trace, sweep_lengths=[15_000, 25_000])
    alone = recording_of(trace[15_000:])
    spikes, second = api.measure(both, api.detect(both), feature_rule=name), api.detect(alone)
    second = api.measure(alone, second, feature_rule=name)
    mine = spikes.take(spikes.sweep == 1)
    assert len(mine) == len(second) > 5
    for feature in rule_of(name).features:
        if not feature.name.endswith("_time"):
            assert mine[feature.name].tolist() == second[feature.name].tolist() or np.allclose(
                mine[feature.name], second[feature.name], rtol=1e-9, equal_nan=True
            )


@every_rule
def test_units_and_rules_are_told_and_currents_are_in_amperes(name):
    recording = make_recording([5000], quantity="current", mode="cell-attached")
    found = api.measure(recording, make_spikes(recording, [5000]), feature_rule=name)
    for feature in rule_of(name).features:
        assert found.units.get(feature.name, "") == feature.unit.replace("V or A", "A")
        assert found.rules[feature.name].startswith(f"{name}: ")
    assert found.provenance.feature_rule == name


@every_rule
def test_what_a_rule_is_given_is_not_changed(name, cell):
    trace, peaks = cell
    stored, at = trace.copy(), peaks.copy()
    rule_of(name).measure(chunk_of(stored, RATE), at)
    assert stored.tobytes() == trace.tobytes() and at.tobytes() == peaks.tobytes()


def test_peaks_of_made_spikes_are_where_they_are_said_to_be(cell):
    trace, peaks = cell
    assert peaks.size == 24 and (trace[peaks] > -0.02).all()
    assert peaks.tolist() == peaks_above(trace, -0.03).tolist()
