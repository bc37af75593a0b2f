"""The verb: name each spike's kind and what it stands in, and list the bursts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spikelens.cards import card
from spikelens.errors import UnsupportedInput
from spikelens.kinds.bursts import Contexts, burst_rows, contexts
from spikelens.kinds.rule import KindRule
from spikelens.kinds.shapes import Shapes, shape_kinds, sizes
from spikelens.kinds.terms import CONTEXTS, KINDS
from spikelens.spikes import Spikes
from spikelens.summary import Row

RULES = {
    "kind": "What the spike looks like: full, spikelet, small, broad or fast; see stretches.csv.",
    "context": "What it stands in: single, doublet, burst or run.",
    "burst": "Number of its burst, from 1; 0 for none.",
}
"""What the columns mean."""


@dataclass(frozen=True)
class Kinds:
    """Spikes with their kinds, and what these rest on."""

    spikes: Spikes = field(repr=False)
    """With the columns `RULES`."""
    rule: KindRule
    stretches: list[Row] = field(repr=False)
    """A row per stretch of stable access."""
    bursts: list[Row] = field(repr=False)
    """A row per burst."""
    interval: float
    """Longest interval within a burst, s."""
    is_valley: bool
    """Whether the recording's intervals told it."""
    author: str = "rules"
    """Who named the kinds: the rules, or a model."""

    def _repr_html_(self) -> str:
        told = {"named by": self.author, "longest interval in a burst": f"{self.interval * 1e3:.3g} ms"}
        counts = {**self.counts("kind"), **self.counts("context"), "bursts": len(self.bursts)}
        return card("Kinds of spikes", {**counts, **told})

    def counts(self, column: str) -> dict[str, int]:
        """How many spikes have each word of a column, in the order of the rules."""
        told = self.spikes[column]
        usual = [term.name for term in (KINDS if column == "kind" else CONTEXTS)]
        words = [*usual, *sorted(set(map(str, told)) - set(usual))]
        return {word: int((told == word).sum()) for word in words if (told == word).any()}


def name_kinds(spikes: Spikes, **settings: object) -> Kinds:
    """Name kinds and contexts of the spikes of one cell, by rules.

    Kinds of shape are those of a membrane potential: spikes of a cell-attached
    recording, which are currents or derivatives, all are ``full``.

    Parameters
    ----------
    spikes : Spikes
        Measured, as by `spikelens.find`.
    **settings
        Of `spikelens.kinds.rule.KindRule`, by name.

    Returns
    -------
    Kinds

    Raises
    ------
    UnsupportedInput
        An extracellular recording: whose spike it is comes before its kind.
    """
    rule = KindRule.from_parameters(settings)
    if spikes.provenance.mode == "extracellular":
        raise UnsupportedInput(
            "kinds are of one cell's spikes; spikes of an extracellular recording are sorted"
        )
    if spikes.provenance.mode == "cell-attached":
        shapes = Shapes(np.full(len(spikes), "full", "U20"), [])
    else:
        shapes = shape_kinds(spikes, rule)
    told = contexts(spikes.time_in_sweep, spikes.stretches.at(spikes.sample_index), rule)
    columns = {"kind": shapes.kind, "context": told.context, "burst": told.burst.astype(np.int32)}
    named = spikes.with_columns(columns, units=dict.fromkeys(columns, ""), rules=RULES)
    return Kinds(named, rule, shapes.stretches, _bursts(named, told), told.interval, told.is_valley)


def _bursts(spikes: Spikes, told: Contexts) -> list[Row]:
    return burst_rows(spikes.time, spikes.sweep, sizes(spikes), told.burst)
