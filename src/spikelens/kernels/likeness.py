"""How alike waveforms are: their weighted means and products, and each beside a template.

Libraries of linear algebra hand so little work to threads, which then wait at full speed for more, and
sum in an order that depends on the machine. Here sums run row by row, in one order everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def weighted_sum(rows, weight):
    """Sum of rows, float64 (n, n_columns), each times its weight (n,): shape (n_columns,)."""
    out = np.zeros(rows.shape[1])
    for i in range(rows.shape[0]):
        for j in range(out.size):
            out[j] += weight[i] * rows[i, j]
    return out


@njit(cache=True, nogil=True)
def weighted_products(rows, weight):
    """Sum of the products of any two columns of rows, float64 (n, n_columns), times the weight (n,) of each.

    Shape (n_columns, n_columns).
    """
    n_columns = rows.shape[1]
    out = np.zeros((n_columns, n_columns))
    for i in range(rows.shape[0]):
        row = rows[i]
        for j in range(n_columns):
            one, part = weight[i] * row[j], out[j]
            for k in range(n_columns):
                part[k] += one * row[k]
    return out


@njit(cache=True, nogil=True)
def fit_template(rows, template, white, out):
    """Fit a template to each row, both seen through a whitening.

    Parameters
    ----------
    rows : float64 array, (n, n_places)
    template : float64 array, (n_places,)
    white : float64 array, (n_places, n_places)
        A row times this is white where there is only background.
    out : float64 array, (n, 3), filled
        The size fitted, 1 for the template; the root mean square of what is left, whitened; the cosine.

    Returns
    -------
    float
        The whitened template's length.
    """
    n = template.size
    seen, target = np.empty(n), np.zeros(n)
    for j in range(n):
        for k in range(n):
            target[k] += template[j] * white[j, k]
    squares = plain = 0.0
    for j in range(n):
        squares += target[j] * target[j]
        plain += template[j] * template[j]
    strength = np.sqrt(squares) + 1e-9
    for i in range(rows.shape[0]):
        row = rows[i]
        product = own = across = rest = 0.0
        for k in range(n):
            seen[k] = 0.0
        for j in range(n):
            value, through = row[j], white[j]
            for k in range(n):
                seen[k] += value * through[k]
        for j in range(n):
            product += seen[j] * target[j]
            own += row[j] * row[j]
            across += row[j] * template[j]
        size = product / strength**2
        for j in range(n):
            rest += (seen[j] - size * target[j]) ** 2
        out[i, 0], out[i, 1] = size, np.sqrt(rest / n)
        out[i, 2] = across / (np.sqrt(own) * np.sqrt(plain) + 1e-30)
    return strength
