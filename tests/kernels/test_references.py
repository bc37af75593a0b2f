"""Common references against NumPy's median and mean, on any integers."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spikelens.kernels.references import less_mean, less_median, weigh

JIT = os.environ.get("NUMBA_DISABLE_JIT") != "1"
KINDS = {"median": (less_median, np.median), "mean": (less_mean, np.mean)}
every_kind = pytest.mark.parametrize("kind", KINDS)


def twin(stored: np.ndarray, weight: np.ndarray, kind: str, offset: np.ndarray) -> np.ndarray:
    level = np.clip(stored.astype(np.int64) - offset.astype(np.int64), -32768, 32767)
    kept = level[:, weight != 0].astype(np.float64)
    middle = KINDS[kind][1](kept, axis=1, keepdims=True) if kept.shape[1] else np.zeros((len(kept), 1))
    return (level.astype(np.float32) - middle.astype(np.float32)) * weight


def run(stored: np.ndarray, weight: np.ndarray, kind: str, offset: np.ndarray) -> np.ndarray:
    out = np.full(stored.shape, np.nan, np.float32)
    KINDS[kind][0](stored, offset, weight, out)
    return out


def agree(stored: np.ndarray, weight: np.ndarray, kind: str, offset: np.ndarray | None = None) -> bool:
    offset = np.zeros(weight.size, np.int16) if offset is None else offset
    return same(run(stored, weight, kind, offset), twin(stored, weight, kind, offset))


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one == other).all())


stored_rows = st.tuples(st.integers(1, 20), st.integers(1, 30)).flatmap(
    lambda shape: st.one_of(
        arrays.arrays(np.int16, shape),
        arrays.arrays(np.int16, shape, elements=st.sampled_from([-32768, -1, 0, 1, 32767])),
        arrays.arrays(np.int16, shape, elements=st.integers(-3, 3)),
    )
)


@every_kind
@given(stored=stored_rows, data=st.data())
def test_any_rows_with_any_offsets_and_channels_left_out(kind, stored, data):
    n = stored.shape[1]
    weight = data.draw(arrays.arrays(np.float32, n, elements=st.sampled_from([0.0, 1.0, -1.0])))
    offset = data.draw(arrays.arrays(np.int16, n, elements=st.integers(-32768, 32767)))
    assert agree(stored, weight, kind, offset)
    assert agree(stored, weight, kind)


@every_kind
@pytest.mark.parametrize("n_channels", [1, 2, 383, 384, 1000])
@pytest.mark.parametrize("spread", [0.1, 20.0, 9000.0])
def test_a_probes_rows(kind, n_channels, spread):
    rng = np.random.default_rng(n_channels)
    n = 3_000 if JIT else 20
    x = rng.normal(0, spread, (n, n_channels)) + rng.normal(0, 300, (n, 1)) + rng.normal(0, 40, n_channels)
    stored = np.clip(np.rint(x), -32768, 32767).astype(np.int16)
    weight = np.ones(n_channels, np.float32)
    assert agree(stored, weight, kind)
    weight[:: max(2, n_channels // 5)] = 0
    assert agree(stored, weight, kind, rng.integers(-90, 90, n_channels).astype(np.int16))


@every_kind
def test_ten_thousand_random_cases(kind):
    """Ties, plateaus, empty and saturated rows, any channels left out."""
    rng = np.random.default_rng(0)
    for _ in range(10_000 if JIT else 50):
        shape = int(rng.integers(0, 5)), int(rng.integers(1, 12))
        most = int(rng.choice([0, 1, 5, 40, 32_767]))
        stored = rng.integers(-most - 1, most + 1, shape).astype(np.int16)
        stored[rng.random(shape) < rng.choice([0.0, 0.3])] = rng.choice([-32_768, 32_767])
        weight = rng.choice([0.0, 1.0, -1.0], shape[1], p=[0.2, 0.4, 0.4]).astype(np.float32)
        offset = rng.integers(-most - 1, most + 1, shape[1]).astype(np.int16)
        assert agree(stored, weight, kind, offset)


def test_a_guess_far_off_only_takes_longer():
    rows = np.repeat(np.array([[-32768, 32767]], np.int16), 40, axis=0)
    rows = np.concatenate([rows, np.full((5, 2), 32767), np.full((5, 2), -32768)]).astype(np.int16)
    assert agree(rows, np.ones(2, np.float32), "median")


def test_what_a_row_holds_does_not_depend_on_those_before():
    rng = np.random.default_rng(2)
    stored = np.rint(np.cumsum(rng.normal(0, 900, (300, 9)), axis=0)).clip(-32768, 32767).astype(np.int16)
    weight, offset = np.ones(9, np.float32), np.zeros(9, np.int16)
    whole = run(stored, weight, "median", offset)
    for t in range(0, 300, 37):
        assert same(run(stored[t : t + 1], weight, "median", offset), whole[t : t + 1])


def test_without_a_reference_samples_are_only_levelled_and_weighed():
    stored = np.array([[0, 1, 2], [-32768, 32767, 5]], np.int16)
    out = np.empty(stored.shape, np.float32)
    weigh(stored, np.array([10, -10, 2], np.int16), np.array([1, -1, 0], np.float32), out)
    assert out.tolist() == [[-10, -11, 0], [-32768, -32767, 0]]
