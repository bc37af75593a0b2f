"""A profile asks the measures themselves, and a part of a recording gives the numbers of that part."""

import numpy as np
import pytest

from spikelens import api
from spikelens.conditions.epochs import Epoch
from spikelens.conditions.measuring import within
from spikelens.errors import UnknownName
from spikelens.membrane.measuring import measure_membrane
from spikelens.profiles import MEASURES, Beside, checked_measures, profile_of
from spikelens.recording import Recording
from spikelens.responses.plan import Plan
from tests.factory import make_trace

RATE = 5000.0


def cell() -> Recording:
    """Ten seconds at -65 mV, then ten at -60 mV, a spike every half second."""
    at = np.round(np.arange(0.25, 20, 0.5) * RATE).astype(int)
    trace = make_trace(round(20 * RATE), RATE, at)
    trace[trace.size // 2 :] += np.float32(5e-3)
    return Recording.from_array(trace, RATE, name="cell")


def test_every_measure_gives_numbers_or_says_why() -> None:
    recording = cell()
    spikes = api.find(recording, "prominence")
    told = profile_of(recording, spikes)
    assert {f.name for f in told.columns} == set(told.row)
    assert [reason.partition(":")[0] for reason in told.reasons] == ["steps"]
    whole = measure_membrane(recording, spikes).whole.passed.whole
    assert told.row["mean_v"] == pytest.approx(whole.mean)
    assert told.row["noise_level"] == pytest.approx(2e-4, rel=0.2)
    assert told.row["spikes"] == 40


def test_a_part_of_a_recording_has_its_own_numbers() -> None:
    recording = cell()
    spikes = api.find(recording, "prominence")
    parts = [within(recording, spikes, [Epoch("x", *span)]) for span in ((0.0, 9.9), (10.1, 20.0))]
    first, second = (profile_of(recording, part, ["train", "membrane"]).row for part in parts)
    assert first["median_v"] == pytest.approx(-65e-3, abs=4e-4)
    assert second["median_v"] == pytest.approx(-60e-3, abs=4e-4)
    assert (first["spikes"], second["spikes"]) == (20, 20)


def test_a_junction_potential_moves_absolute_voltages_only() -> None:
    recording = cell()
    spikes = api.find(recording, "prominence")
    plain, moved = (
        profile_of(recording, spikes, ["membrane"], Beside(junction_potential=jp)).row for jp in (None, 0.01)
    )
    assert moved["mean_v"] == pytest.approx(float(str(plain["mean_v"])) - 0.01)
    assert moved["sd_v"] == plain["sd_v"]


def test_names_are_checked_and_ordered() -> None:
    assert checked_measures(["membrane", "train"]) == ("train", "membrane")
    assert checked_measures(list(MEASURES)) == tuple(MEASURES)
    with pytest.raises(UnknownName, match="quality"):
        checked_measures(["shape"])


def test_responses_are_measured_where_stimuli_are_named() -> None:
    recording = cell()
    spikes = api.find(recording, "prominence")
    start = np.arange(0.25, 20, 0.5) - 0.02
    tones = {"start": start, "frequency": np.where(np.arange(start.size) % 2, 2e3, 8e3)}
    beside = Beside(events=tones, plan=Plan(by=("frequency",)))
    told = profile_of(recording, spikes, ["responses"], beside)
    assert told.row["response_latency"] == pytest.approx(0.02, abs=1e-3)
    assert told.row["response_share_one"] == pytest.approx(1.0)
    assert {f.name for f in told.columns} == set(told.row)
    assert "tuning_best" in told.row
    assert "40 trials of 2 conditions" in told.methods["responses"]
    early = within(recording, spikes, [Epoch("x", 0.0, 10.0)])
    assert profile_of(recording, early, ["responses"], beside).row["response_whole_trials"] == 20
    late = Beside(events={"start": [19.0]})
    assert "no stimulus lies" in profile_of(recording, early, ["responses"], late).reasons[0]
    assert profile_of(recording, spikes, ["responses"]).row == {}
