"""Sums, products and fits of waveforms, against NumPy's linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.kernels.likeness import fit_template, weighted_products, weighted_sum


def waves(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (n, 22)), rng.random(n)


@pytest.mark.parametrize("n", [0, 1, 300, 5_000])
def test_sums_and_products_are_numpys(n: int) -> None:
    rows, weight = waves(n)
    np.testing.assert_allclose(weighted_sum(rows, weight), weight @ rows, atol=1e-10)
    np.testing.assert_allclose(weighted_products(rows, weight), (rows.T * weight) @ rows, atol=1e-10)


def test_a_template_is_fitted_as_by_least_squares_in_white_noise() -> None:
    rows, _ = waves(50)
    rng = np.random.default_rng(1)
    template, white = rng.normal(0, 1, 22), rng.normal(0, 1, (22, 22))
    fit = np.empty((50, 3))
    strength = fit_template(rows, template, white, fit)
    seen, target = rows @ white, template @ white
    assert strength == pytest.approx(np.linalg.norm(target))
    for row, plain, (size, misfit, cosine) in zip(seen, rows, fit, strict=True):
        best, left, _, _ = np.linalg.lstsq(target[:, None], row, rcond=None)
        assert size == pytest.approx(best[0], abs=1e-8)
        assert misfit == pytest.approx(np.sqrt(left[0] / 22), abs=1e-8)
        lengths = np.linalg.norm(plain) * np.linalg.norm(template)
        assert cosine == pytest.approx(plain @ template / lengths, abs=1e-8)
