"""The slowest look: spikes of tens of milliseconds, and waves as wide that are none."""

from __future__ import annotations

import numpy as np
import pytest

import spikelens
from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detecting import Search
from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._slower import SLOWEST, are_broad, unlike_potentials
from spikelens.detectors.adaptive import Adaptive, Slowest
from spikelens.kernels.outlines import GRID, MEASURES, PLACES
from spikelens.recording import Recording
from spikelens.scoring import score_times
from spikelens.spikes import Spikes

RATE = 10_000.0
BEATS = np.arange(0.5, 29.5, 0.7)


def waves(height: float, rise: float, fall: float, at: np.ndarray = BEATS) -> Recording:
    """Waves of one height (V) from -60 mV with their peaks at `at`, that rise like a spike and decay, s."""
    t = np.arange(round(0.6 * RATE)) / RATE - 0.1
    upstroke = 1 / (1 + np.exp(-np.clip(t / (rise / 8), -50, 50)))
    shape = upstroke * np.where(t > 0, np.exp(-t / fall), 1.0)
    trace = np.random.default_rng(5).normal(-0.06, 2e-4, round(30 * RATE))
    for peak in at:
        first = round(peak * RATE) - int(np.argmax(shape))
        trace[first : first + t.size] += height * shape / shape.max()
    return Recording.from_array(trace, RATE, mode="current-clamp")


def found_in(recording: Recording) -> Spikes:
    return spikelens.detect(recording, polarity="up")


@pytest.mark.parametrize(("rise", "fall"), [(1e-3, 0.03), (3e-3, 0.08), (12e-3, 0.06), (20e-3, 0.15)])
def test_spikes_of_tens_of_milliseconds_are_found(rise: float, fall: float) -> None:
    found = found_in(waves(0.09, rise, fall))
    assert score_times(BEATS, found.time, tolerance=0.1 * fall).f1 == 1.0


def test_few_of_them_are_spikes_too() -> None:
    for at in (BEATS[:1], BEATS[:3]):
        assert len(found_in(waves(0.09, 12e-3, 0.06, at))) == at.size


@pytest.mark.parametrize(("rise", "fall"), [(12e-3, 0.06), (3e-3, 0.08)])
def test_waves_that_a_potential_may_be_are_none(rise: float, fall: float) -> None:
    assert len(found_in(waves(0.03, rise, fall))) == 0


def test_lower_ones_count_where_a_cell_has_such_spikes() -> None:
    high, low = waves(0.09, 12e-3, 0.06, BEATS[::2]), waves(0.035, 12e-3, 0.06, BEATS[1::2])
    trace = high.read()[:, 0] + low.read()[:, 0] + 0.06
    both = Recording.from_array(trace, RATE, mode="current-clamp")
    assert score_times(BEATS, found_in(both).time, tolerance=0.01).f1 == 1.0


def test_steps_of_a_membrane_without_spikes_are_none() -> None:
    t = np.arange(round(20 * RATE)) / RATE
    for height, width in ((-0.06, 0.3), (0.06, 0.3), (-0.06, 0.05)):
        steps = np.where(t % 1.0 < width, height, 0.0)
        kernel = np.exp(-np.arange(round(0.15 * RATE)) / (0.02 * RATE))
        charged = np.convolve(steps, kernel / kernel.sum())[: t.size]
        noise = np.random.default_rng(1).normal(-0.07, 2e-4, t.size)
        assert len(found_in(Recording.from_array(charged + noise, RATE, mode="current-clamp"))) == 0


def test_chunks_of_any_size_give_the_same() -> None:
    recording = waves(0.09, 20e-3, 0.15)
    whole = found_in(recording)
    assert whole.provenance.survey["clock"] == SLOWEST
    for chunk in (0.37, 3.1):
        parts = spikelens.detect(recording, polarity="up", chunk_duration=chunk)
        for name in whole.columns:
            assert whole[name].tobytes() == parts[name].tobytes()


def test_each_look_is_taken_for_what_the_one_before_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    first = Search.first_look
    monkeypatch.setattr(
        Search, "first_look", lambda self, sign: looks.append(self.detector) or first(self, sign)
    )
    recording = waves(0.09, 3e-3, 0.08)
    found = api.detect(Chosen(recording, 1, ()), "adaptive")
    assert [type(looks[0]), type(looks[-1])] == [Adaptive, Slowest]
    assert len(found) == BEATS.size


def events(height: list[float], *, width: float = 2e-3, accepted: bool = False) -> dict[str, np.ndarray]:
    """Candidates of these heights over what was before them (V)."""
    n = len(height)
    measures = np.zeros((n, len(MEASURES)), np.float32)
    measures[:, MEASURES.index("half_width")] = np.log(width / GRID)
    for name in ("rise_3", "fall_4"):
        measures[:, MEASURES.index(name)] = np.log(0.01 / 1e-4)
    waveform = np.tile(np.array(height, np.float32)[:, None], (1, PLACES.size))
    verdict = np.where(np.full(n, accepted), "spike", "synaptic")
    return {"sample_index": np.arange(n), "_measures": measures, "_waveform": waveform, "verdict": verdict}


@pytest.mark.parametrize(
    ("height", "width", "accepted", "broad"),
    [
        ([0.012] * 5, 2e-3, False, True),
        ([0.012] * 5, 2e-3, True, False),
        ([0.03] * 5, 2e-3, True, True),
        ([0.03] * 5, 1e-3, True, False),
        ([0.012] * 3 + [0.05] * 2, 2e-3, True, False),
        ([0.008] * 5, 2e-3, False, False),
        ([], 2e-3, False, False),
    ],
)
def test_what_is_wide_and_risen_far_asks_for_a_slower_clock(
    height: list[float], width: float, accepted: bool, broad: bool
) -> None:
    assert are_broad(events(height, width=width, accepted=accepted), 1.5e-3) is broad


@pytest.mark.parametrize(
    ("height", "likely"),
    [([0.05, 0.03], [True, False]), ([0.05, 0.05, 0.05, 0.03, 0.02], [True, True, True, True, False])],
)
def test_low_waves_are_ruled_out_until_a_cell_is_known_to_have_broad_spikes(
    height: list[float], likely: list[bool]
) -> None:
    table = events(height)
    seen = Candidates(table["sample_index"], table["_measures"], table["_waveform"], 1e-4)
    odds = unlike_potentials(seen, np.full(len(height), 0.5))
    assert (odds > 0).tolist() == likely


def test_their_height_is_over_what_was_before_their_slow_rise() -> None:
    found = found_in(waves(0.09, 20e-3, 0.15))
    assert found.slowness == SLOWEST
    np.testing.assert_allclose(found.height, 0.09, rtol=0.03)
