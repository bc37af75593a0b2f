"""The kind of each spike, by its height and width among those of the cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens.kinds.heights import Modes, are_apart, stable_stretches, two_modes
from spikelens.kinds.rule import KindRule
from spikelens.spikes import Spikes
from spikelens.summary import Row
from spikelens.texts import fixed

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.str_]
NAN = float("nan")

FEWEST_WIDTHS = 10
"""A usual width is that of so many spikes or more."""
LONGEST_WORD = "U20"


class Shapes(NamedTuple):
    """Kinds, and the stretches of stable access they were judged in."""

    kind: Texts
    """(n_spikes,), of `spikelens.kinds.terms.KINDS`."""
    stretches: list[Row]
    """A row per stretch: what the kinds rest on."""


def shape_kinds(spikes: Spikes, rule: KindRule) -> Shapes:
    """Name the kind of each spike; heights are compared within stretches of stable access only.

    Parameters
    ----------
    spikes : Spikes
        Measured: amplitude (peak minus threshold) where there is one, else height, is how
        tall a spike is.
    rule : KindRule
    """
    size, silence, width = sizes(spikes), silences(spikes), _widths(spikes)
    onset = _onsets(spikes)
    kind = np.full(len(spikes), "full", LONGEST_WORD)
    rows: list[Row] = []
    parts = stable_stretches(size, silence >= rule.rested, rule) if len(spikes) else []
    for number, part in enumerate(parts):
        one = _Part(_Measured(size[part], silence[part], width[part], onset[part]), rule)
        kind[part] = one.kinds()
        times = spikes.time[part]
        rows.append({"stretch": number, "start": float(times[0]), "stop": float(times[-1]), **one.row})
    return Shapes(kind, rows)


def sizes(spikes: Spikes) -> Floats:
    """How tall spikes are: amplitude, or the height where there is no threshold; V or A, > 0."""
    size = np.abs(spikes.height)
    if "amplitude" in spikes:
        amplitude = np.abs(spikes["amplitude"])
        size = np.where(np.isfinite(amplitude), amplitude, size)
    return np.asarray(np.maximum(np.nan_to_num(size), np.finfo(np.float64).tiny), np.float64)


def silences(spikes: Spikes) -> Floats:
    """Time since the spike before in the same stretch; infinite for the first, s."""
    silence = np.full(len(spikes), np.inf)
    if len(spikes) > 1:
        held = spikes.stretches.at(spikes.sample_index)
        between = np.diff(spikes.time_in_sweep)
        silence[1:] = np.where(np.diff(held) == 0, between, np.inf)
    return silence


def _widths(spikes: Spikes) -> Floats:
    """The cell's own widths: NaN where electrode or sampling make them, infinite for plateaus, s."""
    if "width" not in spikes:
        return np.full(len(spikes), NAN)
    width = spikes["width"].astype(np.float64).copy()
    width[np.char.find(_text(spikes, "shape"), "plateau") >= 0] = np.inf
    width[_text(spikes, "limited") != ""] = NAN
    return width


def _onsets(spikes: Spikes) -> Floats:
    """Voltages at which spikes set off, upwards; NaN where they are not known."""
    if "threshold_v" not in spikes:
        return np.full(len(spikes), NAN)
    return np.asarray(spikes["threshold_v"] * (spikes.provenance.polarity or 1), np.float64)


def _text(spikes: Spikes, name: str) -> NDArray[Any]:
    return fixed(spikes[name]) if name in spikes else np.full(len(spikes), "", "U1")


class _Measured(NamedTuple):
    """What kinds are told by: size (V or A), silence before (s), width (s), onset (V)."""

    size: Floats
    silence: Floats
    width: Floats
    onset: Floats


class _Part:
    """The spikes of one stretch of stable access."""

    def __init__(self, measured: _Measured, rule: KindRule) -> None:
        self.size, self.silence, self.width, self.onset = measured
        self.rule = rule
        size, width = measured.size, measured.width
        self.is_rested = self.silence >= rule.rested
        # Firing shrinks spikes to any height, so only rested ones show modes.
        self.modes = two_modes(size[self.is_rested], rule.least)
        self.why_not = self._why_not(self.modes)
        self.reference = self._reference()
        known = width[np.isfinite(width) & (size >= rule.small * self.reference)]
        self.usual_width = float(np.median(known)) if known.size >= FEWEST_WIDTHS else NAN

    def _why_not(self, modes: Modes | None) -> str:
        """Why no spike is a spikelet here; empty if some are."""
        if modes is None:
            return "too few rested spikes for two modes"
        why = are_apart(modes, self.rule)
        if why:
            return why
        low, tall = self.is_rested & (self.size < modes.cut), self.is_rested & (self.size >= modes.cut)
        above = self._median_onset(low) - self._median_onset(tall)
        if above > self.rule.depolarised:
            return f"low spikes set off {above * 1e3:.2g} mV above the tall ones"
        return ""

    def _median_onset(self, chosen: Bools) -> float:
        known = self.onset[chosen & np.isfinite(self.onset)]
        return float(np.median(known)) if known.size else NAN

    def _reference(self) -> float:
        """What a full spike reaches, V: of the rested ones, as inactivation shrinks those that follow."""
        if self.modes is not None and not self.why_not:
            return self.modes.upper
        used = self.size[self.is_rested]
        return float(np.quantile(used if used.size >= self.rule.least else self.size, 0.75))

    def kinds(self) -> Texts:
        """The kind of each spike."""
        kind = np.full(self.size.size, "full", LONGEST_WORD)
        kind[self.width > self.rule.broad * self.usual_width] = "broad"
        kind[np.isposinf(self.width)] = "broad"
        kind[self.width < self.rule.fast * self.usual_width] = "fast"
        kind[self.size < self.rule.small * self.reference] = "small"
        if self.modes is not None and not self.why_not:
            is_low = self.size < self.modes.cut
            kind[is_low & ~self._follows_taller(is_low)] = "spikelet"
        return kind

    def _follows_taller(self, is_low: Bools) -> Bools:
        after_tall = np.concatenate([[False], ~is_low[:-1]])
        return np.asarray(after_tall & (self.silence < self.rule.recovery), np.bool_)

    @property
    def row(self) -> Row:
        """What the kinds rest on."""
        modes = self.modes
        return {
            "spikes": self.size.size,
            "full_size": self.reference,
            "usual_width": self.usual_width,
            "lower_mode": modes.lower if modes else NAN,
            "upper_mode": modes.upper if modes else NAN,
            "n_lower": modes.n_lower if modes else 0,
            "separation": modes.separation if modes else NAN,
            "in_valley": modes.in_valley if modes else 0,
            "turns": modes.turns if modes else NAN,
            "no_spikelets_since": self.why_not,
        }
