"""Templates: what each unit looks like in the whitened trace, and what matching pursuit needs of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.normal import level_passed
from spikelens.kernels.products import TAPS, cross_products, seen_together
from spikelens.kernels.snippets import cut_snippets

SHIFTS = 8
"""Copies of a template, each later by an eighth of a sample."""
MOST_SEEN = 24
"""Channels kept per template, those with the largest parts."""
FAINT = 0.6
"""A channel on which a template never exceeds this many s.d. is not one of its own."""
SILENT = 0.1
"""Parts of a waveform that do not exceed this many s.d. are left out, which saves time ..."""
CHANCE = 2.5
"""... and those that do not exceed this many s.d. of a mean of so many spikes, which are noise."""
LOUD = 5.0
"""Where it peaks, a template is tried if half its height is exceeded, or this many s.d. of noise ..."""
PASSED, SMALLER = 3e-3, 0.8
"""... or what all but the first share of its spikes exceed in noise, be they smaller by the second."""
REACH = 4
"""A waveform peaks within this part of the time before its event."""
USUAL_SPREAD = 0.05
"""The s.d. of a unit's amplitudes before they are known."""

Floats = NDArray[np.float64]
Waves = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Templates:
    """Units for matching pursuit; see `spikelens.kernels.products` for the arrays.

    Parameters
    ----------
    waves : float32 array, (n_units, length, n_channels)
        Mean whitened waveforms, zero where they are silent.
    prior : float64 array, (n_units, 4)
    before : int
        Samples before the event in each waveform.
    """

    waves: Waves
    prior: Floats
    before: int
    bank: Waves
    seen: Ints
    cross: Waves
    together: NDArray[np.bool_]
    main: Ints
    """The one or two channels on which each is largest."""
    level: Waves
    """How loud these are to be within `reach` of its peak where it is tried."""

    def __len__(self) -> int:
        return len(self.waves)

    @property
    def reach(self) -> int:
        """Samples about the event within which a waveform peaks."""
        return self.before // REACH

    @property
    def length(self) -> int:
        """Samples of a waveform."""
        return int(self.waves.shape[1])

    def loud_beside(self, share: float) -> NDArray[np.bool_]:
        """Which others, (n_units, n_units), have this share of a template's size or more on its channels."""
        squares = (self.waves.astype(np.float64) ** 2).sum(axis=1)
        on_its = (squares > 0).astype(np.float64) @ squares.T
        return np.asarray(on_its >= share**2 * squares.sum(axis=1)[:, None], np.bool_)

    @classmethod
    def of(
        cls, waves: Waves, spread: Floats, rate: Floats, before: int, averaged: Ints | None = None
    ) -> Templates:
        """Templates of mean waveforms.

        Parameters
        ----------
        spread : float64 array, (n_units,)
            S.d. of the amplitudes, whose mean is 1.
        rate : float64 array, (n_units,)
            Spikes per sample.
        averaged : int64 array, (n_units,)
            Of how many spikes each is the mean, if it was made just now.
        """
        noise = np.zeros(len(waves)) if averaged is None else CHANCE / np.sqrt(np.maximum(averaged, 1))
        silent = np.minimum(np.maximum(noise, SILENT), FAINT)
        seen = _seen(waves)
        own = np.zeros((len(waves), seen.shape[1], waves.shape[1]), np.float32)
        heard = np.zeros_like(waves, np.float32)
        for k, channels in enumerate(seen):
            kept = channels[channels >= 0]
            own[k, : kept.size] = waves[k][:, kept].T
            own[k] *= _heard(own[k], silent[k])
            heard[k][:, kept] = own[k, : kept.size].T
        bank = _bank(own)
        squares = (own.astype(np.float64) ** 2).sum(axis=(1, 2))
        odds = np.log(np.maximum(rate, 1e-7))
        prior = np.column_stack([np.ones(len(waves)), spread**2, odds, squares])
        main = seen[:, :2].copy()
        near = heard[:, before - before // REACH : before + before // REACH + 1]
        level = _level(np.take_along_axis(near, np.maximum(main, 0)[:, None], axis=2), main >= 0)
        cross = cross_products(bank, seen)
        return cls(heard, prior, before, bank, seen, cross, seen_together(seen), main, level)


def _level(near: Waves, is_main: NDArray[np.bool_]) -> Waves:
    """The levels of templates whose main channels, (n_units, n_near, n_main), are given about their peaks."""
    size = SMALLER * np.where(is_main[:, None], np.abs(near), 0).astype(np.float64)
    half = 0.5 / SMALLER * size.max(axis=1)
    numbers = np.where(is_main[:, None], size, np.nan)
    passed = level_passed(numbers, np.arange(0.0, LOUD + 0.05, 0.1)[::-1], PASSED)
    return np.asarray(np.minimum(np.maximum(half, passed[:, None]), LOUD), np.float32)


def _seen(waves: Waves) -> Ints:
    """The channels of each template, the largest first; -1 where there are no more."""
    peak = np.abs(waves).max(axis=1)
    most = min(MOST_SEEN, waves.shape[2])
    order = np.argsort(-peak, axis=1, kind="stable")[:, :most]
    kept = np.take_along_axis(peak, order, axis=1) >= FAINT
    kept[:, 0] = True
    width = max(int(kept.sum(axis=1).max(initial=1)), 1)
    return np.where(kept, order, -1)[:, :width].astype(np.int64)


def _heard(own: Waves, silent: float = SILENT) -> Waves:
    """1 in the parts of a waveform, (n_seen, length), that are not silent, else 0."""
    n_seen, length = own.shape
    padded = np.pad(np.abs(own), ((0, 0), (0, -length % TAPS)))
    loud = padded.reshape(n_seen, -1, TAPS).max(axis=2) >= silent
    return np.asarray(np.repeat(loud, TAPS, axis=1)[:, :length], np.float32)


def _bank(own: Waves) -> Waves:
    """Copies of each template moved by parts of a sample."""
    n, n_seen, length = own.shape
    channels = np.arange(n_seen)[None].repeat(SHIFTS, axis=0)
    at = np.zeros(SHIFTS, np.int64)
    later = (np.arange(SHIFTS) - SHIFTS // 2) / SHIFTS
    out = np.empty((n, SHIFTS, n_seen, length), np.float32)
    for k in range(n):
        # A wave that comes later is read earlier.
        moved = cut_snippets(own[k].T, at, -later, channels, 0, length)
        out[k] = moved.transpose(0, 2, 1) * _heard(own[k])
        # Interpolation changes a copy's size a little, which must not make it the likelier one.
        size = np.sqrt((out[k] ** 2).sum(axis=(1, 2), keepdims=True))
        out[k] *= size[SHIFTS // 2] / np.maximum(size, 1e-9)
    return out


def shift_of(copy: NDArray[np.int64]) -> Floats:
    """By how many samples a copy of the bank is later."""
    return np.asarray((copy - SHIFTS // 2) / SHIFTS, np.float64)


def distances(templates: Templates, reach: int, free: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """How far apart templates are in s.d. of noise, once one is moved and scaled to fit the other.

    Only the time that both hold is compared, since waveforms may go on beyond it.

    Parameters
    ----------
    reach : int, samples
        How far it may be moved; by eighths of a sample.
    free : (float, float)
        Within what bounds it may be scaled.

    Returns
    -------
    distance, scale, lag : float64 arrays, (n_units, n_units)
        ``scale[j, k]`` times template j, moved ``lag[j, k]`` samples later, is nearest to template k.
    """
    middle = templates.length - 1
    cross = templates.cross[:, :, :, middle - reach : middle + reach + 1].astype(np.float64)
    first, second = _common_squares(templates.waves, reach)
    own, other = first[:, None, None], second[None, :, None]
    scale = np.clip(cross / np.maximum(own, 1e-9), *free)
    apart = other - 2 * scale * cross + scale**2 * own
    flat = apart.reshape(*apart.shape[:2], -1)
    best = flat.argmin(axis=2)
    copy, at = np.divmod(best, 2 * reach + 1)
    nearest = np.take_along_axis(flat, best[:, :, None], axis=2)[:, :, 0]
    chosen = np.take_along_axis(scale.reshape(flat.shape), best[:, :, None], axis=2)[:, :, 0]
    return np.sqrt(np.maximum(nearest, 0)), chosen, at - reach - shift_of(copy)


def _common_squares(waves: Waves, reach: int) -> tuple[Floats, Floats]:
    """What each waveform holds of another's time, if it is moved by -reach to reach samples, or the other is.

    Returns
    -------
    moved, still : float64 arrays, (n_units, 2 * reach + 1)
        Square sums.
    """
    n, length, _ = waves.shape
    so_far = np.concatenate(
        [np.zeros((n, 1)), (waves.astype(np.float64) ** 2).sum(axis=2).cumsum(axis=1)], axis=1
    )
    lag = np.arange(-reach, reach + 1)
    late, early = np.maximum(lag, 0), np.maximum(-lag, 0)
    moved = so_far[:, length - late] - so_far[:, early]
    return moved, so_far[:, length - early] - so_far[:, late]


def moved(wave: Floats, lag: float) -> Floats:
    """A waveform, (length, n_channels), `lag` samples later."""
    every = np.arange(wave.shape[1])[None]
    whole = np.floor(-lag)
    at, part = np.array([int(whole)]), np.array([-lag - whole])
    cut = cut_snippets(np.asfortranarray(wave, np.float32), at, part, every, 0, len(wave))
    return np.asarray(cut[0], np.float64)
