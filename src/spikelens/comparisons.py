"""Two samples side by side: medians, their difference with its interval, and a test on ranks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Feature

Floats = NDArray[np.float64]
NAN = float("nan")

Centre = Literal["mean", "median"]

RESAMPLES = 2000
AT_ONCE = 1 << 18
"""Values drawn together."""
CHANCE = 0.05
"""A test that could not fall below this, whatever the values, is not made."""

COLUMNS = (
    Feature("centre", "", "What stands for a sample: mean for rates, median for the rest."),
    Feature("n_a", "", "Values of the first."),
    Feature("n_b", "", "Values of the second; with `paired`, pairs."),
    Feature("centre_a", "", "Mean or median of the first, in the measure's unit."),
    Feature("centre_b", "", "The same of the second."),
    Feature("difference", "", "Second minus first; of pairs, the centre of their differences."),
    Feature("low", "", f"Lower end of the difference's 95 % interval: percentiles of {RESAMPLES} resamples."),
    Feature("high", "", "Upper end of it."),
    Feature(
        "p", "", "Two-sided: Mann-Whitney's U, or Wilcoxon's signed ranks for pairs; exact where SciPy is."
    ),
    Feature("test", "", "Which test, or why none was made."),
    Feature("q", "", "p after Benjamini and Hochberg (1995), over all comparisons of the table."),
)


@dataclass(frozen=True)
class Comparison:
    """What a second sample is beside a first."""

    centre: Centre
    n_a: int
    n_b: int
    centre_a: float
    centre_b: float
    difference: float
    low: float
    high: float
    p: float
    test: str
    q: float = NAN


def compared(
    a: Sequence[float] | Floats,
    b: Sequence[float] | Floats,
    *,
    paired: bool = False,
    centre: Centre = "median",
) -> Comparison:
    """Compare two samples; of pairs, those with NaN on either side are left out.

    Parameters
    ----------
    a, b : float, (n_a,) and (n_b,)
        With `paired`, equally many, in the same order.
    centre : "mean" or "median"
        What stands for each sample. Bins of a low rate have a median of 0.

    Returns
    -------
    Comparison
        NaN where there are too few values for a number.

    >>> compared([1.0, 2.0, 3.0], [11.0, 12.0, 13.0]).difference
    10.0
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if paired:
        assert first.size == second.size
        both = np.isfinite(first) & np.isfinite(second)
        first, second = first[both], second[both]
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    middle = np.mean if centre == "mean" else np.median
    told = (centre, first.size, second.size, _of(middle, first), _of(middle, second))
    if not first.size or not second.size:
        return Comparison(*told, NAN, NAN, NAN, NAN, "none: no values to compare")
    difference = _of(middle, second - first) if paired else told[4] - told[3]
    low, high = _interval((second - first,) if paired else (second, -first), middle)
    p, test = _signed_ranks(first, second) if paired else _ranks(first, second)
    return Comparison(*told, difference, low, high, p, test)


def adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Comparisons of one table with their q; where no test was made, NaN, which does not count."""
    from scipy.stats import false_discovery_control

    p = np.array([c.p for c in comparisons])
    q = np.full(p.size, np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return [dataclasses.replace(c, q=float(value)) for c, value in zip(comparisons, q, strict=True)]


def _of(middle: Callable[[Floats], Any], values: Floats) -> float:
    return float(middle(values)) if values.size else NAN


def _interval(samples: Sequence[Floats], middle: Callable[..., Any]) -> tuple[float, float]:
    """Percentiles, over resamples, of the sum of the samples' centres; NaN from fewer than three values."""
    if min(sample.size for sample in samples) < 3:
        return NAN, NAN
    rng = np.random.default_rng(0)
    sums = sum(_resampled(sample, middle, rng) for sample in samples)
    low, high = np.quantile(sums, [0.025, 0.975])
    return float(low), float(high)


def _resampled(sample: Floats, middle: Callable[..., Any], rng: np.random.Generator) -> Floats:
    """The centre of each of RESAMPLES samples drawn from this one, (RESAMPLES,)."""
    # Many at a time, since each call costs; not all, since of a long recording that would be large.
    rows = max(1, AT_ONCE // sample.size)
    sizes = [min(rows, RESAMPLES - done) for done in range(0, RESAMPLES, rows)]
    return np.concatenate([middle(rng.choice(sample, (size, sample.size)), axis=1) for size in sizes])


def _ranks(a: Floats, b: Floats) -> tuple[float, str]:
    from scipy.stats import mannwhitneyu

    if 2 / math.comb(a.size + b.size, a.size) > CHANCE:
        return NAN, f"none: {a.size} and {b.size} values are too few"
    if np.ptp(np.concatenate([a, b])) == 0:
        return 1.0, "none needed: all values are equal"
    return float(mannwhitneyu(a, b).pvalue), "Mann-Whitney U"


def _signed_ranks(a: Floats, b: Floats) -> tuple[float, str]:
    from scipy.stats import wilcoxon

    changed = int((a != b).sum())
    if 2 / 2**a.size > CHANCE:
        return NAN, f"none: {a.size} pairs are too few"
    if not changed:
        return 1.0, "none needed: no pair differs"
    return float(wilcoxon(b, a).pvalue), "Wilcoxon signed ranks"
