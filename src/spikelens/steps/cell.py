"""The cell: what its sweeps say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.steps.curves import Line, least_squares, mean_rates, rising, robust_line
from spikelens.steps.passive import Charging, bridge_jump, charging
from spikelens.steps.settings import StepRule
from spikelens.steps.sweeps import Row, Trial

Floats = NDArray[np.float64]
NAN = float("nan")

POOR = 0.5
"""A fit that explains a smaller share of the variance is none."""
SMALLEST = 3
"""So many steps are used where fewer than two keep within the linear range."""
SAG_TARGET = -0.1
"""Sag is that of the sweep whose trough comes nearest to this, as in IPFX, V."""


@dataclass(frozen=True)
class Fits:
    """The curves behind a cell's numbers; None where there is none."""

    gain: Line | None = None
    """Rate (Hz) over current (A)."""
    resistance: Line | None = None
    """Steady-state voltage (V) over current (A)."""
    charging: Charging | None = None
    """Mean deflection per ampere (ohm) after the onset."""
    response: Floats | None = None
    """What the exponential was fitted to, ohm."""


def column(rows: Sequence[Row], name: str) -> Floats:
    """A column of the sweeps' rows, NaN where a row lacks it."""
    return np.array([row.get(name, NAN) for row in rows], np.float64)


def cell_row(trials: Sequence[Trial], rows: Sequence[Row], rule: StepRule) -> tuple[Row, Fits]:
    """The row of the cell, and the curves behind it; `rows` are those of `trials`."""
    notes: list[str] = []
    row: Row = {"sweeps": len(rows), "resting_v": _median(column(rows, "baseline_v"))}
    firing, gain = _firing(rows, notes)
    chosen = _linear(rows, rule, notes)
    passive, line = _resistance(rows, chosen)
    charged, fit, response = _charging(trials, chosen, notes)
    row |= firing | passive | charged | _sag(rows, notes) | _extremes(rows)
    if any(rows[k]["spikes_before"] for k in chosen):
        notes.append("the cell fires before the steps, so it starts from no rest: capacitance is rough")
    row["input_resistance_corrected"] = row["input_resistance"] - row["bridge_resistance"]
    return {**row, "notes": "; ".join(notes)}, Fits(gain, line, fit, response)


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else NAN


def _firing(rows: Sequence[Row], notes: list[str]) -> tuple[Row, Line | None]:
    """Rheobase and gain."""
    current, rates = mean_rates(column(rows, "current"), column(rows, "average_rate"))
    blocked = np.array([any(r["is_blocked"] for r in rows if r["current"] == x) for x in current], bool)
    known = np.isfinite(rates)
    current, rates, blocked = current[known], rates[known], blocked[known]
    is_spontaneous = bool((rates[current <= 0] > 0).any())
    firing = current[(rates > 0) & (current > 0)]
    row: Row = {"is_spontaneous": is_spontaneous, "rheobase": NAN, "rheobase_below": NAN}
    if is_spontaneous:
        notes.append("no rheobase: the cell fires without current, or against it")
    elif not firing.size:
        notes.append("no rheobase: no step brought a spike")
    else:
        row["rheobase"] = float(firing[0])
        row["rheobase_below"] = max((float(x) for x in current if x < firing[0]), default=NAN)
        if np.isnan(row["rheobase_below"]):
            notes.append("rheobase is at most what is given: the smallest step has spikes already")
    used = rising(current, rates, blocked)
    line = robust_line(current[used], rates[used])
    if line is None and firing.size:
        notes.append("no gain: fewer than two currents on the rising part")
    every = least_squares(*(column([r for r in rows if r["spikes"]], n) for n in ("current", "average_rate")))
    row |= {
        "fi_gain": line.slope if line else NAN,
        "fi_gain_n": int(used.sum()),
        "fi_fit_slope": every.slope if every else NAN,
        "maximum_rate": float(rates.max()) if rates.size else NAN,
    }
    return row, line


def _linear(rows: Sequence[Row], rule: StepRule, notes: list[str]) -> list[int]:
    """The rows for resistance and time constant: silent, deflected little, negative if there are such."""
    silent = [k for k, r in enumerate(rows) if np.isfinite(r["resistance"])]
    small = [k for k in silent if abs(rows[k]["deflection_v"]) <= rule.linear_range]
    negative = [k for k in silent if rows[k]["current"] < 0]
    chosen = [k for k in negative if k in small]
    if len(chosen) > 1 or (chosen and len(negative) == 1):
        return chosen
    if negative:
        notes.append("resistance and time constant from the smallest steps, some beyond the linear range")
        return sorted(negative, key=lambda k: abs(rows[k]["current"]))[:SMALLEST]
    if small:
        notes.append("resistance and time constant from steps that depolarise, since none hyperpolarises")
    else:
        notes.append("no resistance: no silent step within the linear range")
    return small


def _resistance(rows: Sequence[Row], chosen: Sequence[int]) -> tuple[Row, Line | None]:
    """The slope of voltage over current, by the steady state and by the trough."""
    used = [rows[k] for k in chosen]
    still = [r for r in rows if r["current"] == 0 and not r["spikes"] and np.isfinite(r["steady_state_v"])]
    points = [*used, *still]
    line = least_squares(np.array([_amperes(r) for r in points]), column(points, "steady_state_v"))
    negative = [r for r in used if r["current"] < 0]
    troughs = least_squares(np.array([_amperes(r) for r in negative]), column(negative, "minimum_v"))
    row: Row = {
        "input_resistance": line.slope if line else _median(column(used, "resistance")),
        "input_resistance_se": line.error if line else NAN,
        "input_resistance_n": len(used),
        "input_resistance_peak": troughs.slope if troughs else NAN,
    }
    return row, line


def _amperes(row: Row) -> float:
    measured = row["current_measured"]
    return float(measured if np.isfinite(measured) else row["current"])


def _charging(
    trials: Sequence[Trial], chosen: Sequence[int], notes: list[str]
) -> tuple[Row, Charging | None, Floats | None]:
    """Time constant, bridge and capacitance, from the mean response of the chosen steps per ampere."""
    response = _mean_response([trials[k] for k in chosen])
    rate = trials[0].sampling_rate
    fit = charging(response, rate) if response is not None else None
    if fit is not None and fit.r2 < POOR:
        notes.append(f"no time constant: an exponential explains only {fit.r2:.2f} of the variance")
        fit = None
    elif fit is None and chosen:
        notes.append("no time constant: no exponential fits, or spikes come just before the steps")
    bridge = bridge_jump(response, rate) if response is not None else NAN
    row: Row = {
        "time_constant": fit.tau if fit else NAN,
        "time_constant_r2": fit.r2 if fit else NAN,
        "fit_start": fit.window[0] if fit else NAN,
        "fit_stop": fit.window[1] if fit else NAN,
        "bridge_resistance": bridge,
        "capacitance": fit.tau / (fit.end - bridge) if fit and fit.end > bridge else NAN,
    }
    return row, fit, response


def _mean_response(trials: Sequence[Trial]) -> Floats | None:
    """The mean deflection per ampere, each step with the weight of its current; None without any."""
    pairs = [(t.deflection, abs(t.step.amperes)) for t in trials]
    known = [(deflection, amperes) for deflection, amperes in pairs if deflection is not None]
    if not known:
        return None
    shortest = min(deflection.size for deflection, _ in known)
    total = sum(deflection[:shortest] for deflection, _ in known)
    return np.asarray(total / sum(amperes for _, amperes in known), np.float64)


def _sag(rows: Sequence[Row], notes: list[str]) -> Row:
    """Sag of the silent negative step whose trough comes nearest to -100 mV."""
    names = ("sag_ipfx", "sag_ratio1", "sag_ratio2")
    fit = [r for r in rows if np.isfinite(r["sag_ipfx"]) and np.isfinite(r["minimum_v"])]
    if not fit:
        notes.append("no sag: no silent negative step")
        return {**dict.fromkeys(names, NAN), "sag_current": NAN}
    nearest = min(fit, key=lambda r: abs(r["minimum_v"] - SAG_TARGET))
    return {**{name: nearest[name] for name in names}, "sag_current": nearest["current"]}


def _extremes(rows: Sequence[Row]) -> Row:
    """Where block begins, and the most rebound spikes."""
    blocked = [r["current"] for r in rows if r["is_blocked"]]
    rebound = column(rows, "rebound_spikes")
    seen = rebound[np.isfinite(rebound)]
    return {
        "block_current": min(blocked, default=NAN),
        "rebound_spikes": int(seen.max()) if seen.size else NAN,
    }


def shifted_cell(row: Row, junction_potential: float) -> Row:
    """The cell's row with its resting potential less the liquid junction potential (V)."""
    moved: dict[str, Any] = {"resting_v": row["resting_v"] - junction_potential}
    return row | moved
