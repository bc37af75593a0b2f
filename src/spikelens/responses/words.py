"""Responses in words: the finding, what to distrust, and how it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikelens.prefixes import quantity
from spikelens.responses.counts import FLIPS
from spikelens.responses.evidence import ALPHA, EXCHANGE
from spikelens.responses.latency import CHANCE
from spikelens.responses.plan import Window
from spikelens.runs.words import counted
from spikelens.version import VERSION

if TYPE_CHECKING:
    from spikelens.responses.running import Responses

WORKS = (
    "Garwood (1936)",
    "Przyborowski and Wilenski (1940)",
    "Holm (1979)",
    "Zou and Donner (2008)",
    "Chase and Young (2007)",
    "Schreiber et al. (2003)",
)


def verdict(found: Responses) -> str:
    """The finding in a sentence or two."""
    told, trials = found.evidence, found.trials
    n = len(trials.conditions)
    excited, suppressed = ((told.response == word).sum() for word in ("excited", "suppressed"))
    head = f"{counted(len(trials), 'trial')} of {counted(n, 'condition')}"
    if not len(found.spikes):
        return f"{head}: no spikes were found in the recording, so no response can be told."
    quiet = np.nanmean(told.spontaneous.rate) if np.isfinite(told.spontaneous.rate).any() else np.nan
    words = f"{head}; spontaneous rate {quiet:.3g} Hz. "
    if n == 1:
        low, high = (float(end[0]) for end in told.evoked_interval)
        answer = told.response[0] or "not tested"
        words += f"Evoked rate {told.evoked[0]:.3g} Hz (95 % interval {low:.3g} to {high:.3g}): {answer}"
        words += f", p {told.p_corrected[0]:.2g}." if told.response[0] else "."
    else:
        words += f"{excited} excited, {suppressed} suppressed (p < {ALPHA:g}, corrected for {n} conditions)."
    return words + _tuning(found)


def _tuning(found: Responses) -> str:
    tuning = found.tuning
    if tuning is None or np.isnan(tuning.measures["best"]):
        return ""
    units = found.trials.stimuli.units

    def told(name: str, of: str) -> str:
        value, unit = tuning.measures[name], units.get(of, "")
        return quantity(value, unit) if unit else f"{value:g}"

    words = f" Best {tuning.factor} {told('best', tuning.factor)}"
    if tuning.level:
        words += (
            f"; threshold {tuning.level} {told('threshold', tuning.level)},"
            f" where {tuning.factor} {told('characteristic', tuning.factor)} excites most"
        )
    return words + "."


def warnings_of(found: Responses) -> tuple[str, ...]:
    """What to distrust, worst first."""
    told = [
        *_of_spikes(found),
        *found.trials.stimuli.warnings,
        *_of_windows(found),
        *_of_repeats(found),
        *_of_evidence(found),
    ]
    return (*told, *(found.tuning.notes if found.tuning else ()))


def _of_spikes(found: Responses) -> list[str]:
    if found.spikes.provenance.mode == "voltage-clamp":
        return ["the membrane was held in voltage clamp: no spikes were sought"]
    if not len(found.spikes):
        return ["no spikes at all: rates of 0 are bounds from the time observed, latencies are unknown"]
    return []


def _of_windows(found: Responses) -> list[str]:
    trials, plan, told = found.trials, found.plan, []
    n = len(trials)
    for name, counts in (("window", found.counts), ("baseline", trials.counted(plan.baseline))):
        unseen, part = int((counts.exposure <= 0).sum()), int((~counts.is_whole).sum())
        if unseen == n:
            told.append(
                f"the {name} ({getattr(plan, name)}) was observed in no trial: nothing can be said of it"
            )
        elif part:
            told.append(
                f"the {name} ({getattr(plan, name)}) crosses a wall in {part} of {n} trials, {unseen} of them"
                " never observed; rates count observed time only"
            )
    doubled = trials.overlapping(plan.window)
    if doubled:
        told.append(f"the windows of {doubled} trials overlap the one before: their spikes count twice")
    return [*told, *_of_near_trials(found), *_outside_window(found)]


def _of_near_trials(found: Responses) -> list[str]:
    """What is left of baselines into which the stimulus before reaches."""
    plan, trials = found.plan, found.trials
    low = trials.free_from(plan.baseline, plan.window)
    late, none = int((low > plan.baseline.low).sum()), int((low >= plan.baseline.high).sum())
    if not late:
        return []
    lost = f"; {none} have no baseline left" if none else ""
    return [
        f"the baseline of {late} of {len(trials)} trials begins only where the window of the stimulus before"
        f" ends, so that it holds none of its spikes{lost}"
    ]


def _outside_window(found: Responses) -> list[str]:
    """An answer that comes before the window begins."""
    plan, quiet = found.plan, found.evidence.spontaneous
    if plan.window.low <= 0:
        return []
    early = Window(0.0, plan.window.low)
    counts = found.trials.counted(early)
    n, exposure = int(counts.n.sum()), float(counts.exposure.sum())
    rate = float(np.nanmean(quiet.rate)) if np.isfinite(quiet.rate).any() else 0.0
    if not n or _chance_of(n, rate * exposure) >= CHANCE:
        return []
    return [
        f"{counted(n, 'spike')} came within {early}, before the window, where {rate * exposure:.2g} are"
        " expected: the window cuts the answer; let --window begin earlier"
    ]


def _chance_of(n: int, expected: float) -> float:
    """The probability of so many spikes or more, where so many are expected."""
    from scipy.special import pdtrc

    return float(pdtrc(n - 1, expected))


def _of_repeats(found: Responses) -> list[str]:
    repeats, told = found.trials.repeats, []
    if len(found.trials) == 1:
        told.append("one stimulus only: nothing can be said of its variance or reliability")
    elif repeats.min() < repeats.max():
        told.append(f"repeats are unequal: {repeats.min()} to {repeats.max()} trials per condition")
    elif repeats.max() == 1:
        told.append("every condition was given once: no variance, no reliability")
    return told


def _of_evidence(found: Responses) -> list[str]:
    evidence, told = found.evidence, []
    if evidence.has_own_baseline and len(found.trials.conditions) > 1:
        told.append("the spontaneous rate differs between conditions: each is held to its own baseline")
    if evidence.untestable.any():
        told.append(
            f"{evidence.untestable.sum()} conditions are over-dispersed, and the baseline, as observed, is"
            " shorter than the window: their p-values are too small; give a longer --baseline"
        )
    return told


def choices(found: Responses) -> list[tuple[str, str]]:
    """Each choice and its reason."""
    plan, told = found.plan, found.evidence
    by = ", ".join(plan.by) or "none: all trials are one"
    others = ", ".join(n for n in found.trials.stimuli.conditions if n not in plan.by)
    listed = [
        (f"stimuli: {found.trials.stimuli.origin}", "as asked, or as the recording names them"),
        (f"conditions by {by}", f"as asked; --by also takes {others}" if others else "as asked"),
        (f"window {plan.window}, baseline {plan.baseline}", "as asked, from the onset of the stimulus"),
        (f"PSTH: {found.psth.rule}", "from the spikes of all trials"),
    ]
    own = "conditions differ (p < 0.01)" if told.has_own_baseline else "no difference between conditions"
    whose = "of each condition" if told.has_own_baseline else "of all trials"
    n_wide = int((told.test == EXCHANGE).sum())
    return [
        *listed,
        (f"spontaneous rate {whose}", own),
        (
            f"exact conditional Poisson test in all but {n_wide} conditions",
            "these are over-dispersed (p < 0.05)",
        ),
        (f"corrected for {len(told.p)} conditions by Holm's rule", "one response in many is chance"),
    ]


def methods(found: Responses) -> str:
    """A paragraph for a paper."""
    plan, told = found.plan, found.evidence
    grouped = f", grouped by {' and '.join(plan.by)}" if plan.by else ""
    whose = "of the same condition" if told.has_own_baseline else "of all trials"
    made = found.spikes.provenance
    sentences = [
        f"Responses were measured with Spikelens {VERSION} on {counted(len(found.spikes), 'spike')}"
        f" (method {made.method}) and {counted(len(found.trials), 'trial')} of"
        f" {counted(len(told.p), 'condition')} ({found.trials.stimuli.origin}{grouped}).",
        f"Spikes {plan.window} after the onset were held against the spontaneous rate, {plan.baseline} from"
        f" the onset {whose}; time that was not observed was left out of every rate.",
        "Rates have 95 % Poisson intervals, scaled by the Fano factor where counts were over-dispersed;"
        " differences were tested by the exact conditional Poisson test, or, where over-dispersed, by"
        f" {FLIPS} exchanges of the window with segments of the baseline within trials, and p-values"
        " corrected by Holm's rule.",
        f"The PSTH has {found.psth.rule}.",
        "Latency is that of the first spike in the window, jitter its standard deviation, and the minimum"
        " latency that by which spikes exceed chance (p < 1e-6).",
        f"To cite: Spikelens {VERSION}; {'; '.join(WORKS)}.",
    ]
    return " ".join(sentences)
