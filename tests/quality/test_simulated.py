"""What the simulator put in, quality gets out: bridge error and seal loss of whole-cell recordings."""

from __future__ import annotations

import numpy as np
import pytest

import spikelens
from spikelens.simulation import simulate

STILL = {"pulses": True, "pulse_interval": 0.5, "drift": 0.0, "access_change": 0.0}


@pytest.mark.parametrize("error", [0.0, 30e6])
def test_a_bridge_error_is_recovered_amid_synaptic_noise(error):
    recording = simulate(
        30.0, difficulty="easy", seed=3, bridge_error=error, seal_loss=0.0, **STILL
    ).recording
    found = spikelens.measure_quality(recording, spikelens.find(recording), every=5.0)
    # Stated error: 1.5 MOhm in a section of 5 s, 0.6 MOhm for the recording.
    np.testing.assert_allclose(found.columns["bridge"], error, atol=1.5e6)
    assert np.median(found.columns["bridge"]) == pytest.approx(error, abs=0.6e6)


def test_a_seal_that_goes_is_proposed_from_where_a_third_is_lost():
    # The loss grows evenly from 36 s to 60 % at 60 s: 30 % are lost at 48 s.
    loss = {"seal_loss": 0.6, "seal_loss_start": 0.6, "bridge_error": 0.0}
    recording = simulate(60.0, difficulty="easy", seed=3, **loss, **STILL).recording
    found = spikelens.measure_quality(recording, spikelens.find(recording), every=2.0)
    lost = [p for p in found.proposals if p.reason == "seal loss"]
    assert len(lost) == 1 and lost[0].stop == pytest.approx(60.0)
    assert lost[0].start == pytest.approx(48.0, abs=2.0)
