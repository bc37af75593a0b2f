"""The quality of units: figures that are known beforehand, and what they lead to."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.unitquality import (
    UnitRule,
    amplitude_cutoff,
    close_pairs,
    contamination,
    isolation,
    presence,
    violations,
)

GOOD = {
    "n_spikes": 500,
    "snr": 6,
    "contamination": 0.02,
    "amplitude_cutoff": 0.01,
    "presence": 1,
    "d_prime": 6,
}


def test_violations_and_contamination_of_a_mixture():
    rng = np.random.default_rng(0)
    observed, dead = 3600.0, 2e-3
    own = np.cumsum(0.003 + rng.exponential(0.1, 36_000))
    own = own[own < observed]
    others = np.sort(rng.uniform(0, observed, own.size // 9))
    assert violations(own, dead) == 0 and contamination(own.size, 0, observed, dead) == 0
    both = np.concatenate([own, others])
    n = violations(both, dead)
    assert contamination(both.size, n, observed, dead) == pytest.approx(0.1, abs=0.02)
    assert contamination(100, 90, 10.0, dead) == 1.0
    assert np.isnan(contamination(0, 0, 10.0, dead))


@pytest.mark.parametrize("rate", [10.0, 120.0])
def test_contamination_of_fast_firing_is_what_was_mixed_in(rate):
    rng = np.random.default_rng(2)
    observed, dead = 600.0, 1.5e-3
    own = np.cumsum(dead + rng.exponential(1 / (0.7 * rate) - dead, 60_000))
    others = np.cumsum(rng.exponential(1 / (0.3 * rate), 30_000))
    both = np.concatenate([own[own < observed], others[others < observed]])
    n = close_pairs(both, dead)
    assert contamination(both.size, n, observed, dead) == pytest.approx(0.3, abs=0.03)


def test_contamination_is_a_share_whatever_the_refractory_period():
    # So many spikes that their refractory periods fill the time.
    regular = np.arange(130) * 0.023
    assert 0.5 < contamination(130, close_pairs(regular, 0.1), 3.0, 0.1) <= 1
    assert contamination(130, 0, 3.0, 0.1) == 0.0
    assert contamination(130, 0, 3.0, 0.0) == 0.0


def test_presence_counts_parts():
    assert presence(np.array([1.0, 12.0, 14.0]), 40.0) == 0.5
    assert presence(np.array([3.0]), 4.0) == 1.0


@pytest.mark.parametrize("missing", [0.02, 0.16, 0.31])
def test_what_is_missing_below(missing):
    from scipy.stats import norm

    amplitude = np.random.default_rng(1).normal(10, 1, 40_000)
    seen = amplitude[amplitude > 10 + norm.ppf(missing)]
    assert amplitude_cutoff(seen) == pytest.approx(missing, abs=0.05)
    assert np.isnan(amplitude_cutoff(amplitude[:20]))


def test_isolation_of_two_clouds():
    rng = np.random.default_rng(2)
    near, far = rng.normal(size=(800, 3)), rng.normal((6, 0, 0), 1, (800, 3))
    d_prime, l_ratio = isolation([near, far])
    assert d_prime == pytest.approx([6, 6], abs=0.3)
    assert (l_ratio < 1e-3).all()
    close = isolation([near, near[:400] + 0.5])
    assert (close[0] < 1.2).all() and (close[1] > 0.1).all()
    assert np.isnan(isolation([near])).all()


@pytest.mark.parametrize(
    ("changed", "proposal"),
    [
        ({}, "good"),
        ({"d_prime": float("nan")}, "good"),
        ({"amplitude_cutoff": float("nan")}, "good"),
        ({"contamination": 0.3}, "multi-unit"),
        ({"amplitude_cutoff": 0.4}, "multi-unit"),
        ({"presence": 0.2}, "multi-unit"),
        ({"d_prime": 1.0}, "multi-unit"),
        ({"snr": 1.0}, "noise"),
        ({"snr": float("nan")}, "noise"),
        ({"n_spikes": 10}, "noise"),
    ],
)
def test_proposals(changed, proposal):
    assert UnitRule().proposal(GOOD | changed) == proposal
