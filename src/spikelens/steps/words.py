"""What steps say in words: the verdict, the numbers that tell most, the paragraph for a paper."""

from __future__ import annotations

import math
from collections.abc import Callable

from spikelens.prefixes import megohms, quantity
from spikelens.runs.words import counted
from spikelens.steps.measuring import Steps
from spikelens.steps.sweeps import Row
from spikelens.version import VERSION


def per_picoampere(gain: float) -> str:
    """A gain as physiologists write it.

    >>> per_picoampere(6.4e10)
    '0.064 Hz/pA'
    """
    return f"{gain * 1e-12:.3g} Hz/pA".replace("-", "\u2212")


def amount(unit: str) -> Callable[[float], str]:
    """How values of a unit are written."""
    return lambda value: quantity(value, unit)


TELLING: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("resting_v", "resting potential", amount("V")),
    ("rheobase", "rheobase", amount("A")),
    ("fi_gain", "gain", per_picoampere),
    ("input_resistance", "input resistance", megohms),
    ("time_constant", "time constant", amount("s")),
    ("capacitance", "capacitance", amount("F")),
)
"""The cell's numbers that tell most."""


def telling(cell: Row) -> list[tuple[str, str]]:
    """The numbers for the head of the report, those that are known."""
    return [(write(cell[name]), what) for name, what, write in TELLING if not math.isnan(cell[name])]


def verdict(steps: Steps) -> str:
    """The finding in two sentences."""
    cell, n = steps.cell, len(steps.trials)
    currents = [trial.step.current for trial in steps.trials]
    span = quantity(currents[0], "A")
    if min(currents) < max(currents):
        span = f"{quantity(min(currents), 'A')} to {quantity(max(currents), 'A')}"
    numbers = (
        ", ".join(f"{what} {value}" for value, what in telling(cell)) or "none of the cell's numbers is known"
    )
    told = f"{counted(n, 'sweep')} with a step of {span}: {numbers}."
    return f"{told} {_firing(steps)}"


def _firing(steps: Steps) -> str:
    """What the cell does with current."""
    cell = steps.cell
    if not any(row["spikes"] for row in steps.measured):
        return "No step brought a spike."
    said = f"The fastest step fires {cell['maximum_rate']:.3g} per s"
    if cell["is_spontaneous"]:
        said += "; the cell fires without current too"
    if not math.isnan(cell["block_current"]):
        said += f"; depolarisation block from {quantity(cell['block_current'], 'A')} on"
    return said + "."


def methods(steps: Steps) -> str:
    """A paragraph for a paper."""
    cell, rule = steps.cell, steps.rule
    origin = {
        "recorded": "read from the recorded current",
        "reconstructed": "rebuilt from the file's protocol",
        "given": "given by hand",
    }[steps.protocol.origin]
    sentences = [
        f"Responses to current steps were measured with Spikelens {VERSION}; the steps were {origin}.",
        f"Baseline was the mean over up to {_ms(rule.baseline)} before the onset and steady state that over"
        f" up to {_ms(rule.steady)} before the offset, both without 2 ms before to 20 ms after each spike.",
    ]
    if not math.isnan(cell["rheobase"]):
        sentences.append("Rheobase was the smallest positive step with a spike.")
    if not math.isnan(cell["fi_gain"]):
        sentences.append(
            "Gain was the median slope between points (Theil and Sen) of the rising part of the f-I curve"
            f" ({counted(cell['fi_gain_n'], 'current')})."
        )
    if not math.isnan(cell["input_resistance"]):
        sentences.append(
            "Input resistance was the slope of the steady-state voltage over current of"
            f" {counted(cell['input_resistance_n'], 'silent sweep')}, not corrected for the jump at the onset"
            f" ({megohms(cell['bridge_resistance'])})."
        )
    if not math.isnan(cell["time_constant"]):
        sentences.append(
            "The membrane time constant was that of an exponential fitted to the mean deflection per ampere"
            f" of the same sweeps from {_ms(cell['fit_start'])} to {_ms(cell['fit_stop'])} after the onset"
            f" (R\u00b2 {cell['time_constant_r2']:.3f}); capacitance was it over the resistance at which this"
            " exponential ends."
        )
    return " ".join([*sentences, f"To cite: {'; '.join(steps.rule.references)}."])


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.4g} ms"
