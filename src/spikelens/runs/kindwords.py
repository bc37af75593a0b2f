"""What kinds and patterns say in words: the verdict, what to distrust, the paragraph for a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from spikelens.features import Feature
from spikelens.kinds.rule import PatternRule
from spikelens.prefixes import quantity
from spikelens.runs.kinds import Named
from spikelens.runs.words import counted
from spikelens.version import VERSION

FEW_LABELS = 10
"""Fewer labels of a kind teach little."""


def listed(counts: Mapping[str, int]) -> str:
    """Counts as a list: ``103 full and 11 small``."""
    told = [f"{n:,} {word or 'without a kind'}" for word, n in counts.items()]
    return " and ".join(filter(None, [", ".join(told[:-1]), told[-1]])) if told else "none"


def verdict(named: Named) -> str:
    """Kinds, bursts and the firing pattern in three sentences."""
    kinds = named.kinds
    if not len(kinds.spikes):
        return "There are no spikes, so no kinds and no firing pattern."
    told = f"Of {counted(len(kinds.spikes), 'spike')}: {listed(kinds.counts('kind'))}."
    bursts = f"{counted(len(kinds.bursts), 'burst')}; spikes by context: {listed(kinds.counts('context'))}."
    return f"{told} {bursts} {pattern_words(named)}"


def pattern_words(named: Named) -> str:
    """The firing pattern of the cell in a sentence."""
    patterns = named.patterns
    if patterns.pattern == "not applicable":
        return f"Firing pattern: not applicable ({patterns.why})."
    return f"Firing pattern: {patterns.pattern}, {patterns.why}."


def warnings(named: Named) -> list[str]:
    """What to distrust of kinds."""
    found: list[str] = []
    taught = named.taught
    if taught is not None:
        found += taught.model.warnings
        if taught.said.n_off:
            found.append(f"{counted(taught.said.n_off, 'label')} lie on no spike, and taught nothing")
    if named.patterns.protocol is not None:
        found += named.patterns.protocol.warnings
    return found


def methods(named: Named) -> str:
    """A paragraph for a paper."""
    kinds, rule = named.kinds, named.kinds.rule
    sentences = [f"Kinds of spikes were named with Spikelens {VERSION} by {_author(named)}."]
    if kinds.author == "rules":
        sentences.append(
            f"Spikes below {rule.small:g} of the height that spikes have after {quantity(rule.rested, 's')}"
            " of silence were called small, and spikelets only where heights had two modes"
            f" (Ashman's D at least {rule.separation:g}) within a stretch of stable access; spikes"
            f" {rule.broad:g} times as wide as usual were called broad, of {rule.fast:g} of that width fast,"
            " unless the electrode or the sampling limits width."
        )
    source = "the valley of the intervals' logarithms" if kinds.is_valley else "a fixed limit"
    sentences.append(
        f"Bursts were {rule.burst_spikes} to {rule.burst_most} spikes at most {quantity(kinds.interval, 's')}"
        f" apart ({source}) between silences at least {rule.burst_contrast:g} times as long."
    )
    if named.patterns.rows:
        sentences.append(
            "Firing patterns of current steps were named in the terms of the Petilla convention by the ratios"
            " of intervals."
        )
    works = [
        *(rule.references if kinds.author == "rules" else ()),
        *(PatternRule.references if named.patterns.rows else ()),
    ]
    return " ".join([*sentences, *([f"To cite: {'; '.join(works)}."] if works else [])])


def _author(named: Named) -> str:
    if named.kinds.author.startswith("sorting"):
        return f"{named.kinds.author}, each unit being taken for one neuron"
    if named.taught is None:
        return "rules" if named.kinds.author == "rules" else f"a {named.kinds.author} model taught by hand"
    n = named.taught.said.rows.size
    return (
        f"a {named.kinds.author} model taught by {counted(n, 'label')}, which names"
        f" {named.taught.accuracy:.0%} of labelled spikes that it had not seen as labelled"
    )


def telling(named: Named) -> list[tuple[str, str]]:
    """The numbers for the head of the report."""
    kinds = named.kinds
    shown = [(f"{n:,}", word or "without a kind") for word, n in kinds.counts("kind").items()]
    shown.append((f"{len(kinds.bursts):,}", "burst" if len(kinds.bursts) == 1 else "bursts"))
    if np.isfinite(named.patterns.rheobase):
        shown.append((quantity(named.patterns.rheobase, "A"), "rheobase"))
    return shown


def amount(value: object, unit: str) -> str | None:
    """A value with its unit; None where there is none."""
    number = float(str(value))
    return quantity(number, unit) if np.isfinite(number) else None


def heading(name: str, features: Sequence[Feature]) -> str:
    """A column's name for people, with its unit."""
    unit = next(f.unit for f in features if f.name == name)
    return f"{name.replace('_', ' ')} ({unit})" if unit else name.replace("_", " ")
