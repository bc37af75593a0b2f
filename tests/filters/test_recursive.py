"""Filters against SciPy on whole traces, and their margins against what is left of the past."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from spikelens import rooms
from spikelens.errors import BadParameter
from spikelens.filters import Filter
from spikelens.filters._recursive import edge_length, settled_state
from spikelens.filters.bessel import Bessel
from spikelens.filters.butterworth import Butterworth
from spikelens.filters.notch import Notch

RATE = 20_000.0
COUNT = 3e-5
"""One stored step of a usual amplifier, V."""
KINDS: list[Filter] = [
    Butterworth(),
    Butterworth(low=1.0, high=None, order=2),
    Butterworth(low=None, high=2_000.0, order=5),
    Bessel(high=5_000.0),
    Bessel(low=300.0, high=3_000.0, order=2),
    Bessel(low=100.0, high=None, order=1),
    Notch(),
    Notch(frequency=60.0, quality=5.0, harmonics=3),
]
every_kind = pytest.mark.parametrize("filter_", KINDS, ids=str)


def cell(n: int, n_channels: int = 1) -> np.ndarray:
    """A noisy, drifting trace at -70 mV with hum; float32, (n, n_channels)."""
    rng, t = np.random.default_rng(3), np.arange(n)[:, None] / RATE
    hum = 0.002 * np.sin(2 * np.pi * 50 * t + np.arange(n_channels))
    return (-0.07 + hum + 0.01 * np.sin(2 * np.pi * 0.4 * t) + rng.normal(0, 1e-3, (n, n_channels))).astype(
        "f4"
    )


def apply(filter_: Filter, samples: np.ndarray) -> np.ndarray:
    return filter_.apply(samples, RATE, wall_before=True, wall_after=True)


@every_kind
@pytest.mark.parametrize("n_channels", [1, 5])
def test_zero_phase_is_scipys_sosfiltfilt(filter_: Filter, n_channels: int) -> None:
    x = cell(30_000, n_channels)
    expected = signal.sosfiltfilt(filter_.sections(RATE), x.astype(np.float64), axis=0)
    assert np.abs(apply(filter_, x) - expected).max() < 1e-3 * COUNT


@every_kind
def test_causal_is_scipys_sosfilt_from_rest_at_the_first_value(filter_: Filter) -> None:
    x = cell(20_000)[:, 0].astype(np.float64)
    causal = type(filter_).from_parameters(filter_.parameters() | {"causal": True})
    sections = causal.sections(RATE)
    expected = signal.sosfilt(sections, x, zi=signal.sosfilt_zi(sections) * x[0])[0]
    assert np.abs(apply(causal, x[:, None].astype("f4"))[:, 0] - expected).max() < 1e-3 * COUNT


@every_kind
def test_beyond_the_margin_nothing_is_remembered(filter_: Filter) -> None:
    margin = filter_.margin(RATE)
    n = 2 * margin + 2_000
    x = np.zeros((n, 1), np.float32)
    x[:margin] = 0.1 * np.random.default_rng(0).choice([-1, 1], (margin, 1))
    x[0] = 0
    left = filter_.apply(x, RATE, wall_before=False, wall_after=False)[2 * margin :]
    assert np.abs(left).max() < 1e-3 * COUNT


@every_kind
@pytest.mark.parametrize("n", [1, 2, 5])
def test_traces_shorter_than_the_extension(filter_: Filter, n: int) -> None:
    out = apply(filter_, cell(n))
    assert out.shape == (n, 1) and out.dtype == np.float32 and np.isfinite(out).all()


def test_a_notch_takes_out_hum_and_leaves_the_rest() -> None:
    t = np.arange(200_000) / RATE
    hum, rest = np.sin(2 * np.pi * 50 * t), np.sin(2 * np.pi * 80 * t)
    out = apply(Notch(), (hum + rest)[:, None].astype("f4"))[80_000:120_000, 0]
    assert np.abs(out - rest[80_000:120_000]).max() < 0.02


@pytest.mark.parametrize(
    ("filter_", "rate"),
    [
        (Butterworth(), 12_000.0),
        (Butterworth(low=None, high=None), RATE),
        (Butterworth(low=500.0, high=400.0), RATE),
        (Bessel(), 20_000.0),
        (Notch(), 100.0),
        (Notch(harmonics=50), 4_000.0),
    ],
)
def test_filters_that_cannot_exist_say_so_in_one_line(filter_: Filter, rate: float) -> None:
    with pytest.raises(BadParameter) as caught:
        filter_.margin(rate)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", rooms.names("filters"))
def test_parameters_go_round(name: str) -> None:
    made = rooms.load("filters", name)()
    assert type(made).from_parameters(made.parameters()) == made


@pytest.mark.parametrize("order", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("edges", [(300.0, None), (None, 2_000.0), (300.0, 6_000.0), (1.0, 9_900.0)], ids=str)
def test_a_butterworth_is_scipys(order: int, edges: tuple[float | None, float | None]) -> None:
    low, high = edges
    sections = Butterworth(low=low, high=high, order=order).sections(RATE)
    given = [edge for edge in edges if edge is not None]
    kind = "bandpass" if low and high else "highpass" if low else "lowpass"
    expected = signal.butter(order, np.squeeze(given), kind, fs=RATE, output="sos")
    at = np.concatenate([np.geomspace(0.1, 9_999.0, 2_000), given])
    mine, scipys = (signal.sosfreqz(each, at, fs=RATE)[1] for each in (sections, expected))
    assert sections.shape == expected.shape and edge_length(sections) == edge_length(expected)
    assert np.abs(mine - scipys).max() < 1e-8
    assert np.abs(mine[2_000:]) == pytest.approx(2**-0.5, abs=1e-9)


@every_kind
def test_the_settled_state_is_scipys(filter_: Filter) -> None:
    sections = filter_.sections(RATE)
    expected = signal.sosfilt_zi(sections)
    assert settled_state(sections) == pytest.approx(expected, rel=1e-8, abs=1e-9 * np.abs(expected).max())
