"""Kinds of spikes and firing patterns in a run: what `find --kinds` adds, and `kinds` is all about."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikelens.errors import BadParameter
from spikelens.kinds.naming import Kinds, name_kinds
from spikelens.kinds.steps import Patterns, measure_patterns
from spikelens.kinds.taught import Taught, apply_kinds, read_words, teach_kinds
from spikelens.modelfiles import read_model
from spikelens.recording import Recording
from spikelens.runs.finding import Found
from spikelens.runs.units import units_of
from spikelens.spikes import Spikes


@dataclass(frozen=True)
class KindPlan:
    """What is asked about kinds, beside how spikes are found."""

    rule: Mapping[str, object] = field(default_factory=dict)
    """Of `spikelens.kinds.rule.KindRule`."""
    patterns: Mapping[str, object] = field(default_factory=dict)
    """Of `spikelens.kinds.rule.PatternRule`."""
    protocol: Path | None = None
    labels: Path | None = None
    """A CSV of a person's words for spikes."""
    model: Path | None = None
    """A model of kinds that labels taught before."""
    classifier: str = "waveform"
    learner: Mapping[str, object] = field(default_factory=dict)
    """Parameters of the classifier."""


@dataclass(frozen=True)
class Named:
    """The kinds and the firing patterns of one recording."""

    kinds: Kinds
    patterns: Patterns
    taught: Taught | None = None

    @property
    def spikes(self) -> Spikes:
        """With the columns of kinds."""
        return self.kinds.spikes

    def facts(self) -> dict[str, Any]:
        """What ``run.json`` holds of them."""
        made = self.kinds
        facts: dict[str, Any] = {
            "counts": made.counts("kind"),
            "contexts": made.counts("context"),
            "n_bursts": len(made.bursts),
            "burst_interval": made.interval,
            "burst_interval_from": "the recording" if made.is_valley else "the rule",
            "named_by": made.author,
            "rule": made.rule.parameters(),
            "stretches": made.stretches,
            "bursts": made.bursts,
            "pattern": self.patterns.pattern,
            "pattern_from": self.patterns.why,
            "rheobase": self.patterns.rheobase,
            "patterns": self.patterns.rows,
            "at_multiples": self.patterns.multiples,
        }
        if self.taught is not None:
            scores = {"n_labels": int(self.taught.said.rows.size), "held_out_accuracy": self.taught.accuracy}
            facts["taught"] = scores | {"off_spikes": self.taught.said.n_off}
        return facts


def named_in(recording: Recording, found: Found, plan: KindPlan | None = None) -> Named:
    """Name kinds and patterns of what a run found.

    Parameters
    ----------
    recording : Recording
        With all its channels: the current may be one of them.
    found : Found
    plan : KindPlan, optional

    Raises
    ------
    BadParameter
        Labels and a model at once.
    UnsupportedInput
        An extracellular recording.
    """
    plan = plan or KindPlan()
    if plan.labels and plan.model:
        raise BadParameter("give --labels to teach kinds or --model to apply what was taught, not both")
    kinds = name_kinds(found.spikes, **plan.rule)
    taught = None
    if plan.labels:
        said = read_words(plan.labels, found.spikes)
        taught = teach_kinds(found.recording, found.spikes, said, plan.classifier, **plan.learner)
        kinds = apply_kinds(found.recording, kinds, taught.model, taught.said)
    elif plan.model:
        kinds = apply_kinds(found.recording, kinds, read_model(plan.model))
    patterns = measure_patterns(recording, kinds.spikes, protocol=plan.protocol, **plan.patterns)
    return Named(kinds, patterns, taught)


def with_kinds(recording: Recording, found: Found) -> tuple[Found, Named | None]:
    """What `find --kinds` adds to a run: the one place that says what kinds are, mode by mode.

    Of one cell they are kinds and patterns. Of an extracellular recording they are the
    units that sorting tells apart.
    """
    if found.recording.mode == "voltage-clamp":
        return found, None
    if found.recording.mode == "extracellular":
        named = Named(*units_of(found.recording, found.spikes))
    else:
        named = named_in(recording, found)
    return dataclasses.replace(found, spikes=named.spikes), named
