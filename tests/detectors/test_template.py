"""The matched filter: finds what looks like its template, whatever its scale."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detectors.template import Template, _slid
from spikelens.recording import Recording
from spikelens.scoring import score_times
from spikelens.simulation import simulate


def test_sliding_is_numpys_correlation() -> None:
    rng = np.random.default_rng(0)
    trace, template = rng.normal(size=500).astype(np.float32), rng.normal(size=31)
    np.testing.assert_allclose(_slid(trace, template), np.correlate(trace, template, "valid"), atol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_finds_the_spikes_of_a_clear_cell_at_any_scale(scale: float) -> None:
    made = simulate(20, 20_000, difficulty="easy", seed=2, rate=3.0)
    trace = made.recording.read(0, made.recording.n_samples)[:, 0] * scale
    recording = Recording.from_array(trace.astype(np.float32), 20_000.0, mode="current-clamp")
    found = api.detect(Chosen(recording, 1, ()), "template")
    true = np.sort(made.truth.time[made.truth.visible])
    assert score_times(true, found.time, ignore=made.truth.time[~made.truth.visible]).f1 > 0.97


def test_silence_has_no_template_and_no_spikes() -> None:
    recording = Recording.from_array(np.full(20_000, -0.07, np.float32), 20_000.0, mode="current-clamp")
    assert len(api.detect(Chosen(recording, 1, ()), "template")) == 0


def test_a_spike_of_usual_size_matches_with_about_one() -> None:
    made = simulate(20, 20_000, difficulty="easy", seed=2, rate=3.0)
    counts = [len(api.detect(made.recording, Template(cutoff=cutoff))) for cutoff in (0.5, 0.8, 1.6)]
    assert counts[0] >= counts[1] > 0.5 * counts[0]
    assert counts[2] <= 0.1 * counts[0]


@pytest.mark.parametrize("rate", [50.0, 200.0, 400.0, 1_000.0])
@pytest.mark.parametrize("around", [1e-4, 0.01])
def test_a_few_samples_a_spike_are_no_error(rate: float, around: float) -> None:
    trace = -0.065 + 2e-4 * np.random.default_rng(0).standard_normal(round(30 * rate))
    trace[10 :: round(0.2 * rate)] += 0.09
    recording = Recording.from_array(trace.astype(np.float32), rate, mode="current-clamp")
    found = api.detect(Chosen(recording, 1, ()), Template(before=around, after=around))
    # A template of less than two samples has no shape, and one of ten milliseconds has, from 100 Hz on.
    assert len(found) == (150 if around * rate > 1 else 0)
