"""Whether numbers in units of noise are two heaps of noise, where a density cannot tell.

Two neurons three s.d. of noise apart leave hardly a valley between them. But the noise is known
here, so that one heap that is wider than noise, and flatter than normal, is two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDEST = 1.4
"""A heap of noise is at most so many s.d. wide; misplaced by parts of a sample it is wider than 1."""
ROUNDS = 60
LEAST_SHARE = 0.08
"""A smaller share of the numbers is a tail."""


def two_normals(numbers: Floats) -> tuple[float, float]:
    """How much likelier numbers are two normal heaps of noise than a normal one of any width.

    Parameters
    ----------
    numbers : float64 array, (n,), n > 1, in s.d. of noise

    Returns
    -------
    odds : float
        Natural logarithm of the likelihood ratio, less what two more parameters gain by chance
        (Schwarz 1978, Ann Statist 6:461).
    cut : float
        Where a number is as likely of one heap as of the other.
    """
    middle, n = numbers.mean(), numbers.size
    wide = max(numbers.std(), 1e-3)
    one = -0.5 * n - n * np.log(wide)
    centre, share, width = np.array([middle - wide, middle + wide]), np.array([0.5, 0.5]), 1.0
    for _ in range(ROUNDS):
        chance, total = _chances(numbers, centre, share, width)
        weight = np.maximum(chance.sum(axis=1), 1e-9)
        share, centre = weight / n, (chance @ numbers) / weight
        width = float(np.sqrt((chance * (numbers - centre[:, None]) ** 2).sum() / n))
        width = min(max(width, 1.0), WIDEST)
    _, total = _chances(numbers, centre, share, width)
    cut = 0.5 * centre.sum() - width**2 * np.log(share[1] / share[0]) / max(centre[1] - centre[0], 1e-3)
    odds = float(total.sum() - one - np.log(n))
    return (odds if share.min() >= LEAST_SHARE else -np.inf), float(cut)


def _chances(numbers: Floats, centre: Floats, share: Floats, width: float) -> tuple[Floats, Floats]:
    """Each heap's chance for each number, and the log-likelihood of each number."""
    apart = (numbers - centre[:, None]) / width
    log = np.log(np.maximum(share, 1e-9))[:, None] - 0.5 * apart**2 - np.log(width)
    total = np.logaddexp(*log)
    return np.exp(log - total), total
