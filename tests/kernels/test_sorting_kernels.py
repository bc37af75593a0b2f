"""The sorter's kernels against twins in plain NumPy, and against what must hold."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import norm

from spikelens.kernels import likelihood, products
from spikelens.kernels.normal import level_passed
from spikelens.kernels.snippets import add_snippets, cut_snippets, have_company, loud_peaks, stand_alone
from spikelens.kernels.unimodal import rising, two_heaps, up_down
from spikelens.kernels.whitening import are_quiet, products_of_past, whiten
from spikelens.sorters._templates import Templates

RNG = np.random.default_rng


def test_whitening_is_a_mix_and_a_filter():
    rng = RNG(0)
    rows, mix = rng.normal(size=(80, 3)).astype("f4"), rng.normal(size=(3, 3)).astype("f4")
    taps = rng.normal(size=(5, 3)).astype("f4")
    mixed = rows @ mix
    twin = np.column_stack([lfilter(taps[:, c], [1.0], mixed[:, c]) for c in range(3)])
    np.testing.assert_allclose(whiten(rows, mix, taps), twin, atol=1e-4)


def test_products_of_the_past_are_those_of_whole_quiet_windows():
    rng, n = RNG(1), 4
    trace, quiet = rng.normal(size=90), rng.random(90) < 0.9
    products_, count = products_of_past(trace, quiet, n)
    windows = np.lib.stride_tricks.sliding_window_view(trace, n)[:, ::-1]
    whole = windows[np.lib.stride_tricks.sliding_window_view(quiet, n).all(axis=1)]
    assert count == len(whole) > 20
    np.testing.assert_allclose(products_, whole.T @ whole, atol=1e-12)


def test_quiet_rows_lie_apart_from_excursions():
    rows = np.zeros((50, 2), np.float32)
    rows[10, 0], rows[12, 1], rows[40, 1] = 9, -9, 3
    quiet = are_quiet(rows, np.array([5.0, 5.0]), 2, 4)
    loud = np.flatnonzero((np.abs(rows) > 5).any(axis=1))
    twin = [not ((t - loud >= -2) & (t - loud <= 4)).any() for t in range(50)]
    assert quiet.tolist() == twin


def test_snippets_are_moved_by_parts_of_a_sample():
    t = np.arange(200.0)
    rows = np.sin(2 * np.pi * t / 17)[:, None].astype(np.float32)
    cut = cut_snippets(rows, np.array([100]), np.array([0.3]), np.array([[0, -1]]), 10, 10)[0]
    assert not cut[:, 1].any()
    np.testing.assert_allclose(cut[:, 0], np.sin(2 * np.pi * (np.arange(90, 110) + 0.3) / 17), atol=4e-3)


def test_sums_of_snippets_are_those_of_snippets_that_are_cut():
    rng, every = RNG(7), np.arange(3)[None].repeat(4, axis=0)
    rows = np.asfortranarray(rng.normal(size=(60, 3)).astype(np.float32))
    at, shift = np.array([-5, 10, 31, 50]), np.array([0.25, 0.0, -0.5, 0.125])
    unit, factor = np.array([0, 1, 0, 1]), np.array([0.5, 2.0, -1.0, 1.0])
    sums = np.ones((2, 3, 20))
    add_snippets(sums, rows, at, shift, unit, factor)
    cut = factor[:, None, None] * cut_snippets(rows, at, shift, every, 0, 20)
    twin = 1 + np.array([cut[unit == k].sum(axis=0).T for k in (0, 1)])
    np.testing.assert_allclose(sums, twin, atol=1e-5)


def test_peaks_of_either_sign_outdo_their_surroundings():
    rng = RNG(2)
    rows = rng.normal(size=(120, 2)).astype(np.float32)
    near = np.array([[0, 1], [1, 0]])
    at, channel = loud_peaks(rows, 1.5, near, 5, 0, 120)
    size = np.abs(rows)
    twin = [
        (t, c)
        for t in range(120)
        for c in range(2)
        if size[t, c] >= 1.5 and size[max(0, t - 5) : t + 6].max() == size[t, c]
    ]
    assert list(zip(at.tolist(), channel.tolist(), strict=True)) == twin


def test_events_alone_and_in_company():
    near, size = np.array([[0, 1, -1], [1, 0, -1], [2, -1, -1]]), np.array([5, 2, 5, 5, 5], np.float32)
    at, channel = np.array([0, 3, 100, 104, 106]), np.array([0, 1, 0, 2, 1])
    assert stand_alone(at, channel, size, near, 10, 0.5).tolist() == [True, False, False, True, False]
    seen = np.array([[0, 1], [2, -1], [1, 2]])
    together = products.seen_together(seen)
    assert have_company(np.array([0, 5, 50, 53]), np.array([0, 1, 0, 2]), together, 10).tolist() == [
        False, False, True, True,
    ]  # fmt: skip


def test_isotonic_fit_is_scikit_learns():
    from sklearn.isotonic import IsotonicRegression

    rng = RNG(3)
    values, weights = rng.normal(size=40).cumsum(), rng.random(40) + 0.1
    fit, error = rising(values, weights)
    twin = IsotonicRegression().fit_transform(np.arange(40), values, sample_weight=weights)
    np.testing.assert_allclose(fit, twin)
    assert error[-1] == pytest.approx((weights * (values - twin) ** 2).sum())
    both = up_down(values, weights)
    turn = int(both.argmax())
    assert (np.diff(both[: turn + 1]) >= -1e-12).all() and (np.diff(both[turn:]) <= 1e-12).all()


def test_two_heaps_are_told_from_one():
    rng = RNG(4)
    one = [two_heaps(np.sort(rng.normal(size=600)))[0] for _ in range(20)]
    two = [two_heaps(np.sort(np.r_[rng.normal(size=300), rng.normal(4, 1, 300)])) for _ in range(20)]
    assert np.quantile(one, 0.9) < 1.0 < min(score for score, _ in two)
    assert np.median([cut for _, cut in two]) == pytest.approx(2, abs=0.5)


@pytest.fixture(scope="module")
def templates():
    t = np.arange(40)
    waves = np.zeros((2, 40, 2), np.float32)
    waves[0, :, 0] = -9 * np.exp(-0.5 * ((t - 14) / 2.0) ** 2)
    waves[1, :, 0] = -8 * np.exp(-0.5 * ((t - 14) / 4.0) ** 2)
    waves[1, :, 1] = 5 * np.exp(-0.5 * ((t - 16) / 3.0) ** 2)
    return Templates.of(waves, np.full(2, 0.05), np.full(2, 1e-3), 14)


def test_cross_products_are_those_of_moved_templates(templates):
    middle = templates.length - 1
    for j, k, s, lag in ((0, 1, 4, 3), (1, 0, 2, -5), (1, 1, 4, 0)):
        moved = np.zeros((40, 2))
        for t in range(40):
            if 0 <= t - lag < 40:
                own = templates.seen[j] >= 0
                moved[t, templates.seen[j][own]] = templates.bank[j, 4, own, t - lag]
        copy = np.zeros((40, 2))
        own = templates.seen[k] >= 0
        copy[:, templates.seen[k][own]] = templates.bank[k, s, own].T
        assert templates.cross[j, k, s, lag + middle] == pytest.approx((moved * copy).sum(), rel=1e-4)


def test_products_are_made_in_active_blocks_alone(templates):
    rng = RNG(5)
    trace = np.asfortranarray(rng.normal(size=(230, 2)).astype(np.float32))
    n_starts = 230 - templates.length + 1
    active = np.ones((2, -(-n_starts // products.BLOCK)), bool)
    active[0, 1] = active[1, 0] = active[1, 4] = False
    out = np.empty((2, n_starts), np.float32)
    products.products(trace, templates.bank, templates.seen, active, out)
    every = active.repeat(products.BLOCK, axis=1)[:, :n_starts]
    assert (np.isnan(out) == ~every).all()
    twin = np.zeros((2, n_starts))
    for k in range(2):
        for c, wave in zip(templates.seen[k], templates.bank[k, 4], strict=True):
            twin[k] += np.correlate(trace[:, c], wave) if c >= 0 else 0
    np.testing.assert_allclose(out[every], twin[every], atol=1e-4)


def test_blocks_are_active_where_a_main_channel_is_loud_near_the_peak():
    rng = RNG(6)
    rest, main = rng.normal(size=(300, 3)).astype(np.float32), np.array([[0, 2], [1, -1]])
    level, n_starts = np.array([[2.5, 2.0], [2.8, 1.0]], np.float32), 260
    blocks = products.active_blocks(rest, main, level, 14, 3, n_starts)
    for k in range(2):
        loud = [np.abs(rest[:, c]) >= level[k, m] for m, c in enumerate(main[k]) if c >= 0]
        at = np.flatnonzero(np.any(loud, axis=0))
        near = [b for b in range(blocks.shape[1]) if _reaches(at, b, 14, 3)]
        assert set(near) <= set(np.flatnonzero(blocks[k]))
        # Values are looked at by parts of eight.
        far = [b for b in range(blocks.shape[1]) if not _reaches(at, b, 14, 3 + products.PART)]
        assert not blocks[k, far].any()
    assert not products.active_blocks(np.zeros((300, 3), np.float32), main, level, 14, 3, n_starts).any()


def _reaches(at, block, before, reach):
    low, high = block * products.BLOCK, (block + 1) * products.BLOCK - 1
    return bool(((at >= low + before - reach) & (at <= high + before + reach)).any())


def test_matches_are_the_largest_products_with_a_shape():
    rng = np.random.default_rng(0)
    rest = rng.normal(size=(60, 2)).astype(np.float32, order="F")
    shapes = rng.normal(size=(3, 8)).astype(np.float32)
    twin = np.zeros((60, 2))
    for c in range(2):
        every = [np.correlate(rest[:, c].astype(float), shape.astype(float), "valid") for shape in shapes]
        twin[3:56, c] = np.maximum(np.max(every, axis=0), 0)
    np.testing.assert_allclose(products.matches(rest, shapes, 3), twin, atol=1e-4)


def test_templates_that_see_a_channel_in_common():
    seen = np.array([[0, 1, -1], [1, 2, -1], [3, -1, -1]])
    assert products.seen_together(seen).tolist() == [
        [True, True, False], [True, True, False], [False, False, True],
    ]  # fmt: skip


def test_gain_is_the_evidence_of_a_spike_over_none():
    mean, variance, odds, squares = prior = np.array([1.0, 0.04, -5.0, 30.0])
    dot = 25.0
    a = np.linspace(-5, 6, 400_001)
    density = np.exp(-0.5 * (a - mean) ** 2 / variance) / math.sqrt(2 * math.pi * variance)
    evidence = np.trapezoid(density * np.exp(a * dot - 0.5 * a**2 * squares), a)
    term = likelihood.terms_of(prior[None])[0]
    assert likelihood.gain_of(dot, term) == pytest.approx(math.log(evidence) + odds, abs=1e-6)
    posterior = a * dot - 0.5 * a**2 * squares - 0.5 * (a - mean) ** 2 / variance
    assert likelihood.amplitude_of(dot, term) == pytest.approx(a[posterior.argmax()], abs=1e-4)


def test_a_pair_without_overlap_gains_what_both_gain():
    one, other = likelihood.terms_of(np.array([[1.0, 0.04, -5.0, 30.0], [1.0, 0.09, -4.0, 50.0]]))
    both = likelihood.gain_of(25.0, one) + likelihood.gain_of(44.0, other)
    assert likelihood.pair_gain(25.0, 44.0, 0.0, one, other) == pytest.approx(both)


def test_no_spike_is_a_third_or_twice_its_units_size():
    prior = np.array([[1.0, 0.04, -5.0, 30.0]])
    term = likelihood.terms_of(prior)[0]
    assert likelihood.amplitude_of(-20.0, term) == 0.4 and likelihood.amplitude_of(90.0, term) == 1.7
    for dot, a in ((-20.0, 0.4), (90.0, 1.7)):
        # The log-density falls as the square of how far the amplitude is beyond its bound.
        fall = 0.5 * term[0] * ((dot + term[1]) / term[0] - a) ** 2
        free = 0.5 * (dot + term[1]) ** 2 / term[0] + term[2]
        assert likelihood.gain_of(dot, term) == pytest.approx(free - fall)
    assert likelihood.pair_gain(-20.0, 30.0, 0.0, term, term) == -np.inf


def test_pursuit_takes_apart_what_was_put_together(templates):
    from spikelens.sorters import Site
    from spikelens.sorters._explain import explain

    trace = np.zeros((400, 2), np.float32)
    put = [(0, 50), (1, 120), (0, 200), (1, 209), (1, 300)]
    for unit, start in put:
        trace[start : start + 40] += templates.waves[unit]
    done = explain(
        trace, templates, templates.prior, Site(np.array([[0, 1], [1, 0]]), 20_000.0, np.zeros((2, 2)))
    )
    assert list(zip(done.unit.tolist(), done.start.tolist(), strict=True)) == put
    np.testing.assert_allclose(done.plain, 1.0, atol=0.02)
    assert np.abs(done.rest).max() < 0.3
    assert (done.gain > 20).all() and (done.gain > done.rival_gain).all()


def test_the_level_that_most_spikes_pass_is_that_of_normal_noise():
    sizes = np.array([[[1.0, np.nan], [2.0, np.nan]], [[4.0, 3.0], [-5.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    levels = np.arange(0.0, 5.05, 0.1)[::-1]
    below = norm.cdf(levels[:, None, None, None] - sizes) - norm.cdf(-levels[:, None, None, None] - sizes)
    chance = np.nanprod(below, axis=(2, 3))
    expected = levels[np.argmax(chance <= 3e-3, axis=0)]
    np.testing.assert_array_equal(level_passed(sizes, levels, 3e-3), expected)
    assert expected[1] > 1 > expected[0] > 0
    assert level_passed(sizes[:1], levels[:1], 1e-9).tolist() == [levels[0]]
    assert level_passed(sizes[:0], levels, 3e-3).size == 0


def test_numba_finds_blas_once_it_is_asked_for():
    code = (
        "import sys, numpy as np, numba; from spikelens.kernels.sections import cascade;"
        "cascade(np.zeros((9, 1)), np.array([[1.0, 0, 0, 1, 0, 0]]), np.zeros((1, 2)));"
        "assert 'scipy.linalg' not in sys.modules;"
        "print(numba.njit(lambda x: np.convolve(x, x)[1])(np.ones(2)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["2.0"], done.stderr
