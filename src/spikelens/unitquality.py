"""How good a sorted unit is, and what it is proposed to be: one neuron, several, or noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Feature
from spikelens.params import Method, param

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PART = 10.0
"""Presence is counted in parts of at least this length, s; at most 100 of them."""
MOST_PARTS = 100

COLUMNS = (
    Feature("unit_id", "", "Number of the unit, from the largest."),
    Feature("proposal", "", "good, multi-unit or noise, by the command's thresholds; none is left out."),
    Feature("n_spikes", "", "Spikes of the unit."),
    Feature("rate", "Hz", "Spikes per second of observed time."),
    Feature("channel", "", "The channel on which its mean waveform is largest."),
    Feature("height", "V", "Signed peak of the mean filtered waveform on that channel."),
    Feature("snr", "", "Size of that peak over the channel's noise level, the MAD over 0.6745."),
    Feature("isi_violations", "", "Share of interspike intervals below the refractory period."),
    Feature(
        "contamination", "",
        "Share of spikes that are another's, from the violations: 1 - sqrt(1 - v T / (n^2 t)) for v pairs"
        " closer than t in observed time T (Llobet et al. 2022).",
    ),
    Feature("presence", "", f"Share of parts of the recording, of {PART:g} s or a hundredth, with a spike."),
    Feature(
        "amplitude_cutoff", "",
        "Share of spikes that are too small to be found, from how the histogram of amplitudes breaks off"
        " below (Hill et al. 2011); at most 0.5.",
    ),
    Feature("d_prime", "", "Distance to the nearest other unit along the best line, in pooled s.d."),
    Feature(
        "l_ratio", "",
        "Chance, summed over other units' spikes, that a spike so far from this unit is its own, over its"
        " spikes (Schmitzer-Torbert et al. 2005).",
    ),
    Feature("unit_probability", "", "Mean probability of its spikes to be its own, given the units found."),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class UnitRule(Method):
    """Thresholds by which a unit is proposed as good, multi-unit or noise.

    Noise: too few spikes, or a mean waveform that hardly stands out. Good: all of the
    other thresholds are met. What is neither is several neurons, or one badly isolated.
    """

    references: ClassVar[tuple[str, ...]] = (
        "Hill, Mehta and Kleinfeld (2011) J Neurosci 31:8699, for what breaks off and what violates",
        "Llobet, Wyngaard and Barbour (2022) bioRxiv 2022.02.08.479192, for contamination",
        "Schmitzer-Torbert et al. (2005) Neuroscience 131:1, for the L-ratio",
    )

    least_spikes: int = param(50, low=1, help="A unit of fewer spikes is noise until there are more.")
    least_snr: float = param(2.0, low=0, help="A smaller mean waveform, in noise levels, is noise.")
    most_contamination: float = param(
        0.1, low=0, high=1, help="A good unit has at most this share of others' spikes."
    )
    most_cutoff: float = param(
        0.1, low=0, high=0.5, help="A good unit misses at most this share of its spikes."
    )
    least_presence: float = param(0.5, low=0, high=1, help="A good unit fires in this share of the parts.")
    least_d_prime: float = param(2.5, low=0, help="A good unit is this far from the nearest other.")

    def proposal(self, row: dict[str, float]) -> str:
        """What a unit with these figures is proposed to be.

        >>> UnitRule().proposal({"n_spikes": 9, "snr": 5})
        'noise'
        """
        if row["n_spikes"] < self.least_spikes or not row["snr"] >= self.least_snr:
            return "noise"
        good = (
            row["contamination"] <= self.most_contamination
            and not row["amplitude_cutoff"] > self.most_cutoff
            and row["presence"] >= self.least_presence
            # With one unit alone there is no other to be far from.
            and not row["d_prime"] < self.least_d_prime
        )
        return "good" if good else "multi-unit"


def violations(time: Floats, refractory: float) -> int:
    """How many pairs of consecutive spikes are closer than the refractory period (s)."""
    return int((np.diff(np.sort(time)) < refractory).sum())


def close_pairs(time: Floats, refractory: float) -> int:
    """How many pairs of spikes, consecutive or not, are closer than the refractory period (s).

    >>> close_pairs(np.array([0.0, 0.4e-3, 0.8e-3, 2e-3]), 1e-3)
    3
    """
    time, n = np.sort(time), 0
    for later in range(1, time.size):
        close = int((time[later:] - time[:-later] < refractory).sum())
        if not close:
            break
        n += close
    return n


def contamination(n_spikes: int, n_pairs: int, observed: float, refractory: float) -> float:
    """Share of a unit's spikes that are another neuron's; 1 if there are more violations than chance gives.

    Parameters
    ----------
    n_pairs : int
        Pairs of spikes closer than `refractory`; see `close_pairs`.
    observed, refractory : float, s

    >>> contamination(1000, 0, 100.0, 1e-3)
    0.0
    """
    if not n_spikes:
        return float("nan")
    if not n_pairs:
        return 0.0
    inside = 1 - n_pairs * observed / (n_spikes**2 * refractory)
    return float(1 - np.sqrt(inside)) if inside > 0 else 1.0


def presence(time: Floats, observed: float) -> float:
    """Share of parts of the observed time (s, counted without gaps) that hold a spike."""
    parts = int(np.clip(observed // PART, 1, MOST_PARTS))
    filled = np.unique(np.clip((time / max(observed, 1e-12) * parts).astype(np.int64), 0, parts - 1))
    return float(filled.size / parts)


def amplitude_cutoff(amplitude: Floats, bins: int = 100) -> float:
    """Share of spikes that are too small to have been found; NaN from fewer than 50.

    The histogram is taken to be as high where it breaks off below as where it is
    equally high above its peak; what lies beyond there is what is missing.
    """
    if amplitude.size < 50:
        return float("nan")
    from scipy.ndimage import gaussian_filter1d

    low, high = float(amplitude.min()), float(amplitude.max())
    counts, edges = np.histogram(
        amplitude, bins=bins, range=(low, high if high > low else low + 1e-12), density=True
    )
    smooth = gaussian_filter1d(counts.astype(np.float64), 3.0)
    top = int(smooth.argmax())
    mirror = top + int(np.abs(smooth[top:] - smooth[0]).argmin())
    beyond = float(smooth[mirror:].sum() * (edges[1] - edges[0]))
    # What is beyond is a share of those seen; what is missing is one of all.
    return min(beyond / (1 + beyond), 0.5)


def isolation(points: Sequence[Floats]) -> tuple[Floats, Floats]:
    """D' to the nearest other unit, and L-ratio, of each unit.

    Parameters
    ----------
    points : sequence of float64 arrays, (n_spikes, n_features)
        Features of each unit's spikes in one space.

    Returns
    -------
    d_prime, l_ratio : float64 arrays, (n_units,)
        NaN where there are too few spikes, or no other unit.
    """
    n = len(points)
    d_prime, l_ratio = np.full(n, np.nan), np.full(n, np.nan)
    for k in range(n):
        if len(points[k]) <= points[k].shape[1] + 1 or n < 2:
            continue
        others = [p for j, p in enumerate(points) if j != k and len(p) > p.shape[1] + 1]
        d_prime[k] = min((_apart(points[k], other) for other in others), default=np.nan)
        l_ratio[k] = _l_ratio(points[k], np.concatenate([p for j, p in enumerate(points) if j != k]))
    return d_prime, l_ratio


def _apart(one: Floats, other: Floats) -> float:
    """Distance of means along Fisher's line, in pooled standard deviations."""
    pooled = 0.5 * (np.atleast_2d(np.cov(one.T)) + np.atleast_2d(np.cov(other.T)))
    difference = one.mean(axis=0) - other.mean(axis=0)
    return float(np.sqrt(max(difference @ np.linalg.pinv(pooled) @ difference, 0.0)))


def _l_ratio(own: Floats, others: Floats) -> float:
    from scipy.stats import chi2

    inverse = np.linalg.pinv(np.atleast_2d(np.cov(own.T)))
    apart = others - own.mean(axis=0)
    squared = np.einsum("ij,jk,ik->i", apart, inverse, apart)
    return float(chi2.sf(squared, own.shape[1]).sum() / len(own))
