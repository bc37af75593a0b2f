"""Sorting by matching pursuit in the whitened trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import have_company
from spikelens.params import param
from spikelens.sorters import Columns, Piece, Site, Sorter
from spikelens.sorters._close import are_any_near
from spikelens.sorters._clusters import FEWEST, clusters_of, first_templates
from spikelens.sorters._events import events_of
from spikelens.sorters._explain import COLLISION, DEAD_TIME, explain
from spikelens.sorters._known import Known, known_of, spread_out
from spikelens.sorters._learning import Learning, relearned
from spikelens.sorters._merging import merged
from spikelens.sorters._noise import Whitener, whitener_of
from spikelens.sorters._odds import odds_of_unit
from spikelens.sorters._parting import parted
from spikelens.sorters._templates import Templates, shift_of

MARGIN = 15e-3
"""What lies farther than this from a spike has no part in explaining it, s."""
NOISE_PIECES, EVENT_PIECES, DRAFT_PIECES, TEMPLATE_PIECES = 16, 150, 30, 60
"""How many pieces, from all over the recording, each step of learning looks at, at most ..."""
EVENTS = 4000
"""... where so many events are not enough: a probe has as many in less time than a wire ..."""
SPARSE, MORE = 120, 5
"""... and where the first number of pieces does not hold them, up to so many times more pieces."""
ROUNDS = 4
"""How often units are parted, added and merged ..."""
LAST_ROUNDS = 4
"""... and how often near ones are learned again: what they have of each other's spikes changes slowly."""
FEWEST_PIECES, FEWEST_EVENTS = 20, 1000
"""Of fewer pieces, or of pieces of fewer events, all are looked at each time."""
SETTLED = 1.5
"""Units that change by less than this, in s.d. of noise, and what chance makes of it, are learned: so
far from either is the mean of two that are barely told apart."""


@dataclass(frozen=True, kw_only=True)
class Pursuit(Sorter):
    """Clusters of spikes that stand alone, then matching pursuit with refits of those that collide.

    The noise is made white in space and time from stretches without spikes; units are heaps
    of events in it, parted while what they leave of the trace has two heaps and merged
    while noise could not tell them apart; every spike is then the likeliest explanation of
    the trace, alone or with another within 1 ms, and says how likely it is.
    """

    references: ClassVar[tuple[str, ...]] = (
        "Franke, Quian Quiroga, Hierlemann and Obermayer (2015) J Comput Neurosci 38:439, for Bayes-optimal"
        " template matching",
        "Magland and Barnett (2015) arXiv:1508.04841, for clusters as heaps",
        "Quian Quiroga, Nadasdy and Ben-Shaul (2004) Neural Comput 16:1661, for the noise level",
    )

    cutoff: float = param(4.5, low=2.5, high=50, help="Least height of an event, in s.d. of the white noise.")
    low: float | None = param(
        150.0, unit="Hz", low=0.1, help="Lower edge of the high-pass filter; none leaves samples as they are."
    )
    heaps: float = param(
        0.8, low=0.3, high=5, help="Two heaps of events are kept apart beyond this; lower finds more units."
    )
    refractory: float = param(
        1.5e-3, unit="s", low=0, high=0.1, help="Spikes of a unit closer than this are marked."
    )

    def prefilter(self, sampling_rate: float) -> tuple[str, Mapping[str, object]] | None:
        if self.low is None or self.low >= 0.45 * sampling_rate:
            return None
        return "butterworth", {"low": self.low, "high": None, "order": 2}

    def margin(self, sampling_rate: float) -> int:
        return round(MARGIN * sampling_rate)

    def learn(self, pieces: Sequence[Piece], site: Site) -> Known:
        from threadpoolctl import threadpool_limits

        # Products so small lose more by waiting for each other's threads than they gain by them.
        with threadpool_limits(1, "blas"):
            return self._learned(pieces, site)

    def _learned(self, pieces: Sequence[Piece], site: Site) -> Known:
        whitener = whitener_of(spread_out(pieces, NOISE_PIECES), site)
        templates, enough = self._draft(pieces, site, whitener)
        # What the noise of some spikes parts that of others does not: those looked at take turns.
        times = _times_more(enough)
        parts = _parts(spread_out(pieces, 2 * min(times * TEMPLATE_PIECES, enough)), enough)
        turns = cycle(parts)
        learning = relearned(spread_out(next(turns), times * DRAFT_PIECES), templates, site, whitener)
        trains = merged(learning, site)
        learning = relearned(last := next(turns), trains.templates, site, whitener, self.cutoff)
        quiet = 0
        for _ in range(ROUNDS):
            more = parted(learning, site, self.heaps)
            learning = learning.told()
            if len(more) > len(learning.templates):
                trains = merged(relearned(next(turns), more, site, whitener), site)
            else:
                trains = merged(learning, site, trains if len(parts) > 1 else None)
            quiet = quiet + 1 if _are_settled(trains.templates, learning) else 0
            # Each part of the pieces has to show that there is nothing to part.
            if quiet == len(parts):
                break
            learning = relearned(last := next(turns), trains.templates, site, whitener, self.cutoff)
        for _ in range(LAST_ROUNDS if are_any_near(learning.templates, site) else 0):
            learning = relearned(last := next(turns), learning.templates, site, whitener, shared=True)
        return known_of(learning, last, site, whitener)

    def _draft(self, pieces: Sequence[Piece], site: Site, whitener: Whitener) -> tuple[Templates, int]:
        """Templates of the clusters of events, and how many pieces hold enough of these."""
        few = spread_out(pieces, NOISE_PIECES)
        n_events = len(events_of(few, site, whitener, self.cutoff))
        enough = max(NOISE_PIECES, NOISE_PIECES * EVENTS // max(n_events, 1))
        some = spread_out(pieces, min(_times_more(enough) * EVENT_PIECES, 2 * enough))
        events = events_of(some, site, whitener, self.cutoff)
        return first_templates(events, clusters_of(events, site, self.heaps), site), enough

    def assign(self, piece: Piece, site: Site, learned: Known) -> Columns:
        templates = learned.templates
        prior = learned.prior_at(piece.start + 0.5 * len(piece.rows))
        done = explain(learned.whitener(piece.rows), templates, prior, site)
        place = done.start + shift_of(done.copy) + learned.peak[done.unit]
        whole = np.rint(place).astype(np.int64)
        core = (whole >= piece.core[0]) & (whole < piece.core[1]) & (done.unit < learned.n_units)
        odds = odds_of_unit(done.gain, done.rival_gain)
        table: Columns = {
            "sample_index": whole + piece.start,
            "shift": place - whole,
            "channel_index": learned.channel[done.unit].astype(np.int32),
            "height": done.plain * learned.height[done.unit],
            "probability": learned.honesty(done.gain).astype(np.float32),
            "unit_id": done.unit.astype(np.int32),
            "unit_probability": learned.honesty(odds).astype(np.float32),
            "log_odds": done.gain.astype(np.float32),
            "runner_up": np.where(done.rival < learned.n_units, done.rival, -1).astype(np.int32),
            "runner_up_log_odds": (done.gain - done.rival_gain).astype(np.float32),
            "scale": done.plain.astype(np.float32),
            "residual": done.loudness.astype(np.float32),
            "collided": have_company(done.start, done.unit, templates.together, site.samples(COLLISION)),
        }
        return {name: column[core] for name, column in table.items()}

    def pick(self, table: Columns, site: Site, learned: Known) -> Columns:
        n = table["sample_index"].size
        kept, close = np.ones(n, np.bool_), np.zeros(n, np.bool_)
        for unit in np.unique(table["unit_id"]):
            mine = np.flatnonzero(table["unit_id"] == unit)
            _thin(table, mine, site.samples(DEAD_TIME), kept)
            mine = mine[kept[mine]]
            intervals = np.diff(table["sample_index"][mine], prepend=-(2**40))
            close[mine] = intervals < self.refractory * site.sampling_rate
        return {name: column[kept] for name, column in {**table, "refractory": close}.items()}

    def facts(self, learned: Known) -> Mapping[str, object]:
        return {
            "n_units": learned.n_units,
            "n_background": len(learned.templates) - learned.n_units,
            "noise_level": learned.whitener.level.tolist(),
            "unit_norm": np.sqrt(learned.templates.prior[: learned.n_units, 3]).tolist(),
            "amplitude_spread": np.sqrt(learned.templates.prior[: learned.n_units, 1]).tolist(),
            "calibration_slope": learned.honesty.slope,
            "calibration_offset": learned.honesty.offset,
            "calibration_spikes": learned.honesty.n,
        }


def _times_more(enough: int) -> int:
    """How many times more pieces are looked at where so many hold enough events."""
    return int(np.clip(enough // SPARSE, 1, MORE))


def _parts(pieces: Sequence[Piece], enough: int) -> tuple[Sequence[Piece], ...]:
    """Every second piece, and those between; all as one if there are few, or few events in them."""
    are_few = len(pieces) < 2 * FEWEST_PIECES or len(pieces) * EVENTS < 2 * FEWEST_EVENTS * enough
    return (pieces,) if are_few else (pieces[::2], pieces[1::2])


def _are_settled(templates: Templates, former: Learning) -> bool:
    """Whether templates are those of before."""
    n = len(former.templates)
    if len(templates) != n or not n:
        return len(templates) == n
    count = np.maximum(np.bincount(former.unit[former.is_alone], minlength=n), FEWEST)
    chance = templates.length * 2 * (former.templates.seen >= 0).sum(axis=1) / count
    apart = [((former.templates.waves - wave) ** 2).sum(axis=(1, 2)) - chance for wave in templates.waves]
    nearest = np.concatenate([np.min(apart, axis=0), np.min(apart, axis=1)])
    return bool(nearest.max() < SETTLED**2)


def _thin(table: Columns, mine: NDArray[np.int64], dead: int, kept: NDArray[np.bool_]) -> None:
    """Of a unit's spikes within the dead time, found on either side of a border, keep the likelier."""
    at, odds = table["sample_index"], table["log_odds"]
    last = -1
    for k in mine:
        if last >= 0 and at[k] - at[last] < dead:
            worse = k if odds[k] <= odds[last] else last
            kept[worse] = False
            last = k if worse == last else last
        else:
            last = k
