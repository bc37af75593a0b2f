"""The firing pattern of one train, from its intervals: how it begins, and how it goes on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens.kinds.rule import PatternRule
from spikelens.summary import Row

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NAN = float("nan")

CLUSTERED = ("bursting", "stuttering")
SURE = 2.0
"""A trend is one if it is so many of its standard errors."""
FEWEST_AFTER = 2
"""A burst at the onset is followed by so many intervals or more."""
ALIKE = 0.6
"""Intervals within bursts are alike: their logarithms have at most this standard deviation."""


class Pattern(NamedTuple):
    """A firing pattern; empty words, and why, where none is named."""

    onset: str = ""
    steady: str = ""
    numbers: Row | None = None
    """What the words rest on."""
    why_not: str = ""

    @property
    def name(self) -> str:
        """Both words as they are said, such as ``delayed stuttering``.

        >>> Pattern("continuous", "adapting").name, Pattern("burst", "bursting").name
        ('continuous adapting', 'bursting')
        """
        if not self.steady:
            return "not applicable"
        is_said = self.onset == "delayed" or (self.steady != "bursting" and self.onset == "burst")
        plain = self.steady in (*CLUSTERED, "irregular")
        return self.steady if plain and not is_said else f"{self.onset} {self.steady}"


NUMBERS = (
    "latency_ratio",
    "onset_burst_spikes",
    "pauses",
    "clusters",
    "cluster_spikes",
    "cluster_interval",
    "cv2_within",
    "cv2",
    "tau",
    "interval_ratio",
    "trend",
)


def pattern_of(isi: Floats, latency: float, rule: PatternRule) -> Pattern:
    """Name the pattern of one train.

    Parameters
    ----------
    isi : float64 array, (n_intervals,), s, > 0
        Intervals within the step, in order.
    latency : float, s
        First spike after the step's onset.
    rule : PatternRule

    >>> pattern_of(np.array([0.02, 0.03, 0.04, 0.05, 0.055, 0.06]), 0.01, PatternRule()).name
    'continuous adapting'
    """
    if isi.size < rule.fewest_intervals:
        n = isi.size
        return Pattern(
            why_not=f"{n} {'interval' if n == 1 else 'intervals'}, {rule.fewest_intervals} are needed"
        )
    n_burst = _onset_burst(isi, rule)
    # What follows an onset burst is judged without it, and without the pause behind it.
    rest = isi[n_burst + 1 :] if n_burst else isi
    steady, numbers = _steady(isi, rest, rule)
    usual = float(isi[:2].mean())
    if steady in CLUSTERED:
        usual = float(np.median(isi[pauses(isi, rule)]))
    onset = "burst" if n_burst else "continuous"
    if not n_burst and latency >= max(rule.delay, rule.delay_factor * usual):
        onset = "delayed"
    begun: Row = {"latency_ratio": latency / usual, "onset_burst_spikes": n_burst + 1 if n_burst else 0}
    return Pattern(onset, steady, begun | numbers)


def _onset_burst(isi: Floats, rule: PatternRule) -> int:
    """Intervals of a burst at the onset; 0 if there is none."""
    n = 0
    while n < isi.size and isi[n] <= rule.fast_interval and (n < 2 or isi[n] < rule.pause * isi[:n].mean()):
        n += 1
    after = isi[n + 1 :]
    if not 2 <= n < rule.short_burst or after.size < FEWEST_AFTER:
        return 0
    slower = min(float(isi[n]), float(np.median(after))) >= rule.pause * float(isi[:n].mean())
    return n if slower else 0


def _steady(isi: Floats, rest: Floats, rule: PatternRule) -> tuple[str, Row]:
    """The word for how firing goes on, and its numbers; `rest` is without the onset's burst."""
    is_pause = pauses(isi, rule)
    groups = _clusters(is_pause)
    within = [isi[group] for group in groups]
    sizes = np.array([group.size + 1 for group in groups])
    inside = np.concatenate([*within, np.empty(0)])
    ratio, trend = _trend(rest)
    numbers: Row = {
        "pauses": int(is_pause.sum()),
        "clusters": len(groups),
        "cluster_spikes": float(np.median(sizes)) if len(groups) else NAN,
        "cluster_interval": float(np.median(inside)) if inside.size else NAN,
        "cv2_within": _cv2(within),
        "cv2": _cv2([rest]),
        "tau": _tau(rest),
        "interval_ratio": ratio,
        "trend": trend,
    }
    if is_pause.sum() >= 2 and _are_bursts(sizes, inside, isi[is_pause], rule):
        return "bursting", numbers
    many = sizes >= rule.cluster_spikes
    if is_pause.any() and many.sum() >= 2 and float(np.nan_to_num(_cv2(within))) <= rule.irregular:
        return "stuttering", numbers
    return _course(numbers, rule), numbers


def _are_bursts(sizes: Ints, inside: Floats, outside: Floats, rule: PatternRule) -> bool:
    """Whether clusters are short and fast, most of them more than one spike, and unlike what lies between."""
    several = sizes[sizes >= 2]
    if several.size < 2 or 2 * several.size < sizes.size:
        return False
    are_alike = np.log(inside).std() <= ALIKE and np.quantile(inside, 0.9) <= np.quantile(outside, 0.1)
    is_short = np.median(several) <= rule.short_burst and np.median(inside) <= rule.fast_interval
    return bool(are_alike and is_short)


def _course(numbers: Row, rule: PatternRule) -> str:
    """The word for a train without clusters."""
    names = ("interval_ratio", "trend", "cv2", "tau")
    ratio, trend, cv2, tau = (float(str(numbers[name])) for name in names)
    if cv2 > rule.irregular and abs(tau) < rule.one_way:
        return "irregular"
    if ratio >= rule.trend and trend > SURE:
        return "adapting"
    if ratio <= 1 / rule.trend and trend < -SURE:
        return "accelerating"
    return "non-adapting"


def pauses(isi: Floats, rule: PatternRule) -> Bools:
    """Which intervals are long against the shorter of two on either side.

    The last one has nothing behind it: where there are other pauses it is one as well, if
    it is long against those before it.
    """
    padded = np.concatenate([np.full(2, np.inf), isi, np.full(2, np.inf)])
    before = np.minimum(padded[:-4], padded[1:-3])
    after = np.minimum(padded[3:-1], padded[4:])
    longer = np.maximum(before, after)
    found = np.asarray(isi >= rule.pause * np.where(np.isfinite(longer), longer, np.inf), np.bool_)
    if found.any():
        found[-1] = isi[-1] >= rule.pause * before[-1]
    return found


def _clusters(is_pause: Bools) -> list[Ints]:
    """The intervals of each cluster between pauses; a lone spike has none."""
    groups: list[list[int]] = [[]]
    for k, pause in enumerate(is_pause.tolist()):
        if pause:
            groups.append([])
        else:
            groups[-1].append(k)
    return [np.array(group, np.int64) for group in groups]


def _cv2(runs: list[Floats]) -> float:
    """Mean of 2|a - b| / (a + b) over neighbouring intervals of each run (Holt et al. 1996)."""
    pairs = [2 * np.abs(np.diff(isi)) / (isi[1:] + isi[:-1]) for isi in runs if isi.size > 1]
    return float(np.concatenate(pairs).mean()) if pairs else NAN


def _tau(isi: Floats) -> float:
    """Kendall's tau of intervals and their order: 1 if each is longer than all before."""
    if isi.size < 2:
        return NAN
    signs = np.sign(isi[None, :] - isi[:, None])[np.triu_indices(isi.size, 1)]
    return float(signs.mean())


def _trend(isi: Floats) -> tuple[float, float]:
    """Last third's mean interval over the first third's; slope of the logarithms over its error."""
    if isi.size < 3:
        return NAN, NAN
    third = isi.size // 3
    ratio = float(isi[-third:].mean() / isi[:third].mean())
    x = np.arange(isi.size) - (isi.size - 1) / 2
    logs = np.log(isi) - np.log(isi).mean()
    slope = float((x * logs).sum() / (x**2).sum())
    left = logs - slope * x
    error = float(np.sqrt((left**2).sum() / (isi.size - 2) / (x**2).sum()))
    return ratio, slope / error if error > 0 else float(np.sign(slope)) * np.inf if slope else 0.0
