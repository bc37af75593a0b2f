"""The colours of kinds: the same word has the same colour in every figure."""

from __future__ import annotations

from collections.abc import Sequence

from spikelens.plots._style import KINDS, REST

OF_RULES = {
    "full": KINDS[0],
    "small": KINDS[4],
    "spikelet": KINDS[1],
    "broad": KINDS[3],
    "fast": KINDS[2],
    "single": KINDS[0],
    "doublet": KINDS[4],
    "burst": KINDS[1],
    "run": KINDS[2],
    "": REST,
}
"""Of the words that rules give."""


def kind_colours(words: Sequence[str]) -> dict[str, str]:
    """A colour for each word, those of our rules first; other words take the free ones in order.

    >>> kind_colours(["full", "mine"])["full"]
    '#0072B2'
    """
    free = [colour for colour in KINDS if colour not in {OF_RULES.get(word) for word in words}]
    others = [word for word in words if word not in OF_RULES]
    found = {word: (free or list(KINDS))[k % len(free or KINDS)] for k, word in enumerate(others)}
    return {word: OF_RULES.get(word) or found[word] for word in words}
