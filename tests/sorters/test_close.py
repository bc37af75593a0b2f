"""Units that are barely told apart: their rates while they are learned, and their means."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.sorters import Piece, _learning, _odds
from spikelens.sorters._close import FAR, are_any_near, are_near, halves_apart, shared_rates, unbiased
from spikelens.sorters._explain import _none
from spikelens.sorters._known import known_of
from spikelens.sorters._merging import is_background
from spikelens.sorters._noise import Whitener
from spikelens.sorters._odds import Planted, honesty_of
from spikelens.sorters._templates import Templates, distances
from tests.sorters.test_units import WIRE, T, learning_of, train

PLAIN = Whitener(np.eye(1, dtype=np.float32), np.ones((1, 1), np.float32), np.ones(1))
RATES = np.array([1e-3, 3e-3, 1e-4])


def shape(way: float, height: float = 8.0) -> np.ndarray:
    """A trough, and a later hump that is `way` s.d. of noise large."""
    hump = np.exp(-0.5 * ((T - 30) / 3.0) ** 2)
    trough = -height * np.exp(-0.5 * ((T - 16) / 2.0) ** 2)
    return (trough + way * hump / np.linalg.norm(hump)).astype(np.float32)[:, None]


def three(*ways: float, spread: float = 0.03) -> Templates:
    return Templates.of(
        np.array([shape(w) for w in ways]), np.full(len(ways), spread), RATES[: len(ways)], 16
    )


def test_near_units_share_their_rates_and_far_ones_do_not():
    templates = three(0.0, 2.0, 9.0)
    assert are_near(templates, WIRE).tolist() == [
        [True, True, False],
        [True, True, False],
        [False, False, True],
    ]
    assert are_any_near(templates, WIRE)
    np.testing.assert_allclose(np.exp(shared_rates(templates, WIRE)[:, 2]), [2e-3, 2e-3, 1e-4])
    np.testing.assert_array_equal(templates.prior[:, 2], np.log(RATES))
    assert not are_any_near(three(0.0, 9.0), WIRE)
    np.testing.assert_array_equal(shared_rates(three(0.0, 9.0), WIRE), three(0.0, 9.0).prior)


def test_spikes_are_explained_with_shared_rates_if_that_is_asked(monkeypatch):
    seen = []

    def explained(white, templates, prior, site, *, compared):
        seen.append(prior)
        return _none(white)

    monkeypatch.setattr(_learning, "explain", explained)
    templates, piece = three(0.0, 2.0), Piece(np.zeros((300, 1), np.float32), 0, (0, 300))
    for shared in (False, True):
        _learning.relearned([piece], templates, WIRE, PLAIN, shared=shared)
    np.testing.assert_array_equal(seen, [templates.prior, shared_rates(templates, WIRE)])


def test_a_chain_of_near_units_has_one_rate():
    rates = np.exp(shared_rates(three(0.0, 2.0, 4.0), WIRE)[:, 2])
    np.testing.assert_allclose(rates, RATES.mean())


def test_no_unit_and_one_are_near_no_other():
    for n in (0, 1):
        templates = Templates.of(
            np.zeros((n, 52, 1), np.float32) + shape(0.0), np.full(n, 0.05), RATES[:n], 16
        )
        assert not are_any_near(templates, WIRE)
        np.testing.assert_array_equal(shared_rates(templates, WIRE), templates.prior)
        assert unbiased(templates, WIRE) is templates


@pytest.mark.parametrize("separation", [1.5, 2.0, 3.0])
def test_means_of_halves_are_moved_to_where_the_heaps_are(separation: float):
    rng = np.random.default_rng(0)
    heaps = np.concatenate([rng.normal(0.0, 1.0, 40_000), rng.normal(separation, 1.0, 40_000)])
    upper = heaps > 0.5 * separation
    low, high = heaps[~upper].mean(), heaps[upper].mean()
    assert high - low == pytest.approx(halves_apart(separation), abs=0.03)
    found = unbiased(three(low, high), WIRE)
    assert distances(found, 2, (1.0, 1.0))[0][0, 1] == pytest.approx(separation, abs=0.1)


def test_units_far_apart_stay_where_they_are():
    templates = three(0.0, FAR + 1.0)
    np.testing.assert_array_equal(unbiased(templates, WIRE).waves, templates.waves)


def test_halves_of_one_heap_do_not_fall_together():
    templates = three(0.0, 1.6)
    before, after = (distances(t, 2, (1.0, 1.0))[0][0, 1] for t in (templates, unbiased(templates, WIRE)))
    assert after == pytest.approx(0.5 * before, abs=0.05)


def test_what_differs_in_size_alone_is_told_apart_less_if_sizes_vary():
    waves = np.array([shape(0.0, 8.0), shape(0.0, 9.6)])
    firm, loose = (Templates.of(waves, np.full(2, spread), RATES[:2], 16) for spread in (0.03, 0.2))
    apart = [distances(unbiased(t, WIRE), 2, (1.0, 1.0))[0][0, 1] for t in (firm, loose)]
    assert apart[0] > apart[1]


def test_a_faint_unit_that_has_spikes_of_a_near_one_is_no_background():
    waves = np.array([shape(0.0, 3.2), shape(2.0, 3.2), shape(-4.5, 3.2)])
    templates = Templates.of(waves, np.full(3, 0.05), np.full(3, 1e-3), 16)
    many = np.sort(np.concatenate([train(30, 60, seed) for seed in range(5)]))
    held = learning_of(templates, [train(30, 60, 9), many, many + 400], [1, 1, 1])
    assert [is_background(held, k, WIRE) for k in range(3)] == [False, True, True]
    known = known_of(held, [], WIRE, PLAIN)
    assert known.n_units == 2
    assert are_near(known.templates, WIRE)[0, 1]


def quiet_pieces(n: int = 12) -> list[Piece]:
    rng = np.random.default_rng(0)
    return [Piece(rng.normal(size=(20_000, 1)).astype(np.float32), 20_000 * k, (0, 20_000)) for k in range(n)]


def test_what_is_put_in_is_the_same_each_time():
    templates = Templates.of(three(0.0, 9.0).waves, np.full(2, 0.03), np.full(2, 1e-3), 16)
    planted = Planted(quiet_pieces(2), templates, WIRE, PLAIN)
    first, again = list(planted.with_truth()), list(planted)
    assert len(first) == len(again) == 2 * _odds.REPEATS
    for (piece, truth), other in zip(first, again, strict=True):
        assert truth.size
        np.testing.assert_array_equal(piece.rows, other.rows)


def test_near_units_are_learned_from_what_was_put_in_before_they_are_judged(monkeypatch):
    looked = []

    def relearned(pieces, *rest, **more):
        looked.append(sum(1 for _ in pieces))
        return _learning.relearned(pieces, *rest, **more)

    monkeypatch.setattr(_odds, "relearned", relearned)
    pieces = quiet_pieces(2)
    for ways, rounds in (((0.0, 9.0), 0), ((0.0, 1.8), _odds.ROUNDS)):
        looked.clear()
        templates = Templates.of(three(*ways).waves, np.full(2, 0.03), np.full(2, 1e-3), 16)
        assert honesty_of(pieces, templates, WIRE, PLAIN, 2).n > 0
        assert looked == rounds * [2 * _odds.REPEATS]
